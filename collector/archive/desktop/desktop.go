// Package desktop reads Telegram Desktop's result.json of one chat or of a whole account.
package desktop

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"telegramtrac/collector/archive/input"
)

// chat is what precedes the messages of a chat in result.json.
type chat struct {
	name, kind string
	id         int64
	among      bool // one of an account's chats; else the only chat of the file
}

// inWords describes a chat that is left out.
func (c chat) inWords() string {
	kind := strings.ReplaceAll(c.kind, "_", " ")
	if c.name == "" {
		return fmt.Sprintf("a chat of the kind %.40s", kind)
	}
	return fmt.Sprintf("%.80q, a chat of the kind %.40s", c.name, kind)
}

// channelKinds are the types in result.json of chats that are channels. Private ones are read
// only from an export of that one chat.
var channelKinds = map[string]bool{"public_channel": true, "public_supergroup": true, "private_channel": true, "private_supergroup": true}

// Read reads Telegram Desktop's result.json: one chat, or those chats of an account that are
// public channels or supergroups.
func Read(r *input.Reader, m *input.Member) error {
	d := desktopFile{r: r, m: m, seen: map[int64]time.Time{}, topics: input.Forums{}}
	if err := chats(r, m, d.look, func(chat) {}); err != nil {
		return err
	}
	left := len(r.Report.LeftOut)
	if err := chats(r, m, d.row, d.leaveOut); err != nil {
		return err
	}
	if err := d.Flush(); err != nil {
		return err
	}
	for id, at := range d.seen {
		r.Saw(id, at)
	}
	if len(d.seen) == 0 && len(r.Report.LeftOut) > left {
		return d.nothing(left)
	}
	r.Report.LocalDay = r.Report.LocalDay || d.local
	r.Took(m, input.KindDesktop, d.messages)
	m.Skip()
	return nil
}

// desktopFile reads one result.json.
type desktopFile struct {
	r      *input.Reader
	m      *input.Member
	seen   map[int64]time.Time // by channel: the newest date or edit in the file
	topics input.Forums
	local  bool // some times lack a time zone
	single bool // the chat that was left out is the only one

	b        *input.Batch  // of the current channel; nil before the first
	of       int64         // the id of the current channel
	in       *desktopForum // nil: not a forum
	messages int64
}

// look collects the newest time and the topics of a chat.
func (d *desktopFile) look(s *input.Stream, c chat, v json.RawMessage) error {
	msg, err := parseDesktop(s, v)
	if err != nil {
		return err
	}
	at, sure := msg.newest()
	if !sure { // a local time in an unknown zone: the earliest possible
		at, d.local = at.Add(-14*time.Hour), true
	}
	if at.After(d.seen[c.id]) {
		d.seen[c.id] = at
	}
	if msg.Action == "topic_created" {
		d.topics.Of(c.id).Call(msg.ID, msg.ID, msg.Title)
	}
	return nil
}

// row converts a message to a row.
func (d *desktopFile) row(s *input.Stream, c chat, v json.RawMessage) error {
	if d.b == nil || d.of != c.id {
		if err := d.Flush(); err != nil {
			return err
		}
		d.b, d.of, d.in = d.r.Batch(d.seen[c.id]), c.id, nil
		if f := d.topics[c.id]; f != nil {
			d.in = &desktopForum{Forum: f}
		}
	}
	msg, err := parseDesktop(s, v)
	if err != nil {
		return err
	}
	if why := msg.leftOut(); why != "" {
		d.r.Report.Dropped[why]++
		return nil
	}
	d.r.DropKeys(msg.dropped)
	row, err := desktopRow(d.r, c, msg, v)
	if err != nil {
		return s.BadValue(err, v)
	}
	if d.in != nil {
		d.in.Place(&row)
	}
	return d.b.Put(row)
}

// Flush hands over the remaining rows of the current channel.
func (d *desktopFile) Flush() error {
	if d.b == nil {
		return nil
	}
	d.messages += d.b.All
	return d.b.Flush()
}

func (d *desktopFile) leaveOut(c chat) {
	d.single = !c.among
	d.r.Report.LeftOut = append(d.r.Report.LeftOut, fmt.Sprintf("%s: %s", d.m.Name, c.inWords()))
}

