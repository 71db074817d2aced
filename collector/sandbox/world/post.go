package world

import (
	"math/rand/v2"
	"strings"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world/voices"
)

// post makes a channel's message without its counters: forwarded, copied or its own.
func (c *city) post(o *outlet, i int) *tg.Message {
	s := o.slots[i]
	r := stream(c.seed, "post", o.id, int64(s.id))
	m := &tg.Message{ID: int(s.id), Date: int(s.date), PeerID: &tg.PeerChannel{ChannelID: o.id}, Post: true,
		Silent: voices.Chance(r, .05), Pinned: o.pinned[s.id], Noforwards: o.noForwards}
	if s.kind == part {
		c.part(o, s, r, m)
		return m
	}
	roll := r.Float64()
	switch {
	case roll < o.forwards && c.forward(o, s, r, m):
		return m
	case roll >= o.forwards && roll < o.forwards+o.copies && c.copy(o, s, r, m):
	default:
		c.own(o, s, r, m)
	}
	c.edit(r, m)
	c.reply(o, i, r, m)
	return m
}

// part makes one photo or video of an album; the first has the caption.
func (c *city) part(o *outlet, s slot, r *rand.Rand, m *tg.Message) {
	m.GroupedID = hash64("album", o.id, int64(s.ref))
	sc := c.scene(o, s, r)
	m.Media = sc.photo()
	if voices.Chance(r, .2) {
		m.Media = sc.video()
	}
	if s.id == s.ref {
		var t voices.Composer
		c.tell(o, s, r, &t, 1)
		t.Put(m)
		c.edit(r, m)
	}
	c.sign(o, stream(c.seed, "album author", o.id, int64(s.ref)), m)
}

func (c *city) scene(o *outlet, s slot, r *rand.Rand) *scene {
	return &scene{r: r, voice: o.voice, id: hash64("media", int64(c.seed), o.id, int64(s.id)), date: int(s.date)}
}

// own makes a message that the channel wrote itself.
func (c *city) own(o *outlet, s slot, r *rand.Rand, m *tg.Message) {
	c.sign(o, r, m)
	if o.restricted != "" && voices.Chance(r, .2) {
		m.RestrictionReason = []tg.RestrictionReason{{Platform: "ios", Reason: o.restricted,
			Text: "This message can't be displayed on this platform."}}
	}
	if o.bot != 0 && voices.Chance(r, .1) {
		m.ViaBotID = o.bot
	}
	bare := false
	if voices.Chance(r, o.media) {
		a := attach(r)
		m.Media = a.make(c.scene(o, s, r))
		bare = !a.captioned || voices.Chance(r, .12)
	}
	if bare {
		return
	}
	var t voices.Composer
	if card := c.tell(o, s, r, &t, 1+r.IntN(4)); m.Media == nil {
		m.Media = card
	}
	t.Put(m)
	if voices.Chance(r, .02) {
		m.ReplyMarkup = &tg.ReplyInlineMarkup{Rows: []tg.KeyboardInlineButtonRow{{Buttons: []tg.KeyboardInlineButton{
			{Text: voices.Pick(r, o.voice.More), Type: &tg.InlineButtonTypeURL{URL: voices.Pick(r, sites)}}}}}}
	}
	c.article(o, s, m)
}

func (c *city) sign(o *outlet, r *rand.Rand, m *tg.Message) {
	if len(o.authors) > 0 && voices.Chance(r, .8) {
		m.PostAuthor = voices.Pick(r, o.authors)
	}
}

func (c *city) edit(r *rand.Rand, m *tg.Message) {
	if voices.Chance(r, .08) {
		m.EditDate = min(m.Date+30+int(r.ExpFloat64()*7200), int(epoch.Unix())+86399)
		m.EditHide = voices.Chance(r, .2)
	}
}

