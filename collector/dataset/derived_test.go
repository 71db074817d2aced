package dataset

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/derived"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// hiddenForward is an object that alone tells of a forward.
const hiddenForward = `{"forwarded_from":{"name":""}}`

// derivable puts parts of all sorts of messages, and returns them.
func derivable(t testing.TB, d *Dataset, n int64) []*part.Part {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	w := d.Writer(1)
	for i := range n {
		p := inventPart(r, 1, 1+i*60, 60+i*60, dayZero)
		for j := range p.Messages {
			m := &p.Messages[j]
			switch r.IntN(6) {
			case 0:
				m.Source, m.Raw = collector.SourceDesktop, hiddenForward
				m.ForwardFromType, m.ForwardFromName, m.ForwardDate = "", "", nil
			case 1:
				m.Source, m.Raw = collector.SourcePreview, hiddenForward
			case 2:
				m.Date = time.Date(1960, 1, 2, 3, 4, 5, 6000, time.UTC)
			case 3:
				m.Links = []string{"https://www.example.org/a", "example.org", "mailto:a@b.c", "\xff"}
			}
		}
		if i == 0 {
			p.Messages[0].Links = []string{strings.Repeat("x", 2<<20)}
		}
		put1(t, w, p)
	}
	parts, _, err := d.MessageParts.Channel(1).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// pointed is what of a row points at channels, as it is read by rows.
type pointed struct {
	ID                  int64               `parquet:"message_id"`
	Kind                string              `parquet:"kind,dict"`
	Date                int64               `parquet:"date,timestamp(microsecond)"`
	FromType            string              `parquet:"from_type,optional,dict"`
	FromID              int64               `parquet:"from_id,optional"`
	ForwardFromType     string              `parquet:"forward_from_type,optional,dict"`
	ForwardFromID       int64               `parquet:"forward_from_id,optional"`
	ForwardFromUsername string              `parquet:"forward_from_username,optional"`
	ForwardMessageID    int64               `parquet:"forward_message_id,optional"`
	ReplyToMessageID    int64               `parquet:"reply_to_message_id,optional"`
	ReplyToChannelID    int64               `parquet:"reply_to_channel_id,optional"`
	ReplyToTopID        int64               `parquet:"reply_to_top_id,optional"`
	ThreadChannelID     int64               `parquet:"thread_channel_id,optional"`
	ThreadMessageID     int64               `parquet:"thread_message_id,optional"`
	TMeLinks            []collector.TMeLink `parquet:"tme_links,optional,list"`
	Mentions            []string            `parquet:"mentions,optional,list"`
}

// told is what the rows of a part tell of what is derived.
type told struct {
	ints     map[derived.Number][]int64
	words    map[derived.Word][]string // "-": null
	stats    *derived.Stats
	pointing []derived.Pointing
}

// rowsTell reads rows the slow way.
func rowsTell(t testing.TB, c part.Cut) told {
	t.Helper()
	files := mend.Files{}
	defer files.Close()
	out := told{ints: map[derived.Number][]int64{}, words: map[derived.Word][]string{}, stats: derived.NewStats()}
	number := func(of derived.Number, v *int64) {
		n := int64(derived.Null)
		if v != nil {
			n = *v
		}
		out.ints[of] = append(out.ints[of], n)
	}
	word := func(of derived.Word, s string) {
		if s == "" {
			s = "-"
		}
		out.words[of] = append(out.words[of], s)
	}
	for m, err := range part.PlainRows[collector.Message](t.Context(), c, files) {
		if err != nil {
			t.Fatal(err)
		}
		date := m.Date.UnixMicro()
		number(derived.IDs, &m.ID)
		number(derived.Dates, &date)
		number(derived.Views, m.Views)
		number(derived.Forwards, m.Forwards)
		var topic *int64
		if m.TopicID != 0 {
			topic = &m.TopicID
		}
		number(derived.Topics, topic)
		word(derived.Kinds, m.Kind)
		word(derived.Media, m.MediaType)
		word(derived.Sources, m.Source)
		forwarded := ""
		if m.ForwardFromType != "" || m.ForwardFromName != "" || m.ForwardDate != nil {
			forwarded = derived.Told
		} else if derived.MayHide(m.Source) && collector.HidesOrigin(m.Raw) {
			forwarded = derived.Hidden
			if m.Kind == collector.KindMessage {
				out.stats.AddHidden(1)
			}
		}
		word(derived.Forwarded, forwarded)
	}
	for row, err := range part.PlainRows[derived.StatsRow](t.Context(), c, files) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Kind == collector.KindMessage {
			out.stats.Add(row)
		}
	}
	at := 0
	for p, err := range part.PlainRows[pointed](t.Context(), c, files) {
		if err != nil {
			t.Fatal(err)
		}
		if p.ForwardFromType != "" || p.ForwardFromID != 0 || p.ForwardFromUsername != "" || p.ReplyToChannelID != 0 ||
			len(p.TMeLinks) > 0 || len(p.Mentions) > 0 {
			d := derived.Pointing{Row: at, ID: p.ID, Kind: p.Kind, Date: p.Date, FromType: p.FromType, FromID: p.FromID,
				ForwardFromType: p.ForwardFromType, ForwardFromID: p.ForwardFromID, ForwardFromUsername: p.ForwardFromUsername,
				ForwardMessageID: p.ForwardMessageID, ReplyToMessageID: p.ReplyToMessageID, ReplyToChannelID: p.ReplyToChannelID,
				ReplyToTopID: p.ReplyToTopID, ThreadChannelID: p.ThreadChannelID, ThreadMessageID: p.ThreadMessageID}
			d.TMeLinks = append(d.TMeLinks, p.TMeLinks...)
			d.Mentions = append(d.Mentions, p.Mentions...)
			out.pointing = append(out.pointing, d)
		}
		at++
	}
	return out
}