// nothing reports a file without any readable chat: its left-out chats start at index from of
// Report.LeftOut.
func (d *desktopFile) nothing(from int) error {
	if !d.single {
		return d.r.Unreadable(d.m, input.NoneOfOurs+
			": it is an export of a whole account, and none of its chats is a public channel or group; open the channel, and export it by itself "+
			"(Export chat history, format JSON)")
	}
	one := strings.TrimPrefix(d.r.Report.LeftOut[from], d.m.Name+": ")
	d.r.Report.LeftOut = d.r.Report.LeftOut[:from]
	return d.r.Unreadable(d.m, input.NoneOfOurs+": it is Telegram Desktop's export of "+one+", and only channels and groups are read")
}

// chats calls message with each message of the chats that are channels, and leftOut with the
// other chats.
func chats(r *input.Reader, m *input.Member, message func(s *input.Stream, c chat, v json.RawMessage) error, leftOut func(chat)) error {
	s, err := m.Stream()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Delim('{'); err != nil {
		return err
	}
	var c chat
	for s.More() {
		key, err := s.Key()
		if err != nil {
			return err
		}
		switch key {
		case "chats", "left_chats":
			err = chatList(s, message, leftOut)
		default:
			err = chatKey(s, &c, key, false, message, leftOut)
		}
		if err != nil {
			return err
		}
	}
	if err := s.Delim('}'); err != nil {
		return err
	}
	return s.End()
}

// chatList reads {"about": …, "list": [chats]}.
func chatList(s *input.Stream, message func(*input.Stream, chat, json.RawMessage) error, leftOut func(chat)) error {
	if err := s.Delim('{'); err != nil {
		return err
	}
	for s.More() {
		key, err := s.Key()
		if err != nil {
			return err
		}
		if key != "list" {
			if err := s.Skip(); err != nil {
				return err
			}
			continue
		}
		if err := s.Delim('['); err != nil {
			return err
		}
		for s.More() {
			if err := readChat(s, message, leftOut); err != nil {
				return err
			}
		}
		if err := s.Delim(']'); err != nil {
			return err
		}
	}
	return s.Delim('}')
}

// readChat reads one chat of a list.
func readChat(s *input.Stream, message func(*input.Stream, chat, json.RawMessage) error, leftOut func(chat)) error {
	if err := s.Delim('{'); err != nil {
		return err
	}
	var c chat
	for s.More() {
		key, err := s.Key()
		if err == nil {
			err = chatKey(s, &c, key, true, message, leftOut)
		}
		if err != nil {
			return err
		}
	}
	return s.Delim('}')
}

// chatKey reads the value of a key of a chat; among is true for one of an account's chats.
func chatKey(s *input.Stream, c *chat, key string, among bool, message func(*input.Stream, chat, json.RawMessage) error,
	leftOut func(chat)) error {
	switch key {
	case "name", "type":
		v, err := s.Value()
		if err != nil {
			return err
		}
		to := &c.name
		if key == "type" {
			to = &c.kind
		}
		if string(v) == "null" {
			return nil
		}
		if err := json.Unmarshal(v, to); err != nil {
			return s.Bad(key, "there is no text where one should be", v)
		}
		return nil
	case "id":
		v, err := s.Value()
		if err != nil {
			return err
		}
		if err := json.Unmarshal(v, &c.id); err != nil {
			return s.Bad("id", "the id of a chat is a number", v)
		}
		return nil
	case "messages":
		return chatMessages(s, c, among, message, leftOut)
	}
	return s.Skip()
}

func chatMessages(s *input.Stream, c *chat, among bool, message func(*input.Stream, chat, json.RawMessage) error,
	leftOut func(chat)) error {
	c.among = among
	if among && !strings.HasPrefix(c.kind, "public_") {
		leftOut(*c)
		return s.Skip()
	}
	at := s.Dec.InputOffset()
	switch {
	case c.kind == "":
		return s.WrongAt(at, "type", "there is no kind of the chat before its messages")
	case !channelKinds[c.kind]:
		leftOut(*c)
		return s.Skip()
	case c.id == 0:
		return s.WrongAt(at, "id", "there is no id of the chat before its messages")
	}
	id, err := chatID(c.id)
	if err != nil {
		return s.WrongAt(at, "id", input.Plain(err))
	}
	c.id = id
	return s.Each(func(v json.RawMessage) error { return message(s, *c, v) })
}
