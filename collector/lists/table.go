package lists

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"

	"telegramtrac/collector"
)

// sheet is one table of a file.
type sheet struct {
	name string // "" if the file is a single table
	rows [][]string
}

// Limits of reading a table, and of how many columns a person can choose from.
const (
	mostRows    = 20_000 // of a workbook: a small file can claim to have many
	mostColumns = 100
	mostChoices = 8
)

// Words in column headers, as key returns them.
var (
	// sureWords mean that a column contains names or links.
	sureWords = set(`username usernames channelusername tgusername telegramusername handle handles telegramhandle screenname
		channellink channelurl telegramlink telegramurl tglink tgurl tme tmelink link links url urls telegram tg
		benutzername nutzername nomdutilisateur nombredeusuario usuario nomeutente
		ссылка ссылки юзернейм логин посилання link链接 链接 用户名 リンク ユーザー名 رابط`)
	// maybeWords are headers of names as well as of titles.
	maybeWords = set(`channel channels channelname telegramchannel telegramchannels tgchannel name names chat chats group groups account accounts source sources peer
		kanal kanäle kanalname canal canaux canales canali canais nombre nom nome канал каналы название канали 频道 チャンネル قناة`)
	// numberWords are headers of channel ids.
	numberWords = set(`id ids channelid chatid peerid tgid telegramid channelids`)
	// otherWords mean that a row is a header, for columns without names.
	otherWords = set(`title titles language lang country category topic description about subscribers members participants followers date created note notes comment comments type
		titel sprache land kategorie titre langue pays título idioma país язык страна категория заголовок подписчики описание`)
)

func set(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

// key returns a header's letters in lower case.
func key(header string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, header)
}

// header reports whether a row of several cells is a header.
func header(row []string) bool {
	known := 0
	for _, cell := range row {
		if marked(cell) || number(cell) {
			return false
		}
		if k := key(cell); sureWords[k] || maybeWords[k] || numberWords[k] || otherWords[k] {
			known++
		}
	}
	return known > 0 && (len(row) > 1 || sureWords[key(row[0])] || maybeWords[key(row[0])])
}

// pasted reads text as a table if it clearly is one: its first line is a header, or its lines
// contain tabs and have the same number of cells.
func pasted(text string) ([][]string, bool) {
	rows, ok := separated(text)
	if !ok || len(rows) < 2 || len(rows[0]) < 2 {
		return nil, false
	}
	if header(rows[0]) {
		return rows, true
	}
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	wide := func(row []string) bool { return len(row) == len(rows[0]) }
	return rows, strings.Contains(first, "\t") && !slices.ContainsFunc(rows, func(row []string) bool { return !wide(row) })
}

// separated reads text as CSV with the most frequent separator of its first line.
func separated(text string) ([][]string, bool) {
	text = strings.TrimLeft(text, "\ufeff\r\n")
	first, rest, _ := strings.Cut(text, "\n")
	comma := separator(first)
	if said, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(first)), "sep="); ok && len(said) == 1 { // Excel's own
		comma, text = rune(said[0]), rest
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.TrimLeadingSpace = comma, true, -1, comma != '\t'
	var rows [][]string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, true
		}
		if err != nil {
			return nil, false
		}
		rows = append(rows, row)
	}
}

func separator(line string) rune {
	best, most := ',', 0
	for _, r := range "\t;,|" {
		if n := strings.Count(line, string(r)); n > most {
			best, most = r, n
		}
	}
	return best
}

// column is a column of one sheet, without its header.
type column struct {
	Column
	at     int // its place in the sheet
	cells  []string
	full   int // cells that are not empty
	refs   int // cells that can be read as channels
	marked int // cells marked as channels, valid or not
	named  bool
}

func (c column) mostly(n int) bool { return c.full > 0 && n*2 >= c.full }

