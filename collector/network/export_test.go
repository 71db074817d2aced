package network

import "context"

// Measured is From without the layout, for benchmarks.
func Measured(ctx context.Context, in Input) (*Graph, error) {
	g, err := gather(ctx, in)
	if err != nil {
		return nil, err
	}
	g.measure(DefaultSeed)
	g.paint()
	return g, nil
}
