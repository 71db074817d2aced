package world

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/tl/telethon"
)

// Load reads a world from a Telethon NDJSON file (one to_dict object a line), or from all
// *.ndjson and *.jsonl files directly in a folder. Files come from older layers: values that
// the current layer does not define are dropped and counted, see [World.Dropped].
//
// The file's name is the channel's username and title; the id comes from peer_id. Of two lines
// with the same message, the later one counts. Channels and users that messages refer to are
// added with only their ids and an invented name. A line that is not a channel's message, or
// of a class that the layer does not have, is an error with file and line.
func Load(path string) (*World, error) {
	files, err := listing(path)
	if err != nil {
		return nil, fmt.Errorf("load world: %w", err)
	}
	l := &loader{drafts: map[int64]*draft{}, named: map[peerKey]bool{}, dropped: map[string]int{}}
	for _, file := range files {
		if err := l.file(file); err != nil {
			return nil, fmt.Errorf("load world: %w", err)
		}
	}
	w := New()
	for _, id := range l.order {
		w.AddChannel(l.drafts[id].channel())
	}
	l.strangers(w)
	w.dropped = l.dropped
	return w, nil
}

// Dropped counts the values of loaded files that the current layer does not define, by
// "Class.key"; nil for other worlds.
func (w *World) Dropped() map[string]int { return maps.Clone(w.dropped) }

func listing(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && (ext == ".ndjson" || ext == ".jsonl") {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("no .ndjson or .jsonl file in this folder")}
	}
	return files, nil
}

type loader struct {
	drafts  map[int64]*draft
	order   []int64 // of the drafts, in the order of the files
	named   map[peerKey]bool
	dropped map[string]int
}

// peerKey is a user or channel that a message refers to.
type peerKey struct {
	user bool
	id   int64
}

// draft is a channel whose messages are still in any order.
type draft struct {
	id       int64
	username string
	file     string
	posts    int  // messages of a broadcast channel, not a group
	forum    bool // some message is in a topic
	rows     []row
	slab     []byte
}

type row struct {
	id, date, size uint32
	offset         uint64
}

func (l *loader) file(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<16)
	var found []*draft // channels in this file
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("read %s: %w", path, err)
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			d, bad := l.line(text)
			if bad != nil {
				return fmt.Errorf("%s:%d: %w", path, n, bad)
			}
			if d != nil && !slices.Contains(found, d) {
				found = append(found, d)
			}
		}
		if err == io.EOF {
			break
		}
	}
	for _, d := range found {
		d.file = filepath.Base(path)
	}
	if len(found) == 1 {
		found[0].username = telethon.FileUsername(path)
	}
	return nil
}

// line adds one message to its channel; it returns nil for an empty message.
func (l *loader) line(text []byte) (*draft, error) {
	object, report, err := telethon.DecodeTelethon(text)
	if err != nil {
		return nil, err
	}
	for key, n := range report.Dropped {
		l.dropped[key] += n
	}
	if _, ok := object.(*tg.MessageEmpty); ok {
		return nil, nil
	}
	m, ok := object.(tg.NotEmptyMessage)
	if !ok {
		return nil, fmt.Errorf("%T is no message", object)
	}
	peer, ok := m.GetPeerID().(*tg.PeerChannel)
	if !ok {
		return nil, fmt.Errorf("message %d is of no channel", m.GetID())
	}
	l.note(m.(tg.MessageClass))
	d := l.drafts[peer.ChannelID]
	if d == nil {
		d = &draft{id: peer.ChannelID}
		l.drafts[d.id] = d
		l.order = append(l.order, d.id)
	}
	return d, d.add(m)
}

func (l *loader) note(m tg.MessageClass) {
	for _, p := range PeersOf(m) {
		switch p := p.(type) {
		case *tg.PeerChannel:
			l.named[peerKey{id: p.ChannelID}] = true
		case *tg.PeerUser:
			l.named[peerKey{user: true, id: p.UserID}] = true
		}
	}
}

func (d *draft) add(m tg.NotEmptyMessage) error {
	id, date, err := idAndDate(m.(tg.MessageClass))
	if err != nil {
		return err
	}
	l := Log{slab: d.slab}
	offset, size, err := l.Write(m.(tg.MessageClass))
	if err != nil {
		return fmt.Errorf("encode message %d: %w", id, err)
	}
	d.slab = l.slab
	d.rows = append(d.rows, row{id: id, date: date, size: size, offset: offset})
	if m.GetPost() {
		d.posts++
	}
	d.forum = d.forum || inTopic(m)
	return nil
}

// inTopic reports whether a message shows that its channel is a forum.
func inTopic(m tg.NotEmptyMessage) bool {
	if service, ok := m.(*tg.MessageService); ok {
		if _, begins := service.Action.(*tg.MessageActionTopicCreate); begins {
			return true
		}
	}
	header, _ := m.GetReplyTo()
	reply, ok := header.(*tg.MessageReplyHeader)
	return ok && reply.ForumTopic
}

// channel sorts the messages and returns the finished channel.
func (d *draft) channel() *Channel {
	slices.SortStableFunc(d.rows, func(a, b row) int { return int(a.id) - int(b.id) })
	l := &Log{slab: slices.Clip(d.slab)}
	for i, r := range d.rows {
		if i+1 < len(d.rows) && d.rows[i+1].id == r.id {
			continue // the later line counts
		}
		l.ids, l.dates = append(l.ids, r.id), append(l.dates, r.date)
		l.sizes, l.offsets = append(l.sizes, r.size), append(l.offsets, r.offset)
	}
	broadcast := d.posts*2 >= len(d.rows)
	c := &Channel{Log: l, TL: tg.Channel{ID: d.id, Title: d.username, Username: d.username, Date: l.Date(0), Left: true, Broadcast: broadcast,
		Megagroup: !broadcast, Forum: d.forum}}
	if c.TL.Title == "" {
		c.TL.Title = fmt.Sprintf("Channel %d", d.id)
	}
	c.Full = tg.ChannelFull{About: fmt.Sprintf("%d messages from the file %s", l.Len(), d.file), ReadInboxMaxID: l.Top(), Pts: l.Len() + 1}
	return c
}

// strangers adds the peers that messages refer to but the files do not contain, in the order
// of their ids.
func (l *loader) strangers(w *World) {
	keys := slices.SortedFunc(maps.Keys(l.named), func(a, b peerKey) int {
		if a.id < b.id {
			return -1
		}
		return 1
	})
	for _, k := range keys {
		if k.user {
			w.AddUser(&tg.User{ID: k.id, Min: true, FirstName: fmt.Sprintf("User %d", k.id)})
		} else if _, ok := w.Channel(k.id); !ok {
			w.AddChannel(&Channel{TL: tg.Channel{ID: k.id, Min: true, Broadcast: true, Title: fmt.Sprintf("Channel %d", k.id)}, Private: true})
		}
	}
}
