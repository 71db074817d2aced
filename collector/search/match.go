package search

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/language"
)

// Who is a channel, group or person that a name means.
type Who struct {
	Type string // collector.PeerChannel, PeerUser, PeerChat
	ID   int64
}

// Known calls do with everybody that names may mean, and what they are called: usernames with
// former ones, titles, names of people. It is called once for a query.
type Known func(do func(who Who, names ...string))

// Matcher holds messages to a query. It is safe for concurrent use.
type Matcher struct {
	tree    Tree
	history bool
	terms   map[*Term]*Bound
}

// Bound is a term with what it needs.
type Bound struct {
	*Term
	*Words  // of words
	pattern *regexp.Regexp
	who     map[Who]bool // of names
	wanted  string       // folded
}

// Matcher binds a query to what is known of names; nil: nothing is.
func (q Query) Matcher(known Known) *Matcher {
	m := &Matcher{tree: q.Tree(), history: q.history, terms: map[*Term]*Bound{}}
	var named []*Bound
	var of []*Term
	m.tree.Each(func(t *Term, _ bool) {
		b := bind(t)
		b.Term = t
		m.terms[t] = b
		if t.Field == Channel || t.Field == From || t.Field == Forward {
			named, of = append(named, b), append(of, t)
		}
	})
	if known == nil || len(named) == 0 {
		return m
	}
	known(func(who Who, names ...string) {
		for i, b := range named {
			if slices.ContainsFunc(names, func(name string) bool { return of[i].meets(b.wanted, name) }) {
				b.who[who] = true
			}
		}
	})
	return m
}

// Named reports whether the query has names of channels, and whether of any that are known from
// elsewhere: so that it matters who is known.
func (q Query) Named() (channels, others bool) {
	tree := q.Tree()
	tree.Each(func(t *Term, _ bool) {
		channels = channels || t.Field == Channel
		others = others || t.Field == From || t.Field == Forward
	})
	return channels, others
}

// Tree is what the query says.
func (m *Matcher) Tree() *Tree { return &m.tree }

// Bound is a term of the tree with what it needs.
func (m *Matcher) Bound(t *Term) *Bound { return m.terms[t] }

// InHistory is that of the query.
func (m *Matcher) InHistory() bool { return m.history }

// Meant are those whom the query's names mean, in one line that is the same only for the same.
func (m *Matcher) Meant() string {
	var out strings.Builder
	m.tree.Each(func(t *Term, _ bool) {
		who := slices.SortedFunc(maps.Keys(m.terms[t].who), func(a, b Who) int {
			return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Type, b.Type))
		})
		fmt.Fprintf(&out, "%v;", who)
	})
	return out.String()
}

func bind(t *Term) *Bound {
	switch t.Field {
	case WordsKind:
		return &Bound{Words: newWords(t.Value, t.Begin, t.Open)}
	case PatternKind:
		pattern, _ := compiled(t.Value)
		return &Bound{pattern: pattern}
	}
	return &Bound{wanted: t.sought(), who: map[Who]bool{}}
}

// sought is what is looked for in a field, folded. Names and domains may be typed as addresses.
func (t *Term) sought() string {
	value, starred := t.Value, t.Begin || t.Open
	if ref, err := collector.ParseReference(value); err == nil && fields[t.Field].kind == aName && !starred {
		if value = ref.Username; ref.ID != 0 {
			value = strconv.FormatInt(ref.ID, 10)
		}
	}
	if t.Field == Domain && !starred {
		value = collector.Domain(strings.TrimSpace(value))
	}
	return Fold(strings.TrimLeft(strings.TrimSpace(value), "@#"))
}

// meets reports whether a value is the one that is wanted, or has it where a star leaves room.
func (t *Term) meets(wanted, value string) bool {
	value = Fold(value)
	switch {
	case value == "":
		return false
	case t.Begin && t.Open:
		return strings.Contains(value, wanted)
	case t.Begin:
		return strings.HasSuffix(value, wanted)
	case t.Open:
		return strings.HasPrefix(value, wanted)
	}
	return value == wanted
}

// Match reports whether the query holds for a message, whose comments are tied; earlier are the
// texts of its earlier wordings, which count with in:history.
func (m *Matcher) Match(row *collector.Message, earlier ...string) bool {
	if !m.history {
		earlier = nil
	}
	return m.holds(&m.tree, row, earlier)
}

func (m *Matcher) holds(t *Tree, row *collector.Message, earlier []string) bool {
	holds := func(of Tree) bool { return m.holds(&of, row, earlier) }
	switch t.Op {
	case All:
		return !slices.ContainsFunc(t.Of, func(of Tree) bool { return !holds(of) })
	case Any:
		return slices.ContainsFunc(t.Of, holds)
	case Not:
		return !holds(t.Of[0])
	}
	b := m.terms[t.Term]
	if b.OfText() {
		return b.inText(row.Text) || slices.ContainsFunc(earlier, b.inText)
	}
	return b.ofFields(row)
}

// OfText reports whether the condition is about the text.
func (t *Term) OfText() bool {
	return t.Field == WordsKind || t.Field == PatternKind || t.Field == Language
}

