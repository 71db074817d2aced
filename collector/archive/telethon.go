package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl"
)

// telethon reads Telethon's messages, one after the other: one a line, in a list, or
// in an object by number. What the messages themselves do not tell is taken from the
// file's name; 4CAT's tell how their channels are called.
func (r *reader) telethon(m *member, kind string) error {
	var found newest
	names := map[int64]tl.Name{}
	values := func(do func(s *stream, v json.RawMessage) error) error {
		switch kind {
		case kindTelethon:
			return r.values(m, do)
		case kindNumbered:
			return r.answer(m, func(s *stream, _ string) error {
				v, err := s.value()
				if err != nil {
					return err
				}
				return do(s, v)
			})
		}
		if kind == kindConverted {
			return r.values(m, func(s *stream, v json.RawMessage) error { return do(s, fromConverted(v)) })
		}
		return r.values(m, func(s *stream, v json.RawMessage) error { return do(s, from4CAT(v, names)) })
	}
	err := values(func(s *stream, v json.RawMessage) error { return found.note(s, v) })
	if err != nil {
		return err
	}
	if found.others && len(found.channels) == 0 {
		return r.notOfChannels(m)
	}
	if kind == kindConverted { // its times are local ones, of any zone
		found.at, r.report.LocalDay = found.at.Add(-14*time.Hour), true
	}
	c := converting{r: r, source: collector.SourceTelethon, batch: r.batch(found.at), forums: found.forums}
	var name tl.Name
	if len(found.channels) == 1 {
		name.Username = r.usernameOf(m, found.only())
		name.Title = name.Username // by which dataset knows it for a hint
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
	if err := c.batch.flush(); err != nil {
		return err
	}
	for id := range found.channels {
		r.saw(id, found.at)
	}
	if c.others > 0 {
		r.report.Dropped[ofOtherChats] += c.others
	}
	r.read(m, kind, c.batch.all)
	m.skip()
	return nil
}

// values calls do with the values that stand one after the other in a file, or
// in its list.
func (r *reader) values(m *member, do func(s *stream, v json.RawMessage) error) error {
	s, err := m.stream()
	if err != nil {
		return err
	}
	defer s.close()
	each := do
	do = func(s *stream, v json.RawMessage) error {
		if string(v) == "null" { // what some tools write for a message that is not there
			return nil
		}
		return each(s, v)
	}
	if head, _ := m.head(); bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, bom), " \t\r\n"), []byte("[")) {
		if err := s.each(func(v json.RawMessage) error { return do(s, v) }); err != nil {
			return err
		}
		return s.end()
	}
	for {
		v, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return s.wrong(err)
		}
		if err := do(s, v); err != nil {
			return err
		}
	}
}

// newest finds the newest moment that messages tell of.
type newest struct {
	at       time.Time
	channels map[int64]bool
	forums   forums
	others   bool // there are messages of chats that are no channels
}

// moment is what of a message tells of time and place.
type moment struct {
	Class    string       `json:"_"`
	Date     telethonDate `json:"date"`
	EditDate telethonDate `json:"edit_date"`
	Peer     momentPeer   `json:"peer_id"`
	To       momentPeer   `json:"to_id"` // as peer_id was called until 2020
}

type momentPeer struct {
	ChannelID int64 `json:"channel_id"`
	UserID    int64 `json:"user_id"`
	ChatID    int64 `json:"chat_id"`
}

// other reports whether it is a user or a basic group.
func (p momentPeer) other() bool { return p.ChannelID == 0 && (p.UserID != 0 || p.ChatID != 0) }

func (n *newest) note(s *stream, v json.RawMessage) error {
	var m moment
	if err := json.Unmarshal(v, &m); err != nil {
		return s.badValue(err, v)
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
		n.channels, n.forums = map[int64]bool{}, forums{}
	}
	id := max(m.Peer.ChannelID, m.To.ChannelID)
	n.channels[id] = true
	n.forums.note(id, v)
	return nil
}

// only is the only channel.
func (n *newest) only() int64 {
	for id := range n.channels {
		return id
	}
	return 0
}

// badValue is what is wrong with the form of a value, with the field's name.
func (s *stream) badValue(err error, v json.RawMessage) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		problem := fmt.Sprintf("there is %s where %s should be", valueName(e.Value), kindName(e.Type.Kind().String()))
		return s.wrongAt(s.dec.InputOffset()-int64(len(v))+e.Offset, e.Field, problem)
	}
	if e, ok := errors.AsType[*fieldError](err); ok {
		return s.bad(e.field, e.problem, v)
	}
	return s.bad("", plain(err), v)
}

// valueName is what encoding/json calls a value, in words.
func valueName(value string) string {
	switch word, _, _ := strings.Cut(value, " "); word {
	case "string":
		return "a text"
	case "number":
		return "a number"
	case "array":
		return "a list"
	case "bool":
		return "true or false"
	}
	return "an object"
}

func kindName(kind string) string {
	switch {
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"), strings.HasPrefix(kind, "float"):
		return "a number"
	case kind == "string":
		return "a text"
	case kind == "slice":
		return "a list"
	case kind == "bool":
		return "true or false"
	}
	return "an object"
}

