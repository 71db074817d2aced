package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
)

// Names tells who bore which username when, as far as the details of channels, their
// messages and the peers that were named tell.
func (d *Catalog) Names(ctx context.Context) (*collector.Names, error) {
	n := &collector.Names{}
	ids, err := d.Ids(ctx)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	for _, id := range ids {
		looks, err := d.looks(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("read the names of channel %d: %w", id, err)
		}
		for _, ch := range looks {
			n.Saw(id, ch.LastSeenAt, tellsAll(ch), append([]string{ch.Username}, ch.Usernames...)...)
		}
	}
	files, _, err := d.PeerFiles.Snapshot(ctx)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	for _, f := range files {
		if err := eachPeerName(ctx, f, func(_ int64, p *peerName) {
			switch {
			case p.Username == "":
			case p.Type == collector.PeerChannel:
				n.Saw(p.ID, time.UnixMicro(p.LastSeen), false, strings.Clone(p.Username))
			case p.Type == collector.PeerUser:
				n.Saw(collector.Person, time.UnixMicro(p.LastSeen), false, strings.Clone(p.Username))
			}
		}); err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
	}
	n.Settle()
	return n, nil
}

// EachCalled calls do with each channel of which there is something, and what it was called:
// usernames, former ones too, and titles. With others, also with everybody who was named. Names
// hold until do returns, and the same one may be called more than once.
func (d *Catalog) EachCalled(ctx context.Context, others bool, do func(who PeerKey, names ...string)) error {
	ids, err := d.Ids(ctx)
	if err != nil {
		return fmt.Errorf("read what channels are called: %w", err)
	}
	for _, id := range ids {
		looks, err := d.looks(ctx, id)
		if err != nil {
			return fmt.Errorf("read what channel %d is called: %w", id, err)
		}
		for _, ch := range looks {
			do(PeerKey{collector.PeerChannel, id}, append([]string{ch.Username, ch.Title}, ch.Usernames...)...)
		}
	}
	if !others {
		return nil
	}
	files, _, err := d.PeerFiles.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("read what people are called: %w", err)
	}
	for _, f := range files {
		err := eachPeerName(ctx, f, func(_ int64, p *peerName) { do(PeerKey{typeOf(p.Type), p.ID}, p.Username, p.Title) })
		if err != nil {
			return fmt.Errorf("read what people are called: %w", err)
		}
	}
	return nil
}

// looks are all details of a channel, or what its newest message tells of it.
func (d *Catalog) looks(ctx context.Context, id int64) ([]collector.Channel, error) {
	seen, _, err := d.DetailFiles.Channel(id).Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	if len(seen) == 0 {
		s, err := d.summary(ctx, id)
		return []collector.Channel{s.Channel}, err
	}
	out := make([]collector.Channel, len(seen))
	for i, e := range seen {
		out[i] = e.Channel
	}
	return out, nil
}

// tellsAll reports whether details name every username that the channel had: the web
// preview shows one.
func tellsAll(ch collector.Channel) bool {
	return ch.Raw != "" && ch.Source != collector.SourcePreview
}

// peerName is what of a peer says how it was called.
type peerName struct {
	Type     string `parquet:"peer_type,dict"`
	ID       int64  `parquet:"peer_id"`
	Username string `parquet:"username,optional"`
	Title    string `parquet:"title,optional"`
	LastSeen int64  `parquet:"last_seen_at,timestamp(microsecond)"`
}

// eachPeerName calls do with the rows of a file. What it is given holds until it returns.
func eachPeerName(ctx context.Context, f PeerFile, do func(row int64, p *peerName)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return readPeers(f, func(s *part.Stream[peerName]) error {
		for row := range s.File.Parquet.NumRows() {
			p, err := s.At(row)
			if err != nil {
				return err
			}
			do(row, p)
		}
		return nil
	})
}

// met is who was named, by what was read of the files of peers. These never change, so
// that each is read once.
type met struct {
	mu     sync.Mutex
	files  []PeerFile // oldest first
	read   map[PeerFile]bool
	at     map[PeerKey]namePlace        // the newest observation of each that has a name: without personal data, of channels and bots alone
	byName map[string][]collector.Known // channels by the usernames that they were seen to bear
	names  map[int64]collector.Known    // the last name of each channel
}

