package library

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world"
)

// General is the topic that every forum has.
const (
	generalTopic = 1
	generalTitle = "General"
)

type topic struct {
	id, date         int // of the topic's first message; General begins with the channel
	title            string
	newest, newestAt int // id and date of its newest message
}

// topicsIn finds the topics of a forum from its service messages, the one with the newest
// message first: https://core.telegram.org/api/forum
func topicsIn(l *world.Log) ([]topic, error) {
	byID := map[int]*topic{generalTopic: {id: generalTopic, date: l.Date(0), title: generalTitle}}
	for i := range l.Len() {
		m, err := l.Message(i)
		if err != nil {
			return nil, fmt.Errorf("read forum: %w", err)
		}
		addToTopic(byID, m)
	}
	var found []topic
	for _, t := range byID {
		found = append(found, *t)
	}
	slices.SortFunc(found, func(a, b topic) int {
		return cmp.Or(cmp.Compare(b.newestAt, a.newestAt), cmp.Compare(b.newest, a.newest), cmp.Compare(b.id, a.id))
	})
	return found, nil
}

// addToTopic updates the topic of a message. A topic without its first message was deleted and
// is ignored.
func addToTopic(byID map[int]*topic, m tg.MessageClass) {
	var reply tg.MessageReplyHeaderClass
	var action tg.MessageActionClass
	var date int
	switch m := m.(type) {
	case *tg.Message:
		reply, date = m.ReplyTo, m.Date
	case *tg.MessageService:
		reply, action, date = m.ReplyTo, m.Action, m.Date
	}
	if a, ok := action.(*tg.MessageActionTopicCreate); ok {
		byID[m.GetID()] = &topic{id: m.GetID(), date: date, title: a.Title, newest: m.GetID(), newestAt: date}
		return
	}
	t := byID[topicOf(reply)]
	if t == nil {
		return
	}
	t.newest, t.newestAt = m.GetID(), date
	if a, ok := action.(*tg.MessageActionTopicEdit); ok && a.Title != "" {
		t.title = a.Title
	}
}

// topicOf returns the topic in a reply header.
func topicOf(reply tg.MessageReplyHeaderClass) int {
	r, ok := reply.(*tg.MessageReplyHeader)
	if !ok || !r.ForumTopic {
		return generalTopic
	}
	return cmp.Or(r.ReplyToTopID, r.ReplyToMsgID)
}

// getForumTopics answers with a page of topics, ordered by their newest message:
// https://core.telegram.org/method/messages.getForumTopics
func (c Reader) getForumTopics(req *tg.MessagesGetForumTopicsRequest) (bin.Encoder, error) {
	found, err := c.readable(req.Peer)
	if err != nil {
		return nil, err
	}
	if !found.TL.Forum {
		return nil, errForumMissing
	}
	all, err := c.forums.of(found.Log, topicsIn)
	if err != nil {
		return nil, err
	}
	rest := all
	if req.OffsetTopic != 0 || req.OffsetID != 0 || req.OffsetDate != 0 {
		rest = slices.DeleteFunc(slices.Clone(rest), func(t topic) bool { return !t.below(req) })
	}
	rest = rest[:min(len(rest), window{limit: req.Limit}.size())]
	rest = rest[:c.conditions.Load().shorter(len(rest))]
	answer := &tg.MessagesForumTopics{Count: len(all), Pts: pts(found)}
	var named peers
	named.addChannel(found.TL.ID)
	for _, t := range rest {
		answer.Topics = append(answer.Topics, t.object(found))
		i := found.Log.Search(t.newest)
		m, err := found.Log.Message(i)
		if err != nil || m.GetID() != t.newest {
			continue // an empty topic
		}
		answer.Messages = append(answer.Messages, m)
		named.addMessage(m)
	}
	answer.Chats, answer.Users = named.objects(c, false, []int64{found.TL.ID})
	return c.locked(answer), nil
}

// below reports whether the topic comes after the offsets in the order of the answer.
func (t topic) below(req *tg.MessagesGetForumTopicsRequest) bool {
	return cmp.Or(cmp.Compare(t.newestAt, req.OffsetDate), cmp.Compare(t.newest, req.OffsetID), cmp.Compare(t.id, req.OffsetTopic)) < 0
}

func (t topic) object(of *world.Channel) *tg.ForumTopic {
	return &tg.ForumTopic{
		ID: t.id, Date: t.date, Title: t.title, TopMessage: t.newest, Peer: &tg.PeerChannel{ChannelID: of.TL.ID},
		FromID: &tg.PeerChannel{ChannelID: of.TL.ID}, ReadInboxMaxID: t.newest,
	}
}
