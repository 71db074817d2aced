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
	d.b = r.Batch(d.seen)
	if err := chats(r, m, d.row, d.leaveOut); err != nil {
		return err
	}
	if len(d.seen) == 0 && len(r.Report.LeftOut) > left {
		return d.nothing(left)
	}
	r.Report.LocalDay = r.Report.LocalDay || d.local
	return d.b.End(m, input.KindDesktop)
}

// desktopFile reads one result.json.
type desktopFile struct {
	r      *input.Reader
	m      *input.Member
	seen   map[int64]time.Time // by channel: the newest date or edit in the file
	topics input.Forums
	local  bool // some times lack a time zone
	single bool // the chat that was left out is the only one

	b  *input.Batch
	of int64         // the id of the current channel
	in *desktopForum // nil: not a forum
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
	input.Newer(d.seen, c.id, at)
	if msg.Action == "topic_created" {
		d.topics.Of(c.id).Call(msg.ID, msg.ID, msg.Title)
	}
	return nil
}

// row converts a message to a row.
func (d *desktopFile) row(s *input.Stream, c chat, v json.RawMessage) error {
	if d.of != c.id {
		d.of, d.in = c.id, nil
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

// chatReader reads the chats of a file.
type chatReader struct {
	*input.Stream
	message func(s *input.Stream, c chat, v json.RawMessage) error // called with each message of the chats that are channels
	leftOut func(chat)                                             // called with the other chats
}

// chats reads the chats of a file.
func chats(r *input.Reader, m *input.Member, message func(s *input.Stream, c chat, v json.RawMessage) error, leftOut func(chat)) error {
	var single chat
	return r.Answer(m, func(s *input.Stream, key string) error {
		in := chatReader{s, message, leftOut}
		if key == "chats" || key == "left_chats" {
			return in.list()
		}
		return in.key(&single, key)
	})
}

// list reads {"about": …, "list": [chats]}.
func (in chatReader) list() error {
	return in.Object(func(key string) error {
		if key != "list" {
			return in.Skip()
		}
		return in.List(func() error {
			one := chat{among: true}
			return in.Object(func(key string) error { return in.key(&one, key) })
		})
	})
}

// key reads the value of a key of a chat.
func (in chatReader) key(c *chat, key string) error {
	var to any
	problem := "there is no text where one should be"
	switch key {
	case "name":
		to = &c.name
	case "type":
		to = &c.kind
	case "id":
		to, problem = &c.id, "the id of a chat is a number"
	case "messages":
		return in.messages(c)
	default:
		return in.Skip()
	}
	v, err := in.Value()
	if err == nil && json.Unmarshal(v, to) != nil {
		err = in.Bad(key, problem, v)
	}
	return err
}

func (in chatReader) messages(c *chat) error {
	if c.among && !strings.HasPrefix(c.kind, "public_") {
		in.leftOut(*c)
		return in.Skip()
	}
	at := in.Dec.InputOffset()
	switch {
	case c.kind == "":
		return in.WrongAt(at, "type", "there is no kind of the chat before its messages")
	case !channelKinds[c.kind]:
		in.leftOut(*c)
		return in.Skip()
	case c.id == 0:
		return in.WrongAt(at, "id", "there is no id of the chat before its messages")
	}
	id, err := chatID(c.id)
	if err != nil {
		return in.WrongAt(at, "id", input.Plain(err))
	}
	c.id = id
	return in.Each(func(v json.RawMessage) error { return in.message(in.Stream, *c, v) })
}
