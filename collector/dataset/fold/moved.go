package fold

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"telegramtrac/collector"
)

// ErrTaken says that messages came to their own channel while they were read under
// a number made of its username. What was read so far may lack them; read again, they
// are there.
var ErrTaken = errors.New("messages came to their own channel meanwhile")

// taking keeps apart who lists what there is to read and who moves it from one channel
// to another: nobody sees rows in both, or in neither.
type taking struct {
	mu   sync.RWMutex // held while the rows are moved, which is short, and while parts are listed
	done atomic.Int64 // how often rows were moved
}

func (t *taking) begin() {
	t.mu.Lock()
	t.done.Add(1)
}

func (t *taking) end() { t.mu.Unlock() }

// Move begins to move rows from one channel to another, and returns what ends it: nobody
// lists what there is to read meanwhile.
func (d *Rows) Move() (end func()) {
	d.taking.begin()
	return d.taking.end
}

// PlansOf are the plans of one moment of a channel, or of all with messages when
// channelID is 0.
func (d *Rows) PlansOf(ctx context.Context, channelID int64) ([]*Plan, error) {
	d.taking.mu.RLock()
	defer d.taking.mu.RUnlock()
	out, err := d.PlansNow(ctx, channelID)
	if err == nil && collector.IsMadeID(channelID) && len(out[0].Parts) == 0 && d.taking.done.Load() > 0 {
		return nil, ErrTaken
	}
	return out, err
}

// PlansNow are the plans of a channel, or of all with messages when channelID is 0.
// Rows may be moved from one to another meanwhile.
func (d *Rows) PlansNow(ctx context.Context, channelID int64) ([]*Plan, error) {
	ids, err := d.Scanned(ctx, channelID)
	if err != nil {
		return nil, err
	}
	out := make([]*Plan, 0, len(ids))
	for _, id := range ids {
		p, err := d.Plan(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// PlanAgain is the plan of a channel whose parts were merged since it had another one.
// Errors: ErrTaken where they have come to another channel, which was read without them.
func (d *Rows) PlanAgain(ctx context.Context, old *Plan) (*Plan, error) {
	d.taking.mu.RLock()
	defer d.taking.mu.RUnlock()
	p, err := d.Plan(ctx, old.ChannelID)
	if err == nil && collector.IsMadeID(old.ChannelID) && len(old.Parts) > 0 && len(p.Parts) == 0 {
		return nil, ErrTaken
	}
	return p, err
}
