package language

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// script is a way of writing. Those before alone are shared by several languages, of those
// after it each is of one.
type script int

const (
	latin script = iota
	cyrillic
	arabic
	devanagari
	hebrew
	alone
	han
	kana
	hangul
	thai
	greek
	armenian
	georgian
	bengali
	tamil
	telugu
	kannada
	malayalam
	gujarati
	gurmukhi
	oriya
	sinhala
	khmer
	lao
	burmese
	ethiopic
	thaana
	tibetan
	scripts // how many there are
)

// dense scripts write a word in one or two letters.
func (s script) dense() bool { return s == han || s == kana || s == hangul }

// code is the language of a script after kana; by far the most common one.
func (s script) code() string {
	return [scripts]string{
		hangul: "ko", thai: "th", greek: "el", armenian: "hy", georgian: "ka", bengali: "bn", tamil: "ta", telugu: "te", kannada: "kn",
		malayalam: "ml", gujarati: "gu", gurmukhi: "pa", oriya: "or", sinhala: "si", khmer: "km", lao: "lo", burmese: "my",
		ethiopic: "am", thaana: "dv", tibetan: "bo",
	}[s]
}

// scriptOf is the script of a letter; alone where none of those above has it. The blocks are
// those of https://www.unicode.org/Public/UNIDATA/Blocks.txt.
func scriptOf(r rune) script {
	switch {
	case r < 0x250 || r >= 0x1e00 && r < 0x1f00:
		return latin
	case r >= 0x370 && r < 0x400 || r >= 0x1f00 && r < 0x2000:
		return greek
	case r >= 0x400 && r < 0x530:
		return cyrillic
	case r >= 0x530 && r < 0x590:
		return armenian
	case r >= 0x590 && r < 0x600:
		return hebrew
	case r >= 0x600 && r < 0x700 || r >= 0x750 && r < 0x780 || r >= 0xfb50 && r < 0xfe00 || r >= 0xfe70 && r < 0xff00:
		return arabic
	case r >= 0x780 && r < 0x7c0:
		return thaana
	case r >= 0x900 && r < 0x1100:
		return indic(r)
	case r >= 0x1100 && r < 0x1200 || r >= 0x3130 && r < 0x3190 || r >= 0xac00 && r < 0xd7b0:
		return hangul
	case r >= 0x1200 && r < 0x13a0:
		return ethiopic
	case r >= 0x1780 && r < 0x1800:
		return khmer
	case r >= 0x3040 && r < 0x3100 || r >= 0x31f0 && r < 0x3200 || r >= 0xff66 && r < 0xffa0:
		return kana
	case r >= 0x3400 && r < 0xa000 || r >= 0xf900 && r < 0xfb00 || r >= 0x20000 && r < 0x32000:
		return han
	}
	return alone
}

// indic is scriptOf of the letters from Devanagari to Georgian.
func indic(r rune) script {
	switch {
	case r < 0x980:
		return devanagari
	case r < 0xa00:
		return bengali
	case r < 0xa80:
		return gurmukhi
	case r < 0xb00:
		return gujarati
	case r < 0xb80:
		return oriya
	case r < 0xc00:
		return tamil
	case r < 0xc80:
		return telugu
	case r < 0xd00:
		return kannada
	case r < 0xd80:
		return malayalam
	case r < 0xe00:
		return sinhala
	case r < 0xe80:
		return thai
	case r < 0xf00:
		return lao
	case r < 0x1000:
		return tibetan
	case r < 0x10a0:
		return burmese
	}
	return georgian
}

// scanner reads a text word by word, without links, @names and #tags. A word ends where its
// letters do, and at an apostrophe: "l'eau" is two. The zero value with a text is ready.
type scanner struct {
	*book
	text   string
	script script
	buffer [48]byte
	length int // of the word in the buffer
}

// word is what next read: letters of the script in lower case, and marks. It holds until next
// is called again.
func (s *scanner) word() []byte { return s.buffer[:s.length] }

func (s *scanner) add(r rune) { s.length += utf8.EncodeRune(s.buffer[s.length:], r) }

// next reads a word, or of a long one, as of scripts without blanks, a piece.
func (s *scanner) next() bool {
	s.length = 0
	for len(s.text) > 0 && s.length <= len(s.buffer)-utf8.UTFMax {
		r, size := rune(s.text[0]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s.text)
		}
		switch {
		case s.length == 0 && aside(s.text, r) > 0:
			size = aside(s.text, r)
		case s.isLetter(r):
			r = s.lower(r)
			if of := scriptOf(r); s.length == 0 {
				s.script = of
			} else if s.script != of {
				return true
			}
			s.add(r)
		case s.length > 0 && !within(r):
			return true
		case s.length > 0 && s.script == devanagari:
			s.add(r) // its vowels are marks
		}
		s.text = s.text[size:]
	}
	return s.length > 0
}

// lowest has the lower case of the letters of most scripts that are read word by word, 0 for
// what is no letter: unicode's tables are ten times slower.
type lowest [0x800]uint16

func newLowest() *lowest {
	var out lowest
	for r := range out {
		if low := unicode.ToLower(rune(r)); isLetter(rune(r)) {
			out[r] = uint16(low)
		}
	}
	return &out
}

func isLetter(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(unicode.Lm, r) }

func (b *book) isLetter(r rune) bool {
	if int(r) < len(b.lowest) {
		return b.lowest[r] != 0
	}
	return isLetter(r)
}

func (b *book) lower(r rune) rune {
	if int(r) < len(b.lowest) {
		return rune(b.lowest[r])
	}
	return unicode.ToLower(r)
}

// within reports whether a rune that is no letter is part of a word: vowel signs, accents and
// points, and the stroke that makes Arabic words longer.
func within(r rune) bool {
	const tatweel = 'ـ'
	return r >= 0x300 && (r == tatweel || unicode.Is(unicode.M, r))
}

// typed gives a word the letters under which it is looked up, in place: people type the forms
// that their keyboard has.
func typed(word []byte) {
	for i := 0; i < len(word); {
		r, size := utf8.DecodeRune(word[i:])
		if to := usual(r); to != r {
			utf8.EncodeRune(word[i:], to) // of the same length
		}
		i += size
	}
}

func usual(r rune) rune {
	switch r {
	case 'ي', 'ى':
		return 'ی'
	case 'ك':
		return 'ک'
	case 'أ', 'إ', 'آ':
		return 'ا'
	case 'ё':
		return 'е'
	case 'ţ':
		return 'ț'
	}
	return r
}

// aside is how many bytes of a text's beginning are no words: a link, a name, a tag.
func aside(text string, first rune) int {
	switch first {
	case '@', '#':
	case 'h', 'H', 't', 'w', 'W':
		if !hasPrefix(text, "http://") && !hasPrefix(text, "https://") && !hasPrefix(text, "t.me/") && !hasPrefix(text, "www.") {
			return 0
		}
	default:
		return 0
	}
	if n := strings.IndexAny(text, " \n\t\r\u00a0"); n >= 0 {
		return n
	}
	return len(text)
}

func hasPrefix(text, lower string) bool {
	return len(text) >= len(lower) && strings.EqualFold(text[:len(lower)], lower)
}
