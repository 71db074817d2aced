package doctor

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// closingFile is written to the engine's folder by a clean stop: the size of each file of
// records. Without it, a file that was cut off between two records looks undamaged. It is
// removed while the program runs.
const closingFile = "closed.json"

// closing is the content of closingFile, which ends with its own SHA-256.
type closing struct {
	Sizes map[string]int64  `json:"sizes"` // stream/file of records → bytes
	Last  map[string]uint64 `json:"last"`  // stream → last sequence
}

// readClosing returns nil if there is none or its checksum is wrong: then nothing can be
// compared.
func readClosing(dir string) (*closing, error) {
	b, err := os.ReadFile(filepath.Join(dir, closingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	body, sum, _ := bytes.Cut(b, []byte("\n"))
	want := sha256.Sum256(body)
	var c closing
	if strings.TrimSpace(string(sum)) != hex.EncodeToString(want[:]) || json.Unmarshal(body, &c) != nil {
		return nil, nil
	}
	return &c, nil
}

// NoteClosing records the state of the folder after a clean stop.
func NoteClosing(dir string) error {
	in, err := inspect(dir)
	if err != nil {
		return fmt.Errorf("note how the records were left: %w", err)
	}
	c := closing{Sizes: map[string]int64{}, Last: map[string]uint64{}}
	for _, s := range in.streams {
		c.Last[s.name] = s.last
		for _, b := range s.blocks {
			c.Sizes[b.name(s)] = b.size
		}
	}
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	body = append(append(body, '\n'), hex.EncodeToString(sum[:])...)
	if err := writeWhole(filepath.Join(dir, closingFile), body); err != nil {
		return fmt.Errorf("note how the records were left: %w", err)
	}
	return nil
}

// writeWhole writes and syncs a file: in full, or not at all.
func writeWhole(path string, b []byte) error {
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// name returns the block's file within the folder of streams.
func (b *block) name(s *streamState) string {
	return s.name + "/" + blocksDir + "/" + filepath.Base(b.path)
}

// compare finds files that are missing, or shorter than after the last clean stop.
func (in *inspection) compare() {
	if in.closed == nil {
		return
	}
	for _, s := range in.streams {
		s.last = max(s.last, in.closed.Last[s.name])
		there := map[string]*block{}
		for _, b := range s.blocks {
			there[b.name(s)] = b
		}
		for name, size := range in.closed.Sizes {
			if !strings.HasPrefix(name, s.name+"/") || s.missing {
				continue
			}
			what := ""
			switch b := there[name]; {
			case b == nil:
				what = "The file is missing."
			case b.size < size && !b.damaged():
				what = fmt.Sprintf("The file is %d bytes shorter than when the program stopped.", size-b.size)
			case b.torn > 0:
				what = "Its end cannot be read."
			}
			if what != "" {
				s.gone = []Damage{{File: name, What: what,
					Lost: []string{"records of " + strings.TrimPrefix(s.name, "KV_") + ", which ones is not known"}}}
			}
		}
	}
}
