// Package bucket keeps files that are there whole, for good, or not at all, and an index
// of what each says. It is the only part of a dataset that touches the disk's names:
// temporary files, flushing, renames and locks stay in here, and so do shipments, whose
// files come into a dataset all at once.
package bucket
