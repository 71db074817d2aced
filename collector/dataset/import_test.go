package dataset

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/staging"
)

// stage makes a staging of observations, closed with the test.
func stage(t testing.TB, now time.Time, all ...collector.Observations) *staging.Staging {
	t.Helper()
	s, err := staging.NewStaging(t.TempDir(), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for _, o := range all {
		if err := s.Add(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func importAll(t testing.TB, w *staging.Writer, now time.Time, all ...collector.Observations) []collector.Imported {
	t.Helper()
	got, err := w.Import(t.Context(), stage(t, now, all...))
	if err != nil {
		t.Fatalf("Import: %v", err)
	}
	return got
}

// at is a whole number of hours after day zero.
func at(hours int) time.Time { return dayZero.Add(time.Duration(hours) * time.Hour) }

func note(source string, id int64, text string) collector.Message {
	return collector.Message{ChannelID: 7, ID: id, Kind: collector.KindMessage, Date: dayZero.AddDate(0, 0, -1), Text: text, Source: source,
		Raw: "{}"}
}

func archived(hours int, ms ...collector.Message) collector.Observations {
	for i := range ms {
		ms[i].Source = collector.SourceTelethon
	}
	return collector.Observations{ChannelID: 7, SeenAt: at(hours), Messages: ms}
}

func looked(hours int, lo, hi int64, ms ...collector.Message) collector.Part {
	for i := range ms {
		ms[i].Source = collector.SourceTelegram
	}
	return collector.Part{ChannelID: 7, Range: collector.Range{Lo: lo, Hi: hi}, Source: collector.SourceTelegram, ObservedAt: at(hours),
		Messages: ms}
}

// TestImportAnyOrder imports archives of a channel at any time after they were
// made, with looks of Telegram and compactions between them. What comes out
// depends on what was seen when, not on when it was imported.
func TestImportAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 6))
			const ids, hours = 40, 400
			died := map[int64]int{} // the hour in which a message was deleted
			for id := range int64(ids) {
				if died[id] = hours; r.IntN(3) == 0 {
					died[id] = 10 + r.IntN(hours-20)
				}
			}
			type event struct {
				seen, when int // when it was seen and when it comes into the dataset
				telegram   bool
				span       collector.Range
				ids        []int64
			}
			var events []event
			for n := range 8 {
				e := event{seen: 1 + n*47 + r.IntN(40), span: collector.Range{Lo: 0, Hi: ids - 1}}
				e.when = e.seen
				if e.telegram = r.IntN(2) == 0; e.telegram {
					e.span.Lo = r.Int64N(ids)
					e.span.Hi = e.span.Lo + r.Int64N(ids)
				} else {
					e.when += r.IntN(hours)
				}
				for id := range int64(ids) {
					if died[id] > e.seen && e.span.Contains(id) && (e.telegram || r.IntN(3) > 0) {
						e.ids = append(e.ids, id)
					}
				}
				events = append(events, e)
			}
			slices.SortStableFunc(events, func(a, b event) int { return a.when - b.when })

			dir := t.TempDir()
			d := open(t, dir)
			w := d.Writer(3)
			for n, e := range events {
				var ms []collector.Message
				for _, id := range e.ids {
					ms = append(ms, note("", id, fmt.Sprintf("%d at %d", id, e.seen)))
				}
				if e.telegram {
					put1(t, w, looked(e.seen, e.span.Lo, e.span.Hi, ms...))
				} else {
					importAll(t, w, at(e.when), archived(e.seen, ms...))
					again := importAll(t, w, at(e.when), archived(e.seen, ms...))
					for _, got := range again {
						if got.New+got.Newer+got.Older != 0 {
							t.Fatalf("importing again is no repetition: %+v", got)
						}
					}
				}
				if r.IntN(3) == 0 {
					if err := w.Compact(t.Context(), 7); err != nil {
						t.Fatal(err)
					}
				}
				if r.IntN(4) == 0 {
					d = open(t, dir)
					w = d.Writer(uint64(4 + n))
				}
			}

			var want []collector.Message
			var versions []string
			slices.SortStableFunc(events, func(a, b event) int { return a.seen - b.seen })
			for id := range int64(ids) {
				var seen []event
				var gone *time.Time
				for _, e := range events {
					switch {
					case slices.Contains(e.ids, id):
						seen, gone = append(seen, e), nil
					case e.telegram && e.span.Contains(id) && len(seen) > 0 && gone == nil:
						when := at(e.seen)
						gone = &when
					}
				}
				for n, e := range seen {
					m := note(collector.SourceTelethon, id, fmt.Sprintf("%d at %d", id, e.seen))
					if e.telegram {
						m.Source = collector.SourceTelegram
					}
					m.FirstSeenAt, m.LastSeenAt, m.GoneAt = at(seen[0].seen), at(e.seen), gone
					if n+1 == len(seen) {
						want = append(want, m)
					} else {
						versions = append(versions, m.Text)
					}
				}
			}
			rows := collect(t, d.Scan(t.Context(), 7))
			for i := range min(len(rows), len(want)) { // a later look is right, too: see Import
				g, w := rows[i].GoneAt, want[i].GoneAt
				if g != nil && w != nil && slices.ContainsFunc(events, func(e event) bool {
					return e.telegram && at(e.seen).Equal(*g) && !g.Before(*w)
				}) {
					want[i].GoneAt = g
				}
			}
			equal(t, "messages", rows, want)
			var got []string
			for _, v := range readVersions(t, d) {
				got = append(got, v.Text)
			}
			equal(t, "versions", got, versions)
			proved, err := w.Covered(t.Context(), 7, collector.SourceTelethon)
			if err != nil || len(proved) > 0 {
				t.Errorf("an archive covers %v, %v", proved, err)
			}
		})
	}
}

