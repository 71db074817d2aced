package account_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gotd/td/tg"
	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/account"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/world"
)

// What is typed while signing in. They are wrong, so that what becomes of a
// mistake is searched as well, and like nothing else.
const (
	typedCode     = "c0de-typed-once-55"
	typedPassword = "a password typed once 7d1f"
)

// TestNothingSecretIsKept: after a full run every column, record and log line is
// searched for what must not be there. The canary, without sealing and with
// personal data, finds each: the search can fail.
func TestNothingSecretIsKept(t *testing.T) {
	t.Run("default", func(t *testing.T) {
		for name, where := range searchAfterRun(t, false) {
			if len(where) > 0 {
				t.Errorf("%s was kept in %v", name, where)
			}
		}
	})
	t.Run("canary", func(t *testing.T) {
		for name, where := range searchAfterRun(t, true) {
			if len(where) == 0 {
				t.Errorf("the search does not find %s", name)
			}
		}
	})
}

// searchAfterRun signs in, collects, leaves a second sign-in half way, stops,
// and tells for each secret the files that hold it.
func searchAfterRun(t *testing.T, canary bool) map[string][]string {
	t.Helper()
	w := world.Generate(1)
	channel, users := talkative(t, w)
	var log lines
	b := newBenchOf(t, t.TempDir(), w)
	b.logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.unsealed = canary
	b.start()
	b.mistype("ann")
	ws := b.signIn("ann", "telegram", sandbox.PhonePassword, sandbox.Password)
	c := b.until(ws, b.submit(ws, collector.Request{Channels: []string{channel}, Last: 150, Personal: canary}), collectionEnded)
	if c.State != collector.Done || c.Messages == 0 {
		t.Fatalf("the collection ended as %+v", c)
	}
	b.call(engine.MethodSendCode, engine.SendCode{Visitor: "bob", Source: "telegram", APIID: sandbox.APIID, APIHash: sandbox.APIHash, Phone: sandbox.PhonePlain}, nil)
	if canary { // never kept, so the search is given a log that tells them
		b.logger.Info("leak", "code", typedCode, "password", typedPassword)
	}
	secrets := map[string][][]byte{
		"the phone": {[]byte(strings.TrimPrefix(sandbox.PhonePassword, "+")), []byte(strings.TrimPrefix(sandbox.PhonePlain, "+"))},
		"the code":  {[]byte(typedCode)}, "the password": {[]byte(typedPassword)}, "the api_hash": {[]byte(sandbox.APIHash)},
		"the session's key": {b.authKey(ws)}, "a user id": users,
	}
	b.stop()
	out := map[string][]string{}
	for name := range secrets {
		out[name] = nil
	}
	look := func(where string, data []byte) {
		for view := range views(data, 3) {
			for name, forms := range secrets {
				if slices.ContainsFunc(forms, func(s []byte) bool { return bytes.Contains(view, s) }) && !slices.Contains(out[name], where) {
					out[name] = append(out[name], where)
				}
			}
		}
	}
	searched := 0
	for path, data := range kept(t, b.dir) {
		look(path, data)
		if strings.HasSuffix(path, ".parquet") {
			look(path+" decoded", columns(t, data))
			searched++
		}
	}
	look("the log", log.bytes())
	if searched == 0 {
		t.Fatal("no Parquet file was searched")
	}
	return out
}

func collectionEnded(c collector.Collection) bool { return c.State.Final() }

// mistype begins to sign in and types a wrong code and, after the right one, a
// wrong password.
func (b *bench) mistype(visitor string) {
	b.t.Helper()
	ctx := b.t.Context()
	b.call(engine.MethodSendCode, engine.SendCode{Visitor: visitor, Source: "telegram", APIID: sandbox.APIID, APIHash: sandbox.APIHash, Phone: sandbox.PhonePassword}, nil)
	err := b.engine.Call(ctx, engine.SubjectSignIn, engine.MethodEnterCode, engine.EnterCode{Visitor: visitor, Code: typedCode}, nil)
	if collector.KindOf(err) != collector.CodeWrong {
		b.t.Fatalf("a wrong code: %v", err)
	}
	b.call(engine.MethodEnterCode, engine.EnterCode{Visitor: visitor, Code: sandbox.CodePlain}, nil)
	err = b.engine.Call(ctx, engine.SubjectSignIn, engine.MethodEnterPassword, engine.EnterPassword{Visitor: visitor, Password: typedPassword}, nil)
	if collector.KindOf(err) != collector.PasswordWrong {
		b.t.Fatalf("a wrong password: %v", err)
	}
}

