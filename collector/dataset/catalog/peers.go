package catalog

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// PeerFile is a part of peers: what one part of messages or one channel's
// details named.
type PeerFile struct {
	In       bucket.Files
	Name     string
	Revision part.Revision
}

// loadPeerFile checks that the file opens.
func loadPeerFile(in bucket.Files, name string) (PeerFile, error) {
	f, err := mend.OpenWholeFile(in, name)
	if err != nil {
		return PeerFile{}, err
	}
	defer f.Close()
	r, err := part.RevisionOf(path.Base(name))
	return PeerFile{in, name, r}, err
}

// PeerKey tells peers apart.
type PeerKey struct {
	Type string `parquet:"peer_type,dict"`
	ID   int64  `parquet:"peer_id"`
}

func (k PeerKey) compare(l PeerKey) int {
	return cmp.Or(cmp.Compare(k.Type, l.Type), cmp.Compare(k.ID, l.ID))
}

func KeyOf(p collector.Peer) PeerKey { return PeerKey{p.Type, p.ID} }

// peerContent is a peer without the times it was seen; it compares by value.
type peerContent struct {
	peer         collector.Peer
	participants int64
	known        bool
}

func ContentOf(p collector.Peer) peerContent {
	c := peerContent{peer: p}
	if p.Participants != nil {
		c.participants, c.known = *p.Participants, true
	}
	c.peer.Participants, c.peer.FirstSeenAt, c.peer.LastSeenAt = nil, time.Time{}, time.Time{}
	return c
}

func SortedPeers(peers map[PeerKey]collector.Peer) []collector.Peer {
	return slices.SortedFunc(maps.Values(peers), func(a, b collector.Peer) int {
		return KeyOf(a).compare(KeyOf(b))
	})
}

// PeerList says where the newest observation of every peer is. It holds no more of
// a peer than its key, and of channels the usernames: the whole of it is read when
// it is asked for.
type PeerList struct {
	files     []PeerFile // oldest revision first, as the names are
	keys      []PeerKey  // in order
	places    map[PeerKey]peerPlace
	usernames map[int64]string // of channels that have one
}

// peerPlace is the row that has the newest observation of a peer.
type peerPlace struct {
	file, row int32
	firstSeen int64 // by any of its observations, microseconds since 1970
}

// peerHead is what a PeerList reads of a row.
type peerHead struct {
	Type      string `parquet:"peer_type,dict"`
	ID        int64  `parquet:"peer_id"`
	Username  string `parquet:"username,optional"`
	FirstSeen int64  `parquet:"first_seen_at,timestamp(microsecond)"`
}

// PeerList lists the peers that are known now. Files of peers are replaced only where they are damaged,
// so that it can be read from for as long as the dataset is there.
func (d *Catalog) PeerList(ctx context.Context) (l *PeerList, err error) {
	err = fold.Retry(func() error {
		l, err = d.peerList(ctx)
		return err
	})
	return l, err
}

func (d *Catalog) peerList(ctx context.Context) (*PeerList, error) {
	files, _, err := d.PeerFiles.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	l := &PeerList{files: files, places: map[PeerKey]peerPlace{}, usernames: map[int64]string{}}
	for i := range files {
		if err := l.Add(ctx, i); err != nil {
			return nil, fmt.Errorf("list peers: %w", err)
		}
	}
	l.keys = slices.SortedFunc(maps.Keys(l.places), PeerKey.compare)
	return l, nil
}

// Add takes up a file, which is newer than those before it.
func (l *PeerList) Add(ctx context.Context, file int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return readPeers(l.files[file], func(s *part.Stream[peerHead]) error {
		for row := range s.File.Parquet.NumRows() {
			p, err := s.At(row)
			if err != nil {
				return err
			}
			k := PeerKey{typeOf(p.Type), p.ID}
			at := peerPlace{int32(file), int32(row), p.FirstSeen}
			if old, ok := l.places[k]; ok {
				at.firstSeen = min(at.firstSeen, old.firstSeen)
			}
			l.places[k] = at
			if k.Type != collector.PeerChannel {
				continue
			}
			if delete(l.usernames, k.ID); p.Username != "" {
				l.usernames[k.ID] = strings.Clone(p.Username)
			}
		}
		return nil
	})
}

// typeOf is the word for a type that all keys share, so that none holds what was read.
func typeOf(name string) string {
	for _, known := range []string{collector.PeerUser, collector.PeerChannel, collector.PeerChat} {
		if name == known {
			return known
		}
	}
	return strings.Clone(name)
}

