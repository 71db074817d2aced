package sandbox

import (
	"encoding/json"
	"strconv"
	"sync"
)

// moves stores which accounts are at another data centre than their phone number's.
type moves struct {
	store store
	mu    sync.RWMutex
	dcs   map[int64]int
}

type moveRecord struct {
	DC int `json:"dc"`
}

func loadMoves(s store) (*moves, error) {
	m := &moves{store: s, dcs: map[int64]int{}}
	return m, s.each(kindAccounts, func(name string, data []byte) {
		var r moveRecord
		id, err := strconv.ParseInt(name, 10, 64)
		if err == nil && json.Unmarshal(data, &r) == nil && r.DC > 0 {
			m.dcs[id] = r.DC
		}
	})
}

func (m *moves) home(a account) int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if dc, ok := m.dcs[a.id]; ok {
		return dc
	}
	return a.dc
}

func (m *moves) set(account int64, dc int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dcs[account] = dc
	return m.store.put(kindAccounts, strconv.FormatInt(account, 10), moveRecord{dc})
}

// elsewhere returns the data centre that an account was moved to, if any.
func (m *moves) elsewhere(account int64) (dc int, moved bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	dc, moved = m.dcs[account]
	return dc, moved
}