// authKey is the key of the workspace's session.
func (b *bench) authKey(w engine.Workspace) []byte {
	b.t.Helper()
	sealed, err := b.engine.Session(b.t.Context(), w.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	secret, err := b.keys.Open(sealed, account.SessionPurpose+w.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	var credentials struct{ Session []byte }
	var session struct{ Data struct{ AuthKey []byte } }
	if err := json.Unmarshal(secret, &credentials); err != nil {
		b.t.Fatal(err)
	}
	if err := json.Unmarshal(credentials.Session, &session); err != nil || len(session.Data.AuthKey) != 256 {
		b.t.Fatalf("no key in the session: %v", err)
	}
	return session.Data.AuthKey[:32]
}

// talkative finds the smallest public channel in which people write, and the
// ids of those people, written out and as stored in eight bytes.
func talkative(t *testing.T, w *world.World) (name string, ids [][]byte) {
	t.Helper()
	least := 0
	for _, ch := range w.Public() {
		users := map[int64]bool{}
		for i := range ch.Log.Len() {
			m, err := ch.Log.Message(i)
			if err != nil {
				t.Fatal(err)
			}
			if m, ok := m.(*tg.Message); ok {
				if from, ok := m.FromID.(*tg.PeerUser); ok {
					users[from.UserID] = true
				}
			}
		}
		if len(users) < 3 || least > 0 && ch.Log.Len() > least {
			continue
		}
		name, least, ids = "@"+ch.Name(), ch.Log.Len(), nil
		for id := range users {
			if id > 1e7 && len(ids) < 40 { // shorter numbers are found in anything
				ids = append(ids, strconv.AppendInt(nil, id, 10), binary.LittleEndian.AppendUint64(nil, uint64(id)))
			}
		}
	}
	if len(ids) == 0 {
		t.Fatal("nobody writes in any channel")
	}
	return name, ids
}

// kept reads all that the program keeps. What the sandbox keeps is Telegram's.
func kept(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "sandbox" {
				return fs.SkipDir
			}
			return nil
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[name] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// columns writes out every value of a Parquet file and its metadata.
func columns(t *testing.T, data []byte) []byte {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, kv := range f.Metadata().KeyValueMetadata {
		fmt.Fprintln(&out, kv.Key, kv.Value)
	}
	rows := parquet.NewReader(f)
	defer rows.Close()
	buffer := make([]parquet.Row, 64)
	for {
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			for _, v := range row {
				out.WriteString(v.String())
				out.WriteByte('\n')
			}
		}
		if err == io.EOF {
			return out.Bytes()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// views are the data itself and what it says when parts of it are decompressed
// or read as hex or base64, to a depth.
func views(data []byte, depth int) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) { show(data, depth, yield) }
}

func show(data []byte, depth int, yield func([]byte) bool) bool {
	if !yield(data) {
		return false
	}
	if depth == 0 {
		return true
	}
	for _, inner := range slices.Concat(unpacked(data), unwritten(data)) {
		if !show(inner, depth-1, yield) {
			return false
		}
	}
	return true
}

func unpacked(data []byte) (out [][]byte) {
	if r, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
		b, _ := io.ReadAll(r)
		out = append(out, b)
	}
	if r, err := zlib.NewReader(bytes.NewReader(data)); err == nil {
		b, _ := io.ReadAll(r)
		out = append(out, b)
	}
	return out
}

// unwritten joins what the runs of base64 and hex in the data stand for.
func unwritten(data []byte) (out [][]byte) {
	var b64, hexes []byte
	for run := range runs(data, isBase64) {
		text := bytes.Map(standard, run)
		if len(text)%4 == 1 {
			text = text[:len(text)-1]
		}
		if b, err := base64.RawStdEncoding.AppendDecode(b64, text); err == nil {
			b64 = append(b, '\n')
		}
	}
	for run := range runs(data, isHex) {
		if b, err := hex.AppendDecode(hexes, run[:len(run)&^1]); err == nil {
			hexes = append(b, '\n')
		}
	}
	for _, b := range [][]byte{b64, hexes} {
		if len(b) > 0 {
			out = append(out, b)
		}
	}
	return out
}

// table says of each byte whether it is of an alphabet.
func table(alphabet string) (out [256]bool) {
	for _, c := range []byte(alphabet) {
		out[c] = true
	}
	return out
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

var (
	isBase64 = table(letters + "+/-_")
	isHex    = table("0123456789abcdefABCDEF")
)

// standard turns the alphabet of addresses into the usual one.
func standard(r rune) rune {
	switch r {
	case '-':
		return '+'
	case '_':
		return '/'
	}
	return r
}

// runs are the stretches of at least 16 bytes of an alphabet: shorter ones hold
// no secret.
func runs(data []byte, of [256]bool) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		from := 0
		for i := 0; i <= len(data); i++ {
			if i < len(data) && of[data[i]] {
				continue
			}
			if i-from >= 16 && !yield(data[from:i]) {
				return
			}
			from = i + 1
		}
	}
}

// TestSearchDecodes: what is wrapped is found.
func TestSearchDecodes(t *testing.T) {
	secret := []byte("this is a secret of some length")
	once := base64.StdEncoding.EncodeToString(secret)
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	zip.Write(secret)
	zip.Close()
	wrapped := map[string]string{
		"raw": string(secret), "hex": hex.EncodeToString(secret), "base64": `{"a":"` + once + `"}`,
		"twice": base64.StdEncoding.EncodeToString([]byte(`{"a":"` + once + `"}`)), "gzip": packed.String(), "absent": "nothing",
	}
	found := map[string]bool{}
	for name, data := range wrapped {
		for view := range views([]byte(data), 3) {
			found[name] = found[name] || bytes.Contains(view, secret)
		}
	}
	if got := slices.Sorted(maps.Keys(found)); found["absent"] || len(got) != len(wrapped) {
		t.Errorf("found %v", found)
	}
	for name, ok := range found {
		if !ok && name != "absent" {
			t.Errorf("%s was not found", name)
		}
	}
}

// lines is a log that several goroutines write.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}
