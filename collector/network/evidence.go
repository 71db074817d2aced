package network

import (
	"iter"
	"strings"
	"time"

	"telegramtrac/collector"
)

// Evidence is what one message says about other channels: the columns of
// messages.parquet that the network needs.
type Evidence struct {
	ChannelID           int64               `parquet:"channel_id"`
	ID                  int64               `parquet:"message_id"`
	Kind                string              `parquet:"kind,dict"`
	Date                time.Time           `parquet:"date,timestamp(microsecond)"`
	FromType            string              `parquet:"from_type,optional,dict"`
	FromID              int64               `parquet:"from_id,optional"`
	ForwardFromType     string              `parquet:"forward_from_type,optional,dict"`
	ForwardFromID       int64               `parquet:"forward_from_id,optional"`
	ForwardFromUsername string              `parquet:"forward_from_username,optional"`
	ForwardMessageID    int64               `parquet:"forward_message_id,optional"`
	ReplyToMessageID    int64               `parquet:"reply_to_message_id,optional"`
	ReplyToChannelID    int64               `parquet:"reply_to_channel_id,optional"`
	ReplyToTopID        int64               `parquet:"reply_to_top_id,optional"`
	ThreadChannelID     int64               `parquet:"thread_channel_id,optional"`
	ThreadMessageID     int64               `parquet:"thread_message_id,optional"`
	TMeLinks            []collector.TMeLink `parquet:"tme_links,optional,list"`
	Mentions            []string            `parquet:"mentions,optional,list"`
}

// Input is what a graph is made from. Messages may come in any order, each once.
type Input struct {
	Channels []collector.Channel // the collected ones
	Peers    []collector.Peer    // everyone seen
	Messages iter.Seq2[*Evidence, error]
	Names    *collector.Names // who had which username when; nil: the present names of Channels and Peers
}

// pointer is one way in which a message points at a channel. Either id or
// username is set.
type pointer struct {
	kind     uint8 // index into Kinds
	id       int64
	username string // lower case
	message  int64  // of the target, 0 when none is named
}

const (
	forwardKind uint8 = iota
	mentionKind
	linkKind
	replyKind
)

// copied reports whether Telegram itself copied the message from a channel into its linked
// group: then the channel speaks, not the group, and its own message has the same pointers.
// Comments also have a thread, but they reply to a message or have another sender.
// See https://core.telegram.org/api/discussion
func (e *Evidence) copied() bool {
	if e.ThreadChannelID == 0 || e.FromType != "" && (e.FromType != collector.PeerChannel || e.FromID != e.ThreadChannelID) {
		return false
	}
	itself := e.ForwardFromType == collector.PeerChannel && e.ForwardFromID == e.ThreadChannelID &&
		e.ForwardMessageID != 0 && e.ForwardMessageID == e.ThreadMessageID
	return itself || e.ReplyToMessageID == 0 && e.ReplyToTopID == 0
}

// pointers appends every pointer of the message to out, repeated targets included. A copy has
// none.
func (e *Evidence) pointers(out []pointer) []pointer {
	if e.copied() {
		return out
	}
	switch {
	case e.ForwardFromType == collector.PeerUser, e.ForwardFromType == collector.PeerChat:
	case e.ForwardFromID != 0 && e.ForwardFromType == collector.PeerChannel:
		out = append(out, pointer{kind: forwardKind, id: e.ForwardFromID, message: e.ForwardMessageID})
	case e.ForwardFromUsername != "":
		out = append(out, pointer{kind: forwardKind, username: strings.ToLower(e.ForwardFromUsername), message: e.ForwardMessageID})
	}
	for _, name := range e.Mentions {
		out = append(out, pointer{kind: mentionKind, username: strings.ToLower(strings.TrimPrefix(name, "@"))})
	}
	for _, l := range e.TMeLinks {
		out = append(out, pointer{kind: linkKind, id: l.ChannelID, username: strings.ToLower(l.Username), message: l.MessageID})
	}
	if e.ReplyToChannelID != 0 && e.ReplyToChannelID != e.ChannelID {
		out = append(out, pointer{kind: replyKind, id: e.ReplyToChannelID, message: e.ReplyToMessageID})
	}
	return out
}