func TestImportNeverCoversTelegram(t *testing.T) {
	d := open(t, t.TempDir())
	w := d.Writer(1)
	o := archived(3, note("", 5, "five"))
	o.Messages[0].Source = collector.SourceTelegram // as this product's own files have it
	importAll(t, w, at(9), o)
	for _, since := range []time.Time{{}, at(0)} {
		if got, err := w.CoveredBetween(t.Context(), 7, collector.SourceTelegram, since, time.Now().AddDate(9, 0, 0)); err != nil ||
			len(got) > 0 {
			t.Errorf("since %v: covered %v, %v", since, got, err)
		}
	}
	if err := w.Compact(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	put1(t, w, looked(5, 1, 4, note("", 2, "two")))
	got, err := w.Covered(t.Context(), 7, collector.SourceTelegram)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "covered", got, collector.Ranges{{Lo: 1, Hi: 4}})
}

// A message that was deleted before this product looked comes back from an
// archive, as gone.
func TestImportRestoresDeleted(t *testing.T) {
	d := open(t, t.TempDir())
	w := d.Writer(1)
	put1(t, w, looked(10, 1, 10, note("", 2, "two")))
	importAll(t, w, at(20), archived(5, note("", 3, "three")))
	got := collect(t, d.Scan(t.Context(), 7))
	if len(got) != 2 || got[1].ID != 3 || got[1].GoneAt == nil || !got[1].GoneAt.Equal(at(10)) {
		t.Fatalf("rows: %+v", got)
	}
	c, err := w.Count(t.Context(), 7, collector.Range{Lo: 1, Hi: 10})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "count", c, collector.Count{Messages: 2, Absent: 8})
}

// What an archive says of its own future is not believed.
func TestImportFromTheFuture(t *testing.T) {
	d := open(t, t.TempDir())
	w := d.Writer(1)
	importAll(t, w, at(20), archived(500, note("", 3, "archive")))
	put1(t, w, looked(21, 1, 10, note("", 3, "telegram")))
	if got := collect(t, d.Scan(t.Context(), 7)); got[0].Text != "telegram" || !got[0].FirstSeenAt.Equal(at(20)) {
		t.Errorf("row: %+v", got[0])
	}
}

func TestImportSameTime(t *testing.T) {
	private, personal := note("", 3, "hi"), note("", 3, "hi")
	personal.PostAuthor = "Ann"
	edited := note("", 3, "hi!")
	edited.EditDate = ptrTo(at(4))
	d := open(t, t.TempDir())
	w := d.Writer(1)
	for _, tt := range []struct {
		what     string
		m        collector.Message
		want     collector.Message
		versions int
	}{
		{"private", private, private, 0}, {"personal", personal, personal, 0}, {"edited", edited, edited, 1},
		{"the wording before", personal, edited, 1},
	} {
		importAll(t, w, at(20), archived(5, tt.m))
		got := collect(t, d.Scan(t.Context(), 7))
		if len(got) != 1 || got[0].Text != tt.want.Text || got[0].PostAuthor != tt.want.PostAuthor {
			t.Errorf("%s: %+v", tt.what, got)
		}
		if n := len(readVersions(t, d)); n != tt.versions {
			t.Errorf("%s: %d versions, want %d", tt.what, n, tt.versions)
		}
	}
}

