package language

import (
	"math/bits"
	"slices"
	"sync"
	"unicode/utf8"
)

const (
	enoughLetters = 1000 // of a text are read: more say nothing new

	leastLetters = 4    // a text of one script with one language: "сб" and "OK" are no text
	leastScore   = 1.2  // a little over one word that no other language has
	leastLead    = 1.25 // over the second language
	leastShare   = 0.08 // of the words speak for the language: fewer do by chance
	mostByLetter = 4.0  // what the letters of a language count at most
	longWord     = 5    // letters: shorter ones end like each other by chance
)

// Of returns the language that most of a text is written in, as ISO 639-1, or 639-3 where that
// has none; "" where it cannot be told: too few words, or two languages as likely. Links,
// @names and #tags count for nothing. Croatian, Bosnian and Serbian in Latin letters are "hr",
// Malay is "id", Chinese of either writing is "zh".
func Of(text string) string {
	t := tally{book: known()}
	s := scanner{book: t.book, text: text}
	for t.total < enoughLetters && s.next() {
		t.add(s.script, s.word())
	}
	return t.verdict()
}

// Told reports whether Of may return a code.
func Told(code string) bool {
	for s := hangul; s < scripts; s++ {
		if s.code() == code {
			return true
		}
	}
	for _, codes := range known().codes {
		if slices.Contains(codes, code) {
			return true
		}
	}
	return code == "zh" || code == "ja"
}

// set is languages of one script, a bit each in the order of common.
type set uint64

// book is what is known of all languages, for looking up.
type book struct {
	codes   [alone][]string
	words   [alone]map[string]set
	endings [alone]map[string]set // two to six letters
	letters [0x800]set            // of the script of each
	further [alone]map[rune]set   // letters beyond
	lowest  *lowest
}

// speaking is for which languages a letter of a script speaks.
func (b *book) speaking(s script, r rune) set {
	if int(r) < len(b.letters) {
		return b.letters[r]
	}
	return b.further[s][r]
}

// known makes the book once: that takes some milliseconds and about 300 KB.
var known = sync.OnceValue(func() *book {
	b := &book{lowest: newLowest()}
	for s := range alone {
		b.words[s], b.endings[s], b.further[s] = map[string]set{}, map[string]set{}, map[rune]set{}
	}
	ends := endings()
	for _, v := range common() {
		bit := set(1) << len(b.codes[v.script])
		b.codes[v.script] = append(b.codes[v.script], v.code)
		for _, r := range v.letters {
			if int(r) < len(b.letters) {
				b.letters[r] |= bit
			} else {
				b.further[v.script][r] |= bit
			}
		}
		b.note(b.words[v.script], v.words, bit)
		b.note(b.endings[v.script], ends[v.code], bit)
	}
	return b
})

func (b *book) note(in map[string]set, words string, bit set) {
	s := scanner{book: b, text: words}
	for s.next() {
		typed(s.word())
		in[string(s.word())] |= bit
	}
}

// tally counts which languages the words and letters of one text speak for.
type tally struct {
	*book
	total    int
	count    [scripts]int // letters
	wordsOf  [alone]int
	byWord   [alone][64]float64
	byLetter [alone][64]float64
}

func (t *tally) add(s script, word []byte) {
	letters := utf8.RuneCount(word)
	t.total += letters
	t.count[s] += letters
	if s >= alone {
		return
	}
	if letters < len(word) {
		for rest := word; len(rest) > 0; {
			r, size := utf8.DecodeRune(rest)
			share(&t.byLetter[s], t.speaking(s, r), 0.6)
			rest = rest[size:]
		}
		typed(word)
	}
	t.wordsOf[s]++
	if languages := t.words[s][string(word)]; languages != 0 {
		share(&t.byWord[s], languages, 1)
	} else if letters >= longWord {
		share(&t.byWord[s], t.ending(s, word), 0.4)
	}
}

// ending is which languages have words that end so: of the longest ending that is known.
func (t *tally) ending(s script, word []byte) set {
	const longest = 6
	for letters := longest; letters >= 2; letters-- {
		if languages := t.endings[s][string(last(word, letters))]; languages != 0 {
			return languages
		}
	}
	return 0
}

// last are the last letters of a word.
func last(word []byte, letters int) []byte {
	from := len(word)
	for ; letters > 0 && from > 0; letters-- {
		_, size := utf8.DecodeLastRune(word[:from])
		from -= size
	}
	return word[from:]
}

// share shares a weight among languages.
func share(among *[64]float64, languages set, weight float64) {
	if languages == 0 {
		return
	}
	weight /= float64(bits.OnesCount64(uint64(languages)))
	for ; languages != 0; languages &= languages - 1 {
		among[bits.TrailingZeros64(uint64(languages))] += weight
	}
}

func (t *tally) verdict() string {
	s := t.script()
	switch {
	case t.count[s] < leastLetters && !s.dense() || t.count[s] == 0 || s == alone:
		return ""
	case s == kana || s == han:
		return t.chineseOrJapanese()
	case s > alone:
		return s.code()
	}
	return t.likeliest(s)
}

// script is the one that most of the text is in. A letter of a script that writes a word in
// one or two of them counts for three.
func (t *tally) script() (most script) {
	best := 0
	for s, n := range t.count {
		if script(s).dense() {
			n *= 3
		}
		if n > best {
			most, best = script(s), n
		}
	}
	return most
}

// chineseOrJapanese: Japanese cannot do without kana, Chinese has none.
func (t *tally) chineseOrJapanese() string {
	if t.count[kana]*10 >= t.count[han] {
		return "ja"
	}
	return "zh"
}

// likeliest compares the languages of one script.
func (t *tally) likeliest(s script) string {
	var first, second float64
	code := ""
	for i, name := range t.codes[s] {
		score := t.byWord[s][i] + min(t.byLetter[s][i], mostByLetter)
		if score > first {
			first, second, code = score, first, name
		} else {
			second = max(second, score)
		}
	}
	if first < leastScore || first < second*leastLead || first < leastShare*float64(t.wordsOf[s]) {
		return ""
	}
	return code
}
