package tl

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl/telethon"
)

// list writes a list without numbers.
func (w *richWriter) list(b *tg.PageBlockList) {
	for _, item := range b.Items {
		switch i := item.(type) {
		case *tg.PageListItemText:
			w.item(bullet(i.Checkbox, i.Checked), func() { w.inline(i.Text) })
		case *tg.PageListItemBlocks:
			w.item(bullet(i.Checkbox, i.Checked), func() { w.blocks(i.Blocks, below) })
		}
	}
}

// item writes a list's item. Its further lines, including lists, are indented.
func (w *richWriter) item(mark string, do func()) {
	w.mark(mark)
	outer := w.indent
	w.indent += "  "
	do()
	w.indent, w.inItem = outer, false
}

func bullet(checkbox, checked bool) string {
	switch {
	case checked:
		return "☑ "
	case checkbox:
		return "☐ "
	}
	return "• "
}

// orderedList writes a list with numbers. An item's own label or value has priority over its
// position.
func (w *richWriter) orderedList(b *tg.PageBlockOrderedList) {
	n, step := cmp.Or(b.Start, 1), 1
	if b.Reversed {
		n, step = cmp.Or(b.Start, len(b.Items)), -1
	}
	for _, item := range b.Items {
		switch i := item.(type) {
		case *tg.PageListOrderedItemText:
			n = cmp.Or(i.Value, n)
			w.item(label(i.Num, cmp.Or(i.Type, b.Type), n)+box(i.Checkbox, i.Checked), func() { w.inline(i.Text) })
		case *tg.PageListOrderedItemBlocks:
			n = cmp.Or(i.Value, n)
			w.item(label(i.Num, cmp.Or(i.Type, b.Type), n)+box(i.Checkbox, i.Checked), func() { w.blocks(i.Blocks, below) })
		}
		n += step
	}
}

// box returns the box after a number, if there is one.
func box(checkbox, checked bool) string {
	if !checkbox && !checked {
		return ""
	}
	return bullet(checkbox, checked)
}

// label returns the label for a number: as it was sent, or by the list's type in HTML: 1, a, A,
// i or I.
func label(sent, kind string, n int) string {
	if sent != "" {
		return strings.TrimSuffix(sent, ".") + ". "
	}
	s := strconv.Itoa(n)
	switch {
	case n <= 0:
	case kind == "a" || kind == "A":
		s = letters(n)
	case (kind == "i" || kind == "I") && n < 4000:
		s = roman(n)
	}
	if kind == "A" || kind == "I" {
		s = strings.ToUpper(s)
	}
	return s + ". "
}

// letters counts a, b, … z, aa, ab, …
func letters(n int) string {
	var s []byte
	for ; n > 0; n = (n - 1) / 26 {
		s = append([]byte{byte('a' + (n-1)%26)}, s...)
	}
	return string(s)
}

func roman(n int) string {
	values := []int{1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1}
	names := []string{"m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"}
	var b strings.Builder
	for i, value := range values {
		for ; n >= value; n -= value {
			b.WriteString(names[i])
		}
	}
	return b.String()
}

// table writes a table, one row per line. Cells that span several columns or rows are written
// where they begin.
func (w *richWriter) table(b *tg.PageBlockTable) {
	w.span(collector.Entity{Type: telethon.ClassOf(b)}, func() {
		w.as("MessageEntityBold", b.Title)
		for _, row := range b.Rows {
			w.feed(below)
			for i, cell := range row.Cells {
				if i > 0 {
					w.write(" | ")
				}
				if cell.Header {
					w.as("MessageEntityBold", cell.Text)
				} else {
					w.inline(cell.Text)
				}
			}
		}
	})
}