// TestImportTellsLess: of the same moment, a private row takes nothing away of a
// personal one, whatever it leaves out; a personal one adds to a private one.
func TestImportTellsLess(t *testing.T) {
	const hidden = 1<<62 | 5
	base := func(change func(*collector.Message)) collector.Message {
		m := note("", 3, "hi")
		m.Raw = `{"id":3,"x":[1]}`
		change(&m)
		return m
	}
	for name, tt := range map[string]struct{ personal, private func(*collector.Message) }{
		"a name": {func(m *collector.Message) { m.ForwardFromName = "Ann" }, func(*collector.Message) {}},
		"an id": {func(m *collector.Message) { m.FromType, m.FromID = collector.PeerUser, 5 },
			func(m *collector.Message) { m.FromType, m.FromID = collector.PeerUser, hidden }},
		"in raw": {func(m *collector.Message) { m.Raw = `{"id":3,"x":[1],"via":"ann"}` }, func(*collector.Message) {}},
		"deep in raw": {func(m *collector.Message) { m.Raw = `{"id":3,"x":[{"user_id":5}]}` },
			func(m *collector.Message) { m.Raw = fmt.Sprintf(`{"x":[{"user_id":%d}],"id":3}`, hidden) }},
		"a list in raw": {func(m *collector.Message) { m.Raw = `{"id":3,"x":[1,{"name":"Ann"}]}` }, func(*collector.Message) {}},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, t.TempDir())
			w := d.Writer(1)
			private, personal := base(tt.private), base(tt.personal)
			for n, m := range []collector.Message{private, personal, private} {
				got := importAll(t, w, at(20), archived(5, m))[0]
				if known := n == 2; (got.Known == 1) != known {
					t.Errorf("import %d: %+v", n, got)
				}
			}
			gone := private
			gone.GoneAt = ptrTo(at(9))
			importAll(t, w, at(20), archived(5, gone))
			rows := collect(t, d.Scan(t.Context(), 7))
			if len(rows) != 1 || rows[0].Raw != personal.Raw || rows[0].FromID != personal.FromID ||
				rows[0].ForwardFromName != personal.ForwardFromName {
				t.Fatalf("rows %+v, want %+v", rows, personal)
			}
			if rows[0].GoneAt == nil || !rows[0].GoneAt.Equal(at(9)) {
				t.Errorf("gone at %v, want %v", rows[0].GoneAt, at(9))
			}
		})
	}
}

func ptrTo[T any](v T) *T { return &v }

func TestImportDetailsAndPeers(t *testing.T) {
	d := open(t, t.TempDir())
	w := d.Writer(1)
	details := func(hours int, title string) collector.Observations {
		return collector.Observations{ChannelID: 7, SeenAt: at(hours),
			Channel: &collector.Channel{ID: 7, Title: title, Kind: collector.Broadcast, Source: collector.SourceTracker, Raw: "{}"},
			Peers:   []collector.Peer{{Type: collector.PeerChannel, ID: 8, Title: title, Raw: "{}"}}}
	}
	for n, tt := range []struct {
		hours int
		want  string
	}{{10, "ten"}, {5, "ten"}, {10, "ten"}, {20, "twenty"}, {15, "twenty"}} {
		importAll(t, w, at(50), details(tt.hours, map[int]string{5: "five", 10: "ten", 15: "fifteen", 20: "twenty"}[tt.hours]))
		ch, err := d.Channel(t.Context(), "7")
		if err != nil || ch.Title != tt.want {
			t.Errorf("%d: title %q, want %q, %v", n, ch.Title, tt.want, err)
		}
		peers, err := d.Peers(t.Context())
		if err != nil || len(peers) != 1 || peers[0].Title != tt.want {
			t.Errorf("%d: peers %+v, want %q, %v", n, peers, tt.want, err)
		}
		if n > 0 && (!ch.FirstSeenAt.Equal(at(5)) || !peers[0].FirstSeenAt.Equal(at(5))) {
			t.Errorf("%d: first seen at %v and %v", n, ch.FirstSeenAt, peers[0].FirstSeenAt)
		}
	}
}

// TestImportPrivateDetails: private details of the same moment take nothing away of
// personal ones.
func TestImportPrivateDetails(t *testing.T) {
	const private, personal = `{"id":7,"users":[{"id":4611686018427387909}]}`, `{"id":7,"users":[{"id":5,"first_name":"Ann"}]}`
	for _, order := range [][]string{{private, personal, private}, {personal, private}} {
		d := open(t, t.TempDir())
		w := d.Writer(1)
		for _, raw := range order {
			importAll(t, w, at(50), collector.Observations{ChannelID: 7, SeenAt: at(10),
				Channel: &collector.Channel{ID: 7, Title: "ten", Kind: collector.Broadcast, Source: collector.SourceTracker, Raw: raw}})
		}
		if ch, err := d.Channel(t.Context(), "7"); err != nil || ch.Raw != personal {
			t.Errorf("%d imports: raw %s, %v; want %s", len(order), ch.Raw, err, personal)
		}
	}
}