// groupsTell is what the rows of each row group tell.
func groupsTell(t testing.TB, p *part.Part) (out []told) {
	t.Helper()
	var first int64
	for _, g := range p.Groups {
		out = append(out, rowsTell(t, part.Cut{Part: p, From: first, To: first + g.Rows}))
		first += g.Rows
	}
	return out
}

// equalDerived compares what is derived of a part with its rows, and returns how many of
// the things that are kept of its row groups were known.
func equalDerived(t testing.TB, rows []told, k *derived.Known) (known int) {
	t.Helper()
	for g, want := range rows {
		for of, values := range want.ints {
			if got, ok := k.Ints(g, of); ok {
				equal(t, string(of), got, values)
				known++
			}
		}
		for of, words := range want.words {
			c, ok := k.Codes(g, of)
			if !ok {
				continue
			}
			known++
			got := make([]string, len(c.Codes))
			for i, code := range c.Codes {
				if got[i] = c.Names[code]; code == 0 {
					got[i] = "-"
				}
			}
			equal(t, string(of), got, words)
		}
		if got, ok := k.Stats(g); ok {
			equal(t, "stats", got, want.stats)
			known++
		}
		if got, ok := k.Pointing(g); ok {
			known++
			if len(got)+len(want.pointing) > 0 {
				equal(t, "pointing", got, want.pointing)
			}
		}
	}
	return known
}

// things are how many are kept of a row group.
const things = 5 + 4 + 2

// TestDerivedIsWhatRowsTell derives from parts of all sorts of messages, of several row
// groups, and of a part without rows.
func TestDerivedIsWhatRowsTell(t *testing.T) {
	d := openGrouped(t, t.TempDir())
	derivable(t, d, 4)
	put1(t, d.Writer(2), collector.Part{
		ChannelID: 1, Range: collector.Range{Lo: 9000, Hi: 9001}, Source: collector.SourceTelegram, ObservedAt: dayZero})
	parts, _, err := d.MessageParts.Channel(1).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if k := derived.Open(p); k != nil {
			t.Fatal("something is known before it was derived")
		}
		if err := derived.Make(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		k := derived.Open(p)
		if k == nil || !derived.Check(p) {
			t.Fatal("nothing is known of a part")
		}
		if got := equalDerived(t, groupsTell(t, p), k); got != things*len(p.Groups) {
			t.Errorf("%d things are known of %d row groups", got, len(p.Groups))
		}
		k.Close()
	}
}

