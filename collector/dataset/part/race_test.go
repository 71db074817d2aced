//go:build race

package part

// checksPointers: the race detector comes with checks of pointers that cannot be recovered from.
const checksPointers = true
