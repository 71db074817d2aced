package answer

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/views/words"
)

// NoSpace reports whether an error is caused by a full disk.
func NoSpace(err error) bool {
	return collector.KindOf(err) == collector.Disk || errors.Is(err, engine.ErrDiskFull) || errors.Is(err, syscall.ENOSPC) ||
		errors.Is(err, syscall.EDQUOT)
}

// Full says that the visitor's workspace holds as many bytes as it may, "" if it does not.
func (s *Site) Full(c *fiber.Ctx) (sentence string, err error) {
	if s.Quota.Bytes <= 0 {
		return "", nil
	}
	d, err := s.Dataset(c)
	if err != nil {
		return "", err
	}
	used, err := d.Bytes(c.UserContext())
	if err != nil {
		return "", fmt.Errorf("measure the dataset: %w", err)
	}
	if !s.Quota.Full(used) {
		return "", nil
	}
	return words.WorkspaceFull(used, s.Quota.Bytes), nil
}
