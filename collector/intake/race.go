//go:build race

package intake

// memoryFactor: the race detector takes several times the memory, and maps terabytes.
const memoryFactor = 8
