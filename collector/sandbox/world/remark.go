package world

import (
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world/voices"
)

// remark makes a comment or another message of a reader in a group.
func (c *city) remark(o *outlet, i int) *tg.Message {
	s := o.slots[i]
	r := stream(c.seed, "remark", o.id, int64(s.id))
	m := &tg.Message{ID: int(s.id), Date: int(s.date), PeerID: &tg.PeerChannel{ChannelID: o.id}, FromID: c.speaker(o, s.id)}
	var t voices.Composer
	if voices.Chance(r, .07) {
		t.MentionName("Lucio", 5200000007)
		t.Write(", ")
	}
	t.Write(o.voice.Comment(r))
	t.Put(m)
	if voices.Chance(r, .06) {
		m.Media = c.scene(o, s, r).sticker()
		m.Message, m.Entities = "", nil
	}
	c.edit(r, m)
	switch {
	case s.kind == comment && s.to == s.ref:
		m.ReplyTo = &tg.MessageReplyHeader{ReplyToMsgID: int(s.ref)}
	case s.kind == comment:
		m.ReplyTo = &tg.MessageReplyHeader{ReplyToMsgID: int(s.to), ReplyToTopID: int(s.ref)}
	}
	if voices.Chance(r, .2) {
		m.SetReactions(reactions(r, 1+r.IntN(9)))
		m.Reactions.CanSeeList = true
	}
	return m
}

// speaker picks the sender of message id in a group; sometimes it is the channel itself.
func (c *city) speaker(o *outlet, id uint32) tg.PeerClass {
	r := stream(c.seed, "speaker", o.id, int64(id))
	if o.linked != nil && voices.Chance(r, .06) {
		return &tg.PeerChannel{ChannelID: o.linked.id}
	}
	return &tg.PeerUser{UserID: voices.Pick(r, people).ID}
}

// automatic makes Telegram's forward of a channel message into the linked group: the root of
// its comments.
func (c *city) automatic(o *outlet, s slot) *tg.Message {
	channel := o.linked
	i, _ := position(channel.slots, s.ref)
	original := c.post(channel, i)
	c.count(channel, channel.slots[i], original)
	m := &tg.Message{ID: int(s.id), Date: int(s.date), PeerID: &tg.PeerChannel{ChannelID: o.id},
		FromID: &tg.PeerChannel{ChannelID: channel.id},
		Views:  original.Views, Forwards: original.Forwards, EditDate: original.EditDate, EditHide: original.EditHide}
	carry(m, original)
	m.FwdFrom = original.FwdFrom
	if m.FwdFrom.Zero() {
		m.FwdFrom = tg.MessageFwdHeader{FromID: m.FromID, Date: original.Date, ChannelPost: original.ID, PostAuthor: original.PostAuthor}
	}
	m.FwdFrom.SavedFromPeer, m.FwdFrom.SavedFromMsgID = m.FromID, original.ID
	if original.GroupedID != 0 {
		m.GroupedID = hash64("album", o.id, int64(channel.slots[i].ref))
	}
	t := o.roots[s.id]
	replies := tg.MessageReplies{Replies: t.comments, RepliesPts: int(t.last)}
	if t.comments > 0 {
		replies.SetMaxID(int(t.last))
	}
	m.SetReplies(replies)
	return m
}
