package graph

import "math"

// Point is a position in the picture.
type Point struct{ X, Y float64 }

// At is the point with these coordinates.
func At(x, y float64) Point { return Point{x, y} }

// Polar is the point at a distance and an angle from the origin.
func Polar(radius, angle float64) Point {
	return Point{radius * math.Cos(angle), radius * math.Sin(angle)}
}

// Add returns p moved by q.
func (p Point) Add(q Point) Point { return Point{p.X + q.X, p.Y + q.Y} }

// Sub returns the vector from q to p.
func (p Point) Sub(q Point) Point { return Point{p.X - q.X, p.Y - q.Y} }

// Scale returns p multiplied by f.
func (p Point) Scale(f float64) Point { return Point{p.X * f, p.Y * f} }

// Length is the distance from the origin.
func (p Point) Length() float64 { return math.Hypot(p.X, p.Y) }

func centroid(ps []Point) (c Point) {
	for _, p := range ps {
		c = c.Add(p)
	}
	return c.Scale(1 / float64(len(ps)))
}

// Bounds returns the corners of the box around points.
func Bounds(at []Point) (lo, hi Point) {
	lo, hi = at[0], at[0]
	for _, p := range at[1:] {
		lo = Point{min(lo.X, p.X), min(lo.Y, p.Y)}
		hi = Point{max(hi.X, p.X), max(hi.Y, p.Y)}
	}
	return lo, hi
}

// Round rounds to so many digits after the point.
func Round(x float64, digits int) float64 {
	f := math.Pow10(digits)
	return math.Round(x*f)/f + 0 // + 0: no negative zero
}
