package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// store writes small JSON records to a folder, one file each, by temp file, fsync and rename,
// so that a kill -9 loses at most the record being written. Unreadable files are ignored. The
// zero store writes nothing.
type store struct {
	dir string
}

// The kinds of records: one folder each.
const (
	kindServer   = "server"   // one: the RSA key and the secret for access hashes
	kindKeys     = "keys"     // auth keys, by id in hex
	kindCodes    = "codes"    // login codes that were sent, by phone_code_hash
	kindAccounts = "accounts" // accounts that moved to another data centre, by user id
)

func (s store) put(kind, name string, record any) error {
	if s.dir == "" {
		return nil
	}
	data, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("encode %s record: %w", kind, err)
	}
	if err := s.write(filepath.Join(s.dir, kind), name+".json", data); err != nil {
		return fmt.Errorf("keep %s record: %w", kind, err)
	}
	return nil
}

func (s store) write(dir, name string, data []byte) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, ".new-*") // CreateTemp makes it 0600, as keys need
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	_, err = temp.Write(data)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), filepath.Join(dir, name))
}

func (s store) remove(kind, name string) error {
	if s.dir == "" {
		return nil
	}
	err := os.Remove(filepath.Join(s.dir, kind, name+".json"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s record: %w", kind, err)
	}
	return nil
}

// each calls use with the name and content of every record of a kind, and removes the temp
// files of an interrupted process.
func (s store) each(kind string, use func(name string, data []byte)) error {
	if s.dir == "" {
		return nil
	}
	dir := filepath.Join(s.dir, kind)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list %s records: %w", kind, err)
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		name, ok := strings.CutSuffix(entry.Name(), ".json")
		if !ok {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("clear %s records: %w", kind, err)
			}
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read %s record: %w", kind, err)
		}
		use(name, data)
	}
	return nil
}
