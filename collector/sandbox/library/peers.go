package library

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world"
)

// The kinds of peers that access hashes distinguish.
const (
	kindUser    = 'u'
	kindGroup   = 'g'
	kindChannel = 'c'
	kindMin     = 'm' // in min constructors: a hash without any use
)

// peers collects the channels and users that an answer has to describe, in the order of their
// first mention.
type peers struct {
	channels, users, groups []int64
	seen                    map[peerKey]struct{}
}

type peerKey struct {
	kind byte
	id   int64
}

func (p *peers) addChannel(id int64) {
	if p.first(kindChannel, id) {
		p.channels = append(p.channels, id)
	}
}

func (p *peers) addUser(id int64) {
	if p.first(kindUser, id) {
		p.users = append(p.users, id)
	}
}

func (p *peers) first(kind byte, id int64) bool {
	if id == 0 {
		return false
	}
	if p.seen == nil {
		p.seen = map[peerKey]struct{}{}
	}
	if _, ok := p.seen[peerKey{kind, id}]; ok {
		return false
	}
	p.seen[peerKey{kind, id}] = struct{}{}
	return true
}

func (p *peers) add(peer tg.PeerClass) {
	switch peer := peer.(type) {
	case *tg.PeerChannel:
		p.addChannel(peer.ChannelID)
	case *tg.PeerUser:
		p.addUser(peer.UserID)
	case *tg.PeerChat:
		if p.first(kindGroup, peer.ChatID) {
			p.groups = append(p.groups, peer.ChatID)
		}
	}
}

// addMessage adds every peer that a message refers to.
func (p *peers) addMessage(m tg.MessageClass) {
	for _, peer := range world.PeersOf(m) {
		p.add(peer)
	}
}

// encode appends the vectors of chats and users as account sees them. Channels in whole are
// described in full; with MinPeers, all others are min constructors.
func (p *peers) encode(b *bin.Buffer, r Reader, whole ...int64) error {
	chats, users := p.objects(r, r.conditions.Load().MinPeers, whole)
	r.encoding.Lock()
	defer r.encoding.Unlock()
	b.PutVectorHeader(len(chats))
	for _, c := range chats {
		if err := c.Encode(b); err != nil {
			return err
		}
	}
	b.PutVectorHeader(len(users))
	for _, u := range users {
		if err := u.Encode(b); err != nil {
			return err
		}
	}
	return nil
}

func (p *peers) objects(r Reader, min bool, whole []int64) ([]tg.ChatClass, []tg.UserClass) {
	var chats []tg.ChatClass
	for _, id := range p.channels {
		if c, ok := r.world.Channel(id); ok {
			chats = append(chats, r.chat(c, (min || c.TL.Min) && !slices.Contains(whole, id)))
		}
	}
	for _, id := range p.groups {
		if g, ok := r.world.Group(id); ok {
			chats = append(chats, r.group(g))
		}
	}
	var users []tg.UserClass
	for _, id := range p.users {
		if u, ok := r.user(id, min); ok {
			users = append(users, u)
		}
	}
	return chats, users
}

// hash returns the number that lets only this account use a peer it has seen. kind
// distinguishes users and channels with equal ids.
func (r Reader) hash(kind byte, peer int64) int64 {
	mac := hmac.New(sha256.New, r.secret)
	var b [17]byte
	binary.LittleEndian.PutUint64(b[:], uint64(r.Account))
	b[8] = kind
	binary.LittleEndian.PutUint64(b[9:], uint64(peer))
	mac.Write(b[:])
	var sum [sha256.Size]byte
	return int64(binary.LittleEndian.Uint64(mac.Sum(sum[:0])) | 1) // never 0, which means no hash
}

// chat returns a channel as the account sees it, in full or as a min constructor.
func (r Reader) chat(c *world.Channel, min bool) tg.ChatClass {
	hash := r.hash(kindChannel, c.TL.ID)
	if c.Banned {
		return &tg.ChannelForbidden{
			Broadcast: c.TL.Broadcast, Megagroup: c.TL.Megagroup,
			ID: c.TL.ID, AccessHash: hash, Title: c.TL.Title,
		}
	}
	seen := c.TL
	seen.SetAccessHash(hash)
	seen.SetMin(min)
	if min {
		seen.SetAccessHash(r.hash(kindMin, c.TL.ID))
	}
	return &seen
}

// group returns a basic group as the account sees it.
func (r Reader) group(g *tg.Chat) tg.ChatClass {
	seen := *g
	if to, ok := g.MigratedTo.(*tg.InputChannel); ok {
		seen.SetMigratedTo(&tg.InputChannel{ChannelID: to.ChannelID, AccessHash: r.hash(kindChannel, to.ChannelID)})
	}
	return &seen
}

// user returns a user of the world, or the account itself, as the account sees it.
func (r Reader) user(id int64, min bool) (tg.UserClass, bool) {
	if id == r.Account {
		return r.Self(), true
	}
	u, ok := r.world.User(id)
	if !ok {
		return nil, false
	}
	seen := *u
	seen.SetAccessHash(r.hash(kindUser, id))
	seen.SetMin(seen.Min || min && !seen.Bot)
	if seen.Min {
		seen.SetAccessHash(r.hash(kindMin, id))
	}
	return &seen, true
}

// phonePrefix is that of every account: https://core.telegram.org/api/auth#test-accounts
const phonePrefix = "99966"

// Self returns the account as it sees itself.
func (r Reader) Self() *tg.User {
	u := &tg.User{
		Self:       true,
		ID:         r.Account,
		AccessHash: r.hash(kindUser, r.Account),
		FirstName:  "Sandbox",
		LastName:   strings.TrimPrefix(r.Phone, phonePrefix),
		Phone:      r.Phone,
	}
	u.SetFlags()
	return u
}
