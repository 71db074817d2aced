package world

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// voice is how one newsroom writes: templates over word lists. "{place}" is
// replaced by one of the words for place, "{3-40}" by a number in that range.
type voice struct {
	headlines []string
	sentences []string
	comments  []string // short remarks, also said by readers in a discussion group
	words     map[string][]string
	tags      []string   // hashtags without "#"
	more      []string   // texts of links
	polls     []question // a poll and a quiz
	unspaced  bool       // no spaces between sentences
}

// question is a poll; in a quiz the first answer is the right one.
type question struct {
	text    string
	answers []string
}

// say fills a template in.
func (v *voice) say(r *rand.Rand, template string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		key, after, _ := strings.Cut(rest, "}")
		b.WriteString(v.word(r, key))
		template = after
	}
}

func (v *voice) word(r *rand.Rand, key string) string {
	if lo, hi, ok := strings.Cut(key, "-"); ok {
		from, _ := strconv.Atoi(lo)
		to, _ := strconv.Atoi(hi)
		return strconv.Itoa(from + r.IntN(to-from+1))
	}
	if words := v.words[key]; len(words) > 0 {
		return pick(r, words)
	}
	return pick(r, emoji)
}

func (v *voice) headline(r *rand.Rand) string { return v.open(r, pick(r, v.headlines)) }
func (v *voice) sentence(r *rand.Rand) string { return v.open(r, pick(r, v.sentences)) }
func (v *voice) comment(r *rand.Rand) string  { return v.open(r, pick(r, v.comments)) }

// paragraph is n sentences, no two alike in form.
func (v *voice) paragraph(r *rand.Rand, n int) []string {
	var said []string
	for _, i := range r.Perm(len(v.sentences))[:min(n, len(v.sentences))] {
		said = append(said, v.open(r, v.sentences[i]))
	}
	return said
}

// open says a template as the beginning of a sentence: with a capital letter.
func (v *voice) open(r *rand.Rand, template string) string {
	said := v.say(r, template)
	first, size := utf8.DecodeRuneInString(said)
	return string(unicode.ToUpper(first)) + said[size:]
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func chance(r *rand.Rand, share float64) bool { return r.Float64() < share }

// emoji: inside and outside the BMP, with variation selectors and joiners.
var emoji = []string{"🌊", "⚓️", "🚋", "☀️", "🌧", "🐟", "🧭", "👩‍🍳", "🏴‍☠️", "👍🏽", "🛟", "✨", "🧂", "📻", "👨‍👩‍👧"}
