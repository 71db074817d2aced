package query

import (
	"slices"
	"sync"
	"telegramtrac/collector/dataset/fold"
)

// AnswersKept is how many rows the kept answers have together: 16 bytes each.
const AnswersKept = 4_000_000

// Answers keeps what was found for the newest questions until the data changes.
// They are an index that is made again whenever it is not there: no evidence, and
// never on the disk.
type Answers struct {
	mu  sync.Mutex
	All []keptAnswer // the newest last
}

type keptAnswer struct {
	Question
	*Found
}

// Get returns what was found for a question in the same data, or nil.
func (a *Answers) Get(q Question, plans []*fold.Plan) *Found {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, k := range a.All {
		if k.Question == q && slices.Equal(k.plans, plans) {
			a.All = append(slices.Delete(a.All, i, i+1), k)
			return k.Found
		}
	}
	return nil
}

// Keep keeps what was found, in place of what was found before in other data
// and of the oldest.
func (a *Answers) Keep(q Question, f *Found) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.All = slices.DeleteFunc(a.All, func(k keptAnswer) bool { return k.Question == q })
	a.All = append(a.All, keptAnswer{q, f})
	rows := 0
	for i, k := range slices.Backward(a.All) {
		// Even an answer without rows weighs something.
		if rows += len(k.Hits) + 10_000; rows > AnswersKept && i < len(a.All)-1 {
			a.All = slices.Delete(a.All, 0, i+1)
			return
		}
	}
}
