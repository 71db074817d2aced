package search

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"telegramtrac/collector"
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
	terms   map[*Term]*bound
}

// bound is a term with what it needs.
type bound struct {
	*Words  // of words
	pattern *regexp.Regexp
	who     map[Who]bool // of names
	wanted  string       // folded
}

// Matcher binds a query to what is known of names; nil: nothing is.
func (q Query) Matcher(known Known) *Matcher {
	m := &Matcher{tree: q.Tree(), history: q.history, terms: map[*Term]*bound{}}
	var named []*bound
	var of []*Term
	m.tree.Each(func(t *Term, _ bool) {
		b := bind(t)
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

// Named reports whether the query has names, so that who is known matters.
func (q Query) Named() (named bool) {
	tree := q.Tree()
	tree.Each(func(t *Term, _ bool) { named = named || t.Field == Channel || t.Field == From || t.Field == Forward })
	return named
}

func bind(t *Term) *bound {
	switch t.Field {
	case WordsKind:
		return &bound{Words: newWords(t.Value, t.Begin, t.Open)}
	case PatternKind:
		pattern, _ := compiled(t.Value)
		return &bound{pattern: pattern}
	}
	value := t.Value
	if ref, err := collector.ParseReference(value); err == nil && fields[t.Field].kind == aName && !t.Begin && !t.Open {
		if value = ref.Username; ref.ID != 0 {
			value = strconv.FormatInt(ref.ID, 10)
		}
	}
	return &bound{wanted: Fold(strings.TrimLeft(strings.TrimSpace(value), "@#")), who: map[Who]bool{}}
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
	if b.Words != nil || b.pattern != nil {
		return b.inText(row.Text) || slices.ContainsFunc(earlier, b.inText)
	}
	return b.ofFields(t.Term, row)
}

// inText reports whether a text has the words or the pattern.
func (b *bound) inText(text string) bool {
	if b.pattern != nil {
		return b.pattern.MatchString(text)
	}
	return b.In(AppendFolded(nil, []byte(text)))
}

// ofFields reports whether a condition holds that is not about the text.
func (b *bound) ofFields(t *Term, row *collector.Message) bool {
	anyOf := func(values []string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return t.meets(b.wanted, v) })
	}
	switch t.Field {
	case Channel:
		return b.means(Who{collector.PeerChannel, row.ChannelID})
	case From:
		return b.means(Who{row.FromType, row.FromID}) || t.meets(b.wanted, row.PostAuthor)
	case Forward:
		return b.means(Who{row.ForwardFromType, row.ForwardFromID}) || anyOf([]string{row.ForwardFromUsername, row.ForwardFromName})
	case Mentions:
		return anyOf(row.Mentions)
	case Hashtag:
		return anyOf(row.Hashtags)
	case Domain:
		return b.isDomain(t, row.Domain) || slices.ContainsFunc(row.Links, func(l string) bool { return b.isDomain(t, collector.Domain(l)) })
	case Link:
		part := func(l string) bool { return strings.Contains(Fold(l), b.wanted) }
		return part(row.URL) || slices.ContainsFunc(row.Links, part)
	case Media:
		return isMedia(t.Value, row.MediaType, row.MIMEType)
	case Has:
		return has(t.Value, row)
	case Is:
		return is(t.Value, row)
	case Views:
		return t.within(row.Views)
	case Forwards:
		return t.within(row.Forwards)
	case Replies:
		return t.within(row.Replies)
	case Reactions:
		return t.within(row.ReactionsTotal)
	}
	at := row.Date.UnixMicro()
	return t.within(&at)
}

// means reports whether somebody is meant, by name or number.
func (b *bound) means(who Who) bool {
	return who.ID != 0 && (b.who[who] || b.wanted == strconv.FormatInt(who.ID, 10))
}

// isDomain reports whether a host is the one that is wanted, or one within it.
func (b *bound) isDomain(t *Term, host string) bool {
	if host == "" {
		return false
	}
	for {
		if t.meets(b.wanted, host) {
			return true
		}
		_, rest, more := strings.Cut(host, ".")
		if !more {
			return false
		}
		host = rest
	}
}

// isMedia reports whether media are of a kind.
func isMedia(kind, class, mime string) bool {
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
