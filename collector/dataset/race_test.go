//go:build race

package dataset

// rounds is how often a random model is tried: the race detector makes each
// round ten times as long.
func rounds(n int) int { return max(2, n/4) }

// raceDetector allocates in places of its own.
const raceDetector = true
