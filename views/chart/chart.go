// Package chart counts messages into bars, series and hours, and draws them as SVG and
// as a table.
package chart

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/views"
)

// Chart is a drawing of numbers: horizontal bars, columns over time with one row per series,
// or weekdays by hours. It is an SVG of its own, readable on white: no colour says anything
// that a label does not.
type Chart struct {
	Title    string
	XAxis    string
	YAxis    string
	Bars     []Bar
	Series   []Series
	From, To time.Time // of the time axis, To exclusive
	Hours    *[7][24]int64
	Head     []string // of the CSV
	Rows     [][]string
	Words    string // a sentence that describes what is drawn over time
}

// Bar is a number with its label.
type Bar struct {
	Label string
	Value int64
}

// Series is a row of columns over time.
type Series struct {
	Label  string
	Points []Point
}

// Point is the number of a period.
type Point struct {
	From, To time.Time
	Value    float64
}

// Measures of a chart, in pixels.
const (
	chartWidth  = 720
	chartTop    = 48
	chartLeft   = 190
	chartRight  = 64
	barHeight   = 24
	panelHeight = 84
	cellHeight  = 26
	chartFoot   = 44
)

const (
	chartInk  = "#1b2124"
	chartSoft = "#566066"
	chartLine = "#d9dcd6"
	chartFill = "#0c6370"
)

// Height is how high the drawing is, in pixels.
func (c Chart) Height() int {
	switch {
	case c.Hours != nil:
		return chartTop + 7*cellHeight + chartFoot
	case len(c.Series) > 0:
		return chartTop + len(c.Series)*panelHeight + chartFoot
	}
	return chartTop + max(1, len(c.Bars))*barHeight + chartFoot
}

