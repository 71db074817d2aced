package draw

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"telegramtrac/collector/network"
	"telegramtrac/collector/network/graph"
)

// pixels is how many pixels a unit of the picture has.
const pixels = 1.5

// goFont is the Go font, which has Latin, Greek and Cyrillic letters.
type goFont struct {
	font   *sfnt.Font
	faces  map[float64]font.Face
	buffer sfnt.Buffer
}

func newGoFont() (*goFont, error) {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("read the font: %w", err)
	}
	out := &goFont{font: f, faces: map[float64]font.Face{}}
	for _, height := range []float64{labelHeight, textHeight} {
		if out.faces[height], err = opentype.NewFace(f, &opentype.FaceOptions{Size: height * pixels, DPI: 72}); err != nil {
			return nil, fmt.Errorf("read the font: %w", err)
		}
	}
	return out, nil
}

func (f *goFont) width(text string, height float64) float64 {
	return float64(font.MeasureString(f.faces[height], text)) / 64 / pixels
}

func (f *goFont) writes(r rune) bool {
	i, err := f.font.GlyphIndex(&f.buffer, r)
	return err == nil && i != 0
}

// PNG draws network.png, with labels and a legend. Names in scripts other than Latin, Greek
// and Cyrillic become usernames or numbers, and the legend says so; network.svg shows all
// names.
func PNG(w io.Writer, g *network.Graph) error {
	face, err := newGoFont()
	if err != nil {
		return err
	}
	p := newPicture(g, face)
	c := newCanvas(pictureWidth, p.height)
	for _, l := range p.lines {
		c.line(l)
	}
	for _, d := range p.discs {
		c.disc(d)
	}
	for _, l := range p.labels {
		ink := rgb{0.106, 0.129, 0.141}
		if l.pale {
			ink = rgb{0.337, 0.376, 0.4}
		}
		c.text(face.faces[labelHeight], l.at, l.text, ink, true)
	}
	for _, e := range p.legend {
		if e.mark != nil {
			c.disc(*e.mark)
		}
		c.text(face.faces[textHeight], e.at, e.text, rgb{0.106, 0.129, 0.141}, false)
	}
	if err := png.Encode(w, c.image); err != nil {
		return fmt.Errorf("write PNG: %w", err)
	}
	return nil
}

// canvas fills shapes, each rasterized within its own box.
type canvas struct {
	image *image.RGBA
	fill  *vector.Rasterizer
}

func newCanvas(width, height float64) *canvas {
	c := &canvas{image: image.NewRGBA(image.Rect(0, 0, int(width*pixels), int(height*pixels))), fill: vector.NewRasterizer(1, 1)}
	draw.Draw(c.image, c.image.Bounds(), image.White, image.Point{}, draw.Src)
	return c
}

func (c rgb) uniform() *image.Uniform {
	part := func(x float64) uint8 { return uint8(math.Round(x * 255)) }
	return image.NewUniform(color.RGBA{part(c.r), part(c.g), part(c.b), 255})
}

// polygon fills the area within the corners.
func (c *canvas) polygon(ink rgb, corners ...graph.Point) {
	lo, hi := graph.Bounds(corners)
	left, top := math.Floor(lo.X*pixels), math.Floor(lo.Y*pixels)
	width, height := int(math.Ceil(hi.X*pixels)-left)+1, int(math.Ceil(hi.Y*pixels)-top)+1
	c.fill.Reset(width, height)
	for i, p := range corners {
		x, y := float32(p.X*pixels-left), float32(p.Y*pixels-top)
		if i == 0 {
			c.fill.MoveTo(x, y)
		} else {
			c.fill.LineTo(x, y)
		}
	}
	c.fill.ClosePath()
	c.fill.Draw(c.image, image.Rect(int(left), int(top), int(left)+width, int(top)+height), ink.uniform(), image.Point{})
}

// pieceLength is the length of a curve's straight pieces: short, because filling a shape costs
// as much as the box around it.
const pieceLength = 30.0

// line draws a curve in pieces that overlap a little, and its arrow.
func (c *canvas) line(l line) {
	at := func(t float64) graph.Point {
		return l.from.Scale((1 - t) * (1 - t)).Add(l.bend.Scale(2 * t * (1 - t))).Add(l.to.Scale(t * t))
	}
	pieces := math.Ceil(max(4, l.to.Sub(l.from).Length()/pieceLength))
	for i := range int(pieces) {
		from, to := at(float64(i)/pieces), at(float64(i+1)/pieces)
		way := to.Sub(from)
		unit := way.Scale(1 / max(way.Length(), 1e-9))
		side, more := graph.At(-unit.Y, unit.X).Scale(l.width/2), unit.Scale(0.4)
		from, to = from.Sub(more), to.Add(more)
		c.polygon(l.color, from.Add(side), to.Add(side), to.Sub(side), from.Sub(side))
	}
	tip, left, right := l.head()
	c.polygon(l.color, tip, left, right)
}

func (c *canvas) disc(d disc) {
	if d.title != "" {
		c.circle(d.at, d.radius+0.7, rgb{1, 1, 1})
	}
	for _, r := range d.rings() {
		c.circle(d.at, r.radius, r.color)
	}
}

func (c *canvas) circle(at graph.Point, radius float64, ink rgb) {
	corners := make([]graph.Point, 12+int(radius))
	for i := range corners {
		corners[i] = at.Add(graph.Polar(radius, 2*math.Pi*float64(i)/float64(len(corners))))
	}
	c.polygon(ink, corners...)
}

// text writes a line; a white rim makes it legible over the network.
func (c *canvas) text(face font.Face, at graph.Point, text string, ink rgb, rim bool) {
	place := func(dx, dy float64, src image.Image) {
		d := font.Drawer{Dst: c.image, Src: src, Face: face,
			Dot: fixed.Point26_6{X: fixed.Int26_6((at.X*pixels + dx) * 64), Y: fixed.Int26_6((at.Y*pixels + dy) * 64)}}
		d.DrawString(text)
	}
	if rim {
		for i := range 8 {
			p := graph.Polar(2, math.Pi/4*float64(i))
			place(p.X, p.Y, image.White)
		}
	}
	place(0, 0, ink.uniform())
}
