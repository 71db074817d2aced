//go:build !race

package intake

const memoryFactor = 1
