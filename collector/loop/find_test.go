package loop_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/loop"
)

// names is a source of channels by username and number, and a workspace's Acquaintance.
type names struct {
	byName map[string]collector.Channel
	byID   map[int64]collector.Channel
	fails  error // for unknown usernames
	lost   error // for unknown numbers
	known  map[string][]collector.Known
	last   map[int64]string
	asked  []string
}

func (n *names) Channel(_ context.Context, ref collector.Reference) (collector.Channel, error) {
	n.asked = append(n.asked, ref.String())
	ch, ok := n.byName[ref.Username]
	if ref.Username == "" {
		ch, ok = n.byID[ref.ID]
	}
	if ok {
		return ch, nil
	}
	if ref.Username == "" && n.lost != nil {
		return ch, n.lost
	}
	if n.fails != nil && ref.Username != "" {
		return ch, n.fails
	}
	return ch, &collector.Error{Kind: collector.NotFound}
}

func (n *names) KnownAs(_ context.Context, username string) ([]collector.Known, error) {
	return n.known[username], nil
}

func (n *names) NameOf(_ context.Context, id int64) (string, error) { return n.last[id], nil }

func TestFind(t *testing.T) {
	a, b := collector.Channel{ID: 1, Username: "quay", Title: "Old harbor"}, collector.Channel{ID: 2, Username: "harbor", Title: "New harbor"}
	as := func(id int64, collected bool, day int) collector.Known {
		return collector.Known{ID: id, Title: "Old harbor", Collected: collected, At: time.Date(2024, 1, day, 0, 0, 0, 0, time.UTC)}
	}
	harbor := collector.Reference{Username: "harbor"}
	both := map[int64]collector.Channel{1: a, 2: b}
	for name, tt := range map[string]struct {
		in    names
		ref   collector.Reference
		id    int64
		kind  collector.Kind
		asked []string
	}{
		"as it was": {names{byName: map[string]collector.Channel{"harbor": b},
			known: map[string][]collector.Known{"harbor": {as(2, true, 1)}}}, harbor, 2, "", []string{"@harbor"}},
		"nobody knows it": {names{byName: map[string]collector.Channel{"harbor": b}}, harbor, 2, "", []string{"@harbor"}},
		"the name is nobody's": {names{byID: both, known: map[string][]collector.Known{"harbor": {as(1, true, 1)}}}, harbor, 1, "",
			[]string{"@harbor", "1"}},
		"the name is a person's": {names{byID: both, fails: &collector.Error{Kind: collector.NotAChannel},
			known: map[string][]collector.Known{"harbor": {as(1, true, 1)}}}, harbor, 1, "", []string{"@harbor", "1"}},
		"it is known and gone": {names{known: map[string][]collector.Known{"harbor": {as(1, true, 1)}}}, harbor, 0, collector.NotFound,
			[]string{"@harbor", "1"}},
		"nobody knows, nobody has": {names{byID: both}, harbor, 0, collector.NotFound, []string{"@harbor"}},
		"another has it": {names{byName: map[string]collector.Channel{"harbor": b}, byID: both,
			known: map[string][]collector.Known{"harbor": {as(1, true, 1)}}}, harbor, 2, collector.OtherChannel, []string{"@harbor"}},
		"another that was met has": {names{byName: map[string]collector.Channel{"harbor": b},
			known: map[string][]collector.Known{"harbor": {as(1, true, 1), as(2, false, 2)}}}, harbor, 2, collector.OtherChannel,
			[]string{"@harbor"}},
		"the person said yes before": {names{byName: map[string]collector.Channel{"harbor": b},
			known: map[string][]collector.Known{"harbor": {as(2, true, 2), as(1, true, 1)}}}, harbor, 2, "", []string{"@harbor"}},
		"it went back": {names{byName: map[string]collector.Channel{"harbor": b},
			known: map[string][]collector.Known{"harbor": {as(1, true, 2), as(2, true, 1)}}}, harbor, 2, collector.OtherChannel,
			[]string{"@harbor"}},
		"another that was only met": {names{byName: map[string]collector.Channel{"harbor": b},
			known: map[string][]collector.Known{"harbor": {as(1, false, 1)}}}, harbor, 2, collector.OtherChannel, []string{"@harbor"}},
		"both were only met": {names{byName: map[string]collector.Channel{"harbor": b},
			known: map[string][]collector.Known{"harbor": {as(1, false, 2), as(2, false, 1)}}}, harbor, 2, "", []string{"@harbor"}},
		"the source remembers": {names{byName: map[string]collector.Channel{"harbor": a},
			known: map[string][]collector.Known{"harbor": {as(1, true, 1)}}}, harbor, 1, "", []string{"@harbor"}},
		"a number": {names{byID: both}, collector.Reference{ID: 2}, 2, "", []string{"2"}},
		"a number by its name": {names{byName: map[string]collector.Channel{"harbor": b}, last: map[int64]string{2: "harbor"}},
			collector.Reference{ID: 2}, 2, "", []string{"2", "@harbor"}},
		"a number by another's name": {names{byName: map[string]collector.Channel{"harbor": b}, last: map[int64]string{1: "harbor"}},
			collector.Reference{ID: 1}, 0, collector.NotFound, []string{"1", "@harbor"}},
		"a number, later": {names{fails: &collector.Error{Kind: collector.LookUps}, last: map[int64]string{1: "harbor"}},
			collector.Reference{ID: 1}, 0, collector.LookUps, []string{"1", "@harbor"}},
		"a number, a wrong clock": {names{fails: &collector.Error{Kind: collector.Clock}, last: map[int64]string{1: "harbor"}},
			collector.Reference{ID: 1}, 0, collector.Clock, []string{"1", "@harbor"}},
		"a name, a wrong clock": {names{lost: &collector.Error{Kind: collector.Clock},
			known: map[string][]collector.Known{"harbor": {as(1, true, 1)}}}, harbor, 0, collector.Clock, []string{"@harbor", "1"}},
		"a lost connection": {names{fails: &collector.Error{Kind: collector.Network},
			known: map[string][]collector.Known{"harbor": {as(1, true, 1)}}}, harbor, 0, collector.Network, []string{"@harbor"}},
	} {
		t.Run(name, func(t *testing.T) {
			ch, err := loop.Find(t.Context(), &tt.in, &tt.in, tt.ref)
			if ch.ID != tt.id || collector.KindOf(err) != tt.kind {
				t.Errorf("found channel %d, %v; want %d and %q", ch.ID, err, tt.id, tt.kind)
			}
			if diff := cmp.Diff(tt.asked, tt.in.asked); diff != "" {
				t.Errorf("asked for (-want +got):\n%s", diff)
			}
		})
	}
}

