package archive

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
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

// desktop reads Telegram Desktop's result.json: of one chat, or of all that an
// account has, where only public channels and supergroups are taken.
func (r *reader) desktop(m *member) error {
	seen, left := map[int64]time.Time{}, len(r.report.LeftOut)
	local, single, topics := false, false, forums{}
	err := r.chats(m, func(s *stream, c chat, v json.RawMessage) error {
		msg, err := s.desktopMessage(v)
		if err != nil {
			return err
		}
		at, sure := msg.newest()
		if !sure { // a local time of any zone
			at, local = at.Add(-14*time.Hour), true
		}
		if at.After(seen[c.id]) {
			seen[c.id] = at
		}
		if msg.Action == "topic_created" {
			topics.of(c.id).call(msg.ID, msg.ID, msg.Title)
		}
		return nil
	}, func(chat) {})
	if err != nil {
		return err
	}
	var messages int64
	var b *batch
	var in *desktopForum // nil: no forum
	var of int64
	err = r.chats(m, func(s *stream, c chat, v json.RawMessage) error {
		if b == nil || of != c.id {
			if b != nil {
				messages += b.all
				if err := b.flush(); err != nil {
					return err
				}
			}
			b, of, in = r.batch(seen[c.id]), c.id, nil
			if f := topics[c.id]; f != nil {
				in = &desktopForum{forum: f}
			}
		}
		msg, err := s.desktopMessage(v)
		if err != nil {
			return err
		}
		if why := msg.leftOut(); why != "" {
			r.report.Dropped[why]++
			return nil
		}
		r.dropKeys(msg.dropped)
		row, err := r.desktopRow(c, msg, v)
		if err != nil {
			return s.badValue(err, v)
		}
		if in != nil {
			in.place(&row)
		}
		return b.put(row)
	}, func(c chat) {
		single = !c.among
		r.report.LeftOut = append(r.report.LeftOut, fmt.Sprintf("%s: %s", m.name, c.inWords()))
	})
	if err != nil {
		return err
	}
	if b != nil {
		messages += b.all
		if err := b.flush(); err != nil {
			return err
		}
	}
	for id, at := range seen {
		r.saw(id, at)
	}
	if len(seen) == 0 && len(r.report.LeftOut) > left && single {
		one := strings.TrimPrefix(r.report.LeftOut[left], m.name+": ")
		r.report.LeftOut = r.report.LeftOut[:left]
		return r.unreadable(m, noneOfOurs+": it is Telegram Desktop's export of "+one+", and only channels and groups are read")
	}
	if len(seen) == 0 && len(r.report.LeftOut) > left {
		return m.wrong(0, "", "this is an export of a whole account, and none of its chats is a public channel or group: open the channel, and export it by itself (Export chat history, format JSON)")
	}
	r.report.LocalDay = r.report.LocalDay || local
	r.read(m, kindDesktop, messages)
	m.skip()
	return nil
}

