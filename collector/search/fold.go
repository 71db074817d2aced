package search

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Folding makes one form of what people write in several:
//   - case: Ferry, FERRY
//   - accents and stress marks: café, Со́рок; ё is е. Not й, ї and ў, which are letters of
//     their own and no less so where they are written as a letter and a mark
//   - Arabic: the forms of alef, yeh and kaf, teh marbuta as heh, no tatweel, no harakat, and
//     Hebrew without points
//   - full width and presentation forms, ligatures, digits of any script
//   - ß is ss, æ ae, œ oe, ø o, ł l, đ d, ı i
//   - what is not seen: soft hyphens, joiners, marks of direction, variation selectors

// tableRunes is below which runes are folded by the table.
const tableRunes = 0x3000

// Entries of the table that are no letter.
const (
	dropped = -1 // nothing is left of it
	several = -2 // see the map
	breve   = -3 // makes й of и, ў of у; else dropped
	points  = -4 // makes ї of і; else dropped
)

// folding says what letters are folded to.
type folding struct {
	low  [tableRunes]rune
	two  [0x800]uint16   // of letters of two bytes the two bytes that they are folded to; 0: others
	long map[rune][]byte // where it is several runes, and of the runes beyond the table
}

// folded is made when something is folded first.
var folded = sync.OnceValue(func() *folding {
	f := &folding{long: map[rune][]byte{}}
	for _, run := range changing {
		for r := run[0]; r < run[1]; r++ {
			f.set(r, foldSlowly(r))
		}
	}
	f.low[0x306], f.low[0x308] = breve, points
	for r := rune(0x80); r < 0x800; r++ {
		if low := f.low[r]; low >= 0x80 && low < 0x800 {
			f.two[r] = uint16(0xc0|low>>6) | uint16(0x80|low&0x3f)<<8
		}
	}
	return f
})

// changing are the runs of runes that folding changes. What lies between are the signs of Chinese,
// Korean and others, pictures, and what means nothing. A test holds it to all runes.
var changing = [][2]rune{
	{0, 0x3400}, {0xa000, 0xac00}, {0xf900, 0x17000}, {0x1aff0, 0x1f100}, {0x1fbf0, 0x1fc00}, {0x2f800, 0x2fa20}, {0xe0100, 0xe01f0},
}

// set notes what a rune is folded to.
func (f *folding) set(r rune, to []rune) {
	switch {
	case r < tableRunes && len(to) == 1:
		f.low[r] = to[0]
	case r < tableRunes && len(to) == 0:
		f.low[r] = dropped
	case len(to) != 1 || to[0] != r:
		f.long[r] = []byte(string(to))
		if r < tableRunes {
			f.low[r] = several
		}
	}
}

// ownLetters are letters whose marks make another letter of them.
var ownLetters = map[rune]rune{'й': 'й', 'Й': 'й', 'ї': 'ї', 'Ї': 'ї', 'ў': 'ў', 'Ў': 'ў'}

// sameAs are letters that stand for others without Unicode saying so.
var sameAs = map[rune]string{
	'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ø': "o", 'Ø': "o", 'ł': "l", 'Ł': "l",
	'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d", 'þ': "th", 'Þ': "th", 'ħ': "h", 'Ħ': "h", 'ı': "i", 'ς': "σ",
	'ٱ': "ا", 'ة': "ه", 'ى': "ي", 'ی': "ي", 'ې': "ي", 'ک': "ك", 'ہ': "ه", 'ھ': "ه", 'ە': "ه", 'ۃ': "ه",
}

// foldSlowly is what the table is made of: a rune's pieces, without marks, each in its form.
func foldSlowly(r rune) []rune {
	if own, ok := ownLetters[r]; ok {
		return []rune{own}
	}
	if r < utf8.RuneSelf {
		return []rune{unicode.ToLower(r)}
	}
	var out []rune
	for _, piece := range decomposed(r) {
		if isMark(piece) {
			continue
		}
		if as, ok := sameAs[piece]; ok {
			out = append(out, []rune(as)...)
			continue
		}
		if digit, ok := digitOf(piece); ok {
			piece = digit
		}
		low := unicode.ToLower(piece)
		if as, ok := sameAs[low]; ok {
			out = append(out, []rune(as)...)
			continue
		}
		out = append(out, low)
	}
	return out
}

