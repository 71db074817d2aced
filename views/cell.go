package views

import (
	"html/template"
	"strings"
)

// escaped writes a text as html/template does.
var escaped = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// Written is the cell as the template "cell" writes it, "" where something in it is more than
// text. A page has hundreds of cells, most of them plain, and a template finds each of their
// fields by its name.
func (c Cell) Written() template.HTML {
	var b strings.Builder
	switch {
	case c.Number:
		b.WriteString(`<td class="number"`)
	case c.Long:
		b.WriteString(`<td class="cut"`)
	default:
		b.WriteString(`<td class="still"`)
	}
	if c.Text && !c.Number {
		b.WriteString(` dir="auto"`)
	}
	b.WriteString(">")
	for _, s := range c.Spans {
		if s.Href != "" || s.Class != "" {
			return ""
		}
		_, _ = escaped.WriteString(&b, s.Text) // a builder takes everything
	}
	b.WriteString("</td>")
	return template.HTML(b.String())
}
