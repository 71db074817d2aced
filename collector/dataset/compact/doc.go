// Package compact merges the many small parts of a channel into few large ones, so that
// nothing is lost wherever it is broken off.
package compact
