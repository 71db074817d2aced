package derived

import (
	"encoding/binary"

	"telegramtrac/collector"
)

// Pointing is what a row says about other channels. The strings and lists may be shared
// among rows and are not to be changed.
type Pointing struct {
	Row                 int // of the row group
	ID                  int64
	Kind                string
	Date                int64 // microseconds since 1970
	FromType            string
	FromID              int64
	ForwardFromType     string
	ForwardFromID       int64
	ForwardFromUsername string
	ForwardMessageID    int64
	ReplyToMessageID    int64
	ReplyToChannelID    int64
	ReplyToTopID        int64
	ThreadChannelID     int64
	ThreadMessageID     int64
	TMeLinks            []collector.TMeLink
	Mentions            []string
}

// points reports whether the row may point at a channel: the other columns only tell
// whether it does.
func (p *Pointing) points() bool {
	return p.ForwardFromType != "" || p.ForwardFromID != 0 || p.ForwardFromUsername != "" || p.ReplyToChannelID != 0 ||
		len(p.TMeLinks) > 0 || len(p.Mentions) > 0
}

const pointingSection = "pointing"

// Pointing returns the rows of a row group that may point at another channel, ascending;
// ok is false where they are not known.
func (k *Known) Pointing(g int) (rows []Pointing, ok bool) {
	b, n, ok := k.section(g, pointingSection)
	if !ok {
		return nil, false
	}
	return decodePointing(b, n)
}

// numbers are the fields that are numbers and zero in most rows.
func (p *Pointing) numbers() [8]*int64 {
	return [...]*int64{&p.FromID, &p.ForwardFromID, &p.ForwardMessageID, &p.ReplyToMessageID, &p.ReplyToChannelID, &p.ReplyToTopID,
		&p.ThreadChannelID, &p.ThreadMessageID}
}

// words are the fields that are strings.
func (p *Pointing) words() [4]*string {
	return [...]*string{&p.Kind, &p.FromType, &p.ForwardFromType, &p.ForwardFromUsername}
}

// vocabulary gives strings that come again their numbers; 0 is "".
type vocabulary struct {
	of  map[string]uint64
	all []string
}

func (v *vocabulary) number(s string) uint64 {
	if s == "" {
		return 0
	}
	n, ok := v.of[s]
	if !ok {
		v.all = append(v.all, s)
		n = uint64(len(v.all))
		v.of[s] = n
	}
	return n
}

// appendPointing appends rows, ascending: all strings once, then each row's fields, rows,
// ids and dates as differences.
func appendPointing(b []byte, rows []Pointing) []byte {
	words := vocabulary{of: map[string]uint64{}}
	var body []byte
	last := Pointing{Row: -1}
	for i := range rows {
		p := &rows[i]
		body = binary.AppendUvarint(body, uint64(p.Row-last.Row))
		body = appendInt(appendInt(body, p.ID-last.ID), p.Date-last.Date)
		body = p.appendFields(body, &words)
		last = *p
	}
	return append(binary.AppendUvarint(appendStrings(b, words.all), uint64(len(rows))), body...)
}

func (p *Pointing) appendFields(b []byte, words *vocabulary) []byte {
	for _, s := range p.words() {
		b = binary.AppendUvarint(b, words.number(*s))
	}
	for _, n := range p.numbers() {
		b = appendInt(b, *n)
	}
	b = binary.AppendUvarint(b, uint64(len(p.TMeLinks)))
	for _, l := range p.TMeLinks {
		b = binary.AppendUvarint(b, words.number(l.Username))
		b = appendInt(appendInt(b, l.ChannelID), l.MessageID)
	}
	b = binary.AppendUvarint(b, uint64(len(p.Mentions)))
	for _, m := range p.Mentions {
		b = binary.AppendUvarint(b, words.number(m))
	}
	return b
}

func decodePointing(b []byte, rows int) ([]Pointing, bool) {
	r := reader{b: b}
	words := append([]string{""}, r.strings()...)
	n := r.len()
	if n > rows {
		return nil, false
	}
	out := make([]Pointing, n)
	last := Pointing{Row: -1}
	for i := range out {
		p := &out[i]
		p.Row, p.ID, p.Date = last.Row+int(r.uint()), last.ID+r.int(), last.Date+r.int()
		if p.Row <= last.Row || p.Row >= rows || !p.decodeFields(&r, words) {
			return nil, false
		}
		last = *p
	}
	return out, r.done()
}

func (p *Pointing) decodeFields(r *reader, words []string) bool {
	word := func() string {
		n := r.uint()
		if n >= uint64(len(words)) {
			r.broken = true
			return ""
		}
		return words[n]
	}
	for _, s := range p.words() {
		*s = word()
	}
	for _, n := range p.numbers() {
		*n = r.int()
	}
	for range r.len() {
		p.TMeLinks = append(p.TMeLinks, collector.TMeLink{Username: word(), ChannelID: r.int(), MessageID: r.int()})
	}
	for range r.len() {
		p.Mentions = append(p.Mentions, word())
	}
	return !r.broken
}
