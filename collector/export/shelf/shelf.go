// Package shelf keeps files that were made, within so many bytes, until the data that they are
// made of changes.
package shelf

import (
	"context"
	"io"
	"sync"
	"time"
)

// Shelf is the files of all workspaces. The one that nobody asked for the longest goes first.
type Shelf struct {
	most int // bytes of all; a single file may have half of them

	// life is how long a file is kept at most. Nobody calls Drop for a workspace that expired,
	// or that another process deleted: so nothing of it stays in memory.
	life time.Duration

	mu      sync.Mutex
	files   map[place]*file
	size    int
	asked   uint64 // requests so far
	dropped uint64 // workspaces so far
}

type place struct{ workspace, name string }

type file struct {
	fingerprint string // of the data that it was made of
	content     []byte
	asked       uint64 // number of the last request for it
	end         *time.Timer
}

// New returns a shelf of so many bytes, whose files are kept for life at most.
func New(most int, life time.Duration) *Shelf {
	return &Shelf{most: most, life: life, files: map[place]*file{}}
}

// Write writes the file that is kept, if its data is as it was, else what write writes. That is
// kept where the fingerprint of the data is the same before and after.
func (s *Shelf) Write(ctx context.Context, w io.Writer, workspace, name string, fingerprint func(context.Context) (string, error),
	write func(io.Writer) error) error {
	at := place{workspace, name}
	before, err := fingerprint(ctx)
	if err != nil {
		return err
	}
	content, dropped := s.find(at, before)
	if content != nil {
		_, err := w.Write(content)
		return err
	}
	copied := &copying{w: w, most: s.most / 2}
	if err := write(copied); err != nil {
		return err
	}
	if after, err := fingerprint(ctx); err == nil && after == before && !copied.over {
		s.put(at, dropped, &file{fingerprint: before, content: copied.content})
	}
	return nil
}

// find returns the kept content for a fingerprint, and how many workspaces were dropped so far.
// What has another fingerprint is of no use any more.
func (s *Shelf) find(at place, fingerprint string) (content []byte, dropped uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	f := s.files[at]
	if f == nil {
		return nil, s.dropped
	}
	if f.fingerprint != fingerprint {
		s.remove(at)
		return nil, s.dropped
	}
	f.asked = s.asked
	return f.content, s.dropped
}

// put keeps a file, unless a workspace was dropped since it was begun: it might be its own.
func (s *Shelf) put(at place, dropped uint64, f *file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dropped != dropped || len(f.content) == 0 {
		return
	}
	s.remove(at)
	for s.size+len(f.content) > s.most {
		s.remove(s.oldest())
	}
	f.asked = s.asked
	s.files[at] = f
	s.size += len(f.content)
	f.end = time.AfterFunc(s.life, func() { s.outlived(at, f) })
}

// outlived removes a file whose life is over, unless another one has its place by now.
func (s *Shelf) outlived(at place, f *file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files[at] == f {
		s.remove(at)
	}
}

func (s *Shelf) remove(at place) {
	if f := s.files[at]; f != nil {
		f.end.Stop()
		s.size -= len(f.content)
		delete(s.files, at)
	}
}

// oldest is what nobody asked for the longest.
func (s *Shelf) oldest() (at place) {
	least := s.asked + 1
	for p, f := range s.files {
		if f.asked < least {
			at, least = p, f.asked
		}
	}
	return at
}

// Drop removes the files of a deleted workspace.
func (s *Shelf) Drop(workspace string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropped++
	for at := range s.files {
		if at.workspace == workspace {
			s.remove(at)
		}
	}
}

// copying keeps a copy of what is written, up to so many bytes.
type copying struct {
	w       io.Writer
	most    int
	content []byte
	over    bool // it was more
}

func (c *copying) Write(p []byte) (int, error) {
	if c.over = c.over || len(c.content)+len(p) > c.most; c.over {
		c.content = nil
	} else {
		c.content = append(c.content, p...)
	}
	return c.w.Write(p)
}
