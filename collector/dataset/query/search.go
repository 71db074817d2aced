package query

import (
	"context"
	"slices"
	"sync"
	"telegramtrac/collector/dataset/derived"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
	"unicode"
	"unicode/utf8"
)

// search calls add with the position and the value of each row of an unmerged
// block that the filter holds for. It reads the columns that the question is
// about, one after the other, and of the texts only the raw pages.
func (b *block) search(ctx context.Context, q Question, by *finding, open mend.Files, add func(position, value int64)) error {
	f, err := open.Open(b.Cuts[0].Part)
	if err != nil {
		return err
	}
	from := b.Cuts[0].From + b.from
	c := blockColumns{Columns: part.Columns{File: f, From: from, To: from + b.rows}, group: b.group}
	if b.group >= 0 {
		c.known = derived.Open(b.Cuts[0].Part)
		defer c.known.Close()
	}
	in := make([]bool, b.rows)
	for i := range in {
		in[i] = true
	}
	if err := c.filter(in, &q.filter); err != nil {
		return err
	}
	if !q.filter.Search.IsZero() && slices.Contains(in, true) {
		if err := by.sift(ctx, c, b, in); err != nil {
			return err
		}
		if !slices.Contains(in, true) {
			return nil
		}
	}
	values, err := c.order(q)
	if err != nil {
		return err
	}
	for i, is := range in {
		if is {
			add(b.from+int64(i), values(i))
		}
	}
	return nil
}

// appendFolded appends a text with each letter in the form that stands for all
// its cases.
func appendFolded(out, text []byte) []byte {
	low := folds()
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			out = append(out, byte(low[c]))
			i++
			continue
		}
		if c >= 0xc2 && c < 0xe0 && i+1 < len(text) && text[i+1]&0xc0 == 0x80 {
			// Two bytes, as Cyrillic and Arabic letters are, without a call.
			r := rune(c&0x1f)<<6 | rune(text[i+1]&0x3f)
			if r = low[r]; r >= 0x80 && r < 0x800 {
				out = append(out, 0xc0|byte(r>>6), 0x80|byte(r&0x3f))
			} else {
				out = utf8.AppendRune(out, r)
			}
			i += 2
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		out = utf8.AppendRune(out, foldRune(r))
		i += size
	}
	return out
}

// folds are the folded forms of the runes below it.
var folds = sync.OnceValue(func() *[0x3000]rune {
	var out [0x3000]rune
	for r := range out {
		out[r] = simplest(rune(r))
	}
	return &out
})

func foldRune(r rune) rune {
	if low := folds(); r >= 0 && int(r) < len(low) {
		return low[r]
	}
	return simplest(r)
}

// simplest is the lowest rune among all cases of a letter. See
// https://www.unicode.org/reports/tr44/#CaseFolding.txt (simple folding).
func simplest(r rune) rune {
	lowest := r
	for s := unicode.SimpleFold(r); s != r; s = unicode.SimpleFold(s) {
		lowest = min(lowest, s)
	}
	return lowest
}

// Span is a run of a text, in runes.
type Span struct{ From, To int }

// Matches returns where a text has another in it, whatever the case of the
// letters, in order and apart from each other.
func Matches(text, part string) []Span {
	hay, want := foldedRunes(text), foldedRunes(part)
	var out []Span
	for i := 0; len(want) > 0 && i+len(want) <= len(hay); {
		if !slices.Equal(hay[i:i+len(want)], want) {
			i++
			continue
		}
		out = append(out, Span{i, i + len(want)})
		i += len(want)
	}
	return out
}

func foldedRunes(s string) []rune {
	out := []rune(s)
	for i, r := range out {
		out[i] = foldRune(r)
	}
	return out
}
