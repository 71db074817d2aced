package preview

import (
	"strings"
	"testing"
)

// Setting the machine's clock must not end a refusal early: the site's times carry the
// monotonic reading, which time.Time shows as m=.
func TestSystemClockIsMonotonic(t *testing.T) {
	site, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if now := site.clock.Now().String(); !strings.Contains(now, "m=") {
		t.Errorf("the clock says %s, without a monotonic reading", now)
	}
}
