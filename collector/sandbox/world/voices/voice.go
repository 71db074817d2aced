// Package voices writes the texts of the invented city's newsrooms: templates over word lists
// in several languages and scripts, with links and styles.
package voices

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Voice is the style of one newsroom: templates over word lists. "{place}" is replaced by one
// of the words for place, "{3-40}" by a number in that range.
type Voice struct {
	headlines []string
	sentences []string
	comments  []string // short remarks, also used by readers in a discussion group
	words     map[string][]string
	Tags      []string   // hashtags without "#"
	More      []string   // texts of links
	Polls     []question // a poll and a quiz
	Unspaced  bool       // no spaces between sentences
}

// question is a poll; in a quiz the first answer is the right one.
type question struct {
	Text    string
	Answers []string
}

// Say fills in a template.
func (v *Voice) Say(r *rand.Rand, template string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		key, after, _ := strings.Cut(rest, "}")
		b.WriteString(v.Word(r, key))
		template = after
	}
}

// Word picks one of the words for a key, or a number where the key is a range.
func (v *Voice) Word(r *rand.Rand, key string) string {
	if lo, hi, ok := strings.Cut(key, "-"); ok {
		from, _ := strconv.Atoi(lo)
		to, _ := strconv.Atoi(hi)
		return strconv.Itoa(from + r.IntN(to-from+1))
	}
	if words := v.words[key]; len(words) > 0 {
		return Pick(r, words)
	}
	return Pick(r, Emoji)
}

// Headline fills in one of the headlines.
func (v *Voice) Headline(r *rand.Rand) string { return v.open(r, Pick(r, v.headlines)) }

// Sentence fills in one of the sentences.
func (v *Voice) Sentence(r *rand.Rand) string { return v.open(r, Pick(r, v.sentences)) }

// Comment fills in one of the short remarks.
func (v *Voice) Comment(r *rand.Rand) string { return v.open(r, Pick(r, v.comments)) }

// Paragraph returns n sentences from different templates.
func (v *Voice) Paragraph(r *rand.Rand, n int) []string {
	var said []string
	for _, i := range r.Perm(len(v.sentences))[:min(n, len(v.sentences))] {
		said = append(said, v.open(r, v.sentences[i]))
	}
	return said
}

// open fills in a template and capitalizes the first letter.
func (v *Voice) open(r *rand.Rand, template string) string {
	said := v.Say(r, template)
	first, size := utf8.DecodeRuneInString(said)
	return string(unicode.ToUpper(first)) + said[size:]
}

// Pick picks one of the values at random.
func Pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// Chance reports true with a probability of share.
func Chance(r *rand.Rand, share float64) bool { return r.Float64() < share }

// Emoji are inside and outside the BMP, with variation selectors and joiners.
var Emoji = []string{"🌊", "⚓️", "🚋", "☀️", "🌧", "🐟", "🧭", "👩‍🍳", "🏴‍☠️", "👍🏽", "🛟", "✨", "🧂", "📻", "👨‍👩‍👧"}
