package views

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// lies are invisible characters that change how the text around them reads: they reverse the
// direction of writing, take no space, or look like a blank. See
// https://www.unicode.org/reports/tr36/
var lies = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x00AD, Hi: 0x00AD, Stride: 1}, {Lo: 0x034F, Hi: 0x034F, Stride: 1}, {Lo: 0x115F, Hi: 0x1160, Stride: 1},
		{Lo: 0x17B4, Hi: 0x17B5, Stride: 1},
		{Lo: 0x180E, Hi: 0x180E, Stride: 1}, {Lo: 0x200B, Hi: 0x200B, Stride: 1}, {Lo: 0x2028, Hi: 0x202E, Stride: 1},
		{Lo: 0x2060, Hi: 0x206F, Stride: 1},
		{Lo: 0x2800, Hi: 0x2800, Stride: 1}, {Lo: 0x3164, Hi: 0x3164, Stride: 1}, {Lo: 0xFEFF, Hi: 0xFEFF, Stride: 1},
		{Lo: 0xFFA0, Hi: 0xFFA0, Stride: 1},
		{Lo: 0xFFF9, Hi: 0xFFFB, Stride: 1},
	},
	LatinOffset: 1,
}

// turns are the direction marks that languages written from right to left use in sentences. In
// a file name they move its ending.
var turns = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x061C, Hi: 0x061C, Stride: 1}, {Lo: 0x200E, Hi: 0x200F, Stride: 1}}}

// joins reports whether r is a joiner, which is visible only in some scripts and in emoji.
func joins(r rune) bool { return r == 0x200C || r == 0x200D }

// Name makes hidden characters visible in a name that somebody else chose:
// evil[U+202E]fdp.exe. It is for file names, titles, authors and links; sentences may contain
// direction marks.
func Name(s string) string { return string(appendShown(nil, s, true)) }

// appendShown appends a text with its hidden characters made visible; in a name also direction
// marks, joiners and control characters.
func appendShown(out []byte, s string, name bool) []byte {
	letters := []rune(s)
	near := func(i int) rune { return letters[max(0, min(i, len(letters)-1))] }
	flag := false // the flags of England, Scotland and Wales contain tags
	for i, r := range letters {
		flag = r == 0x1F3F4 || flag && isTag(r)
		hidden := isLie(r) && !flag
		if name {
			hidden = hidden || unicode.Is(turns, r) || unicode.IsControl(r) || joins(r) && plainScript(near(i-1)) && plainScript(near(i+1))
		}
		if hidden {
			out = fmt.Appendf(out, "[U+%04X]", r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}

// plainScript reports whether no joiner belongs beside a letter: there it would only make two
// names differ that look the same.
func plainScript(r rune) bool {
	return r < 0x0300 || joins(r) || unicode.In(r, unicode.Greek, unicode.Cyrillic)
}

// Marked makes hidden characters visible in all text of a page, whoever wrote it. Tags and
// text areas stay unchanged.
func Marked(html []byte) []byte {
	if !lieIn(html) {
		return html
	}
	out := make([]byte, 0, len(html)+len(html)/16)
	for len(html) > 0 {
		at := bytes.IndexByte(html, '<')
		if at < 0 {
			at = len(html)
		}
		out = appendShown(out, string(html[:at]), false)
		html = html[at:]
		end := bytes.IndexByte(html, '>') + 1
		if bytes.HasPrefix(html, []byte("<textarea")) {
			end = bytes.Index(html, []byte("</textarea"))
		}
		if end <= 0 {
			end = len(html)
		}
		out = append(out, html[:end]...)
		html = html[end:]
	}
	return out
}

func isLie(r rune) bool {
	return r >= 0x80 && (unicode.Is(lies, r) || isTag(r))
}

// lieIn reports whether a text has a hidden character. All of them begin with one of a few
// bytes, which most texts have few of.
func lieIn(text []byte) bool {
	for i, c := range text {
		switch c {
		case 0xC2, 0xCD, 0xE1, 0xE2, 0xE3, 0xEF, 0xF3:
			if r, _ := utf8.DecodeRune(text[i:]); isLie(r) {
				return true
			}
		}
	}
	return false
}

// isTag reports whether r is a tag character, which takes no space.
func isTag(r rune) bool { return r >= 0xE0000 && r <= 0xE007F }