// columnsOf finds the column of names. If that is unclear, it returns all candidates to choose
// from.
func columnsOf(file string, sheets []sheet) List {
	var found []found
	var out List
	for _, s := range sheets {
		if names, ok := s.names(); ok {
			out.Add(names)
			continue
		}
		if f, ok := look(file, s); ok {
			found = append(found, f)
		}
	}
	if len(found) == 1 && !found[0].unclear() {
		out.Add(found[0].list())
		return out
	}
	for _, f := range found {
		for _, c := range f.columns {
			if len(out.Columns) < mostChoices {
				out.Columns = append(out.Columns, c.Column)
			}
		}
	}
	return out
}

// names reads a sheet that is not a table but rows of names: one row, or rows of different
// lengths, where each cell is marked as a channel.
func (s sheet) names() (List, bool) {
	var out List
	rows, widest, narrowest := 0, 0, mostColumns
	for _, row := range s.rows {
		full := 0
		for _, cell := range row {
			if cell = tidy(cell); cell == "" {
				continue
			}
			if !marked(cell) {
				return List{}, false
			}
			full++
			out.cell(cell)
		}
		if full > 0 {
			rows, widest, narrowest = rows+1, max(widest, full), min(narrowest, full)
		}
	}
	return out, widest > 1 && (rows == 1 || widest != narrowest)
}

// found are the columns of one sheet that may contain the names.
type found struct {
	columns []column // the best candidates; if same, they count as one choice
	same    bool
	sure    bool // no question needed
	titled  bool // the sheet has a header
}

func (f found) unclear() bool { return !f.sure || len(f.columns) > 1 && !f.same }

// look ranks the columns of a sheet.
func look(file string, s sheet) (found, bool) {
	all, titled := columns(file, s)
	pick := func(is func(column) bool) (out []column) {
		for _, c := range all {
			if is(c) {
				out = append(out, c)
			}
		}
		return out
	}
	f := found{titled: titled}
	f.columns = pick(func(c column) bool {
		return c.mostly(c.marked) || sureWords[key(c.Header)] && c.named && c.mostly(c.refs)
	})
	if f.sure = len(f.columns) > 0; f.sure {
		f.same = agree(f.columns)
		return f, true
	}
	f.columns = pick(func(c column) bool { return maybeWords[key(c.Header)] && c.named && c.mostly(c.refs) })
	if f.sure = len(f.columns) == 1; f.sure {
		return f, true
	}
	if len(all) == 1 && len(f.columns) == 0 && all[0].refs > 0 { // a list, one name per row
		f.columns, f.sure = all, true
		return f, true
	}
	f.columns = pick(func(c column) bool { return c.refs > 0 && (!c.numbers() || numberWords[key(c.Header)]) })
	if len(f.columns) == 1 && f.columns[0].named && numberWords[key(f.columns[0].Header)] {
		f.sure = true
	}
	return f, len(f.columns) > 0
}

// numbers reports whether a column contains only bare numbers, as counts do.
func (c column) numbers() bool {
	return !slices.ContainsFunc(c.cells, func(cell string) bool { return cell != "" && (!number(cell) || marked(cell)) })
}

// columns returns a sheet's columns that are not empty; titled: the sheet has a header.
func columns(file string, s sheet) (out []column, titled bool) {
	rows := slices.DeleteFunc(slices.Clone(s.rows), func(row []string) bool { return tidy(strings.Join(row, " ")) == "" })
	var names []string
	for i := range min(len(rows), 10) { // there may be titles above the header
		if header(rows[i]) && !slices.ContainsFunc(rows[:i], func(row []string) bool { return slices.ContainsFunc(row, marked) }) {
			names, rows, titled = rows[i], rows[i+1:], true
			break
		}
	}
	width, first := 0, make([]string, len(rows))
	for i, row := range rows {
		first[i] = firstOf(row)
		width = min(max(width, len(row)), mostColumns)
	}
	for at := range width {
		c := column{at: at, named: titled && at < len(names) && tidy(names[at]) != ""}
		c.File, c.Header = file, letter(at)
		if c.named {
			c.Header = tidy(names[at])
		}
		if s.name != "" {
			c.File = strings.TrimLeft(file+", "+s.name, ", ")
		}
		for i, row := range rows {
			c.add(row, first[i])
		}
		if c.full > 0 {
			out = append(out, c.untitled())
		}
	}
	return out, titled
}

