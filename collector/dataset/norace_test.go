//go:build !race

package dataset

import "telegramtrac/collector/dataset/part"

// rounds is how often a random model is tried.
func rounds(n int) int { return n }

// fullGroup is how many rows a full row group has in tests of row groups: as many
// as the product has in one.
const fullGroup = part.GroupRows