// chats calls message with each message of the chats that are channels, and
// leftOut with the other chats.
func (r *reader) chats(m *member, message func(s *stream, c chat, v json.RawMessage) error, leftOut func(chat)) error {
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
			err = s.chatList(message, leftOut)
		default:
			err = s.chatKey(&c, key, false, message, leftOut)
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
func (s *stream) chatList(message func(*stream, chat, json.RawMessage) error, leftOut func(chat)) error {
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
			if err := s.chat(message, leftOut); err != nil {
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
func (s *stream) chat(message func(*stream, chat, json.RawMessage) error, leftOut func(chat)) error {
	if err := s.delim('{'); err != nil {
		return err
	}
	var c chat
	for s.more() {
		key, err := s.key()
		if err == nil {
			err = s.chatKey(&c, key, true, message, leftOut)
		}
		if err != nil {
			return err
		}
	}
	return s.delim('}')
}

// chatKey reads what stands under a key of a chat, which is among others or the
// only one.
func (s *stream) chatKey(c *chat, key string, among bool, message func(*stream, chat, json.RawMessage) error, leftOut func(chat)) error {
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
		return s.chatMessages(c, among, message, leftOut)
	}
	return s.skip()
}

func (s *stream) chatMessages(c *chat, among bool, message func(*stream, chat, json.RawMessage) error, leftOut func(chat)) error {
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

// desktopMessage is a message of result.json, as far as there are columns for it.
// https://github.com/telegramdesktop/tdesktop, export_output_json.cpp
type desktopMessage struct {
	ID          int64      `json:"id"`
	Type        string     `json:"type"`
	Date        string     `json:"date"`
	Unix        unixTime   `json:"date_unixtime"`
	Edited      string     `json:"edited"`
	EditedUnix  unixTime   `json:"edited_unixtime"`
	FromID      desktopID  `json:"from_id"`
	ActorID     desktopID  `json:"actor_id"`
	Author      string     `json:"author"`
	Action      string     `json:"action"`
	Information string     `json:"information_text"` // of an action without a name
	Title       string     `json:"title"`            // of a new topic, or of a song
	Text        textParts  `json:"text"`
	Forwarded   *string    `json:"forwarded_from"`
	ForwardID   desktopID  `json:"forwarded_from_id"`
	ReplyTo     int64      `json:"reply_to_message_id"`
	ReplyPeer   desktopID  `json:"reply_to_peer_id"`
	Pins        int64      `json:"message_id"` // of a service message: the one it is about
	InGame      int64      `json:"game_message_id"`
	OfInvoice   int64      `json:"invoice_message_id"`
	Reactions   []reaction `json:"reactions"`

	Photo     *string          `json:"photo"`
	PhotoSize *int64           `json:"photo_file_size"`
	File      *string          `json:"file"`
	FileName  string           `json:"file_name"`
	FileSize  *int64           `json:"file_size"`
	MediaType string           `json:"media_type"`
	MIMEType  string           `json:"mime_type"`
	Duration  *float64         `json:"duration_seconds"`
	Width     *int32           `json:"width"`
	Height    *int32           `json:"height"`
	Contact   *desktopContact  `json:"contact_information"`
	Location  *desktopLocation `json:"location_information"`
	Live      *int64           `json:"live_location_period_seconds"`
	Place     *string          `json:"place_name"`
	Address   string           `json:"address"`
	Poll      *desktopPoll     `json:"poll"`
	Game      *string          `json:"game_title"`
	Invoice   json.RawMessage  `json:"invoice_information"`
	Todo      json.RawMessage  `json:"todo_list"`
	Buttons   json.RawMessage  `json:"inline_bot_buttons"`
	Giveaway  json.RawMessage  `json:"giveaway_information"`
	Results   json.RawMessage  `json:"giveaway_results"`
	Paid      json.RawMessage  `json:"paid_stars_amount"`

	dropped []string // the keys of values that do not read
}

// desktopRequired are the keys that a message cannot be without.
var desktopRequired = words("id type date date_unixtime edited edited_unixtime text")

type desktopButton struct {
	Type string `json:"type"`
	Data string `json:"data"`
}

type desktopContact struct {
	First string `json:"first_name"`
	Last  string `json:"last_name"`
	Phone string `json:"phone_number"`
}

type desktopLocation struct {
	Latitude  *float64 `json:"latitude"`
	Longitude *float64 `json:"longitude"`
}

type desktopPoll struct {
	Question textParts `json:"question"`
	Voters   int64     `json:"total_voters"`
	Answers  []struct {
		Text   textParts `json:"text"`
		Voters int64     `json:"voters"`
	} `json:"answers"`
}

type reaction struct {
	Type     string `json:"type"`
	Emoji    string `json:"emoji"`
	Document string `json:"document_id"`
	Count    int64  `json:"count"`
}

// desktopMessage reads a message and checks what no row can be without.
func (s *stream) desktopMessage(v json.RawMessage) (*desktopMessage, error) {
	var m desktopMessage
	var err error
	if m.dropped, err = loosely(v, &m, desktopRequired); err != nil {
		return nil, s.badValue(err, v)
	}
	switch m.Type {
	case "message", "service", "unsupported":
	default:
		return nil, s.bad("type", fmt.Sprintf("%.40q is no type of a message", m.Type), v)
	}
	if m.leftOut() != "" {
		return &m, nil
	}
	if m.ID <= 0 {
		return nil, s.bad("id", "a message of a channel has an id above 0", v)
	}
	if _, err := desktopDate(m.Unix, m.Date); err != nil {
		return nil, s.bad("date", plain(err), v)
	}
	if m.Edited != "" {
		if _, err := desktopDate(m.EditedUnix, m.Edited); err != nil {
			return nil, s.bad("edited", plain(err), v)
		}
	}
	return &m, nil
}

// migrated is what Telegram Desktop adds to the ids of messages of the basic group
// that a supergroup was before: those have a numbering of their own.
const migrated = -1_000_000_000

// leftOut is why a message has no row, "" when it has one.
func (m *desktopMessage) leftOut() string {
	switch {
	case m.Type == "unsupported":
		return "messages that Telegram Desktop could not export"
	case m.ID > migrated && m.ID < 0:
		return "messages of the group that this one was before"
	}
	return ""
}

// newest is the newest moment that the message tells of, and whether it is in UTC.
func (m *desktopMessage) newest() (at time.Time, sure bool) {
	if m.leftOut() != "" {
		return time.Time{}, true
	}
	at, _ = desktopDate(m.Unix, m.Date)
	if edited := m.editDate(); edited != nil && edited.After(at) {
		at = *edited
	}
	return at, m.Unix != 0
}

func (m *desktopMessage) editDate() *time.Time {
	if m.EditedUnix == 0 && m.Edited == "" {
		return nil
	}
	at, err := desktopDate(m.EditedUnix, m.Edited)
	if err != nil || at.Year() < 2013 { // old versions write 1970 for none
		return nil
	}
	return &at
}

// desktopDate is the time in UTC where the export has it, as those since 2022 do,
// and else the local time of the machine that exported.
func desktopDate(unix unixTime, local string) (time.Time, error) {
	if unix != 0 {
		return time.Unix(int64(unix), 0).UTC(), nil
	}
	at, err := time.Parse("2006-01-02T15:04:05", local)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is not a date", local)
	}
	return at, nil
}

// unixTime is seconds since 1970, written as a text or a number.
type unixTime int64

// UnmarshalJSON reads either.
func (u *unixTime) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "null" || text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1<<32-1 {
		return &fieldError{"date_unixtime", fmt.Sprintf("%.40s is not a time in seconds since 1970", text)}
	}
	*u = unixTime(n)
	return nil
}

// desktopID is a peer: user123, chat123 or channel123. Versions before the middle of
// 2021 wrote numbers, see numericID.
type desktopID struct {
	kind string // one of collector's Peer constants
	id   int64
}

// UnmarshalJSON reads a peer in either form. What is none is nobody.
func (d *desktopID) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		if peer, ok := parseDesktopID(text); ok {
			*d = peer
		}
		return nil
	}
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		*d = numericID(n)
	}
	return nil
}

