package answer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/handlers/guard"
)

// DownloadsByWorkspace is how many downloads a workspace may have open at the same time:
// more than a person needs, and too few to hold the machine.
const DownloadsByWorkspace = 6

// ErrManyDownloads refuses one download more.
var ErrManyDownloads = errors.New("too many downloads of the workspace at the same time")

// Files streams files that are made while they are sent.
type Files struct {
	log    *slog.Logger
	within time.Duration
	places *guard.Places
}

// NewFiles makes Files. A browser that does not take the next piece within a time is cut off.
func NewFiles(log *slog.Logger, within time.Duration) *Files {
	return &Files{log: log, within: within, places: guard.NewPlaces(DownloadsByWorkspace)}
}

// Stream answers with a file while it is written. When writing fails, the
// connection is cut, so that nobody takes half a file for the whole. When the
// browser goes away, writing ends with the pipe.
func (f *Files) Stream(c *fiber.Ctx, name, mediaType string, write func(context.Context, io.Writer) error) error {
	leave, ok := f.places.Take(guard.VisitorOf(c).Workspace.ID)
	if !ok {
		return ErrManyDownloads
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
		err := collector.Recovered(func() error {
			if err := write(ctx, buffered); err != nil {
				return err
			}
			return buffered.Flush()
		})
		if err != nil && ctx.Err() == nil {
			f.log.Error("download_failed", "path", path, "error", err)
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
	c.Context().SetBodyStream(&stream{Reader: first, conn: c.Context().Conn(), within: f.within, pipe: r, cancel: cancel}, -1)
	return nil
}

// stream is a file on its way. Closing it ends the writer.
type stream struct {
	io.Reader
	conn   net.Conn
	within time.Duration
	pipe   *io.PipeReader
	cancel context.CancelFunc
}

// Read reads more. The browser has to take what is read in time: one that
// does not read would hold the writer, and the files that it has open, for ever.
func (s *stream) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if until := s.conn.SetWriteDeadline(time.Now().Add(s.within)); err == nil {
		err = until
	}
	return n, err
}

// Close is called by the server when the answer is over or the browser left.
func (s *stream) Close() error {
	s.cancel()
	return s.pipe.Close()
}
