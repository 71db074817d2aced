package archive

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// chat is what stands before the messages of a chat in result.json.
type chat struct {
	name, kind string
	id         int64
	among      bool // of an account's chats; else it is the file's only one
}

// inWords names a chat that is left out.
func (c chat) inWords() string {
	kind := strings.ReplaceAll(c.kind, "_", " ")
	if c.name == "" {
		return fmt.Sprintf("a chat of the kind %.40s", kind)
	}
	return fmt.Sprintf("%.80q, a chat of the kind %.40s", c.name, kind)
}

// channelKinds are the chats that are channels, by their type in result.json.
// Private ones are read where somebody exported just that one.
var channelKinds = map[string]bool{"public_channel": true, "public_supergroup": true, "private_channel": true, "private_supergroup": true}

// readDesktop reads Telegram Desktop's result.json: of one chat, or of all that an
// account has, where only public channels and supergroups are taken.
func readDesktop(r *reader, m *member) error {
	d := desktopFile{r: r, m: m, seen: map[int64]time.Time{}, topics: forums{}}
	if err := chats(r, m, d.look, func(chat) {}); err != nil {
		return err
	}
	left := len(r.report.LeftOut)
	if err := chats(r, m, d.row, d.leaveOut); err != nil {
		return err
	}
	if err := d.flush(); err != nil {
		return err
	}
	for id, at := range d.seen {
		r.saw(id, at)
	}
	if len(d.seen) == 0 && len(r.report.LeftOut) > left {
		return d.nothing(left)
	}
	r.report.LocalDay = r.report.LocalDay || d.local
	r.read(m, kindDesktop, d.messages)
	m.skip()
	return nil
}

// desktopFile is one result.json while it is read.
type desktopFile struct {
	r      *reader
	m      *member
	seen   map[int64]time.Time // by channel: the newest moment that is told of
	topics forums
	local  bool // there are times without their zone
	single bool // what was left out is the only chat

	b        *batch        // of the channel that is read; nil: of none yet
	of       int64         // that channel
	in       *desktopForum // nil: it is no forum
	messages int64
}

// look notes what a message tells of time and topics.
func (d *desktopFile) look(s *stream, c chat, v json.RawMessage) error {
	msg, err := parseDesktop(s, v)
	if err != nil {
		return err
	}
	at, sure := msg.newest()
	if !sure { // a local time of any zone
		at, d.local = at.Add(-14*time.Hour), true
	}
	if at.After(d.seen[c.id]) {
		d.seen[c.id] = at
	}
	if msg.Action == "topic_created" {
		d.topics.of(c.id).call(msg.ID, msg.ID, msg.Title)
	}
	return nil
}

// row takes a message up.
func (d *desktopFile) row(s *stream, c chat, v json.RawMessage) error {
	if d.b == nil || d.of != c.id {
		if err := d.flush(); err != nil {
			return err
		}
		d.b, d.of, d.in = d.r.batch(d.seen[c.id]), c.id, nil
		if f := d.topics[c.id]; f != nil {
			d.in = &desktopForum{forum: f}
		}
	}
	msg, err := parseDesktop(s, v)
	if err != nil {
		return err
	}
	if why := msg.leftOut(); why != "" {
		d.r.report.Dropped[why]++
		return nil
	}
	d.r.dropKeys(msg.dropped)
	row, err := desktopRow(d.r, c, msg, v)
	if err != nil {
		return s.badValue(err, v)
	}
	if d.in != nil {
		d.in.place(&row)
	}
	return d.b.put(row)
}

// flush hands over what is held of a channel.
func (d *desktopFile) flush() error {
	if d.b == nil {
		return nil
	}
	d.messages += d.b.all
	return d.b.flush()
}

func (d *desktopFile) leaveOut(c chat) {
	d.single = !c.among
	d.r.report.LeftOut = append(d.r.report.LeftOut, fmt.Sprintf("%s: %s", d.m.name, c.inWords()))
}

// nothing leaves out a file of which no chat was read: what was left out of it is at
// from in the report.
func (d *desktopFile) nothing(from int) error {
	if !d.single {
		return d.r.unreadable(d.m, noneOfOurs+": it is an export of a whole account, and none of its chats is a public channel or group; open the channel, and export it by itself (Export chat history, format JSON)")
	}
	one := strings.TrimPrefix(d.r.report.LeftOut[from], d.m.name+": ")
	d.r.report.LeftOut = d.r.report.LeftOut[:from]
	return d.r.unreadable(d.m, noneOfOurs+": it is Telegram Desktop's export of "+one+", and only channels and groups are read")
}

// chats calls message with each message of the chats that are channels, and
// leftOut with the other chats.
func chats(r *reader, m *member, message func(s *stream, c chat, v json.RawMessage) error, leftOut func(chat)) error {
	s, err := m.stream()
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.delim('{'); err != nil {
		return err
	}
	var c chat
	for s.more() {
		key, err := s.key()
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
	if err := s.delim('}'); err != nil {
		return err
	}
	return s.end()
}

// chatList reads {"about": …, "list": [chats]}.
func chatList(s *stream, message func(*stream, chat, json.RawMessage) error, leftOut func(chat)) error {
	if err := s.delim('{'); err != nil {
		return err
	}
	for s.more() {
		key, err := s.key()
		if err != nil {
			return err
		}
		if key != "list" {
			if err := s.skip(); err != nil {
				return err
			}
			continue
		}
		if err := s.delim('['); err != nil {
			return err
		}
		for s.more() {
			if err := readChat(s, message, leftOut); err != nil {
				return err
			}
		}
		if err := s.delim(']'); err != nil {
			return err
		}
	}
	return s.delim('}')
}

// chat reads a chat of a list.
func readChat(s *stream, message func(*stream, chat, json.RawMessage) error, leftOut func(chat)) error {
	if err := s.delim('{'); err != nil {
		return err
	}
	var c chat
	for s.more() {
		key, err := s.key()
		if err == nil {
			err = chatKey(s, &c, key, true, message, leftOut)
		}
		if err != nil {
			return err
		}
	}
	return s.delim('}')
}

// chatKey reads what stands under a key of a chat, which is among others or the
// only one.
func chatKey(s *stream, c *chat, key string, among bool, message func(*stream, chat, json.RawMessage) error, leftOut func(chat)) error {
	switch key {
	case "name", "type":
		v, err := s.value()
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
			return s.bad(key, "there is no text where one should be", v)
		}
		return nil
	case "id":
		v, err := s.value()
		if err != nil {
			return err
		}
		if err := json.Unmarshal(v, &c.id); err != nil {
			return s.bad("id", "the id of a chat is a number", v)
		}
		return nil
	case "messages":
		return chatMessages(s, c, among, message, leftOut)
	}
	return s.skip()
}

func chatMessages(s *stream, c *chat, among bool, message func(*stream, chat, json.RawMessage) error, leftOut func(chat)) error {
	c.among = among
	if among && !strings.HasPrefix(c.kind, "public_") {
		leftOut(*c)
		return s.skip()
	}
	at := s.dec.InputOffset()
	switch {
	case c.kind == "":
		return s.wrongAt(at, "type", "there is no kind of the chat before its messages")
	case !channelKinds[c.kind]:
		leftOut(*c)
		return s.skip()
	case c.id == 0:
		return s.wrongAt(at, "id", "there is no id of the chat before its messages")
	}
	id, err := chatID(c.id)
	if err != nil {
		return s.wrongAt(at, "id", plain(err))
	}
	c.id = id
	return s.each(func(v json.RawMessage) error { return message(s, *c, v) })
}