// InLanguage reports whether a text is written in the language of a lang:.
func (t *Term) InLanguage(text string) bool {
	of := language.Of(text)
	return of == t.Value || of == "" && t.Value == NoLanguage
}

// Pattern is the regular expression; nil where it is none.
func (b *Bound) Pattern() *regexp.Regexp { return b.pattern }

// InText reports whether one of some texts has what is looked for.
func (b *Bound) InText(texts ...string) bool { return slices.ContainsFunc(texts, b.inText) }

// inText reports whether a text has the words or the pattern.
func (b *Bound) inText(text string) bool {
	if b.pattern != nil {
		return b.pattern.MatchString(text)
	}
	if b.Field == Language {
		return b.InLanguage(text)
	}
	return b.In(AppendFolded(nil, []byte(text)))
}

// ofFields reports whether a condition holds that is not about the text.
func (b *Bound) ofFields(row *collector.Message) bool {
	switch b.Field {
	case Channel:
		return b.Means(Who{collector.PeerChannel, row.ChannelID})
	case From:
		return b.Means(Who{row.FromType, row.FromID}) || b.Meets(row.PostAuthor)
	case Forward:
		return b.Means(Who{row.ForwardFromType, row.ForwardFromID}) || b.Meets(row.ForwardFromUsername) || b.Meets(row.ForwardFromName)
	case Mentions:
		return slices.ContainsFunc(row.Mentions, b.Meets)
	case Hashtag:
		return slices.ContainsFunc(row.Hashtags, b.Meets)
	case Domain:
		return b.MeetsDomain(row.Domain) || slices.ContainsFunc(row.Links, b.MeetsLink)
	case Link:
		return b.MeetsLink(row.URL) || slices.ContainsFunc(row.Links, b.MeetsLink)
	case Media:
		return IsMedia(b.Value, row.MediaType, row.MIMEType)
	case Has:
		return has(b.Value, row)
	case Is:
		return is(b.Value, row)
	case Views:
		return b.within(row.Views)
	case Forwards:
		return b.within(row.Forwards)
	case Replies:
		return b.within(row.Replies)
	case Reactions:
		return b.within(row.ReactionsTotal)
	}
	at := row.Date.UnixMicro()
	return b.within(&at)
}

// Means reports whether somebody is meant, by name or number.
func (b *Bound) Means(who Who) bool {
	return who.ID != 0 && (b.who[who] || b.wanted == strconv.FormatInt(who.ID, 10))
}

// Meets reports whether a name is the one that is wanted.
func (b *Bound) Meets(name string) bool { return b.meets(b.wanted, name) }

// MeetsLink reports whether an address is on the domain, or has the part, that is wanted.
func (b *Bound) MeetsLink(address string) bool {
	if b.Field == Domain {
		return b.MeetsDomain(collector.Domain(address))
	}
	return strings.Contains(Fold(address), b.wanted)
}

// MeetsDomain reports whether a host is the one that is wanted, or one within it.
func (b *Bound) MeetsDomain(host string) bool {
	for host != "" {
		if b.Meets(host) {
			return true
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return false
}

// IsMedia reports whether media are of a kind.
func IsMedia(kind, class, mime string) bool {
	switch kind {
	case MediaAny:
		return class != ""
	case MediaNone:
		return class == ""
	case MediaVideo, MediaAudio:
		return class == "MessageMediaDocument" && strings.HasPrefix(mime, kind+"/")
	}
	return class != "" && (class == kind || slices.Contains(MediaClasses[kind], class))
}

// Within reports whether a number lies between the bounds.
func (t *Term) Within(n int64) bool { return t.within(&n) }

// within reports whether a number lies between a term's bounds; null does not.
func (t *Term) within(n *int64) bool {
	return n != nil && (t.Low == nil || *n >= *t.Low) && (t.High == nil || *n <= *t.High)
}

func has(what string, row *collector.Message) bool {
	switch what {
	case "link":
		return len(row.Links) > 0 || row.URL != ""
	case "media":
		return row.MediaType != ""
	case "poll":
		return row.PollID != 0 || row.MediaType == "MessageMediaPoll"
	case "reply":
		return row.ReplyToMessageID != 0
	case "comments":
		return row.Replies != nil && *row.Replies > 0
	}
	return row.GeoType != ""
}

func is(what string, row *collector.Message) bool {
	switch what {
	case "forward":
		return row.ForwardDate != nil || row.ForwardFromType != "" || row.ForwardFromName != "" || hidesOrigin(row)
	case "edited":
		return row.Edited() != nil
	case "gone":
		return row.GoneAt != nil
	case "pinned":
		return row.Pinned
	case "service":
		return row.Kind == collector.KindService
	case "album":
		return row.AlbumID != 0
	}
	return row.ThreadMessageID != 0
}

// hidesOrigin reports whether only the object of a message tells that it is a forward: those of
// the web preview and of Telegram Desktop may.
func hidesOrigin(row *collector.Message) bool {
	return (row.Source == collector.SourcePreview || row.Source == collector.SourceDesktop) && collector.HidesOrigin(row.Raw)
}
