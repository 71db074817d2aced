package search

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"telegramtrac/collector/language"
)

// kind is what a field's value is.
type kind uint8

const (
	aName   kind = iota // of a channel or person, whole or with a star
	aValue              // of a list, whole or with a star
	aPart               // anything that a value has within it
	aChoice             // one of some words
	aNumber
	aDate
	aLanguage
	aScope
)

// field is what may stand before a colon.
type field struct {
	kind    kind
	choices []string // of a choice
	columns []string // that tell
}

// Names of fields.
const (
	Channel   = "channel"
	From      = "from"
	Forward   = "forward"
	Mentions  = "mentions"
	Domain    = "domain"
	Link      = "link"
	Hashtag   = "hashtag"
	Media     = "media"
	Has       = "has"
	Is        = "is"
	Views     = "views"
	Forwards  = "forwards"
	Replies   = "replies"
	Reactions = "reactions"
	Date      = "date"
	Language  = "lang"
	In        = "in"
)

// Fields are the names that may stand before a colon, in the order in which they are explained.
func Fields() []string {
	return []string{Channel, From, Forward, Mentions, Domain, Link, Hashtag, Media, Has, Is, Views, Forwards, Replies, Reactions, Date,
		Language, In}
}

// Values of media:, beside Telethon's class names.
const (
	MediaAny   = "any"
	MediaNone  = "none"
	MediaVideo = "video" // a file of a type of video
	MediaAudio = "audio"
)

// MediaClasses are the classes of media by the words for them.
var MediaClasses = map[string][]string{
	"photo": {"MessageMediaPhoto"}, "file": {"MessageMediaDocument"}, "page": {"MessageMediaWebPage"}, "poll": {"MessageMediaPoll"},
	"place":   {"MessageMediaGeo", "MessageMediaGeoLive", "MessageMediaVenue"},
	"contact": {"MessageMediaContact"}, "story": {"MessageMediaStory"}, "game": {"MessageMediaGame"}, "dice": {"MessageMediaDice"},
	"invoice":  {"MessageMediaInvoice"},
	"giveaway": {"MessageMediaGiveaway", "MessageMediaGiveawayResults"}, "paid": {"MessageMediaPaidMedia"},
	"todo": {"MessageMediaToDo"},
}

var fields = map[string]field{
	Channel:  {kind: aName, columns: []string{"channel_id"}},
	From:     {kind: aName, columns: []string{"from_type", "from_id", "post_author"}},
	Forward:  {kind: aName, columns: []string{"forward_from_type", "forward_from_id", "forward_from_username", "forward_from_name"}},
	Mentions: {kind: aValue, columns: []string{"mentions"}},
	Domain:   {kind: aValue, columns: []string{"domain", "links"}},
	Link:     {kind: aPart, columns: []string{"url", "links"}},
	Hashtag:  {kind: aValue, columns: []string{"hashtags"}},
	Media: {kind: aChoice, columns: []string{"media_type", "mime_type"}, choices: []string{
		MediaAny, MediaNone, "photo", MediaVideo, MediaAudio, "file", "page", "poll", "place", "contact", "story", "game", "dice", "invoice",
		"giveaway", "paid", "todo"}},
	Has:       {kind: aChoice, choices: []string{"link", "media", "poll", "reply", "comments", "geo"}},
	Is:        {kind: aChoice, choices: []string{"forward", "edited", "gone", "pinned", "service", "album", "comment"}},
	Views:     {kind: aNumber, columns: []string{"views"}},
	Forwards:  {kind: aNumber, columns: []string{"forwards"}},
	Replies:   {kind: aNumber, columns: []string{"replies"}},
	Reactions: {kind: aNumber, columns: []string{"reactions_total"}},
	Date:      {kind: aDate, columns: []string{"date"}},
	Language:  {kind: aLanguage},
	In:        {kind: aScope},
}

// choiceColumns are the columns that tell of has: and is:.
var choiceColumns = map[string][]string{
	"link": {"links", "url"}, "media": {"media_type"}, "poll": {"poll_id", "media_type"}, "reply": {"reply_to_message_id"},
	"comments": {"replies"}, "geo": {"geo_type"},
	"forward": {"forward_date", "forward_from_type", "forward_from_name", "source", "raw"},
	"edited":  {"edit_date", "edit_hidden", "raw"}, "gone": {"gone_at"}, "pinned": {"pinned"}, "service": {"kind"},
	"album": {"album_id"}, "comment": {"thread_channel_id", "thread_message_id"},
}

// Columns are those that tell whether a term holds.
func (t *Term) Columns() []string {
	switch t.Field {
	case WordsKind, PatternKind, Language:
		return []string{"text"}
	case Has, Is:
		return choiceColumns[t.Value]
	}
	return fields[t.Field].columns
}

// Needs are the columns of a message that the query looks at, beside channel_id and message_id.
// Of those of is:comment the row must be tied, see fold.Threads.
func (q Query) Needs() (out []string) {
	tree := q.Tree()
	tree.Each(func(t *Term, _ bool) { out = append(out, t.Columns()...) })
	slices.Sort(out)
	return slices.Compact(out)
}

// cutField cuts a word at its colon; is tells whether what is before it is meant as a field.
func cutField(word string) (name, value string, is bool) {
	name, value, is = strings.Cut(word, ":")
	if !is || name == "" || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz") != "" {
		return "", "", false
	}
	if _, known := fields[strings.ToLower(name)]; known {
		return name, value, true
	}
	return name, value, value != "" && !strings.HasPrefix(value, "//")
}

