package mend

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/part"
)

// Check looks through a part that nobody may write at the moment. It returns an error
// that says what is wrong, nil where everything is as it was written.
func Check(in bucket.Files, name string) error {
	f, err := part.OpenFile(in, name)
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
		err = fmt.Errorf("%s is damaged in %d %s", path.Base(name), len(bad), places)
	}
	if err == nil && f.Checks.Broken {
		err = fmt.Errorf("the end of %s is damaged, and is there twice", path.Base(name))
	}
	return err
}

// Mend puts in the place of a damaged part what can be read of it, and sets it aside.
// It returns which ids are lost. Coverage of these is taken back, so that they are
// missing and asked for again. A part that does not open at all is only set aside.
// Only one at a time mends a part; who comes later finds that it is done.
func Mend(in bucket.Files, name string) (collector.Ranges, error) {
	f, err := part.ClaimFile(in, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // set aside, merged or deleted meanwhile
	}
	if _, system := errors.AsType[*fs.PathError](err); system {
		return nil, err
	}
	if err != nil {
		return nil, in.Replace(name, "", nil)
	}
	defer f.Close()
	lost, err := mendFile(f, in, name)
	if err != nil {
		return nil, fmt.Errorf("mend %s: %w", path.Base(name), err)
	}
	return lost, nil
}

func mendFile(f *part.File, in bucket.Files, name string) (collector.Ranges, error) {
	bad, err := f.Damage()
	if err != nil || len(bad) == 0 && !f.Checks.Broken {
		return nil, err
	}
	s := Salvageable(f, bad)
	var write func(io.Writer) error
	var gone part.Lost
	switch kindOf(name) {
	case bucket.MessagesDir:
		write, gone, err = s.messages()
	case bucket.VersionsDir:
		write, err = s.versions()
	case bucket.PeersDir:
		write, err = salvageAll(s, plainReader[collector.Peer](f))
	case bucket.ChannelsDir:
		write, err = salvageAll(s, plainReader[collector.Channel](f))
	case bucket.ReceiptsDir:
		write, err = salvageAll(s, plainReader[collector.Receipt](f))
	case bucket.RecordsDir:
		write, err = salvageAll(s, plainReader[part.ImportRecord](f))
	}
	if err != nil {
		return nil, err
	}
	if write == nil {
		return nil, in.Replace(name, "", nil)
	}
	return gone.Ranges, replace(in, name, part.Checked(write))
}

// kindOf is the folder of a dataset that a file lies in.
func kindOf(name string) string {
	dir := path.Dir(name)
	if strings.HasPrefix(path.Base(dir), bucket.PartitionPrefix) {
		dir = path.Dir(dir)
	}
	return path.Base(dir)
}

// replace puts a file beside the damaged one, of the same revision, and sets that aside.
func replace(in bucket.Files, name string, write func(*os.File) error) error {
	base := strings.TrimSuffix(name, bucket.PartSuffix)
	if i := strings.LastIndex(base, part.MendedMark); i > 0 {
		base = base[:i]
	}
	for n := 1; ; {
		made := fmt.Sprintf("%s%s%d%s", base, part.MendedMark, n, bucket.PartSuffix)
		before, err := bucket.Has(in, made+bucket.DamagedSuffix)
		if err != nil {
			return err
		}
		if before {
			n++ // was mended, and damaged once more
			continue
		}
		err = in.Replace(name, made, write)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if made == name { // the damaged one itself was mended before
			n++
			continue
		}
		// Of a mending that was broken off: once more.
		if err := in.Delete(made); err != nil {
			return err
		}
	}
}
