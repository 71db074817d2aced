package workspace

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/gate"
)

// TestOutliving: what of an account's memory outlives its workspace, and until when.
func TestOutliving(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	in := func(d time.Duration) time.Time { return now.Add(d) }
	never := time.Time{}
	asked := func(ago time.Duration) gate.LookUps { return gate.LookUps{Sent: []int64{in(-ago).Unix()}} }
	for name, tt := range map[string]struct {
		memory gate.Memory
		until  time.Time
	}{
		"nothing":               {gate.Memory{}, never},
		"flood wait":            {gate.Memory{NotBefore: in(time.Hour), Since: now, Method: "messages.getHistory"}, in(time.Hour)},
		"ended just now":        {gate.Memory{NotBefore: now}, never},
		"ended":                 {gate.Memory{NotBefore: in(-time.Hour), Waits: []collector.FloodWait{{}}}, never},
		"stop":                  {gate.Memory{Stopped: "long wait"}, in(stopCarried)},
		"stop with its wait":    {gate.Memory{Stopped: "long wait", NotBefore: in(13 * time.Hour)}, in(stopCarried)},
		"stop with a long wait": {gate.Memory{Stopped: "long wait", NotBefore: in(90 * 24 * time.Hour)}, in(90 * 24 * time.Hour)},
		"stop after its wait":   {gate.Memory{Stopped: "long wait", NotBefore: in(-time.Hour)}, in(stopCarried)},
		"look-up":               {gate.Memory{LookUps: asked(time.Hour)}, in(23 * time.Hour)},
		"look-up of yesterday":  {gate.Memory{LookUps: asked(25 * time.Hour)}, never},
		"look-ups refused":      {gate.Memory{LookUps: gate.LookUps{NotBefore: in(30 * time.Hour)}}, in(30 * time.Hour)},
		"wait and look-up":      {gate.Memory{NotBefore: in(time.Hour), LookUps: asked(time.Hour)}, in(23 * time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			kept, until := outliving(tt.memory, now)
			if !until.Equal(tt.until) {
				t.Errorf("until %v, want %v", until, tt.until)
			}
			want := tt.memory
			if tt.until.IsZero() {
				want = gate.Memory{}
			}
			if diff := cmp.Diff(want, kept); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			tt.memory.Hours, tt.memory.Minutes = []gate.Slot{{Start: 1}}, []gate.Slot{{Start: 1}}
			if kept, _ := outliving(tt.memory, now); kept.Hours != nil || kept.Minutes != nil {
				t.Error("counts of the deleted workspace are kept")
			}
		})
	}
}