// A failure of the store is not reported as a missing channel.
func TestFindUnreadable(t *testing.T) {
	broken := errors.New("the disk is gone")
	_, err := loop.Find(t.Context(), &names{}, unreadable{error: broken}, collector.Reference{Username: "harbor"})
	if !errors.Is(err, broken) || collector.KindOf(err) == collector.NotFound {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type unreadable struct{ error }

func (u unreadable) KnownAs(context.Context, string) ([]collector.Known, error) { return nil, u.error }

func (u unreadable) NameOf(context.Context, int64) (string, error) { return "", u.error }

func TestMoved(t *testing.T) {
	for _, m := range []collector.Moved{{Before: 1, BeforeTitle: "Old harbor", Now: 2, NowTitle: "New harbor"},
		{Before: 1, BeforeTitle: "", Now: 2, NowTitle: ""},
		{Before: 9_000_000_000, BeforeTitle: "a \"quoted\", now 3\n" + `\`, Now: 2, NowTitle: "Паром ⛴ 🌊"}} {
		got, err := collector.ParseMoved(m.String())
		if err != nil || got != m {
			t.Errorf("ParseMoved(%q) = %+v, %v; want %+v", m, got, err, m)
		}
	}
	if _, err := collector.ParseMoved("something else"); err == nil {
		t.Error("took something else")
	}
}