// field reads what stands behind the colon of a field that began at a place.
func (p *parser) field(name, value string, at int) (Tree, bool) {
	f, known := fields[name]
	if !known {
		p.wrong(at, "There is no field %s. There are %s. To look for the colon's text itself put it in quotes.",
			name, strings.Join(Fields(), ", "))
		return Tree{}, false
	}
	from := at + utf8.RuneCountInString(name) + 1
	if from < len(p.text) && isOpener(p.text[from]) {
		p.at = from
		value = p.quoted()
	}
	if value == "" || strings.TrimSpace(value) == "" {
		p.wrong(from, "After %s: comes %s, without a blank between.", name, f.expected())
		return Tree{}, false
	}
	t := &Term{Field: name, Value: value}
	switch f.kind {
	case aChoice:
		p.choice(t, f, from)
	case aNumber, aDate:
		p.span(t, f, from)
	case aScope:
		return p.scope(value, at, from)
	case aLanguage:
		p.language(t, from)
	default:
		p.unstar(t, value, from)
		if t.sought() == "" {
			p.wrong(from, "After %s: comes %s, without a blank between.", name, f.expected())
		}
	}
	return p.term(t, at)
}

// NoLanguage is the value of lang: for texts whose language cannot be told.
const NoLanguage = "none"

// language reads the code of a language.
func (p *parser) language(t *Term, from int) {
	t.Value = strings.ToLower(t.Value)
	if t.Value != NoLanguage && !language.Told(t.Value) {
		p.wrong(from, "No text is told to be of the language %s. After lang: comes %s.", t.Value, fields[Language].expected())
	}
}

// expected says what a field's value is.
func (f field) expected() string {
	switch f.kind {
	case aName:
		return "a username, a number, or a name in quotes"
	case aValue, aPart:
		return "a word"
	case aChoice:
		return "one of " + strings.Join(f.choices, ", ")
	case aNumber:
		return "a number, like 1000, >1000, <=20 or 10..20"
	case aDate:
		return "a day, month or year, like 2024-02-29, 2024-03..2024-05 or >=2024"
	case aScope:
		return "history"
	}
	return "a language by its ISO 639 code, as de, ru or zh, or none"
}

// scope reads in:history.
func (p *parser) scope(value string, at, from int) (Tree, bool) {
	switch {
	case !strings.EqualFold(value, "history"):
		p.wrong(from, "After in: comes history: in:history looks at earlier wordings, too.")
	case p.depth > 0:
		p.wrong(at, "in:history is of the whole search. Write it at the end, outside of parentheses and without -.")
	default:
		p.history, p.asked = true, at
	}
	return Tree{}, false
}

func (p *parser) choice(t *Term, f field, from int) {
	if low := strings.ToLower(t.Value); slices.Contains(f.choices, low) {
		t.Value = low
		return
	}
	if t.Field == Media && strings.HasPrefix(t.Value, "MessageMedia") && readsAsValue(t.Value) {
		return
	}
	p.wrong(from, "After %s: comes %s.", t.Field, f.expected())
}

// span reads a number or date, or from where to where.
func (p *parser) span(t *Term, f field, from int) {
	value := t.Value
	read := func(s string) (low, high int64, canonical string, ok bool) {
		if f.kind == aDate {
			return readDate(s)
		}
		n, err := strconv.ParseUint(s, 10, 62)
		return int64(n), int64(n), strconv.FormatUint(n, 10), err == nil
	}
	if first, last, is := strings.Cut(value, ".."); is {
		p.between(t, f, from, first, last, read)
		return
	}
	sign := value[:len(value)-len(strings.TrimLeft(value, "<>="))]
	low, high, canonical, ok := read(value[len(sign):])
	if !ok {
		p.wrong(from+len(sign), "Here comes %s.", f.expected())
		return
	}
	before, behind := low-1, high+1
	switch sign {
	case "", "=":
		sign, t.Low, t.High = "", &low, &high
	case ">":
		t.Low = &behind
	case ">=":
		t.Low = &low
	case "<":
		t.High = &before
	case "<=":
		t.High = &high
	default:
		p.wrong(from, "%s is no comparison. There are >, >=, <, <= and =.", sign)
	}
	t.Value = sign + canonical
}

// between reads from..to; one of them may be open.
func (p *parser) between(t *Term, f field, from int, first, last string, read func(string) (low, high int64, canonical string, ok bool)) {
	if first != "" {
		low, _, canonical, ok := read(first)
		if !ok {
			p.wrong(from, "Here comes %s.", f.expected())
		}
		t.Low, first = &low, canonical
	}
	at := from + utf8.RuneCountInString(first) + len("..")
	if last != "" {
		_, high, canonical, ok := read(last)
		if !ok {
			p.wrong(at, "Here comes %s.", f.expected())
		}
		t.High, last = &high, canonical
	}
	switch {
	case t.Low == nil && t.High == nil:
		p.wrong(from, "Here comes %s.", f.expected())
	case t.Low != nil && t.High != nil && *t.Low > *t.High:
		p.wrong(at, "This is before %s, where it begins. Write the smaller one first.", first)
	}
	t.Value = first + ".." + last
}

// readDate reads a UTC day, month or year: its first and last microsecond.
func readDate(s string) (low, high int64, canonical string, ok bool) {
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006", 1, 0, 0}, {"2006-01", 0, 1, 0}, {time.DateOnly, 0, 0, 1}} {
		if len(s) != len(form.layout) {
			continue
		}
		if first, err := time.Parse(form.layout, s); err == nil {
			return first.UnixMicro(), first.AddDate(form.years, form.months, form.days).UnixMicro() - 1, s, true
		}
	}
	return 0, 0, "", false
}

// String is for tests.
func (m Mistake) String() string { return fmt.Sprintf("%d: %s", m.At, m.Sentence) }
