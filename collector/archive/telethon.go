package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/tl"
	"telegramtrac/collector/tl/telethon"
)

// readTelethon reads Telethon's messages: one a line, in a list, or in an object by number. A
// channel's name is a hint from the file's name; 4CAT's messages contain it.
func readTelethon(r *input.Reader, m *input.Member, kind string) error {
	var found newest
	names := map[int64]tl.Name{}
	values := func(do func(s *input.Stream, v json.RawMessage) error) error {
		switch kind {
		case input.KindNumbered:
			return r.Answer(m, func(s *input.Stream, _ string) error {
				v, err := s.Value()
				if err != nil {
					return err
				}
				return do(s, v)
			})
		case input.KindConverted:
			return r.Values(m, func(s *input.Stream, v json.RawMessage) error { return do(s, fromConverted(v)) })
		case input.Kind4CAT:
			return r.Values(m, func(s *input.Stream, v json.RawMessage) error { return do(s, from4CAT(v, names)) })
		}
		return r.Values(m, do)
	}
	err := values(func(s *input.Stream, v json.RawMessage) error { return found.note(s, v) })
	if err != nil {
		return err
	}
	if found.others && len(found.channels) == 0 {
		return r.NotOfChannels(m)
	}
	if kind == input.KindConverted { // its times are local, in an unknown zone: the earliest possible
		found.at, r.Report.LocalDay = found.at.Add(-14*time.Hour), true
	}
	c := converting{r: r, source: collector.SourceTelethon, batch: r.Batch(found.seen()), forums: found.forums}
	var name tl.Name
	if len(found.channels) == 1 {
		name.Username = r.UsernameOf(m, found.only())
		name.Title = name.Username // an equal title marks the name as a hint for dataset
	}
	c.name = func(id int64) tl.Name {
		if told, ok := names[id]; ok {
			return told
		}
		return name
	}
	if err := values(c.message); err != nil {
		return err
	}
	return c.end(m, kind)
}

// newest finds the newest date or edit of messages, and their channels.
type newest struct {
	at       time.Time
	channels map[int64]bool
	forums   input.Forums
	others   bool // there are messages of chats that are not channels
}

// moment is the date and chat of a message.
type moment struct {
	Class    string       `json:"_"`
	Date     telethonDate `json:"date"`
	EditDate telethonDate `json:"edit_date"`
	Peer     momentPeer   `json:"peer_id"`
	To       momentPeer   `json:"to_id"` // the name of peer_id until 2020
}

type momentPeer struct {
	ChannelID int64 `json:"channel_id"`
	UserID    int64 `json:"user_id"`
	ChatID    int64 `json:"chat_id"`
}

// other reports whether the peer is a user or a basic group.
func (p momentPeer) other() bool { return p.ChannelID == 0 && (p.UserID != 0 || p.ChatID != 0) }

func (n *newest) note(s *input.Stream, v json.RawMessage) error {
	var m moment
	if err := json.Unmarshal(v, &m); err != nil {
		return s.BadValue(err, v)
	}
	if m.Class == "MessageEmpty" {
		return nil
	}
	for _, at := range []time.Time{time.Time(m.Date), time.Time(m.EditDate)} {
		if at.After(n.at) {
			n.at = at
		}
	}
	if m.Peer.other() || m.To.other() {
		n.others = true
		return nil
	}
	if n.channels == nil {
		n.channels, n.forums = map[int64]bool{}, input.Forums{}
	}
	id := max(m.Peer.ChannelID, m.To.ChannelID)
	n.channels[id] = true
	noteTopic(n.forums, id, v)
	return nil
}

// seen returns the time for each channel.
func (n *newest) seen() map[int64]time.Time {
	out := map[int64]time.Time{}
	for id := range n.channels {
		out[id] = n.at
	}
	return out
}

// only returns the only channel.
func (n *newest) only() int64 {
	for id := range n.channels {
		return id
	}
	return 0
}

// telethonDate is a date in any of the forms that Telethon's users write.
type telethonDate time.Time

// UnmarshalJSON reads a date, null, or seconds since 1970.
func (d *telethonDate) UnmarshalJSON(b []byte) error {
	at, err := telethon.ParseDate(b)
	if err != nil {
		return input.BadField("date", input.Plain(err))
	}
	*d = telethonDate(at)
	return nil
}

// converting turns Telethon's messages into rows.
type converting struct {
	r      *input.Reader
	source string
	batch  *input.Batch
	peers  tl.Lookup
	name   func(channelID int64) tl.Name // returns a channel's name
	forums input.Forums
	others int // messages of chats that are not channels
}

func (c *converting) message(s *input.Stream, v json.RawMessage) error {
	obj, report, err := decode(c.r, s, v)
	if err != nil {
		return err
	}
	msg, ok := obj.(tg.MessageClass)
	if !ok {
		return s.Bad("_", "this is no message", v)
	}
	row, ok := c.r.Conv.DecodedMessage(msg, report, c.peers)
	switch {
	case !ok:
		return nil // an empty message
	case row.ChannelID <= 0:
		c.others++
		return nil
	case row.ID <= 0:
		return s.Bad("id", "a message of a channel has an id above 0", v)
	case row.Date.Unix() <= 0:
		return s.Bad("date", "this message has no date", v)
	}
	name := c.name(row.ChannelID)
	row.ChannelUsername, row.ChannelTitle, row.Source = name.Username, name.Title, c.source
	c.forums.Place(&row)
	return c.batch.Put(row)
}

func (c *converting) end(m *input.Member, kind string) error {
	if c.others > 0 {
		c.r.Report.Dropped[input.OfOtherChats] += c.others
	}
	return c.batch.End(m, kind)
}

// decode reads an object of Telethon. Values that the layer does not define are left out and
// counted.
func decode(r *input.Reader, s *input.Stream, v json.RawMessage) (bin.Object, telethon.DecodeReport, error) {
	obj, report, err := telethon.DecodeTelethon(v)
	if err == nil {
		r.Drop(report.Dropped)
		return obj, report, nil
	}
	if unknown, ok := errors.AsType[*telethon.UnknownClassError](err); ok {
		return nil, report, s.Bad("_", fmt.Sprintf("%.40q is not known here", unknown.Class), v)
	}
	field, problem := splitField(err)
	return nil, report, s.Bad(field, problem, v)
}

var fieldForm = regexp.MustCompile(`^[A-Za-z]\w*\.(\w+)$`)

// splitField returns the field named in an error of tl, which lists classes and keys in turn.
func splitField(err error) (field, problem string) {
	parts := strings.Split(input.Plain(err), ": ")
	var path []string
	for len(parts) > 1 && fieldForm.MatchString(parts[0]) {
		path = append(path, fieldForm.FindStringSubmatch(parts[0])[1])
		parts = parts[1:]
	}
	return strings.Join(path, "."), strings.Join(parts, ": ")
}
