package live

import (
	"testing"
	"time"
)

func TestSpeedometer(t *testing.T) {
	start := time.Date(2024, 2, 2, 14, 0, 0, 0, time.UTC)
	var m speedometer
	if m.pace() != 0 {
		t.Error("a rate is known of nothing")
	}
	m.add(start, 0)
	m.add(start.Add(500*time.Millisecond), 200)
	if m.pace() != 0 {
		t.Error("a rate is known after half a second")
	}
	for s := 1; s <= 30; s++ {
		m.add(start.Add(time.Duration(s)*time.Second), int64(s)*400)
	}
	if got := m.pace(); got != 400 {
		t.Errorf("steady: %v", got)
	}
	if len(m.samples) > 12 {
		t.Errorf("%d samples are kept", len(m.samples))
	}
	for s := 31; s <= 45; s++ {
		m.add(start.Add(time.Duration(s)*time.Second), 12000)
	}
	if got := m.pace(); got != 0 {
		t.Errorf("standing still: %v", got)
	}
	m.add(start.Add(46*time.Second), 5)
	if got := m.pace(); got != 0 {
		t.Errorf("after the count fell: %v", got)
	}
}
