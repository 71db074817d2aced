package sandboxtest

import (
	"fmt"
	"hash/crc32"
	"math"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world"
)

// BulkChannel is a channel for benchmarks and soaks: Messages messages with TextBytes bytes of
// ASCII text each. One id in twenty is missing, and from 2,000 messages on there are also three
// long empty stretches. Messages are made on demand from their position, so they take no memory
// and the same channel always gives the same bytes.
type BulkChannel struct {
	Username            string
	Messages, TextBytes int
	Varied              bool // some have a photo, a forward, a link, a mention, a hashtag
}

// Bulk is a world of one channel.
func Bulk(username string, messages, textBytes int) *world.World {
	return Bulks(BulkChannel{Username: username, Messages: messages, TextBytes: textBytes})
}

// Bulks is a world of several channels.
func Bulks(channels ...BulkChannel) *world.World {
	w := world.New()
	for _, c := range channels {
		w.AddChannel(c.channel())
	}
	return w
}

func (o BulkChannel) channel() *world.Channel {
	id := int64(1_800_000_000 + crc32.ChecksumIEEE([]byte(o.Username))%90_000_000)
	b := newBulk(id, o.Messages, o.TextBytes)
	b.varied = o.Varied
	c := &world.Channel{
		TL: tg.Channel{ID: id, Title: o.Username, Username: o.Username, Broadcast: true, Left: true, Date: int(bulkBegin),
			ParticipantsCount: 1000},
		Log: world.NewLog(b),
	}
	c.Full = tg.ChannelFull{About: fmt.Sprintf("%d messages of %d bytes, for measuring", o.Messages, o.TextBytes), Pts: o.Messages + 1}
	c.Full.SetParticipantsCount(1000)
	c.Full.ReadInboxMaxID = c.Log.Top()
	return c
}

// The dates of the first and of the last message.
const (
	bulkBegin = int64(1420070400)
	bulkEnd   = int64(1793491200)
)

// bulk is a world.Source: in each block of twenty ids, one is missing.
type bulk struct {
	peer      tg.PeerChannel
	n         int
	textBytes int
	varied    bool
	shifts    []shift
}

// shift is an empty stretch: from block on, ids are higher by length.
type shift struct{ block, length int }

const (
	blockIDs  = 20
	blockFull = blockIDs - 1 // messages in a block
)

func newBulk(channel int64, messages, textBytes int) *bulk {
	b := &bulk{peer: tg.PeerChannel{ChannelID: channel}, n: messages, textBytes: textBytes}
	if messages < 2000 {
		return b
	}
	for i, length := range []int{messages / 40, messages / 100, messages / 20} {
		b.shifts = append(b.shifts, shift{block: messages / blockFull * (i + 1) / 4, length: min(length, 100_000)})
	}
	return b
}

func (b *bulk) Len() int { return b.n }

func (b *bulk) At(i int) (id, date uint32) {
	block, k := i/blockFull, i%blockFull
	if k >= int(mix(uint64(block))%blockIDs) {
		k++
	}
	n := 1 + block*blockIDs + k
	for _, s := range b.shifts {
		if block >= s.block {
			n += s.length
		}
	}
	return uint32(n), uint32(bulkBegin + int64(i)*(bulkEnd-bulkBegin)/int64(b.n))
}

func (b *bulk) Encode(dst []byte, id, date uint32) []byte {
	state := mix(uint64(id))
	m := tg.Message{ID: int(id), Date: int(date), PeerID: &b.peer, Post: true, Message: b.text(state)}
	m.SetViews(int(state % 100_000))
	m.SetForwards(int(state >> 32 % 300))
	if b.varied {
		vary(&m, mix(state))
	}
	buffer := bin.Buffer{Buf: dst}
	if err := m.Encode(&buffer); err != nil {
		panic(fmt.Sprintf("bulk message %d: %v", id, err)) // a bug in this package
	}
	return buffer.Buf
}

// vary gives one message in ten a photo, one in eight was forwarded, one in six begins with a
// link, a mention and a hashtag.
func vary(m *tg.Message, state uint64) {
	from := int64(state >> 40 % 300)
	if state%10 == 0 {
		photo := &tg.Photo{ID: int64(state >> 1), AccessHash: 1, FileReference: []byte{1}, Date: m.Date, DCID: 2,
			Sizes: []tg.PhotoSizeClass{&tg.PhotoSize{Type: "x", W: 800, H: 600, Size: 60_000 + int(from)}}}
		media := &tg.MessageMediaPhoto{}
		media.SetPhoto(photo)
		m.SetMedia(media)
	}
	if state>>8%8 == 0 {
		header := tg.MessageFwdHeader{Date: m.Date - 3600}
		header.SetFromID(&tg.PeerChannel{ChannelID: 1_700_000_000 + from})
		header.SetChannelPost(int(state >> 20 % 10_000))
		m.SetFwdFrom(header)
	}
	if state>>16%6 == 0 && len(m.Message) > 100 {
		link, name, tag := fmt.Sprintf("https://site%03d.example/", from), fmt.Sprintf("@voice_%03d", from), fmt.Sprintf("#topic%03d", from)
		m.Message = link + " " + name + " " + tag + " " + m.Message[len(link)+len(name)+len(tag)+3:]
		m.SetEntities([]tg.MessageEntityClass{
			&tg.MessageEntityURL{Length: len(link)},
			&tg.MessageEntityMention{Offset: len(link) + 1, Length: len(name)},
			&tg.MessageEntityHashtag{Offset: len(link) + len(name) + 2, Length: len(tag)},
		})
	}
}

// text returns words of exactly textBytes bytes.
func (b *bulk) text(state uint64) string {
	text := make([]byte, 0, b.textBytes+16)
	for len(text) < b.textBytes {
		state = mix(state)
		for n := state; n > math.MaxUint32 && len(text) < b.textBytes; n >>= 5 {
			text = append(text, bulkWords[n&31]...)
			text = append(text, ' ')
		}
	}
	text = text[:b.textBytes]
	if n := len(text); n > 0 && text[n-1] == ' ' {
		text[n-1] = '.'
	}
	return string(text)
}

var bulkWords = [32]string{
	"harbour", "tide", "the", "of", "quay", "lantern", "salt", "and", "at", "noon", "ferry", "wind", "is", "late", "berth", "fog",
	"council", "a", "lease", "signed", "by", "gull", "rock", "tram", "line", "four", "stops", "in", "rain", "barley", "crane", "again",
}

// mix scrambles a number (splitmix64).
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}
