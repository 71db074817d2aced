package staging

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
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
	rest := filepath.Join(s.dir, restDir)
	var err error
	write := func(name string, how func(io.Writer) error) {
		if err == nil {
			_, err = bucket.Put(rest, name, part.Checked(how))
		}
	}
	write("channels"+bucket.PartSuffix, func(w io.Writer) error {
		return part.Write(part.NewWriter[collector.Channel](w, part.PartCodec()), details, nil)
	})
	write("peers"+bucket.PartSuffix, func(w io.Writer) error {
		return part.Write(part.NewWriter[collector.Peer](w, part.PartCodec()), peers, nil)
	})
	write("receipts"+bucket.PartSuffix, func(w io.Writer) error {
		return part.Write(part.NewWriter[collector.Receipt](w, part.PartCodec()), s.receipts, nil)
	})
	if err == nil {
		_, err = bucket.Put(rest, "finished.json", func(f *os.File) error {
			return json.NewEncoder(f).Encode(finished{s.now, s.sources, s.channels, s.staged})
		})
	}
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
	b, err := os.ReadFile(filepath.Join(dir, restDir, "finished.json"))
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
	rest := filepath.Join(dir, restDir)
	details, err := mend.LoadRows[collector.Channel](filepath.Join(rest, "channels"+bucket.PartSuffix))
	if err != nil {
		return nil, fmt.Errorf("open what was staged: %w", err)
	}
	for _, ch := range details {
		s.details[ch.ID] = append(s.details[ch.ID], ch)
	}
	peers, err := mend.LoadRows[collector.Peer](filepath.Join(rest, "peers"+bucket.PartSuffix))
	if err != nil {
		return nil, fmt.Errorf("open what was staged: %w", err)
	}
	for _, p := range peers {
		s.peers[catalog.KeyOf(p)] = p
	}
	if s.receipts, err = mend.LoadRows[collector.Receipt](filepath.Join(rest, "receipts"+bucket.PartSuffix)); err != nil {
		return nil, fmt.Errorf("open what was staged: %w", err)
	}
	return s, nil
}
