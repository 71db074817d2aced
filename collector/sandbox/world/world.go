// Package world holds what the sandbox serves: channels with their messages,
// users and bots. A world is generated from a seed, loaded from Telethon NDJSON
// files, made of one bulk channel for benchmarks, or put together by a test.
package world

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"

	"github.com/gotd/td/tg"
)

// World is what the sandbox serves: users, bots and channels with their messages.
// It is safe for concurrent use; the mutators exist for tests and live growth.
type World struct {
	mu       sync.RWMutex
	channels map[int64]*Channel
	users    map[int64]*tg.User
	groups   map[int64]*tg.Chat
	names    map[string]tg.PeerClass // by lower-case username
	order    []*Channel              // as added
	dropped  map[string]int          // by Load; not changed after it
}

// Channel is one broadcast channel or supergroup.
//
// gotd writes an object's flags while encoding it, so TL and Full are copied
// before they are encoded. The copies are shallow: what they point to, such as
// photos, must be free of optional fields if requests are answered concurrently,
// as it is in the worlds that this package makes.
type Channel struct {
	TL      tg.Channel     // with an access hash fixed by the id; a server replaces it per account
	Full    tg.ChannelFull // About says in one line what the channel is
	Private bool           // answers CHANNEL_PRIVATE to everybody
	Banned  bool           // this account was banned: reads answer as for a private channel
	Refused string         // the error that its history is refused with, such as CHAT_RESTRICTED; "" = readable
	Log     *Log
}

// New returns an empty world.
func New() *World {
	return &World{
		channels: map[int64]*Channel{},
		users:    map[int64]*tg.User{},
		groups:   map[int64]*tg.Chat{},
		names:    map[string]tg.PeerClass{},
	}
}

// AddChannel adds c, or replaces the channel with the same id. It fills in what
// an encoder would refuse to miss: access hash, photo, full id, log.
func (w *World) AddChannel(c *Channel) {
	complete(c)
	w.mu.Lock()
	defer w.mu.Unlock()
	if old, ok := w.channels[c.TL.ID]; ok {
		w.replace(old, c)
	} else {
		w.order = append(w.order, c)
	}
	w.channels[c.TL.ID] = c
	for _, name := range usernames(c.TL.Username, c.TL.Usernames) {
		w.names[name] = &tg.PeerChannel{ChannelID: c.TL.ID}
	}
}

func (w *World) replace(old, c *Channel) {
	w.forget(old)
	for i := range w.order {
		if w.order[i] == old {
			w.order[i] = c
		}
	}
}

// forget takes a channel's names away from it, where no other took them over.
func (w *World) forget(c *Channel) {
	for _, name := range usernames(c.TL.Username, c.TL.Usernames) {
		if peer, ok := w.names[name].(*tg.PeerChannel); ok && peer.ChannelID == c.TL.ID {
			delete(w.names, name)
		}
	}
}

// Rename gives a channel another username, "" for none, and another title. The name
// that it had is free from then on: it leads nowhere until somebody takes it.
func (w *World) Rename(id int64, username, title string) error {
	w.mu.RLock()
	old, ok := w.channels[id]
	w.mu.RUnlock()
	if !ok {
		return fmt.Errorf("rename channel %d: no such channel", id)
	}
	c := *old
	c.TL.Username, c.TL.Usernames, c.TL.Title = username, nil, title
	w.AddChannel(&c)
	return nil
}

// RemoveChannel deletes a channel, as its owner may: from then on nobody finds it,
// and those who know its id are told CHANNEL_INVALID.
func (w *World) RemoveChannel(id int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, ok := w.channels[id]
	if !ok {
		return
	}
	w.forget(c)
	delete(w.channels, id)
	w.order = slices.DeleteFunc(w.order, func(o *Channel) bool { return o == c })
}