type namePlace struct{ file, row int32 }

// meet brings up to date who was met. The caller has d.met.mu.
func (d *Catalog) meet(ctx context.Context) (*met, error) {
	m := &d.met
	files, _, err := d.PeerFiles.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	if m.read == nil {
		m.read, m.at = map[PeerFile]bool{}, map[PeerKey]namePlace{}
		m.byName, m.names = map[string][]collector.Known{}, map[int64]collector.Known{}
	}
	for _, f := range files {
		if m.read[f] {
			continue
		}
		if n := len(m.files); n == 0 || m.files[n-1] != f { // a file that failed the last time is there already
			m.files = append(m.files, f)
		}
		file := int32(len(m.files) - 1)
		if err := eachPeerName(ctx, f, func(row int64, p *peerName) { m.add(namePlace{file, int32(row)}, p) }); err != nil {
			return nil, err
		}
		m.read[f] = true
	}
	return m, nil
}

func (m *met) add(at namePlace, p *peerName) {
	if p.Username != "" || p.Title != "" {
		m.at[PeerKey{typeOf(p.Type), p.ID}] = at
	}
	if p.Username == "" || p.Type != collector.PeerChannel {
		return
	}
	k := collector.Known{ID: p.ID, Username: strings.Clone(p.Username), Title: strings.Clone(p.Title), At: time.UnixMicro(p.LastSeen).UTC()}
	name := strings.ToLower(k.Username)
	all := m.byName[name]
	switch i := slices.IndexFunc(all, func(o collector.Known) bool { return o.ID == k.ID }); {
	case i < 0:
		m.byName[name] = append(all, k)
	case k.At.After(all[i].At):
		all[i] = k
	}
	if k.At.After(m.names[k.ID].At) {
		m.names[k.ID] = k
	}
}

// KnownAs returns the channels, by their own numbers, that were seen to bear a username at some time, those
// that were collected first, and then those that bore it last.
func (d *Catalog) KnownAs(ctx context.Context, username string) ([]collector.Known, error) {
	ids, err := d.Ids(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for @%s: %w", username, err)
	}
	bears := func(u string) bool { return strings.EqualFold(u, username) }
	var out []collector.Known
	for _, id := range ids {
		if collector.IsMadeID(id) {
			continue
		}
		looks, err := d.looks(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("look for @%s: %w", username, err)
		}
		var at time.Time
		for _, ch := range looks {
			if (bears(ch.Username) || slices.ContainsFunc(ch.Usernames, bears)) && ch.LastSeenAt.After(at) {
				at = ch.LastSeenAt
			}
		}
		if !at.IsZero() {
			now := slices.MaxFunc(looks, func(a, b collector.Channel) int { return a.LastSeenAt.Compare(b.LastSeenAt) })
			out = append(out, collector.Known{ID: id, Username: now.Username, Title: now.Title, At: at, Collected: true})
		}
	}
	d.met.mu.Lock()
	defer d.met.mu.Unlock()
	m, err := d.meet(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for @%s: %w", username, err)
	}
	for _, k := range m.byName[strings.ToLower(username)] {
		if !slices.ContainsFunc(out, func(o collector.Known) bool { return o.ID == k.ID }) {
			out = append(out, k)
		}
	}
	slices.SortStableFunc(out, func(a, b collector.Known) int {
		return cmp.Or(fold.CompareBool(b.Collected, a.Collected), b.At.Compare(a.At), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// NameOf returns the username that a channel bore when it was seen last, "" where it
// has none or nobody knows it.
func (d *Catalog) NameOf(ctx context.Context, channelID int64) (string, error) {
	there, err := d.Has(ctx, channelID)
	if err != nil {
		return "", fmt.Errorf("look for channel %d: %w", channelID, err)
	}
	if there {
		s, err := d.summary(ctx, channelID)
		return s.Username, err
	}
	d.met.mu.Lock()
	defer d.met.mu.Unlock()
	m, err := d.meet(ctx)
	if err != nil {
		return "", fmt.Errorf("look for channel %d: %w", channelID, err)
	}
	return m.names[channelID].Username, nil
}