// decomposed are the letters and marks that a rune is made of; signs and syllables of Korean
// stay whole.
func decomposed(r rune) []rune {
	switch {
	case unicode.Is(unicode.Hangul, r), unicode.In(r, unicode.S, unicode.No):
		return []rune{r}
	}
	return []rune(norm.NFKD.String(string(r)))
}

// droppedMarks are marks that people leave out or that nobody sees; those of other scripts are
// vowels.
var droppedMarks = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x00ad, Hi: 0x00ad, Stride: 1}, // soft hyphen
	{Lo: 0x0300, Hi: 0x036f, Stride: 1},
	{Lo: 0x0483, Hi: 0x0489, Stride: 1},
	{Lo: 0x0591, Hi: 0x05bd, Stride: 1}, {Lo: 0x05bf, Hi: 0x05bf, Stride: 1}, {Lo: 0x05c1, Hi: 0x05c2, Stride: 1},
	{Lo: 0x05c4, Hi: 0x05c5, Stride: 1}, {Lo: 0x05c7, Hi: 0x05c7, Stride: 1},
	{Lo: 0x0610, Hi: 0x061a, Stride: 1}, {Lo: 0x061c, Hi: 0x061c, Stride: 1}, {Lo: 0x0640, Hi: 0x0640, Stride: 1},
	{Lo: 0x064b, Hi: 0x065f, Stride: 1}, {Lo: 0x0670, Hi: 0x0670, Stride: 1}, {Lo: 0x06d6, Hi: 0x06dc, Stride: 1},
	{Lo: 0x06df, Hi: 0x06e4, Stride: 1}, {Lo: 0x06e7, Hi: 0x06e8, Stride: 1}, {Lo: 0x06ea, Hi: 0x06ed, Stride: 1},
	{Lo: 0x1ab0, Hi: 0x1aff, Stride: 1}, {Lo: 0x1dc0, Hi: 0x1dff, Stride: 1},
	{Lo: 0x200b, Hi: 0x200f, Stride: 1}, {Lo: 0x202a, Hi: 0x202e, Stride: 1}, {Lo: 0x2060, Hi: 0x2069, Stride: 1},
	{Lo: 0x20d0, Hi: 0x20ff, Stride: 1}, {Lo: 0xfe00, Hi: 0xfe0f, Stride: 1}, {Lo: 0xfe20, Hi: 0xfe2f, Stride: 1},
	{Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
}, R32: []unicode.Range32{{Lo: 0xe0100, Hi: 0xe01ef, Stride: 1}}}

func isMark(r rune) bool { return unicode.Is(droppedMarks, r) }

// digitOf is the digit 0 to 9 that a digit of any script stands for: they come in tens.
func digitOf(r rune) (rune, bool) {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10, true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10, true
		}
	}
	return 0, false
}

// Fold returns a text in the form in which texts are compared.
func Fold(text string) string { return string(AppendFolded(nil, []byte(text))) }

// AppendFolded appends a text in the form in which texts are compared. It takes eight letters of
// ASCII at a time, and letters of two bytes, as Cyrillic and Arabic ones are, without a call.
func AppendFolded(out, text []byte) []byte {
	f, begin, n := folded(), len(out), len(out)
	out = roomFor(out, len(text)+8)
	for i := 0; i < len(text); {
		if n+8 > len(out) {
			out = roomFor(out[:n], len(text)-i+8)
		}
		c := text[i]
		if c < utf8.RuneSelf {
			if i+8 <= len(text) {
				if eight := binary.LittleEndian.Uint64(text[i:]); eight&notASCII == 0 {
					binary.LittleEndian.PutUint64(out[n:], lowEight(eight))
					i, n = i+8, n+8
					continue
				}
			}
			out[n] = byte(f.low[c])
			i, n = i+1, n+1
			continue
		}
		if c >= 0xc2 && c < 0xe0 && i+1 < len(text) && text[i+1]&0xc0 == 0x80 {
			if two := f.two[(int(c&0x1f)<<6|int(text[i+1]&0x3f))&0x7ff]; two != 0 {
				binary.LittleEndian.PutUint16(out[n:], two)
				i, n = i+2, n+2
				continue
			}
		}
		r, size := utf8.DecodeRune(text[i:])
		out = f.append(out[:n], begin, r)
		i, n = i+size, len(out)
		out = out[:cap(out)]
	}
	return out[:n]
}

