//go:build !race

package dataset

// rounds is how often a random model is tried.
func rounds(n int) int { return n }

// raceDetector allocates in places of its own.
const raceDetector = false
