package handlers

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/export"
	"telegramtrac/collector/network"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// downloadsByWorkspace is how many downloads a workspace may have open at the same time:
// more than a person needs, and too few to hold the machine.
const downloadsByWorkspace = 6

// file streams a file of the workspace.
func (s *Server) file(c *fiber.Ctx) error {
	f, ok := export.Find(c.Params("name"), false)
	if !ok {
		return fmt.Errorf("%q: %w", c.Params("name"), errNoFile)
	}
	d, err := s.exported(c)
	if err != nil {
		return err
	}
	return s.download(c, f, f.NameBy(d.Options), d)
}

// channelFile streams a file of one channel, which a numeric id or a username names.
func (s *Server) channelFile(c *fiber.Ctx) error {
	f, ok := export.Find(c.Params("name"), true)
	if !ok {
		return fmt.Errorf("%q: %w", c.Params("name"), errNoFile)
	}
	d, err := s.exported(c)
	if err != nil {
		return err
	}
	ch, err := d.Dataset.Channel(c.UserContext(), c.Params("channel_id"))
	if err != nil {
		return fmt.Errorf("find channel: %w", err)
	}
	d.Channel = ch.ID
	f.Name = f.NameBy(d.Options)
	return s.download(c, f, f.NameFor(export.Stem(ch.Channel)), d)
}

// exported is what the visitor's files are made of.
func (s *Server) exported(c *fiber.Ctx) (export.Data, error) {
	options, err := export.ParseOptions(c.Query("separator"), c.Query("columns"))
	if err != nil {
		return export.Data{}, err
	}
	d, err := s.dataset(c)
	if err != nil {
		return export.Data{}, err
	}
	workspace := guard.VisitorOf(c).Workspace.ID
	return export.Data{
		Dataset: d.Itself(), Options: options,
		Graph: func(ctx context.Context) (*network.Graph, error) {
			print, err := d.Fingerprint(ctx)
			if err != nil {
				return nil, fmt.Errorf("see whether the data changed: %w", err)
			}
			g, err := s.graphs.of(ctx, workspace, print)
			if err != nil {
				return nil, fmt.Errorf("make the network: %w", err)
			}
			return g, nil
		},
		Ties: func(ctx context.Context, w io.Writer) error { return s.ties(ctx, workspace, w) },
	}, nil
}

func (s *Server) download(c *fiber.Ctx, f export.File, name string, d export.Data) error {
	return s.stream(c, name, f.MediaType, func(ctx context.Context, w io.Writer) error { return f.Write(ctx, w, d) })
}

// downloads lists the files of the workspace under their headings.
func downloads() []views.Downloads {
	var out []views.Downloads
	for _, f := range export.Files() {
		if !f.ForAll() {
			continue
		}
		if n := len(out); n == 0 || out[n-1].Heading != f.Group {
			out = append(out, views.Downloads{Heading: f.Group})
		}
		last := &out[len(out)-1]
		last.Files = append(last.Files, download(f, "/files/"+f.Name))
	}
	return out
}

func download(f export.File, href string) views.Download {
	out := views.Download{Name: f.Name, Href: href, What: f.What}
	for _, v := range f.Variants() {
		out.Variants = append(out.Variants, views.Variant{Href: href + "?" + v.Query, What: v.What})
	}
	return out
}

// downloadsOf lists the files under one heading.
func downloadsOf(heading string) []views.Download {
	for _, d := range downloads() {
		if d.Heading == heading {
			return d.Files
		}
	}
	return nil
}

// channelDownloads lists the files of one channel.
func channelDownloads(id int64) []views.Download {
	var out []views.Download
	for _, f := range export.Files() {
		if f.ForChannel() {
			out = append(out, download(f, fmt.Sprintf("/files/channels/%d/%s", id, f.Name)))
		}
	}
	return out
}

// stream answers with a file while it is written. When writing fails, the
// connection is cut, so that nobody takes a part for the whole. When the
// browser goes away, writing ends with the pipe.
func (s *Server) stream(c *fiber.Ctx, name, mediaType string, write func(context.Context, io.Writer) error) error {
	leave, ok := s.downloading.Take(guard.VisitorOf(c).Workspace.ID)
	if !ok {
		return errManyDownloads
	}
	c.Set(fiber.HeaderContentType, mediaType)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	ctx, cancel := context.WithCancel(c.UserContext())
	r, w := io.Pipe()
	path := c.Path()
	go func() { // ends with write, which ends when r is closed
		defer cancel()
		defer leave()
		buffered := bufio.NewWriterSize(w, 64<<10)
		err := unpanicked(func() error {
			if err := write(ctx, buffered); err != nil {
				return err
			}
			return buffered.Flush()
		})
		if err != nil && ctx.Err() == nil {
			s.log.Error("download_failed", "path", path, "err", err)
		}
		w.CloseWithError(err)
	}()
	// The first bytes are awaited, so that what fails at once is an error page.
	first := bufio.NewReaderSize(r, 64<<10)
	if _, err := first.Peek(1); err != nil && err != io.EOF {
		cancel()
		c.Response().Header.Del(fiber.HeaderContentDisposition)
		return fmt.Errorf("write %s: %w", name, err)
	}
	c.Context().SetBodyStream(&body{Reader: first, conn: c.Context().Conn(), within: s.readWithin, pipe: r, cancel: cancel}, -1)
	return nil
}

// body is the body of a streamed file. Closing it ends the writer.
type body struct {
	io.Reader
	conn   net.Conn
	within time.Duration
	pipe   *io.PipeReader
	cancel context.CancelFunc
}

// Read reads more. What is read has to be taken by the browser in time: one that
// does not read would hold the writer, and what it has open, for ever.
func (d *body) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if until := d.conn.SetWriteDeadline(time.Now().Add(d.within)); err == nil {
		err = until
	}
	return n, err
}

// Close is called by the server when the answer is over or the browser left.
func (d *body) Close() error {
	d.cancel()
	return d.pipe.Close()
}
