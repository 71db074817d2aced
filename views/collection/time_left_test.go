package collection

import (
	"testing"
	"time"

	"telegramtrac/collector"
)

func TestTimeLeft(t *testing.T) {
	known := func(n int64) *int64 { return &n }
	c := collector.Collection{Channels: []collector.Progress{
		{State: collector.Done, Messages: 10, Expected: known(10)},
		{State: collector.Collecting, Messages: 900, Service: 100, Expected: known(13000)},
	}}
	if got, ok := timeLeft(c, 100); !ok || got != 2*time.Minute {
		t.Errorf("left: %v, %v", got, ok)
	}
	if got, ok := timeLeft(c, 0); ok {
		t.Errorf("left at no rate: %v", got)
	}
	c.Channels = append(c.Channels, collector.Progress{State: collector.Queued})
	if got, ok := timeLeft(c, 100); ok {
		t.Errorf("left with a channel of unknown size: %v", got)
	}
}