// TestDerivedDamaged harms what is derived, byte by byte: what is known after that is true.
func TestDerivedDamaged(t *testing.T) {
	d := openGrouped(t, t.TempDir())
	p := derivable(t, d, 1)[0]
	if err := derived.Make(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(d.Dir, derived.Name(p))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all, rows := things*len(p.Groups), groupsTell(t, p)
	for at := 0; at < len(whole); at += 1 + at%7 {
		harmed := append([]byte{}, whole...)
		harmed[at] ^= 0x41
		if err := os.WriteFile(path, harmed, 0o600); err != nil {
			t.Fatal(err)
		}
		k := derived.Open(p)
		if k == nil {
			continue
		}
		if derived.Check(p) && at >= 8 {
			t.Fatalf("byte %d is harmed, and all seems whole", at)
		}
		if at%50 == 0 && equalDerived(t, rows, k) == all && at >= 8 {
			t.Errorf("byte %d is harmed, and everything is known", at)
		}
		k.Close()
	}
	for _, n := range []int{0, 1, 20, len(whole) / 2, len(whole) - 1} {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if k := derived.Open(p); k != nil {
			t.Errorf("something is known of a file cut at %d", n)
		}
	}
}

// TestDerivedOfAnotherPart: what lies beside a part and is of another one is not believed.
func TestDerivedOfAnotherPart(t *testing.T) {
	d := open(t, t.TempDir())
	parts := derivable(t, d, 2)
	if err := derived.Make(t.Context(), parts[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(d.Dir, derived.Name(parts[0])), filepath.Join(d.Dir, derived.Name(parts[1]))); err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if derived.Open(p) != nil {
			t.Errorf("something is known of %s", p.Name)
		}
	}
}

// manyMessages puts enough messages that something is derived of them, in several parts.
func manyMessages(t testing.TB, d *Dataset) {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 6))
	w := d.Writer(1)
	for lo := int64(1); lo < 2*derived.WorthRows; lo += 1000 {
		p := collector.Part{ChannelID: 1, Range: collector.Range{Lo: lo, Hi: lo + 999}, Source: collector.SourceTelegram, ObservedAt: dayZero}
		for id := lo + 999; id >= lo; id-- {
			m := benchMessage(r, 1, id)
			m.Raw = "{}"
			p.Messages = append(p.Messages, m)
		}
		put1(t, w, p)
	}
}

// TestCompactionDerives: of a large part something is derived, once more where it is
// damaged or gone, and it goes with its part. The index takes it for no part.
func TestCompactionDerives(t *testing.T) {
	d := open(t, t.TempDir())
	manyMessages(t, d)
	w := d.Writer(2)
	compacted := func() *part.Part {
		t.Helper()
		if err := w.Compact(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		parts, _, err := d.MessageParts.Channel(1).Snapshot(t.Context())
		if err != nil || len(parts) != 1 {
			t.Fatal(len(parts), err)
		}
		if !derived.Check(parts[0]) {
			t.Fatal("nothing is derived of the merged part")
		}
		return parts[0]
	}
	p := compacted()
	path := filepath.Join(d.Dir, derived.Name(p))
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	compacted()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole[100] ^= 1 // within what is kept of a column
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	compacted()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	compacted()
	if err := d.MessageParts.Channel(1).Remove(filepath.Base(p.Name)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("what was derived of a part stays without it: %v", err)
	}
}

// TestDerivedOrphansAreSwept: what a kill left of a part that is gone goes at the next opening.
func TestDerivedOrphansAreSwept(t *testing.T) {
	d := open(t, t.TempDir())
	parts := derivable(t, d, 2)
	for _, p := range parts {
		if err := derived.Make(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(d.Dir, parts[0].Name)); err != nil {
		t.Fatal(err)
	}
	open(t, d.Dir)
	for i, p := range parts {
		there, err := bucket.Has(bucket.Folder(d.Dir), derived.Name(p))
		if err != nil || there != (i == 1) {
			t.Errorf("part %d: what is derived is there: %t, %v", i, there, err)
		}
	}
}

// TestDerivingIsStopped: a context that ends leaves nothing behind.
func TestDerivingIsStopped(t *testing.T) {
	d := open(t, t.TempDir())
	p := derivable(t, d, 1)[0]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := derived.Make(ctx, p); err == nil {
		t.Error("it was not stopped")
	}
	names, err := os.ReadDir(filepath.Join(d.Dir, filepath.Dir(p.Name)))
	if err != nil || len(names) != 1 {
		t.Errorf("%v is there, %v", names, err)
	}
}
