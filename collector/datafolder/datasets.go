package datafolder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/network"
	"telegramtrac/collector/workspace"
)

// Datasets are the datasets of all workspaces, a folder each, opened at first use.
type Datasets struct {
	dir string
	log *slog.Logger

	mu     sync.Mutex
	opened map[string]*openDataset
	shared *dataset.Shared
	rested time.Time // when unused ones were last released
}

type openDataset struct {
	*dataset.Dataset
	used time.Time
}

// restAfter is how long an unused dataset keeps its answers in memory.
const restAfter = 10 * time.Minute

// New returns the datasets of a data folder.
func New(data string, log *slog.Logger) *Datasets {
	return &Datasets{dir: filepath.Join(data, "workspaces"), log: log, opened: map[string]*openDataset{}, shared: dataset.NewShared()}
}

// Open returns a workspace's dataset. Workspace ids are our own: letters and digits.
func (s *Datasets) Open(workspace string) (*dataset.Dataset, error) {
	if workspace == "" || workspace != filepath.Base(workspace) || workspace[0] == '.' {
		return nil, fmt.Errorf("%q is no workspace", workspace)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.rest(now)
	if d := s.opened[workspace]; d != nil {
		d.used = now
		return d.Dataset, nil
	}
	d, err := dataset.OpenIn(filepath.Join(s.dir, workspace), s.shared)
	if err != nil {
		return nil, err
	}
	d.Tell(func(lost fold.Damage) {
		s.log.Error("data damaged", "workspace", workspace, "file", lost.File,
			"channel_id", lost.ChannelID, "messages", lost.Rows, "ids", idRanges(lost.Ranges))
	})
	s.opened[workspace] = &openDataset{d, now}
	return d, nil
}

// rest frees the memory of datasets that were not used for a while.
func (s *Datasets) rest(now time.Time) {
	if now.Sub(s.rested) < restAfter/10 {
		return
	}
	s.rested = now
	for _, d := range s.opened {
		if now.Sub(d.used) > restAfter {
			d.Rest()
		}
	}
}

// Store returns the store that the holder of a workspace's lease writes to.
func (s *Datasets) Store(workspace string, lease uint64) (workspace.Store, error) {
	d, err := s.Open(workspace)
	if err != nil {
		return nil, err
	}
	return d.Writer(lease), nil
}

// Find returns a workspace's dataset; nil if it has none.
func (s *Datasets) Find(workspace string) (*dataset.Dataset, error) {
	if _, err := os.Stat(filepath.Join(s.dir, workspace)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return s.Open(workspace)
}

// Remove deletes a workspace's data.
func (s *Datasets) Remove(workspace string) error {
	d, err := s.Open(workspace)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.opened, workspace)
	return d.Remove()
}

// Stored lists the workspaces that have data.
func (s *Datasets) Stored() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list workspaces: %w", err)
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() && e.Name()[0] != '.' {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// Graph makes a workspace's network.
func (s *Datasets) Graph(ctx context.Context, workspace string) (*network.Graph, error) {
	d, err := s.Open(workspace)
	if err != nil {
		return nil, err
	}
	return network.Build(ctx, d)
}

// Evidence finds the messages that make an edge of a workspace's network.
func (s *Datasets) Evidence(ctx context.Context, workspace string, q network.Question) (network.Answer, error) {
	d, err := s.Open(workspace)
	if err != nil {
		return network.Answer{}, err
	}
	return network.Find(ctx, d, q)
}

// Ties writes the evidence of all edges of a workspace's network.
func (s *Datasets) Ties(ctx context.Context, workspace string, w io.Writer) error {
	d, err := s.Open(workspace)
	if err != nil {
		return err
	}
	in, err := network.Read(ctx, d, 0)
	if err != nil {
		return err
	}
	return network.WriteTies(ctx, w, in)
}
