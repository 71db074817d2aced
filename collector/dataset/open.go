package dataset

import (
	"fmt"
	"io/fs"
)

// loadRows reads a small file whole.
func loadRows[T any](path string) ([]T, error) {
	f, err := openWholeFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := newStream[T](f, 0, f.parquet.NumRows())
	if err != nil {
		return nil, err
	}
	defer s.Close()
	rows := make([]T, 0, f.parquet.NumRows())
	for row := range f.parquet.NumRows() {
		v, err := s.at(row)
		if err != nil {
			return nil, err
		}
		rows = append(rows, *v)
	}
	return rows, nil
}

// notThere is the error of a file that was set aside: whoever reads looks anew.
func notThere(path string) error {
	return fmt.Errorf("a damaged file was set aside: %w", &fs.PathError{Op: "read", Path: path, Err: fs.ErrNotExist})
}

// openWhole opens a part, once looked through: what is damaged of it is set aside, and
// whoever reads looks anew.
func openWhole(p *part) (*file, error) {
	p.checked.Lock()
	defer p.checked.Unlock()
	f, err := openFile(p.path)
	if err != nil || p.whole {
		return f, err
	}
	bad, err := f.damage()
	if err == nil && len(bad) == 0 && !f.checks.broken {
		p.whole = true
		return f, nil
	}
	if err == nil {
		_, err = f.mend(p.path)
	}
	f.Close()
	if err == nil {
		err = notThere(p.path)
	}
	return nil, err
}

// openWholeFile opens a small file that is read at once.
func openWholeFile(path string) (*file, error) {
	p := &part{path: path}
	return openWhole(p)
}

// lookThrough looks a part through, unless that was done.
func lookThrough(p *part) error {
	p.checked.Lock()
	whole := p.whole
	p.checked.Unlock()
	if whole {
		return nil
	}
	f, err := openWhole(p)
	if err != nil {
		return err
	}
	return f.Close()
}

// files are the parts that one reading has open.
type files map[*part]*file

// open opens a part, once.
func (fs files) open(p *part) (*file, error) {
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

// closeBelow closes the parts that have nothing at or above an id.
func (fs files) closeBelow(id int64) {
	for p, f := range fs {
		if p.hi < id {
			f.Close()
			delete(fs, p)
		}
	}
}

func (fs files) closePart(p *part) {
	if f, ok := fs[p]; ok {
		f.Close()
		delete(fs, p)
	}
}

// maxOpen is how many files a reading leaves open for the next rows.
const maxOpen = 64

// trim closes everything when much is open. Nothing may be reading.
func (fs files) trim() {
	if len(fs) > maxOpen {
		fs.Close()
	}
}

func (fs files) Close() {
	for _, f := range fs {
		f.Close()
	}
	clear(fs)
}
