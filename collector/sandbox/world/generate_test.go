package world

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// generated is the default world; its logs are made once and shared by the tests.
var generated = sync.OnceValue(func() *World { return Generate(1) })

// each calls f for all messages of the generated world.
func each(t *testing.T, f func(c *Channel, i int, m tg.MessageClass)) {
	t.Helper()
	for _, c := range generated().order {
		for i := range c.Log.Len() {
			m, err := c.Log.Message(i)
			if err != nil {
				t.Fatalf("%s: %v", c.TL.Title, err)
			}
			f(c, i, m)
		}
	}
}

func named(t *testing.T, w *World, name string) *Channel {
	t.Helper()
	peer, ok := w.Username(name)
	if !ok {
		t.Fatalf("no @%s", name)
	}
	c, ok := w.Channel(peer.(*tg.PeerChannel).ChannelID)
	if !ok {
		t.Fatalf("@%s leads to no channel", name)
	}
	return c
}

// digest hashes everything that the world would send. It visits channels in either order to
// show that the order of first use does not matter.
func digest(t *testing.T, w *World, backward bool) [sha256.Size]byte {
	t.Helper()
	sums := make([][]byte, len(w.order))
	order := make([]int, len(w.order))
	for i := range order {
		order[i] = i
	}
	if backward {
		slices.Reverse(order)
	}
	for _, n := range order {
		c, h := w.order[n], sha256.New()
		h.Write(encoded(t, &c.TL))
		h.Write(encoded(t, &c.Full))
		for i := range c.Log.Len() {
			h.Write(c.Log.AppendBytes(nil, i))
		}
		sums[n] = h.Sum(nil)
	}
	return sha256.Sum256(bytes.Join(sums, nil))
}

func TestGenerateIsDeterministic(t *testing.T) {
	first := digest(t, generated(), false)
	if digest(t, Generate(1), true) != first {
		t.Error("the same seed gave another world")
	}
	if digest(t, Generate(2), false) == first {
		t.Error("another seed gave the same world")
	}
}

func TestGenerateConcurrently(t *testing.T) {
	w := Generate(3)
	var wg sync.WaitGroup
	tops := make([]int, 4)
	for i := range tops {
		wg.Go(func() {
			for _, name := range []string{"sal_y_fogon_charla", "sal_y_fogon", "quay_mirror"} {
				peer, _ := w.Username(name)
				c, _ := w.Channel(peer.(*tg.PeerChannel).ChannelID)
				tops[i] += c.Log.Top()
			}
		})
	}
	wg.Wait()
	if slices.Min(tops) != slices.Max(tops) || tops[0] == 0 {
		t.Errorf("tops differ: %v", tops)
	}
}

// TestEncodeCopiesConcurrently does what a server does, for the race detector.
func TestEncodeCopiesConcurrently(t *testing.T) {
	w := Generate(1)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, c := range w.order {
				channel, full := c.TL, c.Full
				encoded(t, &channel)
				encoded(t, &full)
			}
			for _, u := range w.users {
				user := *u
				encoded(t, &user)
			}
		})
	}
	wg.Wait()
}

func TestGeneratedSizes(t *testing.T) {
	total, bytes := 0, 0
	for _, p := range cast {
		peer := &tg.PeerChannel{ChannelID: p.id}
		c, ok := generated().Channel(peer.ChannelID)
		if !ok {
			t.Fatalf("no channel %s", p.name)
		}
		n := c.Log.Len()
		total, bytes = total+n, bytes+len(c.Log.slab)
		t.Logf("%-20s %6d messages, top id %6d, %8d bytes", p.name, n, c.Log.Top(), len(c.Log.slab))
		if !p.group && n != p.messages {
			t.Errorf("@%s has %d messages, want %d", p.name, n, p.messages)
		}
		if told := aboutCount(p.about); told != 0 && !p.group && told != n {
			t.Errorf("@%s tells of %d messages, but has %d", p.name, told, n)
		}
	}
	t.Logf("%d messages in %d bytes", total, bytes)
	if total < 55_000 || total > 70_000 || bytes > 40<<20 {
		t.Errorf("%d messages in %d bytes", total, bytes)
	}
}

// aboutCount returns the number of messages in a description, 0 without one.
func aboutCount(about string) int {
	words := strings.Fields(strings.NewReplacer(",", "", ")", "", "(", "").Replace(about))
	for i, word := range words {
		if n, err := strconv.Atoi(word); err == nil && i+1 < len(words) && words[i+1] == "messages" {
			return n
		}
	}
	return 0
}

func TestGeneratedOrderAndGaps(t *testing.T) {
	missing, total, stretches := 0, 0, 0
	for _, c := range generated().order {
		last, lastDate := 0, 0
		for i := range c.Log.Len() {
			id, date := c.Log.ID(i), c.Log.Date(i)
			if id <= last || date < lastDate {
				t.Fatalf("%s: message %d of %d after %d of %d", c.TL.Title, id, date, last, lastDate)
			}
			if date < c.TL.Date || date >= int(epoch.Unix())+86400 {
				t.Fatalf("%s: message %d dated %d", c.TL.Title, id, date)
			}
			switch gap := id - last - 1; {
			case gap >= 300:
				stretches++
			default:
				missing += gap
			}
			total++
			last, lastDate = id, date
		}
	}
	if share := float64(missing) / float64(total); share < .03 || share > .12 {
		t.Errorf("%.3f of the ids are missing", share)
	}
	if stretches < 8 {
		t.Errorf("%d long empty stretches", stretches)
	}
	newest := 0
	for _, c := range generated().order {
		newest = max(newest, c.Log.Date(c.Log.Len()-1))
	}
	if newest < int(epoch.Unix())+43200 {
		t.Errorf("the newest message is of %d, want the day of the epoch", newest)
	}
}

