package catalog

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
)

// Sender is what somebody is called who wrote messages. Of a person whom nobody kept
// personal data of, both are "".
type Sender struct {
	Name     string // a person's name, a channel's or group's title
	Username string // without @
}

// places are where the names of some peers are, by file, each file's in its order.
func (m *met) places(keys []PeerKey) map[PeerFile][]namedRow {
	out := map[PeerFile][]namedRow{}
	for _, k := range keys {
		if at, ok := m.at[k]; ok {
			f := m.files[at.file]
			out[f] = append(out[f], namedRow{k, int64(at.row)})
		}
	}
	for _, rows := range out {
		slices.SortFunc(rows, func(a, b namedRow) int { return cmp.Compare(a.row, b.row) })
	}
	return out
}

type namedRow struct {
	key PeerKey
	row int64
}

// Senders names those of some peers who have a name. A name that was kept once is not
// lost where a later look, without personal data, has none.
func (d *Catalog) Senders(ctx context.Context, keys []PeerKey) (map[PeerKey]Sender, error) {
	d.met.mu.Lock()
	_, err := d.meet(ctx)
	places := d.met.places(keys)
	d.met.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("read who wrote: %w", err)
	}
	out := map[PeerKey]Sender{}
	for f, rows := range places {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := readPeers(f, func(s *part.Stream[peerName]) error {
			for _, at := range rows {
				p, err := s.At(at.row)
				if err != nil {
					return err
				}
				out[at.key] = Sender{Name: strings.Clone(p.Title), Username: strings.Clone(p.Username)}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read who wrote: %w", err)
		}
	}
	return out, nil
}

// from is what a message says of who wrote it.
type from struct {
	Type string `parquet:"from_type,optional,dict"`
	ID   int64  `parquet:"from_id,optional"`
}

// AllSenders names everybody who wrote a message of a channel, or of all when
// channelID is 0, and has a name. Its size grows with them: about 150 bytes each.
func (d *Catalog) AllSenders(ctx context.Context, channelID int64) (map[PeerKey]Sender, error) {
	seen := map[PeerKey]bool{}
	for m, err := range fold.ScanColumns[from](ctx, d.Rows, channelID) {
		if err != nil {
			return nil, fmt.Errorf("read who wrote: %w", err)
		}
		if m.ID != 0 {
			seen[PeerKey{Type: typeOf(m.Type), ID: m.ID}] = true
		}
	}
	if len(seen) == 0 {
		return nil, nil
	}
	return d.Senders(ctx, slices.Collect(maps.Keys(seen)))
}

// SenderKey is the key of who wrote a message; of one that tells nobody, its ID is 0.
func SenderKey(m *collector.Message) PeerKey { return PeerKey{Type: m.FromType, ID: m.FromID} }