// roomFor is a text with room for more behind it, which is anything.
func roomFor(out []byte, more int) []byte {
	out = slices.Grow(out, more)
	return out[:cap(out)]
}

const notASCII = 0x8080808080808080

// lowEight makes the capitals among eight letters of ASCII small ones, all at once: adding 63
// sets the high bit of what is A or above, adding 37 that of what is above Z.
func lowEight(eight uint64) uint64 {
	fromA := eight + 0x3f3f3f3f3f3f3f3f
	aboveZ := eight + 0x2525252525252525
	return eight | (fromA&^aboveZ&notASCII)>>2
}

// append appends what one rune is folded to; its text begins at a place of out.
func (f *folding) append(out []byte, begin int, r rune) []byte {
	low := rune(several)
	if int(r) < len(f.low) {
		low = f.low[r]
	}
	switch low {
	case dropped:
		return out
	case several:
		if long, ok := f.long[r]; ok {
			return append(out, long...)
		}
		return utf8.AppendRune(out, r)
	case breve:
		joined(out[begin:], "и", "й")
		joined(out[begin:], "у", "ў")
		return out
	case points:
		joined(out[begin:], "і", "ї")
		return out
	}
	return utf8.AppendRune(out, low)
}

// joined puts a letter with its mark in the place of the letter that was written last.
func joined(out []byte, letter, whole string) {
	if bytes.HasSuffix(out, []byte(letter)) {
		copy(out[len(out)-len(letter):], whole) // all of these are two bytes long
	}
}

// foldedPlaces is AppendFolded with, for each byte, which rune of the text it comes from; at the
// end there is how many runes the text has.
func foldedPlaces(text string) (out []byte, at []int) {
	f, n := folded(), 0
	for _, r := range text {
		out = f.append(out, 0, r)
		at = append(at, slices.Repeat([]int{n}, len(out)-len(at))...)
		n++
	}
	return out, append(at, n)
}

// class is what a folded rune is to the words around it.
type class uint8

const (
	between class = iota // a blank or a sign that no word has
	inWord               // a letter or digit of a script that puts blanks between words
	beside               // of a script that does not, or a sign like 🔥: it stands beside anything
)

// unspaced are the scripts without blanks between words.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// classes are those of the runes below tableRunes.
var classes = sync.OnceValue(func() *[tableRunes]class {
	var out [tableRunes]class
	for r := range out {
		out[r] = classSlowly(rune(r))
	}
	return &out
})

func classOf(r rune) class {
	if r < tableRunes {
		return classes()[r]
	}
	return classSlowly(r)
}

func classSlowly(r rune) class {
	switch {
	case r == '_':
		return inWord
	case r == '+', r >= 0x80 && unicode.In(r, unicode.S, unicode.No):
		return beside
	case r == 0x30fc, r == 0x3099, r == 0x309a, unicode.In(r, unspaced...):
		return beside
	case unicode.In(r, unicode.L, unicode.M, unicode.N):
		return inWord
	}
	return between
}

// before and after are the classes of the runes beside a place in a folded text; at its ends
// there is nothing, which is between words.
func before(text []byte, at int) class {
	if at == 0 {
		return between
	}
	r, _ := utf8.DecodeLastRune(text[:at])
	return classOf(r)
}

func after(text []byte, at int) class {
	if at == len(text) {
		return between
	}
	r, _ := utf8.DecodeRune(text[at:])
	return classOf(r)
}
