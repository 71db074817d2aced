package upload

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/spool"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// formBytes is how much an upload may have besides its files: fields, names, boundaries.
const formBytes = 4 << 20

// uploadsByNetwork is how many uploads one network may send at the same time, and
// uploadsBySite one /48 of IPv6: a few of the places that spool has for everybody.
const (
	uploadsByNetwork = 4
	uploadsBySite    = 2 * uploadsByNetwork
)

var (
	errImportOn      = errors.New("an import is on in the workspace")
	errNothingChosen = errors.New("no file was chosen")
	errMoved         = errors.New("the visitor is in another workspace by now")
)

// receiving are the uploads under way, at most one for each workspace.
type receiving struct {
	mu  sync.Mutex
	all map[string]*arrival // by workspace
}

// arrival is one upload on its way.
type arrival struct {
	total   int64 // as the browser announced it; 0: it did not
	got     atomic.Int64
	network string
	conn    net.Conn
}

// begin registers an upload. It refuses a second one of the workspace (errImportOn), and one
// too many of a network or site (spool.ErrBusy).
func (r *receiving) begin(workspace string, a *arrival) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all[workspace] != nil {
		return errImportOn
	}
	network, site := 0, 0
	for _, other := range r.all {
		if a.network != "" && other.network == a.network {
			network++
		}
		if of := guard.SiteOf(a.network); of != "" && guard.SiteOf(other.network) == of {
			site++
		}
	}
	if network >= uploadsByNetwork || site >= uploadsBySite {
		return spool.ErrBusy
	}
	r.all[workspace] = a
	return nil
}

func (r *receiving) end(workspace string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, workspace)
}

func (r *receiving) of(workspace string) *arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all[workspace]
}

// Stop makes all uploads under way stop waiting for data.
func (s *Server) Stop() {
	r := &s.receiving
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.all {
		_ = a.conn.SetReadDeadline(time.Now()) // fails only if the connection has ended
	}
}

// Receive takes files and begins to import them. It comes before the middleware that
// reads whole forms: the body may be larger than memory, and nothing after its first field is
// read until that field proves that the form is the visitor's own. If the body is not read to
// its end, the connection ends (guard.Framed).
func (s *Server) Receive(c *fiber.Ctx) error {
	size := int64(max(c.Request().Header.ContentLength(), 0))
	in := &moving{
		in: c.Context().RequestBodyStream(), conn: c.Context().Conn(), span: s.ReadTimeout,
		now: time.Now, stopped: s.stopping, limit: s.MaxUpload + formBytes,
	}
	if in.in == nil {
		in.in = strings.NewReader("")
	}
	form, ended := uploadForm(c, in)
	if form == nil || !ownForm(c, form) {
		return guard.ErrForged
	}
	if !guard.VisitorOf(c).In() {
		return answer.SignedIn(c)
	}
	if !s.Imports() {
		return ErrNone
	}
	err := s.takeUpload(c, form, ended, in, size)
	if err == nil {
		if answer.WantsJSON(c) {
			c.Set(fiber.HeaderLocation, "/import")
			return s.record(c, fiber.StatusCreated)
		}
		return answer.Step(c, "/import", func() error { return s.ShowForm(c, fiber.StatusOK) })
	}
	status, mistake, err := s.uploadMistake(err)
	if err != nil {
		return err
	}
	if answer.WantsJSON(c) {
		return answer.Mistakes(c, status, []views.Mistake{mistake})
	}
	return s.ShowForm(c, status, mistake)
}

// uploadForm reads a request's form part by part; form is nil if there is none. At the end,
// ended reports whether the form's own last line arrived: multipart.Reader accepts some forms
// that broke off as whole.
func uploadForm(c *fiber.Ctx, in io.Reader) (form *multipart.Reader, ended func() bool) {
	kind, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEMultipartForm || params["boundary"] == "" || c.Get(fiber.HeaderContentEncoding) != "" {
		return nil, nil
	}
	last := "--" + params["boundary"] + "--"
	t := &tail{in: in, keep: len(last) + 16}
	return multipart.NewReader(bufio.NewReaderSize(t, 1<<16), params["boundary"]),
		func() bool { return bytes.HasSuffix(bytes.TrimSpace(t.last), []byte(last)) }
}

