package main

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

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/network"
	"telegramtrac/collector/workspace"
)

// datasets keeps the datasets of all workspaces open, one folder each.
type datasets struct {
	dir string
	log *slog.Logger

	mu     sync.Mutex
	opened map[string]*openDataset
	rested time.Time // when it was last looked for those that nobody uses
}

type openDataset struct {
	*dataset.Dataset
	used time.Time
}

// restAfter is for how long a dataset keeps its answers in memory after its last use.
const restAfter = 10 * time.Minute

func newDatasets(dir string, log *slog.Logger) *datasets {
	return &datasets{dir: dir, log: log, opened: map[string]*openDataset{}}
}

// open returns a workspace's dataset. Workspace ids are our own: letters and digits.
func (s *datasets) open(workspace string) (*dataset.Dataset, error) {
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
	d, err := dataset.Open(filepath.Join(s.dir, workspace))
	if err != nil {
		return nil, err
	}
	d.Tell(func(lost dataset.Damage) {
		s.log.Error("data_damaged", "workspace", workspace, "file", lost.File, "channel_id", lost.ChannelID, "messages", lost.Rows, "ids", idRanges(lost.Ranges))
	})
	s.opened[workspace] = &openDataset{d, now}
	return d, nil
}

// rest lets the datasets rest that nobody has used for a while.
func (s *datasets) rest(now time.Time) {
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

// store is where the holder of a workspace's lease writes.
func (s *datasets) store(workspace string, lease uint64) (workspace.Store, error) {
	d, err := s.open(workspace)
	if err != nil {
		return nil, err
	}
	return d.Writer(lease), nil
}

// known is what a workspace knows of channels' names; nil where it has nothing.
func (s *datasets) known(workspace string) (collector.Acquaintance, error) {
	if _, err := os.Stat(filepath.Join(s.dir, workspace)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	d, err := s.open(workspace)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// remove deletes a workspace's data.
func (s *datasets) remove(workspace string) error {
	d, err := s.open(workspace)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.opened, workspace)
	return d.Remove()
}

// merge puts what another workspace collected into the store of a holder.
func (s *datasets) merge(ctx context.Context, into workspace.Store, from string) (channels int64, err error) {
	w, ok := into.(*dataset.Writer)
	if !ok {
		return 0, fmt.Errorf("merge into a %T", into)
	}
	d, err := s.open(from)
	if err != nil {
		return 0, err
	}
	totals, err := d.Totals(ctx)
	if err != nil {
		return 0, err
	}
	if _, err = w.Merge(ctx, d.Catalog, time.Now()); err == nil {
		_, err = w.TakeOver(ctx)
	}
	return totals.Channels, err
}

// count counts what remove would delete.
func (s *datasets) count(ctx context.Context, workspace string) (channels, messages int64, err error) {
	d, err := s.open(workspace)
	if err != nil {
		return 0, 0, err
	}
	t, err := d.Totals(ctx)
	return t.Channels, t.Rows, err
}

// stored lists the workspaces that have data.
func (s *datasets) stored() ([]string, error) {
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

// used is how many bytes a workspace's data has.
func (s *datasets) used(ctx context.Context, workspace string) (int64, error) {
	d, err := s.open(workspace)
	if err != nil {
		return 0, err
	}
	return d.Bytes(ctx)
}

// channels are the ids of those that a workspace has.
func (s *datasets) channels(ctx context.Context, workspace string) (map[int64]bool, error) {
	d, err := s.open(workspace)
	if err != nil {
		return nil, err
	}
	all, err := d.Channels(ctx)
	out := map[int64]bool{}
	for _, ch := range all {
		out[ch.ID] = true
	}
	return out, err
}

// graph makes a workspace's network.
func (s *datasets) graph(ctx context.Context, workspace string) (*network.Graph, error) {
	d, err := s.open(workspace)
	if err != nil {
		return nil, err
	}
	return network.Build(ctx, d)
}

// evidence finds the messages that make an edge of a workspace's network.
func (s *datasets) evidence(ctx context.Context, workspace string, q network.Question) (network.Answer, error) {
	d, err := s.open(workspace)
	if err != nil {
		return network.Answer{}, err
	}
	return network.Find(ctx, d, q)
}

// ties writes the evidence of all edges of a workspace's network.
func (s *datasets) ties(ctx context.Context, workspace string, w io.Writer) error {
	d, err := s.open(workspace)
	if err != nil {
		return err
	}
	in, err := network.Read(ctx, d, 0)
	if err != nil {
		return err
	}
	return network.WriteTies(ctx, w, in)
}
