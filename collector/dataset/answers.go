package dataset

import (
	"slices"
	"sync"
	"telegramtrac/collector/dataset/fold"
)

// answersKept is how many rows the kept answers have together: 16 bytes each.
const answersKept = 4_000_000

// answers keeps what was found for the newest questions until the data changes.
// They are an index that is made again whenever it is not there: no evidence, and
// never on the disk.
type answers struct {
	mu   sync.Mutex
	kept []keptAnswer // the newest last
}

type keptAnswer struct {
	question
	*found
}

// get returns what was found for a question in the same data, or nil.
func (a *answers) get(q question, plans []*fold.Plan) *found {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, k := range a.kept {
		if k.question == q && slices.Equal(k.plans, plans) {
			a.kept = append(slices.Delete(a.kept, i, i+1), k)
			return k.found
		}
	}
	return nil
}

// keep keeps what was found, in place of what was found before in other data
// and of the oldest.
func (a *answers) keep(q question, f *found) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept = slices.DeleteFunc(a.kept, func(k keptAnswer) bool { return k.question == q })
	a.kept = append(a.kept, keptAnswer{q, f})
	rows := 0
	for i, k := range slices.Backward(a.kept) {
		// Even an answer without rows weighs something.
		if rows += len(k.hits) + 10_000; rows > answersKept && i < len(a.kept)-1 {
			a.kept = slices.Delete(a.kept, 0, i+1)
			return
		}
	}
}