// tail remembers the end of what was read.
type tail struct {
	in   io.Reader
	keep int
	last []byte
}

func (t *tail) Read(p []byte) (int, error) {
	n, err := t.in.Read(p)
	t.last = append(t.last, p[max(0, n-t.keep):n]...)
	t.last = append(t.last[:0], t.last[max(0, len(t.last)-t.keep):]...)
	return n, err
}

// ownForm reports whether the first field is the visitor's token.
func ownForm(c *fiber.Ctx, form *multipart.Reader) bool {
	part, err := form.NextPart()
	if err != nil || part.FormName() != "_csrf" {
		return false
	}
	token, err := io.ReadAll(io.LimitReader(part, 1000))
	return err == nil && guard.OwnToken(c, token)
}

// takeUpload stores the files in the spool and starts their import.
func (s *Server) takeUpload(c *fiber.Ctx, form *multipart.Reader, ended func() bool, in *moving, size int64) error {
	v := guard.VisitorOf(c)
	if size > s.MaxUpload+formBytes {
		return errUploadTooLarge
	}
	now, err := s.ImportState(c)
	if err != nil {
		return err
	}
	if now.ID != "" && !now.State.Final() {
		return errImportOn
	}
	full, err := s.Full(c)
	if err != nil {
		return err
	}
	if full != "" { // nothing of an import would fit
		return &fullError{full}
	}
	a := &arrival{total: size, network: s.Guard.CameFrom(c), conn: in.conn}
	if err := s.receiving.begin(v.Workspace.ID, a); err != nil {
		return err
	}
	defer s.receiving.end(v.Workspace.ID)
	up, err := s.Spool.Begin(v.Workspace.ID, size)
	if err != nil {
		return err
	}
	err = s.fill(c, up, form, ended, &a.got)
	up.End()
	if err != nil {
		err = errors.Join(err, up.Remove())
	}
	return err
}

// fill stores the form's files in an upload and passes it to the workspace's holder.
func (s *Server) fill(c *fiber.Ctx, up *spool.Upload, form *multipart.Reader, ended func() bool, got *atomic.Int64) error {
	personal, err := readUpload(form, up, got)
	if err != nil {
		return err
	}
	if !ended() {
		return io.ErrUnexpectedEOF
	}
	if len(up.Files()) == 0 {
		return errNothingChosen
	}
	if err := up.Flush(); err != nil {
		return err
	}
	v := guard.VisitorOf(c)
	if err := s.stillIn(c, v); err != nil {
		return err
	}
	start := engine.StartImport{Visitor: v.Hash, Upload: up.ID(), Personal: personal}
	for _, f := range up.Files() {
		start.Files = append(start.Files, collector.ImportFile(f))
	}
	on, err := answer.Inquire(s.Site, c, engine.Accounts.StartImport, start)
	if err != nil {
		return fmt.Errorf("start the import: %w", err)
	}
	if on.ID != start.Upload {
		return errImportOn // another is
	}
	return nil
}

// fullError refuses an upload because the workspace is full.
type fullError struct{ sentence string }

func (e *fullError) Error() string { return e.sentence }

// stillIn returns errMoved if the visitor has left the workspace for which the upload began: a
// visitor may sign in or out meanwhile.
func (s *Server) stillIn(c *fiber.Ctx, v guard.Visitor) error {
	w, err := s.Engine.Workspace(c.UserContext(), v.Hash)
	if err == nil && w.ID != v.Workspace.ID {
		err = errMoved
	}
	return err
}

// readUpload reads the fields and files of a form to its end.
func readUpload(form *multipart.Reader, up *spool.Upload, got *atomic.Int64) (personal bool, err error) {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return personal, nil
		}
		if err != nil {
			return false, err
		}
		switch part.FormName() {
		case "personal":
			value, err := io.ReadAll(io.LimitReader(part, 100))
			if err != nil {
				return false, err
			}
			personal = views.Ticked(string(value))
		case "files", "folder":
			file := spool.File{Name: fileName(part), Folder: part.FormName() == "folder"}
			if file.Name == "" || file.Folder && !mayBeArchive(file.Name) {
				continue // an empty field, or a picture
			}
			if err := up.Put(file, &counting{part, got}); err != nil {
				return false, err
			}
		}
	}
}