// How the numbers of peers told what they are of: to the beginning of 2021 in the bits
// above the 32 that ids had, then for some months in those above 48.
const (
	oldChat, oldChannel = 1 << 32, 1 << 33
	peerBits            = 48
)

// numericID is a peer that old versions wrote as a number.
func numericID(n int64) desktopID {
	kinds := [...]string{collector.PeerUser, collector.PeerChat, collector.PeerChannel}
	switch top := n >> peerBits; {
	case n <= 0 || top >= int64(len(kinds)):
		return desktopID{}
	case top > 0:
		return desktopID{kinds[top], n & (1<<peerBits - 1)}
	case n > oldChannel:
		return desktopID{collector.PeerChannel, n - oldChannel}
	case n > oldChat && n < oldChannel:
		return desktopID{collector.PeerChat, n - oldChat}
	}
	return desktopID{collector.PeerUser, n}
}

// chatID is the bare id of a chat that is a channel.
func chatID(n int64) (int64, error) {
	if peer := numericID(n); peer.kind == collector.PeerChannel {
		return peer.id, nil
	}
	return bareID(n)
}

func parseDesktopID(text string) (desktopID, bool) {
	for _, kind := range []string{collector.PeerChannel, collector.PeerChat, collector.PeerUser} {
		if digits, ok := strings.CutPrefix(text, kind); ok {
			id, err := strconv.ParseInt(digits, 10, 64)
			return desktopID{kind, id}, err == nil && id > 0
		}
	}
	return desktopID{}, false
}
