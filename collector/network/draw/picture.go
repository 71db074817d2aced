// Package draw writes the files and pictures of a network: JSON, GEXF, CSV, SVG, PNG and the
// timeline that the page plays. Equal graphs give equal bytes.
package draw

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
	"telegramtrac/collector/network/graph"
)

// Sizes of the drawn picture, in units of SVG.
const (
	pictureWidth = 1600.0
	fieldHeight  = 1150.0 // of the network; the legend comes below
	fieldMargin  = 60.0
	legendLine   = 24.0
	legendTop    = fieldHeight + 2*legendLine
	labelHeight  = 15.0
	textHeight   = 16.0
)

// drawnLines is the greatest number of ties between channels that are drawn, strongest first.
const drawnLines = 20_000

// drawnLabels is the greatest number of names; those that would overlap another are left out.
const drawnLabels = 250

// legendCommunities is how many communities the legend names.
const legendCommunities = 8

// picture is what is drawn in any format.
type picture struct {
	height float64
	lines  []line // weakest first
	discs  []disc // lightest first
	labels []label
	legend []entry
	fallen int // labels shown as usernames because the typeface lacks their script
}

// line is a tie between two channels: a curve from the rim of one disc to that of the other.
type line struct {
	from, bend, to graph.Point
	width          float64
	color          rgb
}

type disc struct {
	at      graph.Point
	radius  float64
	color   rgb
	pattern int  // 0: filled, 1: a ring, 2: a ring with a dot, and so on
	pale    bool // not collected, only seen
	title   string
}

type label struct {
	at   graph.Point // where the text begins, on its base line
	text string
	pale bool
}

// entry is a line of the legend, with or without a mark before its text.
type entry struct {
	at   graph.Point
	mark *disc
	text string
}

// rgb is a colour, each part from 0 to 1.
type rgb struct{ r, g, b float64 }

func parseRGB(color string) rgb {
	part := func(i int) float64 {
		v, err := strconv.ParseUint(color[2*i+1:2*i+3], 16, 8)
		if err != nil {
			return 0
		}
		return float64(v) / 255
	}
	return rgb{part(0), part(1), part(2)}
}

// over returns the colour laid over white with this opacity.
func (c rgb) over(share float64) rgb {
	mix := func(x float64) float64 { return x*share + 1 - share }
	return rgb{mix(c.r), mix(c.g), mix(c.b)}
}

