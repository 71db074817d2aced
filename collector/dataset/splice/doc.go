// Package splice makes row groups of the pages of others, as they are: it decodes and
// compresses nothing but what has a dictionary, and small row groups, whose pages would be
// too small. Merging parts so takes a third of the time, and no memory for their pages.
package splice
