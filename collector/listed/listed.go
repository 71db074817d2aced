// Package listed is about people's lists of channels: what a list is, what it asks for, and how
// it is called. Package lists reads names of channels from text and files.
package listed

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"telegramtrac/collector"
)

// Limits of lists. What is larger is refused with a sentence.
const (
	MostLists    = 100    // in a workspace
	MostChannels = 10_000 // channels in a list
	MostName     = 80     // characters
)

// Errors of lists.
var (
	ErrManyLists    = errors.New("the workspace has as many lists as it may have")
	ErrManyChannels = errors.New("the list has as many channels as it may have")
	ErrName         = errors.New("a list needs a name of at most 80 characters")
	ErrNameTaken    = errors.New("another list has this name")
)

// List is a person's list of channels, and how they are collected. A channel may be in several
// lists; it is collected and stored once.
type List struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	MadeAt   time.Time `json:"made_at"`
	Channels []Channel `json:"channels"`
	How      How       `json:"how"`

	// Former are the ids of collections from before there were lists which asked for these
	// channels. Later ones name their list themselves.
	Former []string `json:"former,omitempty"`
}

// Channel is a channel in a list.
type Channel struct {
	Reference  string `json:"reference"`             // as written
	ChannelID  int64  `json:"channel_id,omitempty"`  // 0: not known yet
	CommentsID int64  `json:"comments_id,omitempty"` // the linked group, if the list collects comments; 0: not known
	Depth      int64  `json:"depth,omitempty"`       // as in collector.Request
}

// How is how the channels of a list are collected: what a collector.Request has besides its channels.
type How struct {
	Since       collector.Date  `json:"since"`
	Until       collector.Date  `json:"until"`
	Last        int64           `json:"last,omitempty"`
	AgainDays   int64           `json:"again_days,omitempty"`
	DetailsOnly bool            `json:"details_only,omitempty"`
	Comments    bool            `json:"comments,omitempty"`
	CommentsBy  collector.Reach `json:"comments_by,omitempty"`
	Personal    bool            `json:"personal,omitempty"`
}

// HowOf returns how a request collects.
func HowOf(r collector.Request) How {
	return How{
		Since: r.Since, Until: r.Until, Last: r.Last, AgainDays: r.AgainDays, DetailsOnly: r.DetailsOnly, Comments: r.Comments,
		CommentsBy: r.CommentsBy,
		Personal:   r.Personal,
	}
}

// Request asks for all channels of the list, as the list collects them.
func (l List) Request() collector.Request {
	h := l.How
	r := collector.Request{
		List: l.ID, Channels: make([]string, len(l.Channels)), Since: h.Since, Until: h.Until, Last: h.Last, AgainDays: h.AgainDays,
		DetailsOnly: h.DetailsOnly, Comments: h.Comments, CommentsBy: h.CommentsBy, Personal: h.Personal,
	}
	depths := make([]int64, len(l.Channels))
	for i, ch := range l.Channels {
		r.Channels[i], depths[i] = ch.Reference, ch.Depth
	}
	if same := slices.Compact(slices.Clone(depths)); len(same) == 1 {
		r.Depth = same[0]
	} else if len(same) > 1 {
		r.Depths = depths
	}
	return r
}