func (c rgb) hex() string {
	part := func(x float64) int { return int(math.Round(x * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", part(c.r), part(c.g), part(c.b))
}

// typeface measures texts and reports which characters it can write.
type typeface interface {
	width(text string, height float64) float64
	writes(r rune) bool
}

// newPicture lays out what is drawn: the heaviest channels, the strongest ties
// between them, as many names as fit, and a legend.
func newPicture(g *network.Graph, face typeface) *picture {
	p := &picture{}
	nodes := g.Nodes[:min(len(g.Nodes), network.DrawnNodes)]
	place := placement(nodes)
	shrink := min(1, math.Pow(120/float64(max(1, len(nodes))), 0.35))
	index := make(map[string]int, len(nodes))
	for i, n := range nodes {
		index[n.Key] = i
		p.discs = append(p.discs, disc{
			at: place(n), radius: max(1.5, n.Size*shrink), color: parseRGB(n.Color), pattern: n.Pattern, pale: !n.Collected, title: n.Label(),
		})
	}
	all := pairs(g.Edges, index)
	p.addLines(all[:min(len(all), drawnLines)], shrink)
	p.addLabels(nodes, face)
	slices.Reverse(p.discs) // the heaviest on top
	p.addLegend(g, len(nodes), len(all))
	return p
}

// placement scales positions to the field. In a graph y grows upwards.
func placement(nodes []network.Node) func(network.Node) graph.Point {
	if len(nodes) == 0 {
		return func(network.Node) graph.Point { return graph.Point{} }
	}
	at := make([]graph.Point, len(nodes))
	for i, n := range nodes {
		at[i] = graph.At(n.X, -n.Y)
	}
	lo, hi := graph.Bounds(at)
	size := hi.Sub(lo)
	scale := min((pictureWidth-2*fieldMargin)/max(size.X, 1), (fieldHeight-2*fieldMargin)/max(size.Y, 1), 12)
	middle := lo.Add(hi).Scale(0.5)
	return func(n network.Node) graph.Point {
		return graph.At(n.X, -n.Y).Sub(middle).Scale(scale).Add(graph.At(pictureWidth/2, fieldHeight/2))
	}
}

// pair is all ties from one drawn channel to another.
type pair struct {
	from, to int
	weight   int64
}

// pairs adds up the kinds of edges between drawn channels, strongest first, without
// self-edges.
func pairs(edges []network.Edge, index map[string]int) []pair {
	var out []pair
	for _, e := range edges { // edges of one source and target are adjacent
		from, drawn := index[e.Source]
		to, drawnToo := index[e.Target]
		if !drawn || !drawnToo || from == to {
			continue
		}
		if n := len(out); n > 0 && out[n-1].from == from && out[n-1].to == to {
			out[n-1].weight += e.Weight
			continue
		}
		out = append(out, pair{from, to, e.Weight})
	}
	slices.SortStableFunc(out, func(a, b pair) int { return cmp.Compare(b.weight, a.weight) })
	return out
}

// addLines draws ties; p.discs must still be in the order of the nodes.
func (p *picture) addLines(pairs []pair, shrink float64) {
	if len(pairs) == 0 {
		return
	}
	strongest := float64(pairs[0].weight)
	ink := max(0.2, 0.45*math.Pow(min(1, 300/float64(len(pairs))), 0.25)) // the more lines, the fainter
	for _, t := range slices.Backward(pairs) {
		a, b := p.discs[t.from], p.discs[t.to]
		way := b.at.Sub(a.at)
		length := way.Length()
		if length <= a.radius+b.radius {
			continue
		}
		unit := way.Scale(1 / length)
		width := (0.7 + 4.3*math.Sqrt(float64(t.weight)/strongest)) * max(shrink, 0.4)
		// Curved, so that the ties in the two directions can be told apart.
		bend := a.at.Add(way.Scale(0.5)).Add(graph.At(-unit.Y, unit.X).Scale(length * 0.08))
		p.lines = append(p.lines, line{
			from: towards(a.at, bend, a.radius), bend: bend, to: towards(b.at, bend, b.radius+1),
			width: width, color: a.color.over(ink),
		})
	}
}

// towards returns the point at a distance from one point in the direction of another.
func towards(from, to graph.Point, distance float64) graph.Point {
	way := to.Sub(from)
	if length := way.Length(); length > 0 {
		return from.Add(way.Scale(distance / length))
	}
	return from
}

// head returns the tip and the two corners of a line's arrow.
func (l line) head() (tip, left, right graph.Point) {
	back := towards(l.to, l.bend, l.headLength())
	way := l.to.Sub(back)
	side := graph.At(-way.Y, way.X).Scale(0.42)
	return l.to, back.Add(side), back.Sub(side)
}

func (l line) headLength() float64 { return 4 + 2*l.width }

// box is the area that a text covers.
type box struct{ lo, hi graph.Point }

func (b box) meets(o box) bool {
	return b.lo.X < o.hi.X && o.lo.X < b.hi.X && b.lo.Y < o.hi.Y && o.lo.Y < b.hi.Y
}

// addLabels writes the names of the heaviest channels, each where it overlaps no other.
// p.discs must still be in the order of the nodes.
func (p *picture) addLabels(nodes []network.Node, face typeface) {
	var taken []box
	for i, n := range nodes {
		if len(p.labels) == drawnLabels {
			return
		}
		text, fell := written(n, face)
		d := p.discs[i]
		at := graph.At(d.at.X+d.radius+4, d.at.Y+labelHeight*0.35)
		width := face.width(text, labelHeight)
		if at.X+width > pictureWidth-4 {
			at.X = d.at.X - d.radius - 4 - width
		}
		room := box{graph.At(at.X-2, at.Y-labelHeight), graph.At(at.X+width+2, at.Y+4)}
		if at.X < 2 || slices.ContainsFunc(taken, room.meets) {
			continue
		}
		taken = append(taken, room)
		p.labels = append(p.labels, label{at, text, !n.Collected})
		if fell {
			p.fallen++
		}
	}
}

// longestLabel in characters keeps names from covering the picture.
const longestLabel = 32

// written returns a channel's name in letters that the typeface has. Other signs, like emoji,
// are left out; a name in a script that the typeface lacks is replaced by the username or the
// number, and fell is true.
func written(n network.Node, face typeface) (text string, fell bool) {
	var b strings.Builder
	letters := false
	for _, r := range network.Clean(n.Label()) {
		switch {
		case face.writes(r):
			letters = letters || unicode.IsLetter(r) || unicode.IsDigit(r)
			b.WriteRune(r)
		case unicode.IsLetter(r) || unicode.IsMark(r):
			return handle(n), true
		}
	}
	if text = strings.Join(strings.Fields(b.String()), " "); !letters {
		return handle(n), true
	}
	return collector.Shorten(text, longestLabel), false
}

// handle returns @username, or the key of a channel without one.
func handle(n network.Node) string {
	if n.Username != "" {
		return "@" + n.Username
	}
	return n.Key
}

// addLegend writes what the picture shows and what it leaves out.
func (p *picture) addLegend(g *network.Graph, drawn, ties int) {
	row := 0
	say := func(text string) {
		p.legend = append(p.legend, entry{at: graph.At(fieldMargin, legendTop+float64(row)*legendLine), text: text})
		row++
	}
	s := g.Summary
	head := fmt.Sprintf("%s, %s collected. %s", count(len(g.Nodes), "channel", "channels"), thousands(s.Collected),
		count(int(s.Messages), "message", "messages"))
	if !s.Oldest.IsZero() {
		head += " from " + s.Oldest.UTC().Format("2006-01-02") + " to " + s.Newest.UTC().Format("2006-01-02")
	}
	say(head + fmt.Sprintf(". %s, modularity %.3f.", count(s.Communities, "community", "communities"), s.Modularity))
	say("An arrow leads from the channel that forwards, mentions, links or replies to the channel it points at. Thicker arrows and larger " +
		"circles: more messages. Pale: not collected, only named by others.")
	if drawn < len(g.Nodes) {
		say(fmt.Sprintf("Drawn are the %s heaviest of %s channels.", thousands(drawn), thousands(len(g.Nodes))))
	}
	if ties > drawnLines {
		say(fmt.Sprintf("Drawn are the %s strongest of %s ties.", thousands(drawnLines), thousands(ties)))
	}
	if p.fallen > 0 {
		say(fmt.Sprintf("%s written as usernames or numbers: this picture has no letters of their scripts. network.svg has.",
			count(p.fallen, "name is", "names are")))
	}
	p.height = legendTop + float64(row)*legendLine
	p.nameCommunities(g.Nodes)
}

// nameCommunities lists the largest communities in two columns below the text.
func (p *picture) nameCommunities(nodes []network.Node) {
	var heads []network.Node
	members := map[int]int{}
	for _, n := range nodes {
		if members[n.Community]++; members[n.Community] == 1 && n.Community < legendCommunities && n.Degree > 0 {
			heads = append(heads, n)
		}
	}
	slices.SortStableFunc(heads, func(a, b network.Node) int { return cmp.Compare(a.Community, b.Community) })
	rows := (len(heads) + 1) / 2
	for i, n := range heads {
		at := graph.At(fieldMargin+float64(i/max(1, rows))*pictureWidth/2, p.height+float64(i%max(1, rows))*legendLine)
		mark := disc{at: graph.At(at.X+7, at.Y-5), radius: 7, color: parseRGB(n.Color), pattern: n.Pattern}
		text := fmt.Sprintf("Community %d: %s around %s", n.Community+1, count(members[n.Community], "channel", "channels"), handle(n))
		p.legend = append(p.legend, entry{graph.At(at.X+22, at.Y), &mark, text})
	}
	p.height += float64(rows) * legendLine
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// thousands writes a number with spaces between its thousands.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u00a0" + s[i:]
	}
	return s
}
