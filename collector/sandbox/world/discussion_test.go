package world

import (
	"testing"

	"github.com/gotd/td/tg"
)

func TestGeneratedDiscussion(t *testing.T) {
	channel, group := named(t, generated(), "sal_y_fogon"), named(t, generated(), "sal_y_fogon_charla")
	if channel.Full.LinkedChatID != group.TL.ID || group.Full.LinkedChatID != channel.TL.ID || !channel.TL.HasLink || !group.TL.HasLink {
		t.Fatal("channel and group do not name each other")
	}
	if !group.TL.Megagroup || group.TL.Broadcast {
		t.Error("the group is not one")
	}
	roots, comments := map[int]int{}, map[int]int{} // by root: channel message, comments
	for i := range group.Log.Len() {
		mc, err := group.Log.Message(i)
		if err != nil {
			t.Fatal(err)
		}
		m, ok := mc.(*tg.Message)
		if !ok {
			continue
		}
		if m.FwdFrom.SavedFromMsgID != 0 {
			roots[m.ID] = m.FwdFrom.SavedFromMsgID
			checkRoot(t, m, channel)
		}
		if h, ok := m.ReplyTo.(*tg.MessageReplyHeader); ok {
			root := h.ReplyToTopID
			if root == 0 {
				root = h.ReplyToMsgID
			}
			if _, ok := roots[root]; !ok {
				t.Fatalf("comment %d is in no thread", m.ID)
			}
			comments[root]++
		}
	}
	checkThreads(t, channel, group, roots, comments)
}

// checkRoot checks an automatic forward.
func checkRoot(t *testing.T, m *tg.Message, channel *Channel) {
	t.Helper()
	saved, ok := m.FwdFrom.SavedFromPeer.(*tg.PeerChannel)
	if !ok || saved.ChannelID != channel.TL.ID || m.Post || !contains(channel, m.FwdFrom.SavedFromMsgID) {
		t.Fatalf("automatic forward %d is not of the channel", m.ID)
	}
	mc, err := channel.Log.Message(channel.Log.Search(m.FwdFrom.SavedFromMsgID))
	if err != nil {
		t.Fatal(err)
	}
	original := mc.(*tg.Message)
	if m.Message != original.Message || m.Date < original.Date || (m.GroupedID == 0) != (original.GroupedID == 0) {
		t.Fatalf("automatic forward %d is not like its message", m.ID)
	}
	if original.FwdFrom.Zero() && m.FwdFrom.ChannelPost != original.ID {
		t.Fatalf("automatic forward %d names message %d, want %d", m.ID, m.FwdFrom.ChannelPost, original.ID)
	}
}

// checkThreads compares the comment counters of the channel's messages with the existing
// comments.
func checkThreads(t *testing.T, channel, group *Channel, roots, comments map[int]int) {
	t.Helper()
	byMessage := map[int]int{}
	for root, id := range roots {
		byMessage[id] += comments[root]
	}
	told, total := 0, 0
	for i := range channel.Log.Len() {
		mc, err := channel.Log.Message(i)
		if err != nil {
			t.Fatal(err)
		}
		m, ok := mc.(*tg.Message)
		if !ok {
			continue
		}
		replies, ok := m.GetReplies()
		if !ok {
			continue
		}
		told++
		total += replies.Replies
		if !replies.Comments || replies.ChannelID != group.TL.ID || replies.Replies != byMessage[m.ID] ||
			(replies.Replies > 0) != (len(replies.RecentRepliers) > 0) {
			t.Fatalf("message %d tells %+v, but has %d comments", m.ID, replies, byMessage[m.ID])
		}
	}
	sum := 0
	for _, n := range comments {
		sum += n
	}
	if sum != total || told < 700 || total < 1500 {
		t.Errorf("%d messages tell of %d comments, %d are there", told, total, sum)
	}
}