// ChannelIDs are the known ids of the list's channels and of the groups with their comments,
// each once, ascending.
func (l List) ChannelIDs() []int64 {
	var out []int64
	for _, ch := range l.Channels {
		for _, id := range []int64{ch.ChannelID, ch.CommentsID} {
			if id != 0 {
				out = append(out, id)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Ran reports whether a collection was run for the list.
func (l List) Ran(c collector.Collection) bool {
	return c.Requested.List == l.ID || slices.Contains(l.Former, c.ID)
}

// Key is the same for references to the same channel, as far as that is known.
func (ch Channel) Key() string { return KeyOf(ch.Reference) }

// Name is @username or the number, as the reference says.
func (ch Channel) Name() string {
	ref, err := collector.ParseReference(ch.Reference)
	if err != nil {
		return ch.Reference
	}
	return ref.String()
}

// KeyOf is the Key of a written reference; of one that cannot be read, itself.
func KeyOf(written string) string {
	ref, err := collector.ParseReference(written)
	if err != nil {
		return strings.ToLower(written)
	}
	return ref.Key()
}

// Add adds channels that the list does not have yet, and returns how many were new. Errors:
// ErrManyChannels, and then none is added.
func (l *List) Add(channels ...Channel) (added int, err error) {
	have := make(map[string]bool, len(l.Channels))
	for _, ch := range l.Channels {
		have[ch.Key()] = true
	}
	out := slices.Clip(l.Channels)
	for _, ch := range channels {
		if key := ch.Key(); !have[key] {
			have[key] = true
			out = append(out, ch)
		}
	}
	if len(out) > MostChannels {
		return 0, ErrManyChannels
	}
	added = len(out) - len(l.Channels)
	l.Channels = out
	return added, nil
}

// Remove removes channels by their keys and returns how many there were.
func (l *List) Remove(keys ...string) int {
	gone := map[string]bool{}
	for _, key := range keys {
		gone[key] = true
	}
	before := len(l.Channels)
	l.Channels = slices.DeleteFunc(slices.Clone(l.Channels), func(ch Channel) bool { return gone[ch.Key()] })
	return before - len(l.Channels)
}

// Check returns what is wrong with a list: ErrName or ErrManyChannels.
func (l List) Check() error {
	if name := strings.TrimSpace(l.Name); name == "" || utf8.RuneCountInString(name) > MostName {
		return ErrName
	}
	if len(l.Channels) > MostChannels {
		return ErrManyChannels
	}
	return nil
}

// longest is how many bytes of a reference a list keeps as written. Addresses may be longer, with
// what follows the channel; ten thousand of them would not fit into a record.
const longest = 256

// Channels are channels as written, as a list has them.
func Channels(references []string, depth int64) []Channel {
	out := make([]Channel, len(references))
	for i, ref := range references {
		out[i] = Channel{Reference: ref, Depth: depth}
		if len(ref) > longest {
			out[i].Reference = out[i].Name()
		}
	}
	return out
}

// Has reports whether all these channels are in the list.
func (l List) Has(references []string) bool {
	keys := keysOf(references)
	if len(keys) > len(l.Channels) {
		return false
	}
	for _, ch := range l.Channels {
		delete(keys, ch.Key())
	}
	return len(keys) == 0
}

// IsOf reports whether these are all channels of the list.
func (l List) IsOf(references []string) bool {
	return len(keysOf(references)) == len(l.Channels) && l.Has(references)
}

func keysOf(references []string) map[string]bool {
	out := make(map[string]bool, len(references))
	for _, ref := range references {
		out[KeyOf(ref)] = true
	}
	return out
}

// Suggest names a list after its channels, or after the day if these have only
// numbers. It differs from the names that are taken.
func Suggest(names []string, at time.Time, taken []string) string {
	const shown = 2
	named := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return strings.Trim(n, "0123456789 ") == "" })
	var name string
	switch n := len(named); {
	case n == 0:
		name = "Channels of " + at.UTC().Format("2 January 2006")
	case n == len(names) && n == 1:
		name = named[0]
	case n == len(names) && n == shown:
		name = named[0] + " and " + named[1]
	default:
		some := named[:min(shown, n)]
		name = fmt.Sprintf("%s and %d more", strings.Join(some, ", "), len(names)-len(some))
	}
	return Distinct(name, taken)
}

// Distinct is a name, shortened to what a list may have, with a number behind it if it
// is taken.
func Distinct(name string, taken []string) string {
	name = strings.Join(strings.Fields(name), " ")
	for n := 1; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = fmt.Sprintf(" (%d)", n)
		}
		out := collector.Shorten(name, MostName-len(suffix)) + suffix
		if !slices.ContainsFunc(taken, func(t string) bool { return strings.EqualFold(t, out) }) {
			return out
		}
	}
}
