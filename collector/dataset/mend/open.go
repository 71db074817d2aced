package mend

import (
	"fmt"
	"io/fs"

	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/part"
)

// LoadRows reads a small file whole.
func LoadRows[T any](in bucket.Files, name string) ([]T, error) {
	f, err := OpenWholeFile(in, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := part.NewStream[T](f, 0, f.Parquet.NumRows())
	if err != nil {
		return nil, err
	}
	defer s.Close()
	rows := make([]T, 0, f.Parquet.NumRows())
	for row := range f.Parquet.NumRows() {
		v, err := s.At(row)
		if err != nil {
			return nil, err
		}
		rows = append(rows, *v)
	}
	return rows, nil
}

// notThere is the error of a file that was set aside: whoever reads looks anew.
func notThere(name string) error {
	return fmt.Errorf("a damaged file was set aside: %w", &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist})
}

// openWhole opens a part, once looked through: what is damaged of it is set aside, and
// whoever reads looks anew.
func openWhole(p *part.Part) (*part.File, error) {
	p.Checked.Lock()
	defer p.Checked.Unlock()
	f, err := part.OpenFile(p.In, p.Name)
	if err != nil || p.Whole {
		return f, err
	}
	bad, err := f.Damage()
	if err == nil && len(bad) == 0 && !f.Checks.Broken {
		p.Whole = true
		return f, nil
	}
	f.Close()
	if err == nil {
		_, err = Mend(p.In, p.Name)
	}
	if err == nil {
		err = notThere(p.Name)
	}
	return nil, err
}

// OpenWholeFile opens a small file that is read at once.
func OpenWholeFile(in bucket.Files, name string) (*part.File, error) {
	return openWhole(&part.Part{In: in, Name: name})
}

// LookThrough looks a part through, unless that was done.
func LookThrough(p *part.Part) error {
	p.Checked.Lock()
	whole := p.Whole
	p.Checked.Unlock()
	if whole {
		return nil
	}
	f, err := openWhole(p)
	if err != nil {
		return err
	}
	return f.Close()
}

// LookAgain looks a part through once more: it may have been damaged since.
func LookAgain(p *part.Part) error {
	p.Checked.Lock()
	p.Whole = false
	p.Checked.Unlock()
	return LookThrough(p)
}

// Files are the parts that one reading has open.
type Files map[*part.Part]*part.File

// Open opens a part, once.
func (fs Files) Open(p *part.Part) (*part.File, error) {
	if f, ok := fs[p]; ok {
		return f, nil
	}
	f, err := openWhole(p)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	fs[p] = f
	return f, nil
}

// CloseBelow closes the parts that have nothing at or above an id.
func (fs Files) CloseBelow(id int64) {
	for p, f := range fs {
		if p.Hi < id {
			f.Close()
			delete(fs, p)
		}
	}
}

func (fs Files) ClosePart(p *part.Part) {
	if f, ok := fs[p]; ok {
		f.Close()
		delete(fs, p)
	}
}

// maxOpen is how many files a reading leaves open for the next rows.
const maxOpen = 64

// Trim closes everything when much is open. Nothing may be reading.
func (fs Files) Trim() {
	if len(fs) > maxOpen {
		fs.Close()
	}
}

func (fs Files) Close() {
	for _, f := range fs {
		f.Close()
	}
	clear(fs)
}
