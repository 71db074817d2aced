package mend

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/part"
)

// damagedSuffix is how the name of a file ends that was set aside.
const DamagedSuffix = ".damaged"

// Check looks through a part that nobody may write at the moment. It returns an error
// that says what is wrong, nil where everything is as it was written.
func Check(path string) error {
	f, err := part.OpenFile(path)
	if err != nil {
		return err
	}
	defer f.Close()
	bad, err := f.Damage()
	if err == nil && len(bad) > 0 {
		places := "places"
		if len(bad) == 1 {
			places = "place"
		}
		err = fmt.Errorf("%s is damaged in %d %s", filepath.Base(path), len(bad), places)
	}
	if err == nil && f.Checks.Broken {
		err = fmt.Errorf("the end of %s is damaged, and is there twice", filepath.Base(path))
	}
	return err
}

// Mend puts in the place of a damaged part what can be read of it, and sets it aside.
// It returns which ids are lost. Coverage of these is taken back, so that they are
// missing and asked for again. A part that does not open at all is only set aside.
func Mend(path string) (collector.Ranges, error) {
	f, err := part.OpenFile(path)
	if _, system := errors.AsType[*fs.PathError](err); system {
		return nil, err
	}
	if err != nil {
		return nil, setAside(path)
	}
	defer f.Close()
	return MendFile(f, path)
}

// mendFile is Mend of an open file. Only one at a time mends it; who comes later finds that
// it is done.
func MendFile(f *part.File, path string) (collector.Ranges, error) {
	if err := bucket.LockFile(f.File); err != nil {
		return nil, fmt.Errorf("mend %s: %w", filepath.Base(path), err)
	}
	if there, err := isAt(f, path); err != nil || !there {
		return nil, err // set aside, merged or deleted meanwhile
	}
	bad, err := f.Damage()
	if err != nil || len(bad) == 0 && !f.Checks.Broken {
		return nil, err
	}
	s := Salvageable(f, bad)
	var write func(io.Writer) error
	var gone part.Lost
	switch kindOf(path) {
	case bucket.MessagesDir:
		write, gone, err = s.messages()
	case bucket.VersionsDir:
		write, gone, err = s.versions()
	case bucket.PeersDir:
		write, err = salvageAll[collector.Peer](s)
	case bucket.ChannelsDir:
		write, err = salvageAll[collector.Channel](s)
	case bucket.ReceiptsDir:
		write, err = salvageAll[collector.Receipt](s)
	case bucket.RecordsDir:
		write, err = salvageAll[part.ImportRecord](s)
	}
	if err != nil {
		return nil, fmt.Errorf("mend %s: %w", filepath.Base(path), err)
	}
	made := ""
	if write != nil {
		if made, err = putMended(path, write); err != nil {
			return nil, fmt.Errorf("mend %s: %w", filepath.Base(path), err)
		}
	}
	err = setAside(path)
	if err != nil && made != "" { // merged or deleted meanwhile
		err = errors.Join(err, os.Remove(made))
	}
	return gone.Ranges, err
}

// isAt reports whether the open file is still what lies at the path.
func isAt(f *part.File, path string) (bool, error) {
	own, err := f.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(own, there), err
}

// kindOf is the folder of a dataset that a file lies in.
func kindOf(path string) string {
	dir := filepath.Base(filepath.Dir(path))
	if strings.HasPrefix(dir, bucket.PartitionPrefix) {
		dir = filepath.Base(filepath.Dir(filepath.Dir(path)))
	}
	return dir
}

// putMended writes a file beside the damaged one, of the same revision.
func putMended(path string, write func(io.Writer) error) (string, error) {
	dir, base := filepath.Dir(path), strings.TrimSuffix(filepath.Base(path), bucket.PartSuffix)
	if i := strings.LastIndex(base, part.MendedMark); i > 0 {
		base = base[:i]
	}
	for n := 1; ; {
		name := fmt.Sprintf("%s%s%d%s", base, part.MendedMark, n, bucket.PartSuffix)
		made := filepath.Join(dir, name)
		if _, err := os.Stat(made + DamagedSuffix); err == nil {
			n++ // was mended, and damaged once more
			continue
		}
		_, err := bucket.PutIn(dir, name, part.Checked(write))
		if !errors.Is(err, fs.ErrExist) {
			return made, err
		}
		if made == path { // the damaged one itself was mended before
			n++
			continue
		}
		// Of a mending that was broken off: once more.
		if err := os.Remove(made); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
}

// setAside renames a damaged file, so that it is kept and not read.
func setAside(path string) error {
	if err := os.Rename(path, path+DamagedSuffix); err != nil {
		return err
	}
	return bucket.SyncFolder(filepath.Dir(path))
}