// readPeers hands out the rows of a file.
func readPeers[T any](of PeerFile, do func(*part.Stream[T]) error) error {
	f, err := mend.OpenWholeFile(of.In, of.Name)
	if err != nil {
		return err
	}
	defer f.Close()
	s, err := part.NewStream[T](f, 0, f.Parquet.NumRows())
	if err != nil {
		return err
	}
	defer s.Close()
	return do(s)
}

// Usernames are the usernames of channels, by id. They are not to be changed.
func (l *PeerList) Usernames() map[int64]string { return l.usernames }

// Keys are the keys of all peers, in order of type and id. They are not to be changed.
func (l *PeerList) Keys() []PeerKey { return l.keys }

// peersAtOnce is how many peers are in memory together.
const peersAtOnce = 20_000

// Each yields the peers of some keys in order of type and id: the newest observation
// of each, first seen at the time of the oldest. Keys of nobody are left out. A peer
// may be kept as a copy; the pointer holds until the next one. An error ends it.
func (l *PeerList) Each(ctx context.Context, keys []PeerKey) iter.Seq2[*collector.Peer, error] {
	return func(yield func(*collector.Peer, error) bool) {
		for some := range slices.Chunk(l.known(keys), peersAtOnce) {
			rows, err := l.Rows(ctx, some)
			if err != nil {
				yield(nil, fmt.Errorf("read peers: %w", err))
				return
			}
			for i := range rows {
				if !yield(&rows[i], nil) {
					return
				}
			}
		}
	}
}

// known are those of the keys that somebody has, in order, each once.
func (l *PeerList) known(keys []PeerKey) []PeerKey {
	out := make([]PeerKey, 0, len(keys))
	for _, k := range keys {
		if _, ok := l.places[k]; ok {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, PeerKey.compare)
	return slices.Compact(out)
}

// Rows reads the peers of some keys. Each file is opened once, and read in its order.
func (l *PeerList) Rows(ctx context.Context, keys []PeerKey) ([]collector.Peer, error) {
	inFile := map[int32][]int{} // indices of keys
	for i, k := range keys {
		file := l.places[k].file
		inFile[file] = append(inFile[file], i)
	}
	out := make([]collector.Peer, len(keys))
	for file, wanted := range inFile {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		slices.SortFunc(wanted, func(a, b int) int { return cmp.Compare(l.places[keys[a]].row, l.places[keys[b]].row) })
		err := readPeers(l.files[file], func(s *part.Stream[collector.Peer]) error {
			for _, i := range wanted {
				at := l.places[keys[i]]
				p, err := s.At(int64(at.row))
				if err != nil {
					return err
				}
				out[i] = *p
				out[i].FirstSeenAt = time.UnixMicro(at.firstSeen).UTC()
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Write writes the peers of some keys as peers.parquet.
func (l *PeerList) Write(ctx context.Context, w io.Writer, keys []PeerKey) error {
	out := part.NewWriter[collector.Peer](w, part.ExportCodec())
	for some := range slices.Chunk(l.known(keys), peersAtOnce) {
		rows, err := l.Rows(ctx, some)
		if err == nil {
			err = part.WriteRows(out, rows)
		}
		if err != nil {
			return fmt.Errorf("write peers: %w", err)
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write peers: %w", err)
	}
	return nil
}

// Peers returns every peer in order of type and id, as [PeerList.Each] yields them.
func (d *Catalog) Peers(ctx context.Context) ([]collector.Peer, error) {
	l, err := d.PeerList(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := l.Rows(ctx, l.keys)
	if err != nil {
		return nil, fmt.Errorf("read peers: %w", err)
	}
	return rows, nil
}

// peerCount is how many peers there were when the files had a generation.
type peerCount struct {
	mu         sync.Mutex
	n          int64
	generation uint64
}

// CountPeers counts peers by their keys alone.
func (d *Catalog) CountPeers(ctx context.Context) (int64, error) {
	files, generation, err := d.PeerFiles.Snapshot(ctx)
	if err != nil {
		return 0, err
	}
	d.peerCount.mu.Lock()
	defer d.peerCount.mu.Unlock()
	if d.peerCount.generation == generation {
		return d.peerCount.n, nil
	}
	seen := map[PeerKey]bool{}
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		rows, err := mend.LoadRows[PeerKey](file.In, file.Name)
		if err != nil {
			return 0, fmt.Errorf("count peers: %w", err)
		}
		for _, k := range rows {
			seen[k] = true
		}
	}
	d.peerCount.n, d.peerCount.generation = int64(len(seen)), generation
	return d.peerCount.n, nil
}