// forward makes m a forward: mostly of a message from elsewhere in the world, else from a
// channel that was deleted, a user, or a hidden name.
func (c *city) forward(o *outlet, s slot, r *rand.Rand, m *tg.Message) bool {
	inside := .78
	if o.hiddenSources {
		inside = .25
	}
	if voices.Chance(r, inside) {
		return c.borrow(o, s, r, m)
	}
	var t voices.Composer
	c.tell(o, s, r, &t, 1+r.IntN(3))
	t.Put(m)
	m.FwdFrom.Date = m.Date - 60 - int(r.ExpFloat64()*40_000)
	switch r.IntN(3) {
	case 0:
		m.FwdFrom.FromID = &tg.PeerChannel{ChannelID: voices.Pick(r, outside).ID}
		m.FwdFrom.ChannelPost = 1 + r.IntN(9000)
		if voices.Chance(r, .3) {
			m.FwdFrom.PostAuthor = voices.Pick(r, hidden)
		}
	case 1:
		m.FwdFrom.FromID = &tg.PeerUser{UserID: voices.Pick(r, people).ID}
	default:
		m.FwdFrom.FromName = voices.Pick(r, hidden)
	}
	return true
}

// borrow forwards an earlier message of a source. If that is a forward, the original origin
// stays.
func (c *city) borrow(o *outlet, s slot, r *rand.Rand, m *tg.Message) bool {
	source, original := c.earlier(o, s, r)
	if original == nil {
		return false
	}
	carry(m, original)
	m.ViaBotID = original.ViaBotID
	m.FwdFrom = original.FwdFrom
	if m.FwdFrom.Zero() {
		m.FwdFrom = tg.MessageFwdHeader{FromID: &tg.PeerChannel{ChannelID: source.id}, Date: original.Date, ChannelPost: original.ID,
			PostAuthor: original.PostAuthor}
	}
	return true
}

// copy repeats an earlier message of a source as if it were the channel's own.
func (c *city) copy(o *outlet, s slot, r *rand.Rand, m *tg.Message) bool {
	_, original := c.earlier(o, s, r)
	if original == nil || original.Message == "" {
		return false
	}
	carry(m, original)
	return true
}

func carry(m, original *tg.Message) {
	m.Message, m.Entities, m.Media, m.ReplyMarkup = original.Message, original.Entities, original.Media, original.ReplyMarkup
	m.RichMessage = original.RichMessage
}

// earlier picks a message that one of the outlet's sources posted before s, preferably a
// recent one; nil if there is none.
func (c *city) earlier(o *outlet, s slot, r *rand.Rand) (*outlet, *tg.Message) {
	source := c.source(o, r)
	if source == nil {
		return nil, nil
	}
	newest := datedBefore(source.slots, s.date-60)
	i := before(source.slots, newest-int(r.ExpFloat64()*4))
	if i < 0 {
		return source, nil
	}
	return source, c.post(source, i)
}

// source picks one of the outlet's sources; earlier ones are likelier.
func (c *city) source(o *outlet, r *rand.Rand) *outlet {
	if len(o.sources) == 0 {
		return nil
	}
	i := min(r.IntN(len(o.sources)), r.IntN(len(o.sources)))
	return c.byName[o.sources[i]]
}

// reply makes some messages reply to an earlier one, occasionally another channel's.
func (c *city) reply(o *outlet, i int, r *rand.Rand, m *tg.Message) {
	switch roll := r.Float64(); {
	case roll < .06:
		j := before(o.slots, i-int(r.ExpFloat64()*5))
		if j >= 0 {
			m.ReplyTo = &tg.MessageReplyHeader{ReplyToMsgID: int(o.slots[j].id)}
		}
	case roll < .07:
		source, original := c.earlier(o, o.slots[i], r)
		if original == nil {
			return
		}
		h := &tg.MessageReplyHeader{ReplyToMsgID: original.ID, ReplyToPeerID: &tg.PeerChannel{ChannelID: source.id}}
		h.SetReplyFrom(tg.MessageFwdHeader{FromID: h.ReplyToPeerID, Date: original.Date, ChannelPost: original.ID})
		if words := strings.Fields(original.Message); len(words) > 0 {
			h.Quote, h.QuoteText = true, words[0]
			h.SetQuoteOffset(0)
		}
		m.ReplyTo = h
	}
}
