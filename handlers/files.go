package handlers

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/dataset"
)

// Names of the files that people take away.
const (
	messagesFile = "messages.parquet"
	channelsFile = "channels.parquet"
	peersFile    = "peers.parquet"
	versionsFile = "versions.parquet"
	receiptsFile = "receipts.parquet"
	channelFile  = "channel.json"
)

const (
	parquetType = "application/vnd.apache.parquet"
	jsonType    = "application/json"
)

// file streams a file of the workspace.
func (s *Server) file(c *fiber.Ctx) error {
	name := c.Params("name")
	if f, ok := networkFiles[name]; ok {
		return s.networkFile(c, name, f)
	}
	d, err := s.dataset(c)
	if err != nil {
		return err
	}
	switch name {
	case messagesFile:
		return s.stream(c, name, parquetType, func(ctx context.Context, w io.Writer) error { return d.WriteMessages(ctx, w, 0) })
	case channelsFile:
		return s.stream(c, name, parquetType, d.WriteChannels)
	case peersFile:
		return s.stream(c, name, parquetType, d.WritePeers)
	case versionsFile:
		return s.stream(c, name, parquetType, d.WriteVersions)
	case receiptsFile:
		return s.stream(c, name, parquetType, d.WriteReceipts)
	case tiesFile:
		return s.tiesFile(c)
	}
	return fmt.Errorf("%q: %w", name, errNoFile)
}

// channelFile streams a file of one channel, which a numeric id or a username names.
func (s *Server) channelFile(c *fiber.Ctx) error {
	d, err := s.dataset(c)
	if err != nil {
		return err
	}
	ch, err := d.Channel(c.UserContext(), c.Params("channel_id"))
	if err != nil {
		return fmt.Errorf("find channel: %w", err)
	}
	switch name := c.Params("name"); name {
	case messagesFile:
		return s.stream(c, fileStem(ch)+"_messages.parquet", parquetType, func(ctx context.Context, w io.Writer) error {
			return d.WriteMessages(ctx, w, ch.ID)
		})
	case channelFile:
		return s.stream(c, fileStem(ch)+".json", jsonType, func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, ch.Raw)
			return err
		})
	default:
		return fmt.Errorf("%q: %w", name, errNoFile)
	}
}

// fileStem names a channel in a file name: usernames are letters, digits and
// underscores, but the dataset may hold anything.
func fileStem(ch dataset.ChannelSummary) string {
	safe := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return -1
	}
	if name := strings.Map(safe, ch.Username); name != "" {
		return name
	}
	return strconv.FormatInt(ch.ID, 10)
}

// stream answers with a file while it is written. When writing fails, the
// connection is cut, so that nobody takes a part for the whole. When the
// browser goes away, writing ends with the pipe.
func (s *Server) stream(c *fiber.Ctx, name, mediaType string, write func(context.Context, io.Writer) error) error {
	c.Set(fiber.HeaderContentType, mediaType)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	ctx, cancel := context.WithCancel(c.UserContext())
	r, w := io.Pipe()
	path := c.Path()
	go func() { // ends with write, which ends when r is closed
		defer cancel()
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
	c.Context().SetBodyStream(&download{Reader: first, pipe: r, cancel: cancel}, -1)
	return nil
}

// download is the body of a streamed file. Closing it ends the writer.
type download struct {
	io.Reader
	pipe   *io.PipeReader
	cancel context.CancelFunc
}

// Close is called by the server when the answer is over or the browser left.
func (d *download) Close() error {
	d.cancel()
	return d.pipe.Close()
}
