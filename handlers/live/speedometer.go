package live

import (
	"time"

	"telegramtrac/views/collection"
)

// paceSpan is the time over which the rate is measured.
const paceSpan = 10 * time.Second

// sample is how many messages a collection had brought in at a time.
type sample struct {
	at time.Time
	n  int64
}

// speedometer measures the rate over the last paceSpan.
type speedometer struct{ samples []sample }

// add records the number of messages at a time. A lower number than before, as after a
// restart, restarts the measurement.
func (m *speedometer) add(at time.Time, n int64) {
	if k := len(m.samples); k > 0 && n < m.samples[k-1].n {
		m.samples = m.samples[:0]
	}
	m.samples = append(m.samples, sample{at, n})
	old := 0
	for old < len(m.samples)-2 && at.Sub(m.samples[old+1].at) >= paceSpan {
		old++
	}
	m.samples = append(m.samples[:0], m.samples[old:]...)
}

// pace is the rate over the samples; it is unknown until they span a second.
func (m *speedometer) pace() collection.Speed {
	if len(m.samples) < 2 {
		return collection.Speed{}
	}
	first, last := m.samples[0], m.samples[len(m.samples)-1]
	took := last.at.Sub(first.at).Seconds()
	if took < 1 {
		return collection.Speed{}
	}
	return collection.Speed{Known: true, Rate: float64(last.n-first.n) / took}
}