func TestGeneratedRoundTrip(t *testing.T) {
	each(t, func(c *Channel, i int, m tg.MessageClass) {
		raw := c.Log.AppendBytes(nil, i)
		if !bytes.Equal(encoded(t, m), raw) {
			t.Fatalf("%s: message %d does not survive decoding and encoding", c.TL.Title, m.GetID())
		}
		b := bin.Buffer{Buf: raw}
		if _, err := tg.DecodeMessage(&b); err != nil || b.Len() != 0 {
			t.Fatalf("%s: message %d: %v, %d bytes left", c.TL.Title, m.GetID(), err, b.Len())
		}
		n := m.(tg.NotEmptyMessage)
		if n.GetID() != c.Log.ID(i) || n.GetDate() != c.Log.Date(i) {
			t.Fatalf("%s: position %d does not know its message", c.TL.Title, i)
		}
		if peer := n.GetPeerID().(*tg.PeerChannel); peer.ChannelID != c.TL.ID {
			t.Fatalf("%s: message %d belongs to %d", c.TL.Title, n.GetID(), peer.ChannelID)
		}
	})
}

// contains reports whether the channel has a message with this id.
func contains(c *Channel, id int) bool {
	i := c.Log.Search(id)
	return i < c.Log.Len() && c.Log.ID(i) == id
}

func TestGeneratedForwards(t *testing.T) {
	kinds := map[string]int{}
	unknown := map[int64]bool{}
	for _, o := range outside {
		unknown[o.ID] = true
	}
	each(t, func(c *Channel, i int, mc tg.MessageClass) {
		m, ok := mc.(*tg.Message)
		if !ok || m.FwdFrom.Zero() {
			return
		}
		if m.FwdFrom.Date >= m.Date {
			t.Fatalf("%s: message %d forwards from the future", c.TL.Title, m.ID)
		}
		switch from := m.FwdFrom.FromID.(type) {
		case *tg.PeerChannel:
			source, ok := generated().Channel(from.ChannelID)
			switch {
			case !ok:
				t.Fatalf("%s: message %d comes from unknown channel %d", c.TL.Title, m.ID, from.ChannelID)
			case unknown[from.ChannelID]:
				kinds["channel outside"]++
			default:
				kinds["channel"]++
				sameAs(t, m, source)
			}
		case *tg.PeerUser:
			kinds["user"]++
			if _, ok := generated().User(from.UserID); !ok {
				t.Fatalf("%s: message %d comes from unknown user %d", c.TL.Title, m.ID, from.UserID)
			}
		default:
			kinds["hidden"]++
			if m.FwdFrom.FromName == "" {
				t.Fatalf("%s: message %d comes from nobody", c.TL.Title, m.ID)
			}
		}
	})
	for kind, atLeast := range map[string]int{"channel": 3000, "channel outside": 200, "user": 200, "hidden": 200} {
		if kinds[kind] < atLeast {
			t.Errorf("%d forwards from: %s", kinds[kind], kind)
		}
	}
}

// sameAs checks that a forward has the content of its original.
func sameAs(t *testing.T, m *tg.Message, source *Channel) {
	t.Helper()
	id := m.FwdFrom.ChannelPost
	if !contains(source, id) {
		t.Fatalf("forward of message %d of %s, which does not exist", id, source.TL.Title)
	}
	mc, err := source.Log.Message(source.Log.Search(id))
	if err != nil {
		t.Fatal(err)
	}
	original, ok := mc.(*tg.Message)
	if !ok {
		t.Fatalf("forward of service message %d of %s", id, source.TL.Title)
	}
	if m.Message != original.Message || m.FwdFrom.Date != original.Date || m.FwdFrom.PostAuthor != original.PostAuthor {
		t.Fatalf("forward of message %d of %s is not like it:\n%s", id, source.TL.Title, cmp.Diff(original, m))
	}
}

func TestGeneratedReplies(t *testing.T) {
	inside, across := 0, 0
	each(t, func(c *Channel, i int, mc tg.MessageClass) {
		var reply tg.MessageReplyHeaderClass
		switch m := mc.(type) {
		case *tg.Message:
			reply = m.ReplyTo
		case *tg.MessageService:
			reply = m.ReplyTo
		}
		h, ok := reply.(*tg.MessageReplyHeader)
		if !ok {
			return
		}
		to := c
		if peer, ok := h.ReplyToPeerID.(*tg.PeerChannel); ok {
			to, _ = generated().Channel(peer.ChannelID)
			across++
		} else if inside++; h.ReplyToMsgID >= mc.GetID() {
			t.Fatalf("%s: message %d answers a later one", c.TL.Title, mc.GetID())
		}
		if !contains(to, h.ReplyToMsgID) {
			t.Fatalf("%s: message %d answers %d, which does not exist", c.TL.Title, mc.GetID(), h.ReplyToMsgID)
		}
	})
	if inside < 2000 || across < 50 {
		t.Errorf("%d replies in their channel, %d across", inside, across)
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		for _, c := range Generate(1).order {
			c.Log.Len()
		}
	}
}

func BenchmarkGenerateUnused(b *testing.B) {
	for b.Loop() {
		Generate(1)
	}
}
