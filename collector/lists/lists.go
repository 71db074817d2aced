// Package lists reads lists of channels as people have them: typed, pasted from a table, as a
// text file, CSV, TSV or an Excel workbook. It accepts names of channels, never words; it sets
// aside what it cannot read, with a reason for each.
package lists

import (
	"slices"
	"strings"
	"unicode"

	"telegramtrac/collector"
)

// List is the result of reading. Everything in the input is in it: as a name, set aside, in a
// column to choose from, or as a duplicate of a name.
type List struct {
	Names   []string // cleaned references, without recognizable duplicates
	Aside   []Aside
	Columns []Column // not empty: it is unclear which of these hold the names
}

// Aside is a piece of the input that names no channel.
type Aside struct {
	Written string
	Err     error // wraps a *collector.Misnamed
}

// Column is a column of a table that may hold the names.
type Column struct {
	File   string // the file's name, "" for typed text
	Header string // its header, or its letter as in spreadsheets
	Cells  []string
	Likely int // how many cells can be read as names
}

// Filled returns the cells that are not empty.
func (c Column) Filled() []string {
	return slices.DeleteFunc(slices.Clone(c.Cells), func(cell string) bool { return strings.HasPrefix(cell, nothing) })
}

// Add appends what another text contains.
func (l *List) Add(more List) {
	l.Columns = append(l.Columns, more.Columns...)
	l.Aside = append(l.Aside, more.Aside...)
	l.Names = append(l.Names, more.Names...)
}

// Once returns l without duplicates.
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

// tidy returns a text on one line.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// words is the error for words where names should be.
func words(written string) error {
	return &collector.Error{Kind: collector.NotFound, Detail: written, Err: &collector.Misnamed{Why: collector.Words}}
}

// Text reads typed or pasted text: names, one per line or separated by ; or commas or blanks,
// or a table copied from a spreadsheet.
func Text(text string) List {
	if rows, ok := pasted(text); ok {
		return columnsOf("", []sheet{{rows: rows}})
	}
	return lines(text)
}

// Mended reads, line by line, what was set aside and shown to a person, after they corrected
// it. A line that was not changed stays aside, or is dropped if leaveOut is true.
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
			if err == nil { // a word that could be a name, but was not one in its context
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

// line reads one line. If a piece of it has words next to names, separated by blanks only, the
// plain words of the whole line are a description, not names.
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

// piece adds the names of one piece, and sets its words aside together.
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

// separates reports whether a letter always separates names.
func separates(r rune) bool {
	switch r {
	case ';', ',', '،', '、', '，', '；', '؛', '|', '\n', '\r', '\t', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// blank returns an ordinary blank for every kind of blank, else r.
func blank(r rune) rune {
	if unicode.IsSpace(r) || r == '\ufeff' {
		return ' '
	}
	return r
}

// whole reports whether blanks in s do not separate names, because it is a phone number.
func whole(s string) bool {
	_, err := collector.ParseReference(s)
	why := whyOf(err)
	return why == collector.PhoneNumber
}

// marked reports whether s is clearly meant as a channel, valid or not: an @, an address, a
// -100… id.
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

// word reports whether s has letters and is not marked as a channel.
func word(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) && !marked(s) }