// add adds a row's cell. In a column to choose from, an empty cell is replaced with the first
// one of the row, so that no row is lost.
func (c *column) add(row []string, first string) {
	cell := ""
	if c.at < len(row) {
		cell = tidy(row[c.at])
	}
	c.cells = append(c.cells, cell)
	if cell == "" {
		c.Cells = append(c.Cells, nothing+first)
		return
	}
	c.full++
	c.Cells = append(c.Cells, cell)
	if marked(cell) {
		c.marked++
	}
	if _, err := collector.ParseReference(cell); err == nil {
		c.refs++
		c.Likely++
	}
}

// untitled treats a word above marked names as their header.
func (c column) untitled() column {
	if !c.named && len(c.cells) > 1 && c.marked > 0 && c.marked == c.full-1 && c.cells[0] != "" && !marked(c.cells[0]) {
		if _, err := collector.ParseReference(c.cells[0]); err == nil {
			c.refs--
			c.Likely--
		}
		c.Header, c.named = c.cells[0], true
		c.cells, c.Cells, c.full = c.cells[1:], c.Cells[1:], c.full-1
	}
	return c
}

// letter returns the name of a column in spreadsheets: A, B, … AA.
func letter(at int) string {
	name := ""
	for at++; at > 0; at = (at - 1) / 26 {
		name = string(rune('A'+(at-1)%26)) + name
	}
	return "column " + name
}

// nothing marks an empty cell. The first cell of its row follows it.
const nothing = "\x1f"

// firstOf returns the first cell of a row that is not empty.
func firstOf(row []string) string {
	for _, cell := range row {
		if tidy(cell) != "" {
			return tidy(cell)
		}
	}
	return ""
}

// agree reports whether columns name the same channels in every row where two of them have
// names, such as a username and its link. Numbers and usernames cannot be compared.
func agree(columns []column) bool {
	if len(columns) > 4 {
		return false
	}
	for i, first := range columns {
		for _, other := range columns[i+1:] {
			if !agrees(first, other) {
				return false
			}
		}
	}
	return true
}

func agrees(a, b column) bool {
	if len(a.cells) != len(b.cells) {
		return false
	}
	compared := 0
	for i := range a.cells {
		x, errX := collector.ParseReference(a.cells[i])
		y, errY := collector.ParseReference(b.cells[i])
		if errX != nil || errY != nil || (x.ID == 0) != (y.ID == 0) {
			continue
		}
		if compared++; x.Key() != y.Key() {
			return false
		}
	}
	return compared > 0
}

// list reads the column, or, of several that agree, the first one with a name in each row.
func (f found) list() List {
	var out List
	for row := range f.columns[0].cells {
		written, ok := "", false
		for _, c := range f.columns {
			cell := c.cells[row]
			if _, err := collector.ParseReference(cell); err == nil {
				written, ok = cell, true
				break
			}
			if written == "" {
				written = cell
			}
		}
		first := f.columns[0]
		switch {
		case ok && !first.named && !f.titled && len(f.columns) == 1 && first.marked > 0 && !marked(written) && !number(written):
			out.set(written, words(written)) // among marked names, in a table without a header
		case ok || written != "":
			out.cell(written)
		default:
			out.set(strings.TrimPrefix(first.Cells[row], nothing), nothingThere(first.Header))
		}
	}
	return out
}

// cell reads a cell of a column of names. It may contain several, with separators.
func (l *List) cell(cell string) {
	if _, err := collector.ParseReference(cell); err == nil ||
		!strings.ContainsFunc(cell, separates) && !strings.Contains(cell, "@") && !strings.Contains(cell, "/") {
		l.put(cell)
		return
	}
	l.line(cell)
}

func nothingThere(header string) error {
	return &collector.Error{Kind: collector.NotFound, Err: &collector.Misnamed{Why: collector.NothingThere, Detail: header}}
}

// Take reads the column that a person chose.
func (c Column) Take() List {
	var out List
	for _, cell := range c.Cells {
		if rest, ok := strings.CutPrefix(cell, nothing); ok {
			out.set(rest, nothingThere(c.Header))
			continue
		}
		out.cell(cell)
	}
	return out
}
