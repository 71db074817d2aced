// Package world is the data that the sandbox serves: channels with their messages, users and
// bots. A world is generated from a seed, loaded from Telethon NDJSON files, made of one bulk
// channel for benchmarks, or built by a test.
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

// World is the users, bots and channels that the sandbox serves. It is safe for concurrent
// use; tests and live growth change it.
type World struct {
	mu       sync.RWMutex
	channels map[int64]*Channel
	users    map[int64]*tg.User
	groups   map[int64]*tg.Chat
	names    map[string]tg.PeerClass // by lower-case username
	order    []*Channel              // in the order they were added
	dropped  map[string]int          // by Load; not changed later
}

// Channel is one broadcast channel or supergroup.
//
// gotd writes an object's flags while encoding it, so TL and Full are copied before they are
// encoded. The copies are shallow: if requests are answered concurrently, the objects they
// point to, such as photos, must have no optional fields, as in the worlds of this package.
type Channel struct {
	TL      tg.Channel     // with an access hash fixed by the id; a server replaces it per account
	Full    tg.ChannelFull // About describes the channel in one line
	Private bool           // everybody gets CHANNEL_PRIVATE
	Banned  bool           // this account was banned: it gets the errors of a private channel
	Refused string         // the error for reading its history, such as CHAT_RESTRICTED; "" = readable
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

// AddChannel adds c, or replaces the channel with the same id. It fills in what an encoder
// requires: access hash, photo, full id, log.
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

// forget removes a channel's usernames, except those that another channel has now.
func (w *World) forget(c *Channel) {
	for _, name := range usernames(c.TL.Username, c.TL.Usernames) {
		if peer, ok := w.names[name].(*tg.PeerChannel); ok && peer.ChannelID == c.TL.ID {
			delete(w.names, name)
		}
	}
}

// Rename gives a channel another username, "" for none, and another title. Its former username
// resolves to nothing until another channel gets it.
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

// RemoveChannel deletes a channel, as its owner may: then nobody finds it, and requests by id
// get CHANNEL_INVALID.
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

// AddGroup adds a basic group with a username. If it became the supergroup with the given id,
// it is deactivated and refers to it; 0 = it did not.
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

// Username finds the user, bot or channel with this username, in any case, including secondary
// usernames. The name has no "@".
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

// Public lists the channels that have a username and can be read, in the order to show them to
// people. Full.About describes each in a line.
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

// Name returns the channel's first active username, "" without one. Telegram leaves
// Channel.Username empty if a channel has several.
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

// hash64 returns a positive number derived from its arguments.
func hash64(label string, numbers ...int64) int64 {
	h := fnv.New64a()
	h.Write([]byte(label))
	for _, n := range numbers {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
	}
	sum := h.Sum64()
	sum ^= sum >> 31 // mixes the high bits, which FNV leaves alike for short inputs
	sum *= 0x9e3779b97f4a7c15
	sum ^= sum >> 29
	return int64(sum >> 1)
}
