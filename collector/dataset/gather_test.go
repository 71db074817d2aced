package dataset

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/staging"
)

// snapshot is what a file of a small channel says on a day: a message more each day,
// with other counters, and one that was edited now and then.
func snapshot(day int) collector.Observations {
	var rows []collector.Message
	for id := int64(1); id <= int64(day)+1; id++ {
		text := fmt.Sprint("message ", id)
		if id == 2 {
			text = fmt.Sprint("edited ", day/10)
		}
		m := note(collector.SourceTelethon, id, text)
		views := int64(day)
		m.Views = &views
		rows = append(rows, m)
	}
	return archived(day, rows...)
}

// Many snapshots of one channel are staged in few parts, and bring what they would
// bring one after the other: each wording, when it was seen first and last, and the
// newest counters.
func TestSnapshotsAreGathered(t *testing.T) {
	t.Parallel()
	const days = 40
	one, all := open(t, t.TempDir()), open(t, t.TempDir())
	w := one.Writer(1)
	for day := range days {
		importAll(t, w, at(100), snapshot(day))
		if day%8 == 7 {
			if err := w.Compact(t.Context(), 7); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := staged(t, days)
	parts, err := filepath.Glob(filepath.Join(s.Folder(), bucket.MessagesDir, "channel_id=7", "*"+bucket.PartSuffix))
	if err != nil || len(parts) == 0 || len(parts) > 10 {
		t.Errorf("%d parts, %v; want a few", len(parts), err)
	}
	s, err = staging.OpenStaging(s.Folder()) // as another process does
	if err != nil {
		t.Fatal(err)
	}
	done, err := all.Writer(1).Import(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := done[0].Rows(), int64(days*(days+1)/2); len(done) != 1 || got != want || done[0].New != days {
		t.Errorf("%+v is told of, want %d rows", done, want)
	}
	equal(t, "messages", collect(t, all.Scan(t.Context(), 7)), collect(t, one.Scan(t.Context(), 7)))
	versions := func(d *Dataset) (out []string) {
		for _, v := range readVersions(t, d) {
			out = append(out, fmt.Sprint(v.ID, v.Text, v.ObservedFrom, v.ObservedUntil))
		}
		return out
	}
	equal(t, "versions", versions(all), versions(one))
}

// staged stages snapshots, with little held at a time.
func staged(t *testing.T, days int) *staging.Staging {
	t.Helper()
	s, err := staging.NewStaging(t.TempDir(), at(100))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for day := range days {
		if err := s.Add(t.Context(), snapshot(day)); err != nil {
			t.Fatal(err)
		}
		if err := s.Flush(t.Context()); err != nil { // as if the rows were many
			t.Fatal(err)
		}
	}
	if err := s.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// What is without end is refused while it is read, and rows that repeat others are not
// kept, however many.
func TestStagingBounds(t *testing.T) {
	t.Parallel()
	add := func(s *staging.Staging, n int, row func(i int) collector.Observations) error {
		for i := range n {
			if err := s.Add(context.Background(), row(i)); err != nil {
				return err
			}
		}
		return s.Finish(context.Background())
	}
	tests := map[string]struct {
		n   int
		row func(i int) collector.Observations
		bad bool
	}{
		"wordings of one message": {
			staging.MaxSeen + 1,
			func(i int) collector.Observations { return archived(3, note("x", 1, fmt.Sprint(i))) },
			true,
		},
		"counters of one message": {3 * staging.MaxSeen, func(i int) collector.Observations {
			m, views := note("x", 1, "same"), int64(i)
			m.Views = &views
			return archived(3, m)
		}, false},
		"channels": {staging.MaxStaged + 2, func(i int) collector.Observations {
			return collector.Observations{ChannelID: int64(i + 1), SeenAt: at(3)}
		}, true},
		"peers": {staging.MaxNamed + 1, func(i int) collector.Observations {
			return collector.Observations{Peers: []collector.Peer{{Type: collector.PeerUser, ID: int64(i + 1), LastSeenAt: at(3)}}}
		}, true},
		"details": {40, func(i int) collector.Observations {
			return collector.Observations{ChannelID: 7, Channel: &collector.Channel{ID: 7, LastSeenAt: at(i), Raw: string(make([]byte, 1<<20))}}
		}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := staging.NewStaging(t.TempDir(), at(100))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			err = add(s, tt.n, tt.row)
			if _, much := errors.AsType[*staging.TooMuchError](err); much != tt.bad || !tt.bad && err != nil {
				t.Errorf("got %v, want refused %t", err, tt.bad)
			}
		})
	}
}