// AddGroup adds a basic group, which a username leads to. One that became the
// supergroup with the given id is deactivated and says so; 0 = it did not.
func (w *World) AddGroup(id int64, title, username string, supergroup int64) {
	g := &tg.Chat{ID: id, Title: title, Photo: &tg.ChatPhotoEmpty{}, Deactivated: supergroup != 0, Left: true}
	if supergroup != 0 {
		g.SetMigratedTo(&tg.InputChannel{ChannelID: supergroup, AccessHash: hash64("channel access", supergroup)})
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.groups[id] = g
	w.names[strings.ToLower(username)] = &tg.PeerChat{ChatID: id}
}

// Group finds a basic group by id. Copy it before encoding it.
func (w *World) Group(id int64) (*tg.Chat, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	g, ok := w.groups[id]
	return g, ok
}

// AddUser adds u, or replaces the user with the same id. Bots are users with Bot set.
func (w *World) AddUser(u *tg.User) {
	if u.AccessHash == 0 && !u.Min {
		u.AccessHash = hash64("user access", u.ID)
	}
	u.SetFlags()
	w.mu.Lock()
	defer w.mu.Unlock()
	if old, ok := w.users[u.ID]; ok {
		for _, name := range usernames(old.Username, old.Usernames) {
			delete(w.names, name)
		}
	}
	w.users[u.ID] = u
	for _, name := range usernames(u.Username, u.Usernames) {
		w.names[name] = &tg.PeerUser{UserID: u.ID}
	}
}

// Username finds the user, bot or channel with this username, its second ones
// too, whatever the case. The name comes without "@".
func (w *World) Username(name string) (tg.PeerClass, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	peer, ok := w.names[strings.ToLower(name)]
	return peer, ok
}

// Channel finds a channel by its bare id.
func (w *World) Channel(id int64) (*Channel, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	c, ok := w.channels[id]
	return c, ok
}

// User finds a user or bot by id. Copy it before encoding it.
func (w *World) User(id int64) (*tg.User, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	u, ok := w.users[id]
	return u, ok
}

// Public lists the channels that can be named by a username and read, in the
// order to show them to people. Full.About says in a line what each one is.
func (w *World) Public() []*Channel {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var public []*Channel
	for _, c := range w.order {
		if !c.Private && !c.Banned && !c.TL.Min && c.Name() != "" {
			public = append(public, c)
		}
	}
	return public
}

// Name is the channel's first active username, "" when it has none. Telegram
// leaves Channel.Username empty where a channel has several.
func (c *Channel) Name() string {
	if c.TL.Username != "" {
		return c.TL.Username
	}
	for _, u := range c.TL.Usernames {
		if u.Active {
			return u.Username
		}
	}
	return ""
}

func complete(c *Channel) {
	if c.TL.AccessHash == 0 && !c.TL.Min {
		c.TL.AccessHash = hash64("channel access", c.TL.ID)
	}
	if c.TL.Photo == nil {
		c.TL.Photo = &tg.ChatPhotoEmpty{}
	}
	if c.Full.ChatPhoto == nil {
		c.Full.ChatPhoto = &tg.PhotoEmpty{}
	}
	c.Full.ID = c.TL.ID
	if c.Log == nil {
		c.Log = &Log{}
	}
	c.TL.SetFlags()
	c.Full.SetFlags()
}

func usernames(first string, more []tg.Username) []string {
	var names []string
	if first != "" {
		names = append(names, strings.ToLower(first))
	}
	for _, u := range more {
		if u.Active {
			names = append(names, strings.ToLower(u.Username))
		}
	}
	return names
}

// hash64 is a positive number fixed by its arguments.
func hash64(label string, numbers ...int64) int64 {
	h := fnv.New64a()
	h.Write([]byte(label))
	for _, n := range numbers {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
	}
	sum := h.Sum64()
	sum ^= sum >> 31 // FNV leaves the high bits of short inputs alike
	sum *= 0x9e3779b97f4a7c15
	sum ^= sum >> 29
	return int64(sum >> 1)
}
