package tracker

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/export/reading"
)

// seen is a channel that was requested, or that messages or details name.
type seen struct {
	id       int64
	username string
	object   chatFields // as Telegram sent it, in telegram-tracker's spelling

	participants *int64
	fromMessages int64 // collected messages that point at it
	inDetails    int64 // channel details it appears in
	requested    bool
	targetedBy   []string // the channels, by username, in whose details it appears
	sources      []string // the requested channels that lead to it

	totals totals // of a requested channel
}

// chatFields are the fields of a chat, each as JSON.
type chatFields map[string]json.RawMessage

// totals are the last columns of collected_chats.xlsx.
type totals struct{ actions, posts, replies, other, views, forwards, repliesReceived int64 }

// findSeen finds every channel that has a username, by id.
func findSeen(ctx context.Context, d reading.Data) ([]*seen, error) {
	held, err := d.Dataset.Names(ctx)
	if err != nil {
		return nil, err
	}
	s := spotter{byID: map[int64]*seen{}, held: held}
	peers, err := d.PeerList(ctx)
	if err != nil {
		return nil, err
	}
	for p, err := range peers.Each(ctx, channelKeys(peers)) {
		if err != nil {
			return nil, err
		}
		s.spot(p.ID, p.Username, peerObject(*p)).participants = p.Participants
	}
	channels, err := inOrderOfRequests(ctx, d)
	if err != nil {
		return nil, err
	}
	for _, ch := range channels {
		s.addDetails(ch.Channel)
	}
	for _, ch := range channels {
		if err := s.addMessages(ctx, d, ch); err != nil {
			return nil, err
		}
	}
	s.sortSources(channels)
	return slices.SortedFunc(maps.Values(s.byID), func(a, b *seen) int { return cmp.Compare(a.id, b.id) }), nil
}

// inOrderOfRequests lists the channels that are meant as they were asked for, which
// is the order in which the original goes through them: by when their first
// collection took them up. Those that no receipt tells of come last, by id.
func inOrderOfRequests(ctx context.Context, d reading.Data) ([]catalog.ChannelSummary, error) {
	channels, err := d.Channels(ctx)
	if err != nil {
		return nil, err
	}
	receipts, err := d.Receipts(ctx)
	if err != nil {
		return nil, err
	}
	begun := map[int64]time.Time{}
	for _, r := range receipts {
		if first, ok := begun[r.ChannelID]; !ok || r.StartedAt.Before(first) {
			begun[r.ChannelID] = r.StartedAt
		}
	}
	slices.SortStableFunc(channels, func(a, b catalog.ChannelSummary) int {
		first, asked := begun[a.ID]
		second, too := begun[b.ID]
		switch {
		case asked && too:
			return first.Compare(second)
		case asked:
			return -1
		case too:
			return 1
		}
		return 0
	})
	return channels, nil
}

// spotter gathers channels.
type spotter struct {
	byID map[int64]*seen
	held *collector.Names // who bore which username when
}

// sortSources puts the channels that lead to others into their order: details are
// looked at before messages, and the original takes channel by channel.
func (s spotter) sortSources(channels []catalog.ChannelSummary) {
	place := map[string]int{}
	for i, ch := range channels {
		if _, ok := place[nameOf(ch.Channel)]; !ok {
			place[nameOf(ch.Channel)] = i
		}
	}
	for _, one := range s.byID {
		slices.SortStableFunc(one.sources, func(a, b string) int { return cmp.Compare(place[a], place[b]) })
	}
}

// spot notes a channel and what was sent of it.
func (s spotter) spot(id int64, username string, object []byte) *seen {
	one := s.byID[id]
	if one == nil {
		one = &seen{id: id}
		s.byID[id] = one
	}
	var fields chatFields
	if json.Unmarshal(object, &fields) == nil {
		one.object = fields
	}
	one.username = username
	return one
}

// addDetails notes the channels in a channel's details: itself, and its group.
func (s spotter) addDetails(ch collector.Channel) {
	if ch.Raw == "" && ch.Reference == "" {
		return // known from messages only
	}
	var full struct{ Chats []json.RawMessage }
	if err := json.Unmarshal(details(ch), &full); err != nil {
		return
	}
	for _, object := range full.Chats {
		var chat struct {
			ID       int64
			Username string
		}
		if json.Unmarshal(object, &chat) != nil {
			continue
		}
		own := chat.ID == ch.ID
		if own {
			chat.Username = ch.Username // of several, the main one
		}
		one := s.byID[chat.ID]
		switch {
		case one == nil && chat.Username == "":
			continue
		case one == nil || own:
			one = s.spot(chat.ID, cmp.Or(chat.Username, s.username(chat.ID)), object)
		}
		one.inDetails++
		one.lead(ch)
		if own {
			one.requested, one.participants = true, ch.Participants
		} else {
			one.targetedBy = appendNew(one.targetedBy, nameOf(ch))
		}
	}
}

func (s spotter) username(id int64) string {
	if one := s.byID[id]; one != nil {
		return one.username
	}
	return ""
}

// lead notes that a requested channel leads to it.
func (one *seen) lead(ch collector.Channel) { one.sources = appendNew(one.sources, nameOf(ch)) }

func nameOf(ch collector.Channel) string { return cmp.Or(ch.Username, decimal(ch.ID)) }

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// pointing is what of a message points at channels.
type pointing struct {
	ID                  int64               `parquet:"message_id"`
	Date                time.Time           `parquet:"date,timestamp(microsecond)"`
	ForwardFromType     string              `parquet:"forward_from_type,optional,dict"`
	ForwardFromID       int64               `parquet:"forward_from_id,optional"`
	ForwardFromUsername string              `parquet:"forward_from_username,optional"`
	Mentions            []string            `parquet:"mentions,optional,list"`
	TMeLinks            []collector.TMeLink `parquet:"tme_links,optional,list"`
}

