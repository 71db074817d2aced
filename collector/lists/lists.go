// Package lists reads lists of channels as people have them: typed, pasted from a
// table, as a text file, CSV, TSV or an Excel workbook. It takes names for channels
// and never words; what it cannot read it sets aside, each with its reason.
package lists

import (
	"slices"
	"strings"
	"unicode"

	"telegramtrac/collector"
)

// List is what was read. Nothing that was written is left out in silence: it is a
// name, set aside, in a column to choose from, or a double of a name.
type List struct {
	Names   []string // references, clean, each channel once as far as can be told
	Aside   []Aside
	Columns []Column // not empty: it is unclear which of these hold the names
}

// Aside is what names no channel.
type Aside struct {
	Written string
	Err     error // a *collector.Misnamed is in its chain
}

// Column is a column of a table that may hold the names.
type Column struct {
	File   string // the file's name, "" for what was typed
	Header string // what stands above it, or its letter as spreadsheets have it
	Cells  []string
	Likely int // how many cells can be read as names
}

// Filled are the cells that are not empty.
func (c Column) Filled() []string {
	return slices.DeleteFunc(slices.Clone(c.Cells), func(cell string) bool { return strings.HasPrefix(cell, nothing) })
}

// Add puts what another text held behind l.
func (l *List) Add(more List) {
	l.Columns = append(l.Columns, more.Columns...)
	l.Aside = append(l.Aside, more.Aside...)
	l.Names = append(l.Names, more.Names...)
}

// Once is l without doubles.
func (l List) Once() List {
	out := List{Columns: l.Columns}
	seen := map[string]bool{}
	for _, name := range l.Names {
		key := strings.ToLower(name)
		if ref, err := collector.ParseReference(name); err == nil {
			key = ref.Key()
		}
		if !seen[key] {
			seen[key] = true
			out.Names = append(out.Names, name)
		}
	}
	told := map[string]bool{}
	for _, a := range l.Aside {
		if !told[a.Written] {
			told[a.Written] = true
			out.Aside = append(out.Aside, a)
		}
	}
	return out
}

func (l *List) put(written string) {
	if _, err := collector.ParseReference(written); err != nil {
		l.set(written, err)
		return
	}
	l.Names = append(l.Names, collector.Clean(written))
}

func (l *List) set(written string, err error) {
	if written = tidy(written); written != "" {
		l.Aside = append(l.Aside, Aside{written, err})
	}
}

// tidy is a text on one line.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// words is the error of words where names are.
func words(written string) error {
	return &collector.Error{Kind: collector.NotFound, Detail: written, Err: &collector.Misnamed{Why: collector.Words}}
}

// Text reads what was typed or pasted: names one a line, or separated by ; or commas
// or blanks, or a table copied from a spreadsheet.
func Text(text string) List {
	if rows, ok := pasted(text); ok {
		return columnsOf("", []sheet{{rows: rows}})
	}
	return lines(text)
}

// Mended reads what was set aside and shown to a person, after they mended it, line
// by line. A line that is still as it was shown stays aside, or is left out.
func Mended(text, shown string, leaveOut bool) List {
	was := map[string]bool{}
	for line := range strings.Lines(shown) {
		was[tidy(line)] = true
	}
	var out List
	for line := range strings.Lines(text) {
		switch line = tidy(line); {
		case line == "" || was[line] && leaveOut:
		case was[line]:
			_, err := collector.ParseReference(line)
			if err == nil { // a word that might be a name, but was none where it stood
				err = words(line)
			}
			out.set(line, err)
		default:
			out.line(line)
		}
	}
	return out
}

func lines(text string) List {
	var out List
	for line := range strings.Lines(text) {
		out.line(line)
	}
	return out
}

// line reads one line. Where words stand beside names, in one piece with blanks
// between, the bare words of the whole line are a description, not names.
func (l *List) line(line string) {
	var pieces [][]string
	prose := false
	for _, piece := range strings.FieldsFunc(line, separates) {
		tokens := []string{strings.TrimSpace(piece)}
		if !whole(piece) {
			tokens = strings.Fields(strings.Map(blank, piece))
		}
		pieces = append(pieces, tokens)
		prose = prose || len(tokens) > 1 && slices.ContainsFunc(tokens, word)
	}
	for _, tokens := range pieces {
		l.piece(tokens, prose)
	}
}

// piece takes the names of one piece and sets its words aside together.
func (l *List) piece(tokens []string, prose bool) {
	var beside []string
	flush := func() {
		if text := strings.Join(beside, " "); text != "" {
			l.set(text, words(text))
		}
		beside = nil
	}
	for _, token := range tokens {
		if prose && !marked(token) {
			beside = append(beside, token)
			continue
		}
		flush()
		if collector.Clean(token) != "" {
			l.put(token)
		}
	}
	flush()
}

// separates reports whether a letter stands between two names, whatever is beside.
func separates(r rune) bool {
	switch r {
	case ';', ',', '،', '、', '，', '；', '؛', '|', '\n', '\r', '\t', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// blank is r, an ordinary blank where it is one of any kind.
func blank(r rune) rune {
	if unicode.IsSpace(r) || r == '\ufeff' {
		return ' '
	}
	return r
}

// whole reports whether blanks in s are no separators: it is a phone number.
func whole(s string) bool {
	_, err := collector.ParseReference(s)
	why := whyOf(err)
	return why == collector.PhoneNumber
}

// marked reports whether it shows that s is meant as a channel: an @, an address, a
// -100… id; be it right or not.
func marked(s string) bool {
	s = collector.Clean(s)
	if len(s) > 1 && s[0] == '@' || strings.HasPrefix(s, "-100") && number(s) || strings.Contains(s, "://") {
		return true
	}
	if host, _, ok := strings.Cut(strings.ToLower(s), "/"); ok || strings.Contains(host, ".t.me") {
		return strings.Contains(host, "t.me") || strings.Contains(host, "telegram.")
	}
	return strings.HasPrefix(s, "tg:")
}

// number reports whether s is a number.
func number(s string) bool {
	s = strings.TrimPrefix(collector.Clean(s), "-")
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// word reports whether s has letters and nothing that marks it as a channel.
func word(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) && !marked(s) }
