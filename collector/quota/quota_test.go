package quota

import "testing"

// TestAllowance: what is up to a limit fits, and then there is no more room.
func TestAllowance(t *testing.T) {
	for _, tt := range []struct {
		limit, bytes int64
		fits, full   bool
	}{
		{0, 1 << 40, true, false},
		{10, 9, true, false},
		{10, 10, true, true},
		{10, 11, false, true},
	} {
		a := Allowance{Bytes: tt.limit}
		if fits, full := a.Fits(tt.bytes), a.Full(tt.bytes); fits != tt.fits || full != tt.full {
			t.Errorf("%d of %d: fits %v, full %v", tt.bytes, tt.limit, fits, full)
		}
	}
}