// fieldError is what is wrong with a field of a value.
type fieldError struct{ field, problem string }

func (e *fieldError) Error() string { return e.field + ": " + e.problem }

// telethonDate is a date in any of the forms that Telethon's users write.
type telethonDate time.Time

// UnmarshalJSON reads a date, null, or seconds since 1970.
func (d *telethonDate) UnmarshalJSON(b []byte) error {
	at, err := tl.ParseDate(b)
	if err != nil {
		return &fieldError{"date", plain(err)}
	}
	*d = telethonDate(at)
	return nil
}

// converting turns Telethon's messages into rows.
type converting struct {
	r      *reader
	source string
	batch  *batch
	peers  tl.Lookup
	name   func(channelID int64) tl.Name // how a channel is called
	forums forums
	others int // messages of chats that are no channels
}

func (c *converting) message(s *stream, v json.RawMessage) error {
	obj, report, err := c.r.decode(s, v)
	if err != nil {
		return err
	}
	msg, ok := obj.(tg.MessageClass)
	if !ok {
		return s.bad("_", "this is no message", v)
	}
	row, ok := c.r.conv.DecodedMessage(msg, report, c.peers)
	switch {
	case !ok:
		return nil // an empty message
	case row.ChannelID <= 0:
		c.others++
		return nil
	case row.ID <= 0:
		return s.bad("id", "a message of a channel has an id above 0", v)
	case row.Date.Unix() <= 0:
		return s.bad("date", "this message has no date", v)
	}
	name := c.name(row.ChannelID)
	row.ChannelUsername, row.ChannelTitle, row.Source = name.Username, name.Title, c.source
	c.forums.place(&row)
	return c.batch.put(row)
}

// decode reads an object of Telethon. Values that the layer does not know are left
// out and counted.
func (r *reader) decode(s *stream, v json.RawMessage) (bin.Object, tl.DecodeReport, error) {
	obj, report, err := tl.DecodeTelethon(v)
	if err == nil {
		r.drop(report.Dropped)
		return obj, report, nil
	}
	if unknown, ok := errors.AsType[*tl.UnknownClassError](err); ok {
		return nil, report, s.bad("_", fmt.Sprintf("%.40q is not known here", unknown.Class), v)
	}
	field, problem := splitField(err)
	return nil, report, s.bad(field, problem, v)
}

var fieldForm = regexp.MustCompile(`^[A-Za-z]\w*\.(\w+)$`)

// splitField takes the name of a field out of an error of tl, which names one
// class and key after the other.
func splitField(err error) (field, problem string) {
	parts := strings.Split(plain(err), ": ")
	var path []string
	for len(parts) > 1 && fieldForm.MatchString(parts[0]) {
		path = append(path, fieldForm.FindStringSubmatch(parts[0])[1])
		parts = parts[1:]
	}
	return strings.Join(path, "."), strings.Join(parts, ": ")
}

// usernameForm is Telegram's syntax of usernames.
var usernameForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{2,31}[A-Za-z0-9]$`)

// generic are words that files are called by, and no channels.
var generic = regexp.MustCompile(`^(?i:all|channel|chat|data|dump|export|file|full|history|json|message|messages|ndjson|new|old|output|post|posts|raw|result|results|telegram|telethon|test)s?$`)

// hint is the username that a file's name would be for, "" for none: all of the name,
// or all that stands before the channel's id or the word messages. id is the
// number in the name, as text, where there is one.
func hint(name string) (username, id string) {
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	username = base
	if before, ok := strings.CutSuffix(base, "_messages"); ok {
		username = before
	} else if at := strings.LastIndexByte(base, '_'); at > 0 && isID(base[at+1:]) {
		username, id = base[:at], strings.TrimPrefix(base[at+1:], "-100")
	}
	if !usernameForm.MatchString(username) || strings.Contains(username, "__") {
		return "", id
	}
	words, common := strings.Split(username, "_"), 0
	for _, word := range words {
		if generic.MatchString(word) {
			common++
		}
	}
	if common == len(words) || common > 0 && username == base {
		return "", id
	}
	return username, id
}

func isID(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

// usernameOf is the channel that a file is named for, as a hint that gives way to
// whatever else says how the channel is called: "" where its name is for another id,
// or where the names of two files would be for one username.
func (r *reader) usernameOf(m *member, channelID int64) string {
	username, id := hint(m.name)
	if username == "" || id != "" && id != strconv.FormatInt(channelID, 10) {
		return ""
	}
	lower := strings.ToLower(username)
	if other, ok := r.named[lower]; ok && other != channelID || r.hints[lower] > 1 {
		return ""
	}
	r.named[lower] = channelID
	return username
}

// countHints counts the names of files by the username that they are for, those for
// one id once.
func countHints(all []*member) map[string]int {
	seen := map[[2]string]bool{}
	counts := map[string]int{}
	for _, m := range all {
		username, id := hint(m.name)
		key := [2]string{strings.ToLower(username), id}
		if id == "" {
			key[1] = m.name // of whichever channel
		}
		if username != "" && !seen[key] {
			seen[key] = true
			counts[key[0]]++
		}
	}
	return counts
}
