package fold

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/decode"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// Rows are what the parts of one workspace say of its channels' messages. It is safe
// for concurrent use, and several may be open on one folder: each sees what the others
// wrote from its next call on.
type Rows struct {
	Dir          string // what is no part may lie in it for a while
	In           bucket.Files
	MessageParts *bucket.Partitions[*part.Part]
	VersionParts *bucket.Partitions[*part.Part]
	DetailFiles  *bucket.Partitions[Details]
	GroupRows    int64 // of a row group of messages, at most; the same in all that write there

	Blocks *decode.Blocks // what pages were decoded of parts, kept for the next; nil: nothing
	Cores  *part.Cores    // that readings share; nil: one

	Plans  plans
	taking taking
	told   func(Damage) // of what is damaged; nil: nobody
}

func NewRows(dir string, in bucket.Files) *Rows {
	d := &Rows{Dir: dir, In: in, GroupRows: part.GroupRows}
	d.MessageParts = bucket.NewPartitions(in, bucket.MessagesDir, Telling(d, part.LoadPart))
	d.VersionParts = bucket.NewPartitions(in, bucket.VersionsDir, Telling(d, part.LoadVersions))
	d.DetailFiles = bucket.NewPartitions(in, bucket.ChannelsDir, Telling(d, loadDetails))
	return d
}

// TakenOver is how often messages were moved from one channel to another.
func (d *Rows) TakenOver() int64 { return d.taking.done.Load() }

// Rest gives back the memory of plans, and of what was decoded of their parts.
func (d *Rows) Rest() {
	d.Plans.mu.Lock()
	old := d.Plans.Channels
	d.Plans.Channels = nil
	d.Plans.mu.Unlock()
	for _, k := range old {
		d.Blocks.Drop(new(Plan).without(k.plan)...)
	}
}

// Details is one observation of a channel's details.
type Details struct {
	Revision part.Revision
	Channel  collector.Channel
}

func loadDetails(in bucket.Files, name string) (Details, error) {
	rows, err := mend.LoadRows[collector.Channel](in, name)
	if err != nil {
		return Details{}, err
	}
	if len(rows) != 1 {
		return Details{}, fmt.Errorf("channel details of %d rows", len(rows))
	}
	r, err := part.RevisionOf(path.Base(name))
	return Details{r, rows[0]}, err
}

// Ids returns the channels of which there are details or messages, ascending.
func (d *Rows) Ids(ctx context.Context) ([]int64, error) {
	described, err := d.DetailFiles.Ids()
	if err != nil {
		return nil, err
	}
	spoken, err := d.MessageParts.Ids()
	if err != nil {
		return nil, err
	}
	ids := slices.Concat(described, spoken)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	var out []int64
	for _, id := range ids {
		there, err := d.Has(ctx, id)
		if err != nil {
			return nil, err
		}
		if there {
			out = append(out, id)
		}
	}
	return out, nil
}

// Has reports whether any part of the channel is there.
func (d *Rows) Has(ctx context.Context, id int64) (bool, error) {
	seen, _, err := d.DetailFiles.Channel(id).Snapshot(ctx)
	if err != nil || len(seen) > 0 {
		return len(seen) > 0, err
	}
	parts, _, err := d.MessageParts.Channel(id).Snapshot(ctx)
	return len(parts) > 0, err
}

// Describe returns a channel's newest details, first seen at the time of the oldest, and
// whether there are any.
func (d *Rows) Describe(ctx context.Context, id int64) (ch collector.Channel, there bool, err error) {
	seen, _, err := d.DetailFiles.Channel(id).Snapshot(ctx)
	if err != nil || len(seen) == 0 {
		return ch, false, err
	}
	ch = slices.MaxFunc(seen, func(a, b Details) int { return a.Revision.Compare(b.Revision) }).Channel
	for _, e := range seen {
		if e.Channel.FirstSeenAt.Before(ch.FirstSeenAt) {
			ch.FirstSeenAt = e.Channel.FirstSeenAt
		}
	}
	return ch, true, nil
}

// Damage is what a dataset has lost.
type Damage struct {
	ChannelID int64            // 0: it is of no channel
	Ranges    collector.Ranges // ids among which the lost messages are; none: it is not known
	Rows      int64            // how many messages; 0: it is not known
	File      string           // within the dataset
}

// Tell makes the dataset tell of each damaged file when it meets it. It is to be called
// before anything else.
func (d *Rows) Tell(told func(Damage)) { d.told = told }

// notify tells of a part that has lost something.
func (d *Rows) notify(name string, l part.Lost) {
	if d.told != nil {
		d.told(Damage{ChannelOf(name), l.Ranges, l.Rows, name})
	}
}

// ChannelOf is the channel whose folder a file lies in, 0 for none.
func ChannelOf(name string) (id int64) {
	digits, ok := strings.CutPrefix(path.Base(path.Dir(name)), bucket.PartitionPrefix)
	if ok {
		fmt.Sscanf(digits, "%d", &id)
	}
	return id
}

// Telling loads a file, and tells of it where it is damaged, or has lost something.
func Telling[T any](d *Rows, load bucket.Load[T]) bucket.Load[T] {
	return func(in bucket.Files, name string) (T, error) {
		v, err := load(in, name)
		if _, system := errors.AsType[*fs.PathError](err); err != nil && !system {
			d.notify(name, part.Lost{})
		}
		if p, ok := any(v).(*part.Part); ok && err == nil && p.Lost.Rows > 0 {
			d.notify(name, p.Lost)
		}
		return v, err
	}
}

// Total counts a channel's rows.
func (d *Rows) Total(ctx context.Context, channelID int64) (collector.Count, error) {
	return Of(ctx, d, channelID, func(p *Plan) (collector.Count, error) { return p.Total(ctx) })
}

// Attempts is how often a reading begins anew at one place because the parts it
// was about to open have been merged meanwhile.
const Attempts = 10

// Retry does a reading anew while parts vanish under it.
func Retry(do func() error) error {
	for n := 0; ; n++ {
		if err := do(); !errors.Is(err, fs.ErrNotExist) || n == Attempts {
			return err
		}
	}
}

// Of is what is worked out of a channel's plan, anew while parts vanish under it.
func Of[T any](ctx context.Context, d *Rows, channelID int64, work func(*Plan) (T, error)) (v T, err error) {
	err = Retry(func() error {
		p, err := d.Plan(ctx, channelID)
		if err == nil {
			v, err = work(p)
		}
		return err
	})
	return v, err
}

// Scanned lists the channels that a query means: one, or all with messages.
func (d *Rows) Scanned(ctx context.Context, channelID int64) ([]int64, error) {
	if channelID != 0 {
		return []int64{channelID}, ctx.Err()
	}
	return d.MessageParts.Ids()
}
