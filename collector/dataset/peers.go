package dataset

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"telegramtrac/collector"
)

// peerFile is a part of peers: what one part of messages or one channel's
// details named.
type peerFile struct {
	path     string
	revision revision
}

// loadPeerFile checks that the file opens.
func loadPeerFile(path string) (peerFile, error) {
	f, err := openFile(path)
	if err != nil {
		return peerFile{}, err
	}
	defer f.Close()
	r, err := revisionOf(filepath.Base(path))
	return peerFile{path, r}, err
}

// peerKey tells peers apart.
type peerKey struct {
	Type string `parquet:"peer_type,dict"`
	ID   int64  `parquet:"peer_id"`
}

func (k peerKey) compare(l peerKey) int {
	return cmp.Or(cmp.Compare(k.Type, l.Type), cmp.Compare(k.ID, l.ID))
}

func keyOf(p collector.Peer) peerKey { return peerKey{p.Type, p.ID} }

// peerContent is a peer without the times it was seen; it compares by value.
type peerContent struct {
	peer         collector.Peer
	participants int64
	known        bool
}

func contentOf(p collector.Peer) peerContent {
	c := peerContent{peer: p}
	if p.Participants != nil {
		c.participants, c.known = *p.Participants, true
	}
	c.peer.Participants, c.peer.FirstSeenAt, c.peer.LastSeenAt = nil, time.Time{}, time.Time{}
	return c
}

func sortedPeers(peers map[peerKey]collector.Peer) []collector.Peer {
	return slices.SortedFunc(maps.Values(peers), func(a, b collector.Peer) int {
		return keyOf(a).compare(keyOf(b))
	})
}

// Peers returns every peer in order of type and id: the newest observation of
// each, first seen at the time of the oldest.
func (d *Dataset) Peers(ctx context.Context) ([]collector.Peer, error) {
	files, _, err := d.peers.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	newest := map[peerKey]collector.Peer{}
	for _, file := range files { // oldest revision first, as the names are
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows, err := loadRows[collector.Peer](file.path)
		if err != nil {
			return nil, fmt.Errorf("read peers: %w", err)
		}
		for _, p := range rows {
			if old, ok := newest[keyOf(p)]; ok && old.FirstSeenAt.Before(p.FirstSeenAt) {
				p.FirstSeenAt = old.FirstSeenAt
			}
			newest[keyOf(p)] = p
		}
	}
	return sortedPeers(newest), nil
}

// countPeers counts peers by their keys alone.
func (d *Dataset) countPeers(ctx context.Context) (int64, error) {
	files, generation, err := d.peers.snapshot(ctx)
	if err != nil {
		return 0, err
	}
	if n, ok := d.plans.countedPeers(generation); ok {
		return n, nil
	}
	seen := map[peerKey]bool{}
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		rows, err := loadRows[peerKey](file.path)
		if err != nil {
			return 0, fmt.Errorf("count peers: %w", err)
		}
		for _, k := range rows {
			seen[k] = true
		}
	}
	d.plans.keepPeers(int64(len(seen)), generation)
	return int64(len(seen)), nil
}
