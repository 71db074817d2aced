package doctor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// leap is added to the next sequence if an unknown number of records is missing: a sequence
// must never be used twice, because leases are told apart by it.
const leap = 1 << 20

// Model makes the folder of a new engine in dir, to copy settings of streams from.
type Model func(ctx context.Context, dir string) error

// Repair repairs the engine's folder so that it starts with every record that can be read, and
// returns what was damaged and lost. It copies the damaged files into a folder damaged-<time>
// beside them first. No engine may have the folder open.
func Repair(ctx context.Context, dir string, model Model) ([]Damage, error) {
	in, err := inspect(dir)
	if err != nil {
		return nil, fmt.Errorf("repair the records: %w", err)
	}
	found := in.damage()
	if len(found) == 0 {
		return nil, nil
	}
	aside := filepath.Join(dir, "damaged-"+time.Now().UTC().Format("20060102T150405.000"))
	if err := in.repair(ctx, aside, model); err != nil {
		return found, fmt.Errorf("repair the records: %w", err)
	}
	return found, nil
}

func (in *inspection) repair(ctx context.Context, aside string, make Model) error {
	if err := os.CopyFS(aside, os.DirFS(filepath.Join(in.dir, filepath.FromSlash(StreamsDir)))); err != nil &&
		!errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep the damaged records aside: %w", err)
	}
	model := ""
	if slices.ContainsFunc(in.streams, (*streamState).unset) {
		var err error
		if model, err = in.model(ctx, make); err != nil {
			return err
		}
		defer os.RemoveAll(model)
	}
	for _, s := range in.streams {
		if err := s.repair(filepath.Join(model, filepath.FromSlash(StreamsDir), s.name)); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	err := os.Remove(filepath.Join(in.dir, closingFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}

// unset reports whether a stream's settings must be rewritten.
func (s *streamState) unset() bool { return s.meta != nil || s.missing }

// model makes the folder of a new engine and returns it.
func (in *inspection) model(ctx context.Context, make Model) (string, error) {
	dir, err := os.MkdirTemp(in.dir, "model-*")
	if err != nil {
		return "", err
	}
	if err := make(ctx, dir); err != nil {
		os.RemoveAll(dir)
		return "", fmt.Errorf("make new settings: %w", err)
	}
	return dir, nil
}

// repair keeps the whole records of a stream, and adds a mark from which the sequences go on.
func (s *streamState) repair(model string) error {
	if s.unset() {
		if err := os.MkdirAll(filepath.Join(s.dir, blocksDir), 0o700); err != nil {
			return err
		}
		for _, name := range []string{metaFile, metaSum} {
			b, err := os.ReadFile(filepath.Join(model, name))
			if err == nil {
				err = writeWhole(filepath.Join(s.dir, name), b)
			}
			if err != nil {
				return err
			}
		}
	}
	lost, highest := s.missing || len(s.gone) > 0, uint32(0)
	for _, b := range s.blocks {
		highest = max(highest, b.number)
		lost = lost || b.damaged()
		if b.good != nil {
			if err := writeWhole(b.path, b.good); err != nil {
				return err
			}
		}
	}
	if err := os.Remove(filepath.Join(s.dir, blocksDir, indexFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !lost {
		return nil
	}
	return writeWhole(filepath.Join(s.dir, blocksDir, fmt.Sprintf("%d.blk", highest+1)), markRecord(s.name, highest+1, s.last+leap))
}

// markRecord returns a block whose only record is the stream's mark, with this sequence.
func markRecord(stream string, number uint32, sequence uint64) []byte {
	subject, value := Mark(stream, FirstMark), "1"
	b := make([]byte, recordHeader)
	binary.LittleEndian.PutUint32(b, uint32(recordHeader+len(subject)+len(value)+recordHash))
	binary.LittleEndian.PutUint64(b[4:], sequence)
	binary.LittleEndian.PutUint64(b[12:], uint64(time.Now().UnixNano()))
	binary.LittleEndian.PutUint16(b[20:], uint16(len(subject)))
	b = append(append(b, subject...), value...)
	h := hasher(fmt.Sprintf("%s-%d", stream, number))
	h.Write(b[4:20])
	h.Write(b[recordHeader:])
	return h.Sum(b)
}

// ready removes what the server would rebuild anyway, and its notes of consumers, before it
// starts.
func (in *inspection) ready() error {
	for _, s := range in.streams {
		if s.missing {
			continue
		}
		if s.index {
			if err := os.Remove(filepath.Join(s.dir, blocksDir, indexFile)); err != nil {
				return err
			}
		}
		if err := os.RemoveAll(filepath.Join(s.dir, "obs")); err != nil {
			return err
		}
	}
	err := os.Remove(filepath.Join(in.dir, closingFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}
