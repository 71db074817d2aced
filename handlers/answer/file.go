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

// DownloadsByWorkspace is how many downloads a workspace may have open at the same time: more
// than a person needs, too few to overload the machine.
const DownloadsByWorkspace = 6

// ErrManyDownloads means that the workspace already has DownloadsByWorkspace downloads open.
var ErrManyDownloads = errors.New("too many downloads of the workspace at the same time")

// Files streams files that are made while they are sent.
type Files struct {
	log    *slog.Logger
	within time.Duration
	places *guard.Lanes
}

// NewFiles makes Files. A download ends when its browser takes nothing for the time within.
func NewFiles(log *slog.Logger, within time.Duration) *Files {
	return &Files{log: log, within: within, places: guard.NewLanes(DownloadsByWorkspace)}
}

// Stream answers with a file while write makes it. When write fails, the connection is cut, so
// that nobody mistakes half a file for the whole. When the browser leaves, the pipe closes and
// write ends.
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
			f.log.Error("download failed", "path", path, "error", err)
		}
		w.CloseWithError(err)
	}()
	// Wait for the first byte: a failure before it still becomes an error page.
	first := bufio.NewReaderSize(r, 64<<10)
	if _, err := first.Peek(1); err != nil && err != io.EOF {
		cancel()
		c.Response().Header.Del(fiber.HeaderContentDisposition)
		return fmt.Errorf("write %s: %w", name, err)
	}
	c.Context().SetBodyStream(&stream{Reader: first, conn: c.Context().Conn(), within: f.within, pipe: r, cancel: cancel}, -1)
	return nil
}

// stream is the body of a download. Closing it ends the writer.
type stream struct {
	io.Reader
	conn   net.Conn
	within time.Duration
	pipe   *io.PipeReader
	cancel context.CancelFunc
}

// Read reads the next piece and gives the browser the time within to take it: a browser that
// does not read would otherwise hold the writer and its open files indefinitely.
func (s *stream) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if until := s.conn.SetWriteDeadline(time.Now().Add(s.within)); err == nil {
		err = until
	}
	return n, err
}

// Close is called by the server when the answer is complete or the browser has left.
func (s *stream) Close() error {
	s.cancel()
	return s.pipe.Close()
}