// addMessages counts the messages of a channel that point at others, each once
// for each of them.
func (s spotter) addMessages(ctx context.Context, d reading.Data, ch catalog.ChannelSummary) error {
	for m, err := range fold.ScanColumns[pointing](ctx, d.Dataset.Rows, ch.ID) {
		if err != nil {
			return err
		}
		for _, one := range s.targets(m) {
			one.fromMessages++
			one.lead(ch.Channel)
		}
	}
	return nil
}

// named is the channel that bore a username when a message was written; nil where
// nobody knows, and where the name changed hands about then.
func (s spotter) named(username string, at time.Time) *seen {
	return s.byID[s.held.Bearer(strings.TrimPrefix(username, "@"), at).ID]
}

// targets are the channels that a message points at.
func (s spotter) targets(m *pointing) []*seen {
	var out []*seen
	add := func(one *seen) {
		if one != nil && !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	if m.ForwardFromType == collector.PeerChannel || m.ForwardFromUsername != "" {
		if one := s.byID[m.ForwardFromID]; one != nil {
			add(one)
		} else {
			add(s.named(m.ForwardFromUsername, m.Date))
		}
	}
	for _, name := range m.Mentions {
		add(s.named(name, m.Date))
	}
	for _, l := range m.TMeLinks {
		if l.ChannelID != 0 {
			add(s.byID[l.ChannelID])
		} else {
			add(s.named(l.Username, m.Date))
		}
	}
	return out
}

// addTotals adds up the messages of the requested channels.
func addTotals(ctx context.Context, d reading.Data, all []*seen) error {
	counts, err := serverCounts(ctx, d)
	if err != nil {
		return err
	}
	for _, one := range all {
		if !one.requested {
			continue
		}
		one.totals = totals{}
		t := &one.totals
		for m, err := range fold.ScanColumns[countedMessage](ctx, d.Dataset.Rows, one.id) {
			if err != nil {
				return err
			}
			t.Add(m)
		}
		t.actions = t.posts + t.replies + t.other
		if n, ok := counts[one.id]; ok {
			t.actions = n
		}
	}
	return nil
}

// countedMessage is what totals are made of.
type countedMessage struct {
	Kind             string `parquet:"kind,dict"`
	Views            *int64 `parquet:"views,optional"`
	Forwards         *int64 `parquet:"forwards,optional"`
	Replies          *int64 `parquet:"replies,optional"`
	ReplyToMessageID int64  `parquet:"reply_to_message_id,optional"`
	Raw              string `parquet:"raw"`
}

func (m *countedMessage) isReply() bool {
	if m.ReplyToMessageID != 0 {
		return true // most: their objects need not be decoded
	}
	_, is := collector.RepliesTo(m.Raw)
	return is
}

func (t *totals) Add(m *countedMessage) {
	switch {
	case m.Kind != collector.KindMessage:
		t.other++
	case m.isReply():
		t.replies++
	default:
		t.posts++
	}
	for _, n := range []struct {
		sum *int64
		of  *int64
	}{{&t.views, m.Views}, {&t.forwards, m.Forwards}, {&t.repliesReceived, m.Replies}} {
		if n.of != nil {
			*n.sum += *n.of
		}
	}
}

// value is a field of the channel as pandas writes it into CSV.
func (one *seen) value(field string) string {
	switch field {
	case "id":
		return decimal(one.id)
	case "username":
		return one.username
	case "participants_count":
		return orEmpty(one.participants)
	case "access_hash":
		return ""
	}
	value := bytes.TrimSpace(one.object[field])
	switch {
	case len(value) == 0 || string(value) == "null":
		return ""
	case value[0] == '"':
		var s string
		if json.Unmarshal(value, &s) != nil {
			return ""
		}
		return s
	}
	return literal(value)
}

// targets is the value of channel_req_targeted_by.
func (one *seen) targets() string {
	if one.requested {
		return "{'channels': ['self']}"
	}
	return "{'channels': " + pythonList(one.targetedBy) + "}"
}

// usernames are channels' usernames by id.
func usernames(ctx context.Context, d reading.Data) (map[int64]string, error) {
	peers, err := d.PeerList(ctx)
	if err != nil {
		return nil, err
	}
	channels, err := d.Dataset.Channels(ctx)
	if err != nil {
		return nil, err
	}
	out := maps.Clone(peers.Usernames())
	for _, ch := range channels {
		if ch.Username != "" {
			out[ch.ID] = ch.Username
		}
	}
	return out, nil
}

// seenChannels is every channel that has a username, by id. Apart from its totals
// nothing of it is to be changed.
func seenChannels(ctx context.Context, d reading.Data) ([]*seen, error) {
	return reading.Once(&d, "seen channels", func() ([]*seen, error) { return findSeen(ctx, d) })
}

// serverCounts is what the newest receipts say that Telegram has, by channel.
func serverCounts(ctx context.Context, d reading.Data) (map[int64]int64, error) {
	receipts, err := d.Receipts(ctx)
	if err != nil {
		return nil, err
	}
	out := map[int64]int64{}
	for _, r := range receipts { // newest first
		if _, ok := out[r.ChannelID]; !ok && r.Server != nil {
			out[r.ChannelID] = *r.Server
		}
	}
	return out, nil
}

// channelKeys are the keys of the channels that have a username.
func channelKeys(peers *catalog.PeerList) []catalog.PeerKey {
	var out []catalog.PeerKey
	for id := range peers.Usernames() {
		out = append(out, catalog.PeerKey{Type: collector.PeerChannel, ID: id})
	}
	return out
}
