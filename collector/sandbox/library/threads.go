package library

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world"
)

// discussion maps a group's threads to their messages: comments on a channel's messages are in
// its linked group. See https://core.telegram.org/api/threads
type discussion struct {
	replies map[int][]int   // by thread: positions, ascending
	roots   map[forward]int // by channel message: its automatic forward in the group
}

type forward struct {
	channel int64
	message int
}

func discussionIn(l *world.Log) (discussion, error) {
	d := discussion{replies: map[int][]int{}, roots: map[forward]int{}}
	for i := range l.Len() {
		m, err := l.Message(i)
		if err != nil {
			return d, fmt.Errorf("read discussion: %w", err)
		}
		d.add(i, m)
	}
	return d, nil
}

func (d discussion) add(i int, message tg.MessageClass) {
	m, ok := message.(*tg.Message)
	if !ok {
		return
	}
	if from, ok := m.FwdFrom.SavedFromPeer.(*tg.PeerChannel); ok && m.FwdFrom.SavedFromMsgID != 0 {
		root := forward{from.ChannelID, m.FwdFrom.SavedFromMsgID}
		if _, known := d.roots[root]; !known { // people may forward it again later
			d.roots[root] = m.ID
		}
	}
	if reply, ok := m.ReplyTo.(*tg.MessageReplyHeader); ok && reply.ReplyToPeerID == nil {
		thread := cmp.Or(reply.ReplyToTopID, reply.ReplyToMsgID)
		d.replies[thread] = append(d.replies[thread], i)
	}
}

// thread is a list of some of a log's messages.
type thread struct {
	*world.Log
	positions []int
}

func (t thread) Len() int { return len(t.positions) }

func (t thread) ID(i int) int { return t.Log.ID(t.positions[i]) }

func (t thread) Search(id int) int { return t.find(t.Log.Search(id)) }

func (t thread) SearchDate(unix int) int { return t.find(t.Log.SearchDate(unix)) }

func (t thread) find(position int) int {
	i, _ := slices.BinarySearch(t.positions, position)
	return i
}

func (t thread) AppendBytes(dst []byte, i int) []byte {
	return t.Log.AppendBytes(dst, t.positions[i])
}

func (c Reader) getReplies(req *tg.MessagesGetRepliesRequest) (bin.Encoder, error) {
	asked, err := c.readable(req.Peer)
	if err != nil {
		return nil, err
	}
	group, root := asked, req.MsgID
	if asked.TL.Broadcast {
		if group, root, err = c.discussionOf(asked, req.MsgID); err != nil {
			return nil, err
		}
	}
	d, err := c.threads.of(group.Log, discussionIn)
	if err != nil {
		return nil, err
	}
	w := window{req.OffsetID, req.OffsetDate, req.AddOffset, req.Limit, req.MaxID, req.MinID}
	answer, err := c.page(group, thread{group.Log, d.replies[root]}, w, req.Hash)
	if p, ok := answer.(*page); ok && group != asked {
		p.also = []int64{asked.TL.ID}
	}
	return answer, err
}

// discussionOf finds the group and the thread of comments on a channel's message. Comments
// stay in their group even if the channel is linked to another one later.
func (c Reader) discussionOf(channel *world.Channel, message int) (*world.Channel, int, error) {
	id := channel.Full.LinkedChatID
	if i := channel.Log.Search(message); channel.Log.ID(i) == message {
		if m, err := channel.Log.Message(i); err == nil {
			if said, ok := m.(*tg.Message); ok && said.Replies.ChannelID != 0 {
				id = said.Replies.ChannelID
			}
		}
	}
	group, ok := c.world.Channel(id)
	if !ok {
		return nil, 0, errMessageIDInvalid
	}
	d, err := c.threads.of(group.Log, discussionIn)
	if err != nil {
		return nil, 0, err
	}
	root, ok := d.roots[forward{channel.TL.ID, message}]
	if !ok {
		return nil, 0, errMessageIDInvalid
	}
	return group, root, nil
}
