package query

import (
	"context"
	"slices"
	"sync"

	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
)

// MomentsKept is how many moments are kept together: 40 bytes each.
const MomentsKept = 200_000

// Moments keeps where the rows of the newest blocks of the timeline stand: every page of all
// channels asks for those of the blocks around it, which are thousands of rows for fifty. A
// block is told by its segment, of which a changed channel has others.
type Moments struct {
	mu  sync.Mutex
	All []keptMoments // the newest last
}

type keptMoments struct {
	*fold.Segment
	from, rows int64
	moments    []moment
}

// of returns the moments of a block, newest first. They are not to be changed.
func (k *Moments) of(ctx context.Context, b *block, open mend.Files) ([]moment, error) {
	if kept := k.find(b); kept != nil {
		return kept, nil
	}
	out, err := b.moments(ctx, open)
	if err == nil {
		k.keep(keptMoments{b.Segment, b.from, b.rows, out})
	}
	return out, err
}

func (k *Moments) find(b *block) []moment {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, one := range k.All {
		if one.Segment == b.Segment && one.from == b.from && one.rows == b.rows {
			k.All = append(slices.Delete(k.All, i, i+1), one)
			return one.moments
		}
	}
	return nil
}

// keep keeps moments in place of those that were not asked for longest.
func (k *Moments) keep(one keptMoments) {
	k.mu.Lock()
	defer k.mu.Unlock()
	same := func(other keptMoments) bool { return other.Segment == one.Segment && other.from == one.from }
	k.All = append(slices.DeleteFunc(k.All, same), one)
	rows := 0
	for i, other := range slices.Backward(k.All) {
		// Even a block without rows weighs something.
		if rows += len(other.moments) + 100; rows > MomentsKept {
			k.All = slices.Delete(k.All, 0, i+1)
			return
		}
	}
}

// drop forgets everything.
func (k *Moments) drop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.All = nil
}
