package network

import "math"

// palette is Okabe and Ito's, which colour-blind people can distinguish:
// https://jfly.uni-koeln.de/color/
// Black comes last because a dark page has to replace it.
var palette = [...]string{"#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000"}

// Unconnected is the colour of a channel without ties to others.
const Unconnected = "#999999"

// Radii of nodes.
const (
	MinSize = 3.0
	MaxSize = 20.0
)

// paint gives each node its community's colour, and a size whose area grows with its weight.
func (g *Graph) paint() {
	var heaviest int64
	for _, n := range g.Nodes {
		heaviest = max(heaviest, n.Weight())
	}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		n.Color, n.Pattern, n.Size = Unconnected, 0, MinSize
		if n.Degree == 0 {
			continue
		}
		n.Color, n.Pattern = palette[n.Community%len(palette)], n.Community/len(palette)
		n.Size += (MaxSize - MinSize) * math.Sqrt(float64(n.Weight())/float64(heaviest))
	}
}