// An import that was killed is there whole when it was decided on, and else not
// at all.
func TestImportKilled(t *testing.T) {
	for _, tt := range []struct {
		name      string
		committed bool
		landed    int // files moved before the kill
		want      int
	}{{"before the decision", false, 0, 0}, {"after it", true, 0, 3}, {"half way", true, 1, 3}} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			d := open(t, dir)
			w := d.Writer(1)
			s, err := d.In.Ship("x")
			if err != nil {
				t.Fatal(err)
			}
			i := &staging.Importing{W: w, Out: s, Rows: map[staging.ImportedFrom]int64{}}
			for n := range 3 {
				rows := []collector.Message{note(collector.SourceTelethon, int64(n+1), "text")}
				rows[0].LastSeenAt, rows[0].FirstSeenAt = at(1), at(1)
				if err := i.PutMessages(
					filepath.Join(bucket.MessagesDir, "channel_id=7", part.PartName(int64(n+1), part.Revision{Major: 1, Minor: uint32(n + 1)})),
					rows,
				); err != nil {
					t.Fatal(err)
				}
				if n < tt.landed {
					put1(t, w, collector.Part{ChannelID: 7, Range: collector.Range{Lo: 9, Hi: 9}, ObservedAt: at(1), Loose: true})
					place := filepath.Join(bucket.MessagesDir, "channel_id=7", part.PartName(int64(n+1), part.Revision{Major: 1, Minor: uint32(n + 1)}))
					if err := os.Rename(s.Dir.Path(place), filepath.Join(dir, place)); err != nil {
						t.Fatal(err)
					}
				}
			}
			if tt.committed {
				if _, err := s.Dir.Put(bucket.Committed, func(*os.File) error { return nil }); err != nil {
					t.Fatal(err)
				}
			}
			open(t, dir) // beside the living: nothing happens
			if _, err := os.Stat(string(s.Dir)); err != nil {
				t.Fatalf("the shipment of a living writer was touched: %v", err)
			}
			s.Lock.Close() // the process dies
			if got := collect(t, open(t, dir).Scan(t.Context(), 7)); len(got) != tt.want {
				t.Errorf("%d rows, want %d", len(got), tt.want)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, bucket.ImportsDir, "*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestImportCanceled(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	s := stage(t, at(9), archived(3, note("", 5, "five")))
	cancel()
	if _, err := d.Writer(1).Import(ctx, s); err == nil {
		t.Error("Import did not end")
	}
	if got := collect(t, d.Scan(t.Context(), 7)); len(got) > 0 {
		t.Errorf("rows: %+v", got)
	}
}

// One file may say several things of one message, and more than is held at once.
func TestImportMany(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	var first, second, third []collector.Message
	for id := range int64(staging.HeldRows + 500) {
		first, second = append(first, note("", id+1, "first")), append(second, note("", id+1, "second"))
		if id%100 == 0 {
			third = append(third, note("", id+1, "third"))
		}
	}
	got := importAll(t, d.Writer(1), at(50), archived(8, second...), archived(4, first...), archived(9, third...))
	n := int64(len(first))
	equal(t, "imported", got, []collector.Imported{{ChannelID: 7, New: n, Newer: n + int64(len(third))}})
	texts := map[string]int{}
	for _, m := range collect(t, d.Scan(t.Context(), 7)) {
		texts[m.Text]++
	}
	equal(t, "texts", texts, map[string]int{"second": len(second) - len(third), "third": len(third)})
	if got, want := len(readVersions(t, d)), len(first)+len(third); got != want {
		t.Errorf("%d versions, want %d", got, want)
	}
}

// A username that only a file's name gave, which stands as the title too, gives way
// to the channel that is known by it.
func TestImportHints(t *testing.T) {
	d := open(t, t.TempDir())
	w := d.Writer(1)
	named := func(username, title string) collector.Message {
		m := note(collector.SourceTelethon, 1, "text")
		m.ChannelUsername, m.ChannelTitle = username, title
		return m
	}
	part := looked(1, 1, 1, note("", 1, "text"))
	part.ChannelID, part.Messages[0].ChannelID = 6, 6
	part.Peers = []collector.Peer{{Type: collector.PeerChannel, ID: 9, Username: "Harbour"}}
	if err := w.PutPart(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	importAll(t, w, at(9), archived(1, named("harbour", "harbour")))
	ch, err := d.Channel(t.Context(), "7")
	if err != nil || ch.Username != "" {
		t.Errorf("got @%s, %v; want no username: it is channel 9's", ch.Username, err)
	}
	importAll(t, w, at(9), collector.Observations{ChannelID: 8, SeenAt: at(1), Messages: []collector.Message{named("quay", "quay")}})
	if ch, err := d.Channel(t.Context(), "8"); err != nil || ch.Username != "quay" {
		t.Errorf("got @%s, %v; want quay: nobody else is called so", ch.Username, err)
	}
}
