package network

import "math"

// point is a position in the picture.
type point struct{ x, y float64 }

func (p point) add(q point) point     { return point{p.x + q.x, p.y + q.y} }
func (p point) sub(q point) point     { return point{p.x - q.x, p.y - q.y} }
func (p point) scale(f float64) point { return point{p.x * f, p.y * f} }
func (p point) length() float64       { return math.Hypot(p.x, p.y) }
func polar(radius, angle float64) point {
	return point{radius * math.Cos(angle), radius * math.Sin(angle)}
}

func centroid(ps []point) (c point) {
	for _, p := range ps {
		c = c.add(p)
	}
	return c.scale(1 / float64(len(ps)))
}

// bounds are the corners of the box around points.
func bounds(at []point) (lo, hi point) {
	lo, hi = at[0], at[0]
	for _, p := range at[1:] {
		lo = point{min(lo.x, p.x), min(lo.y, p.y)}
		hi = point{max(hi.x, p.x), max(hi.y, p.y)}
	}
	return lo, hi
}

// round keeps so many digits after the point.
func round(x float64, digits int) float64 {
	f := math.Pow10(digits)
	return math.Round(x*f)/f + 0 // + 0: no negative zero
}
