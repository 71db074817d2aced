package draw

import (
	"fmt"
	"io"
	"unicode/utf8"

	"telegramtrac/collector/network"
)

// viewer is the typeface of an SVG: the reader's own fonts, which are assumed to have every
// script; their widths can only be estimated.
type viewer struct{}

func (viewer) width(text string, height float64) float64 {
	return 0.6 * height * float64(utf8.RuneCountInString(text))
}

func (viewer) writes(rune) bool { return true }

// SVG draws network.svg, with labels and a legend. Names are text, so that
// they can be searched and read aloud.
func SVG(w io.Writer, g *network.Graph) error {
	p := newPicture(g, viewer{})
	x := newXML(w)
	x.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-family="system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif" role="img">
`, pictureWidth, p.height, pictureWidth, p.height)
	x.raw("<title>Network of Telegram channels</title>\n<desc>")
	x.escaped(network.Direction)
	x.raw("</desc>\n")
	x.printf("<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n", pictureWidth, p.height)
	for _, l := range p.lines {
		x.line(l)
	}
	for _, d := range p.discs {
		x.disc(d)
	}
	for _, l := range p.labels {
		fill := "#1b2124"
		if l.pale {
			fill = "#566066"
		}
		x.printf(`<text x="%.1f" y="%.1f" font-size="%.0f" fill="%s" stroke="#ffffff" stroke-width="3" stroke-linejoin="round" paint-order="stroke" unicode-bidi="plaintext">`,
			l.at.X, l.at.Y, labelHeight, fill)
		x.escaped(l.text)
		x.raw("</text>\n")
	}
	for _, e := range p.legend {
		if e.mark != nil {
			x.disc(*e.mark)
		}
		x.printf(`<text x="%.1f" y="%.1f" font-size="%.0f" fill="#1b2124">`, e.at.X, e.at.Y, textHeight)
		x.escaped(e.text)
		x.raw("</text>\n")
	}
	x.raw("</svg>\n")
	if err := x.Flush(); err != nil {
		return fmt.Errorf("write SVG: %w", err)
	}
	return nil
}

func (x xmlWriter) line(l line) {
	tip, left, right := l.head()
	color := l.color.hex()
	x.printf(`<path d="M%.1f %.1fQ%.1f %.1f %.1f %.1f" fill="none" stroke="%s" stroke-width="%.2f"/>`, l.from.X, l.from.Y, l.bend.X, l.bend.Y,
		l.to.X, l.to.Y, color, l.width)
	x.printf("<path d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fZ\" fill=\"%s\"/>\n", tip.X, tip.Y, left.X, left.Y, right.X, right.Y, color)
}

func (x xmlWriter) disc(d disc) {
	for i, r := range d.rings() {
		x.printf(`<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s"`, d.at.X, d.at.Y, r.radius, r.color.hex())
		if i == 0 && d.title != "" {
			x.raw(` stroke="#ffffff" stroke-width="1"><title>`)
			x.escaped(d.title)
			x.raw("</title></circle>")
			continue
		}
		x.raw("/>")
	}
	x.raw("\n")
}

// ring is a filled circle of a disc.
type ring struct {
	radius float64
	color  rgb
}

// rings returns the circles of a disc, outermost first. Communities beyond the palette's
// colours are drawn as rings, then as rings with a dot.
func (d disc) rings() []ring {
	color := d.color
	if d.pale {
		color = color.over(0.5)
	}
	white := rgb{1, 1, 1}
	switch d.pattern % 3 {
	case 1:
		return []ring{{d.radius, color}, {d.radius * 0.5, white}}
	case 2:
		return []ring{{d.radius, color}, {d.radius * 0.7, white}, {d.radius * 0.4, color}}
	}
	return []ring{{d.radius, color}}
}
