//go:build race

package dataset

// rounds is how often a random model is tried: the race detector makes each
// round ten times as long.
func rounds(n int) int { return max(2, n/4) }

// fullGroup is how many rows a full row group has in tests of row groups: enough
// for columns of several pages.
const fullGroup = 10_000
