package staging

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// restDir is the folder of a finished staging in which lies what is no message.
const restDir = "rest"

// Its files.
const (
	restChannels = "channels" + bucket.PartSuffix
	restPeers    = "peers" + bucket.PartSuffix
	restReceipts = "receipts" + bucket.PartSuffix
	restFinished = "finished.json" // the last one
)

// finished is what a finished staging says of itself.
type finished struct {
	Now      time.Time                `json:"now"`
	Sources  map[string]bool          `json:"sources"`
	Channels map[int64]bool           `json:"channels"`
	Staged   map[int64]*stagedChannel `json:"staged"`
}

// Finish writes everything that was added to the folder, so that another process can
// open it. Of a channel that several files tell of, few parts are left.
func (s *Staging) Finish(ctx context.Context) error {
	if err := s.Flush(ctx); err != nil {
		return err
	}
	for id, c := range s.staged {
		if c.over > 4 {
			if err := s.gather(ctx, id); err != nil {
				return err
			}
		}
	}
	var details []collector.Channel
	for _, all := range s.details {
		details = append(details, all...)
	}
	peers := catalog.SortedPeers(s.peers)
	var err error
	write := func(name string, how func(*os.File) error) {
		if err == nil {
			_, err = s.d.In.Put(path.Join(restDir, name), how)
		}
	}
	write(restChannels, part.Checked(part.Rows(details...)))
	write(restPeers, part.Checked(part.Rows(peers...)))
	write(restReceipts, part.Checked(part.Rows(s.receipts...)))
	write(restFinished, func(f *os.File) error {
		return json.NewEncoder(f).Encode(finished{s.now, s.sources, s.channels, s.staged})
	})
	if err != nil {
		return fmt.Errorf("finish what was staged: %w", err)
	}
	return nil
}

// Folder is where it lies, for OpenStaging.
func (s *Staging) Folder() string { return s.dir }

// OpenStaging opens the folder of a staging that was finished, perhaps by another
// process. Close it, whatever became of it.
func OpenStaging(dir string) (*Staging, error) {
	var f finished
	b, err := os.ReadFile(filepath.Join(dir, restDir, restFinished))
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		return nil, fmt.Errorf("open what was staged: %w", err)
	}
	d, err := catalog.Open(dir)
	if err != nil {
		return nil, err
	}
	s := newStaging(d, f.Now)
	s.sources, s.channels = f.Sources, f.Channels
	if f.Staged != nil {
		s.staged = f.Staged
	}
	details, err := rest[collector.Channel](d, restChannels)
	peers, errPeers := rest[collector.Peer](d, restPeers)
	receipts, errReceipts := rest[collector.Receipt](d, restReceipts)
	if err := cmp.Or(err, errPeers, errReceipts); err != nil {
		return nil, fmt.Errorf("open what was staged: %w", err)
	}
	for _, ch := range details {
		s.details[ch.ID] = append(s.details[ch.ID], ch)
	}
	for _, p := range peers {
		s.peers[catalog.KeyOf(p)] = p
	}
	s.receipts = receipts
	return s, nil
}

// rest reads one of the files of what is no message.
func rest[T any](d *catalog.Catalog, name string) ([]T, error) {
	return mend.LoadRows[T](d.In, path.Join(restDir, name))
}