// WriteSVG draws the chart.
func (c Chart) WriteSVG(w io.Writer) error {
	p := &pen{}
	p.f(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" font-family="system-ui, sans-serif" font-size="12" fill="%s">`, chartWidth, c.Height(), chartInk)
	p.f("<title>%s</title><desc>%s</desc>", safe(c.Title), safe(c.describe()))
	p.f(`<rect width="100%%" height="100%%" fill="#ffffff"/>`)
	p.text(16, 26, "start", chartInk, c.Title, ` font-size="15" font-weight="600"`)
	switch {
	case c.Hours != nil:
		c.drawHours(p)
	case len(c.Series) > 0:
		c.drawSeries(p)
	default:
		c.drawBars(p)
	}
	bottom := float64(c.Height())
	p.text(chartLeft+(chartWidth-chartLeft-chartRight)/2, bottom-10, "middle", chartSoft, c.XAxis, "")
	p.text(16, chartTop-6, "start", chartSoft, c.YAxis, "")
	p.f("</svg>\n")
	_, err := w.Write(p.Bytes())
	return err
}

// describe puts the chart in words.
func (c Chart) describe() string {
	if len(c.Bars) == 0 {
		return c.Words
	}
	var parts []string
	for _, b := range c.Bars {
		parts = append(parts, fmt.Sprintf("%s: %d", b.Label, b.Value))
	}
	return strings.Join(parts, "; ")
}

func (c Chart) drawBars(p *pen) {
	if len(c.Bars) == 0 {
		p.text(chartLeft, chartTop+16, "start", chartSoft, "There are none.", "")
	}
	most := int64(1)
	for _, b := range c.Bars {
		most = max(most, b.Value)
	}
	for i, b := range c.Bars {
		y := float64(chartTop + i*barHeight)
		width := float64(chartWidth-chartLeft-chartRight) * float64(b.Value) / float64(most)
		p.text(chartLeft-8, y+16, "end", chartInk, collector.Shorten(b.Label, 26), "")
		p.rect(chartLeft, y+3, width, barHeight-6, chartFill, b.Label+": "+views.Count(b.Value))
		p.text(chartLeft+width+5, y+16, "start", chartInk, views.Count(b.Value), "")
	}
}

func (c Chart) drawSeries(p *pen) {
	span := max(1, c.To.Sub(c.From).Seconds())
	wide := float64(chartWidth - chartLeft - chartRight)
	x := func(t time.Time) float64 { return chartLeft + wide*t.Sub(c.From).Seconds()/span }
	most := 0.0
	for _, s := range c.Series {
		for _, q := range s.Points {
			most = max(most, q.Value)
		}
	}
	for i, s := range c.Series {
		top := float64(chartTop + i*panelHeight)
		base := top + panelHeight - 12
		p.text(chartLeft-8, base-4, "end", chartInk, collector.Shorten(s.Label, 26), "")
		p.line(chartLeft, base, chartWidth-chartRight, base, chartSoft)
		p.line(chartLeft, top+8, chartWidth-chartRight, top+8, chartLine)
		p.text(chartWidth-chartRight+5, top+12, "start", chartSoft, figure(most), "")
		p.text(chartWidth-chartRight+5, base+4, "start", chartSoft, "0", "")
		for _, q := range s.Points {
			height := 0.0
			if most > 0 {
				height = (base - top - 8) * q.Value / most
			}
			left := x(q.From)
			gap := min(1, (x(q.To)-left)/4)
			p.rect(left, base-height, max(0.6, x(q.To)-left-gap), height, chartFill, views.Day(q.From)+": "+figure(q.Value))
		}
	}
	at := float64(c.Height() - chartFoot + 8)
	p.text(chartLeft, at, "start", chartSoft, views.Day(c.From), "")
	p.text(chartWidth-chartRight, at, "end", chartSoft, views.Day(c.To.Add(-time.Second)), "")
}

func (c Chart) drawHours(p *pen) {
	most := int64(1)
	for _, hours := range c.Hours {
		for _, n := range hours {
			most = max(most, n)
		}
	}
	wide := float64(chartWidth-110-16) / 24
	for row := range 7 {
		weekday := time.Weekday((row + 1) % 7) // a week begins on Monday
		y := float64(chartTop + row*cellHeight)
		p.text(102, y+17, "end", chartInk, weekday.String(), "")
		for hour, n := range c.Hours[weekday] {
			x, share := 110+float64(hour)*wide, float64(n)/float64(most)
			p.f(`<rect x="%.1f" y="%.1f" width="%.1f" height="%d" fill="%s" fill-opacity="%.2f"><title>%s %02d:00: %d</title></rect>`, x, y, wide-1,
				cellHeight-1, chartFill, 0.04+0.96*share, weekday, hour, n)
			ink := "#000000" // black or white, whichever has a contrast of 4.5 to 1 on this shade
			if share > 0.81 {
				ink = "#ffffff"
			}
			if n > 0 {
				p.text(x+wide/2, y+16, "middle", ink, figure(float64(n)), ` font-size="9"`)
			}
			if row == 0 {
				p.text(x+wide/2, chartTop+7*cellHeight+12, "middle", chartSoft, fmt.Sprint(hour), "")
			}
		}
	}
}

// WriteCSV writes the numbers as a table.
func (c Chart) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(c.Head); err != nil {
		return err
	}
	for _, row := range c.Rows {
		for i := range row {
			row[i] = uncalculated(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// uncalculated keeps a spreadsheet from reading a text as a formula.
func uncalculated(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// figure writes a number in few characters.
func figure(f float64) string {
	switch {
	case f >= 1e6:
		return fmt.Sprintf("%.3gM", f/1e6)
	case f >= 1e3:
		return fmt.Sprintf("%.3gk", f/1e3)
	}
	return fmt.Sprintf("%.3g", f)
}

// pen writes the elements of a drawing.
type pen struct{ bytes.Buffer }

func (p *pen) f(format string, args ...any) { fmt.Fprintf(&p.Buffer, format, args...) }

func (p *pen) text(x, y float64, anchor, fill, text, more string) {
	p.f(`<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s"%s>%s</text>`, x, y, anchor, fill, more, safe("\u2068"+text+"\u2069"))
}

func (p *pen) rect(x, y, width, height float64, fill, title string) {
	p.f(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"><title>%s</title></rect>`, x, y, width, height, fill, safe(title))
}

func (p *pen) line(x1, y1, x2, y2 float64, stroke string) {
	p.f(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`, x1, y1, x2, y2, stroke)
}

// safe escapes a text for XML; characters that XML cannot contain become U+FFFD.
func safe(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // writing to a Buffer never fails
	return b.String()
}