// counting adds the bytes read to n.
type counting struct {
	io.Reader
	n *atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// nameBytes is how many bytes of a file's name are stored.
const nameBytes = 200

// fileName is a file's name as its owner knows it, with its folder. It is only shown, and
// never used as a path here.
func fileName(part *multipart.Part) string {
	name := part.FileName()
	if _, params, err := mime.ParseMediaType(part.Header.Get(fiber.HeaderContentDisposition)); err == nil && params["filename"] != "" {
		name = params["filename"]
	}
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
	for len(name) > nameBytes {
		_, cut, found := strings.Cut(name, "/")
		if !found {
			cut = strings.ToValidUTF8(name[len(name)-nameBytes:], "")
		}
		name = cut
	}
	return name
}

// mayBeArchive reports whether a file of a folder may have messages; an export of Telegram
// Desktop also has many pictures and the like.
func mayBeArchive(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".json", ".ndjson", ".jsonl", ".zip", ".parquet":
		return true
	}
	return false
}

// uploadMistake explains beside the form why an upload was refused. Unexpected errors are
// returned.
func (s *Server) uploadMistake(err error) (status int, m views.Mistake, _ error) {
	say := func(status int, sentence string) (int, views.Mistake, error) {
		return status, views.Mistake{Field: "files", Sentence: sentence}, nil
	}
	const nothing = "Nothing of this upload was kept."
	if full, ok := errors.AsType[*fullError](err); ok {
		return say(fiber.StatusInsufficientStorage, full.sentence+" "+nothing)
	}
	switch {
	case errors.Is(err, errNothingChosen):
		return say(fiber.StatusUnprocessableEntity,
			"Choose at least one file. In a folder, files that end in .json, .ndjson, .jsonl, .zip or .parquet are looked at.")
	case errors.Is(err, errUploadTooLarge):
		return say(fiber.StatusRequestEntityTooLarge,
			fmt.Sprintf("These files are larger than %s together, the most that is taken here at once. Import them one by one, or packed as a ZIP "+
				"file. %s", views.Bytes(s.MaxUpload), nothing))
	case errors.Is(err, spool.ErrTooMany):
		return say(fiber.StatusRequestEntityTooLarge,
			fmt.Sprintf("One upload may have %s files. Pack the folder as a ZIP file. %s", views.Count(spool.MaxFiles), nothing))
	case errors.Is(err, errImportOn):
		return say(fiber.StatusConflict, "An import is on in this workspace already. Wait for its end, or cancel it. "+nothing)
	case errors.Is(err, errMoved):
		return say(fiber.StatusConflict, "You signed in or out while the files came. Choose them again. "+nothing)
	case errors.Is(err, spool.ErrBusy):
		return say(fiber.StatusServiceUnavailable, "Several uploads come at the same time. Try again in a minute. "+nothing)
	case errors.Is(err, spool.ErrFull), answer.NoSpace(err):
		return say(fiber.StatusInsufficientStorage,
			"The disk is full. Make room on the computer that runs telegramtrac, or ask whoever runs it. "+nothing)
	case errors.Is(err, errUploadStalled):
		return say(fiber.StatusRequestTimeout,
			"The upload stood still, or came too slowly, and was ended. Choose the files again, best over a faster connection. "+nothing)
	case errors.Is(err, errStopping):
		return say(fiber.StatusServiceUnavailable, "telegramtrac is stopping. Choose the files again when it is back. "+nothing)
	case broken(err):
		return say(fiber.StatusBadRequest, "The upload broke off before its end. Choose the files again. "+nothing)
	}
	return 0, m, fmt.Errorf("take an upload up: %w", err)
}

// broken reports whether an error comes from the browser's side of the connection.
func broken(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		strings.HasPrefix(err.Error(), "multipart: ") || strings.Contains(err.Error(), "malformed MIME header")
}
