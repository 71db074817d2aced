package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/staging"
)

// harms are what happens to a file on a disk.
var harms = map[string]func([]byte) []byte{
	"zeroed":  func(b []byte) []byte { return make([]byte, len(b)) },
	"halved":  func(b []byte) []byte { return b[:len(b)/2] },
	"cut":     func(b []byte) []byte { return b[:len(b)-1] },
	"emptied": func([]byte) []byte { return nil },
	"removed": nil,
	"a sector of it zeroed": func(b []byte) []byte {
		clear(b[len(b)/3 : min(len(b), len(b)/3+512)])
		return b
	},
}

// flips are harms that change one bit, at places all over a file.
func flips(places int) map[string]func([]byte) []byte {
	out := map[string]func([]byte) []byte{}
	for n := range places {
		out[fmt.Sprintf("flipped %d/%d", n, places-1)] = func(b []byte) []byte {
			b[n*(len(b)-1)/max(1, places-1)] ^= 1 << (n % 8)
			return b
		}
	}
	return out
}

// harmed makes a copy of a dataset in which a file was harmed.
func harmed(t *testing.T, whole, file string, do func([]byte) []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, file)
	collectortest.Harm(t, path, do)
	return dir
}

// partFiles lists the files of a dataset.
func partFiles(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// variety fills a dataset with a file of each kind, two of messages: one of several row
// groups, and one beside it.
func variety(t *testing.T, dir string) (messages map[int64]collector.Message) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	d := open(t, dir)
	d.GroupRows = 20
	w := d.Writer(1)
	messages = map[int64]collector.Message{}
	for n := range int64(3) {
		p := inventPart(r, 1, 1+n*40, 40+n*40, dayZero)
		put1(t, w, p)
		for _, m := range p.Messages {
			messages[m.ID] = m
		}
	}
	if err := w.PutChannel(t.Context(), inventChannel(r, 1, dayZero)); err != nil {
		t.Fatal(err)
	}
	if err := w.PutPeers(t.Context(), []collector.Peer{inventPeer(r, 5), inventPeer(r, 6)}, dayZero); err != nil {
		t.Fatal(err)
	}
	if err := w.PutReceipt(t.Context(), collector.Receipt{CollectionID: "c", Reference: "@a", FinishedAt: dayZero}); err != nil {
		t.Fatal(err)
	}
	edited := inventPart(r, 1, 1, 30, dayZero.AddDate(0, 0, 1))
	put1(t, w, edited)
	for _, m := range edited.Messages {
		messages[m.ID] = m
	}
	if err := w.Compact(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	p := inventPart(r, 1, 121, 160, dayZero)
	put1(t, w, p)
	for _, m := range p.Messages {
		messages[m.ID] = m
	}
	return messages
}

// TestDamagedFiles does everything to every file of a dataset: what is served is right,
// each id once; what is not served is missing from what is covered, so that it is asked
// for again, and told; and asked for again, everything is there.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	whole := t.TempDir()
	messages := variety(t, whole)
	files := partFiles(t, whole)
	if len(files) < 6 {
		t.Fatalf("only %v", files)
	}
	for n, file := range files {
		all := map[string]func([]byte) []byte{}
		switch merged := strings.Contains(file, "=1/0000000000000000001."); {
		case merged && rounds(40) == 40: // without the race detector: everything
			all = flips(9)
			maps.Copy(all, harms)
		case merged:
			all = flips(3)
		default: // one after the other
			name := slices.Sorted(maps.Keys(harms))[n%len(harms)]
			all["flipped"], all[name] = flips(3)["flipped 1/2"], harms[name]
		}
		for name, do := range all {
			t.Run(file+" "+name, func(t *testing.T) {
				t.Parallel()
				servesTheRest(t, whole, file, name, do, messages)
			})
		}
	}
}

func servesTheRest(t *testing.T, whole, file, name string, do func([]byte) []byte, messages map[int64]collector.Message) {
	ctx := t.Context()
	dir := harmed(t, whole, file, do)
	d := open(t, dir)
	d.GroupRows = 20
	told := 0
	d.Tell(func(fold.Damage) { told++ })
	w := d.Writer(9)
	covered, err := w.Covered(ctx, 1, collector.SourceTelegram)
	if err != nil {
		t.Fatal(err)
	}
	missing := covered.Missing(collector.Range{Lo: 1, Hi: 160})
	served := map[int64]bool{}
	for _, m := range collect(t, d.Scan(ctx, 0)) {
		want := messages[m.ID]
		if served[m.ID] || m.Text != strings.ToValidUTF8(want.Text, "\ufffd") || m.Kind != want.Kind || !m.Date.Equal(want.Date) {
			t.Errorf("served %d wrong or twice: %q, not %q", m.ID, m.Text, want.Text)
		}
		served[m.ID] = true
	}
	var lost []int64
	for id := range messages {
		if !served[id] {
			lost = append(lost, id)
		}
	}
	slices.Sort(lost)
	for _, id := range lost {
		if !missing.Contain(id) {
			t.Errorf("%d is lost and nobody asks for it again", id)
		}
	}
	if strings.HasPrefix(name, "flipped") && len(lost) > 50 {
		t.Errorf("one byte costs %d of %d messages", len(lost), len(messages))
	}
	equal(t, "the exported rows", len(exported(t, d, 0)), len(served))
	damage, err := d.Damage(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(lost) > 0 && do != nil && !strings.Contains(file, bucket.VersionsDir) &&
		(len(damage) == 0 || damage[0].ChannelID != 1 || told == 0) {
		t.Errorf("%d messages are lost, and %v is told, %d times", len(lost), damage, told)
	}
	for _, each := range []func() error{
		func() error { _, err := d.PeerList(ctx); return err },
		func() error { _, err := d.Channels(ctx); return err },
		func() error { _, err := d.Receipts(ctx); return err },
		func() error { _, err := d.Totals(ctx); return err },
		func() error { return w.Compact(ctx, 1) },
	} {
		if err := each(); err != nil {
			t.Error(err)
		}
	}
	readVersions(t, d)
	again(t, w, missing, messages)
	if got := collect(t, d.Scan(ctx, 1)); len(got) != len(messages) {
		t.Errorf("after everything was asked for again there are %d of %d", len(got), len(messages))
	}
	damage, err = d.Damage(ctx)
	damage = slices.DeleteFunc(damage, func(d fold.Damage) bool { return len(d.Ranges) == 0 })
	if err != nil || len(damage) > 0 {
		t.Errorf("then %v is still told, %v", damage, err)
	}
}

// again puts what is missing, as a source would.
func again(t *testing.T, w *staging.Writer, missing collector.Ranges, messages map[int64]collector.Message) {
	t.Helper()
	at := time.Now().Add(time.Hour)
	for _, r := range missing {
		p := collector.Part{ChannelID: 1, Range: r, Source: collector.SourceTelegram, ObservedAt: at, ProvedAt: at}
		for id, m := range messages {
			if r.Contains(id) {
				p.Messages = append(p.Messages, m)
			}
		}
		slices.SortFunc(p.Messages, func(a, b collector.Message) int { return int(b.ID - a.ID) })
		put1(t, w, p)
	}
}

// TestMendedOnce: what is damaged is set aside, and nothing of it is thrown away.
func TestMendedOnce(t *testing.T) {
	whole := t.TempDir()
	variety(t, whole)
	paths, err := filepath.Glob(filepath.Join(whole, bucket.MessagesDir, "*", "*0121.*"))
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	file, _ := filepath.Rel(whole, paths[0])
	before, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	dir := harmed(t, whole, file, func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
	if err := mend.Check(bucket.Folder(dir), file); err == nil {
		t.Error("Check says nothing")
	}
	lost, err := mend.Mend(bucket.Folder(dir), file)
	if err != nil || len(lost) == 0 {
		t.Fatalf("lost %v, %v", lost, err)
	}
	aside, err := os.ReadFile(filepath.Join(dir, file) + bucket.DamagedSuffix)
	if err != nil || len(aside) != len(before) {
		t.Errorf("set aside are %d bytes of %d, %v", len(aside), len(before), err)
	}
	for _, f := range partFiles(t, dir) {
		if err := mend.Check(bucket.Folder(dir), f); strings.HasSuffix(f, bucket.PartSuffix) && err != nil {
			t.Errorf("%s afterwards: %v", f, err)
		}
	}
}

// TestMendedByTwo: of two that met the same damaged file, the second takes away nothing
// of what the first made of it.
func TestMendedByTwo(t *testing.T) {
	whole := t.TempDir()
	variety(t, whole)
	var damagedFile string
	for _, f := range partFiles(t, whole) {
		if strings.HasPrefix(f, bucket.PeersDir) || damagedFile == "" && strings.Contains(f, "=1/0000000000000000001.") {
			damagedFile = f
		}
	}
	for name, first := range map[string]bool{"before": true, "meanwhile": false} {
		t.Run(name, func(t *testing.T) {
			dir := harmed(t, whole, damagedFile, func(b []byte) []byte { b[len(b)-20] ^= 1; return b })
			path := filepath.Join(dir, damagedFile)
			one := func() {
				if _, err := mend.Mend(bucket.Folder(dir), damagedFile); err != nil {
					t.Error(err)
				}
			}
			var done sync.WaitGroup
			for range 2 {
				if done.Go(one); first {
					done.Wait()
				}
			}
			done.Wait()
			made, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"+part.MendedMark+"*"+bucket.PartSuffix))
			if err != nil || len(made) != 1 {
				t.Fatalf("there are %v, %v; want one mended file", made, err)
			}
			if err := mend.Check(bucket.Folder(filepath.Dir(path)), filepath.Base(made[0])); err != nil {
				t.Error(err)
			}
		})
	}
}

// unclaimable are files that cannot be claimed.
type unclaimable struct {
	bucket.Folder
	why error
}

func (u unclaimable) Claim(string) (bucket.File, error) { return nil, u.why }

// TestNotClaimed: a damaged file that cannot be claimed, for want of a lock, stays in its
// place: it is none that does not open.
func TestNotClaimed(t *testing.T) {
	whole := t.TempDir()
	variety(t, whole)
	file := partFiles(t, whole)[0]
	dir := harmed(t, whole, file, func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
	why := errors.New("no locks")
	if _, err := mend.Mend(unclaimable{bucket.Folder(dir), why}, file); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
		t.Errorf("it was set aside: %v", err)
	}
}

// TestMendedBeside: a page that shares a block with a damaged one, and is whole, costs
// no row.
func TestMendedBeside(t *testing.T) {
	whole := t.TempDir()
	variety(t, whole)
	paths, err := filepath.Glob(filepath.Join(whole, bucket.MessagesDir, "*=1", "0000000000000000001.*"))
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	f, err := part.OpenFile(bucket.Folder(filepath.Dir(paths[0])), filepath.Base(paths[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// The last page of a row group that reaches into a block where the next group begins.
	var last part.PageAt
	rows, before := part.Stretch{}, int64(0)
	for i, g := range f.Parquet.RowGroups() {
		for column := range g.ColumnChunks() {
			for _, p := range f.Pages(i, column) {
				if header, _, _ := f.CheckPage(p); p.To/part.CheckBlock > (p.From+header)/part.CheckBlock && p.To > last.To &&
					i+1 < len(f.Parquet.RowGroups()) && column == len(g.ColumnChunks())-1 {
					last, rows = p, part.Stretch{From: before + p.First, To: before + p.Last}
				}
			}
		}
		before += g.NumRows()
	}
	if last.To == 0 {
		t.Fatal("no such page")
	}
	file, _ := filepath.Rel(whole, paths[0])
	dir := harmed(t, whole, file, func(b []byte) []byte { b[last.To+2] ^= 1; return b })
	h, err := part.OpenFile(bucket.Folder(dir), file)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	bad, err := h.Damage()
	if err != nil || len(bad) != 1 || !last.Touches(bad[0]) {
		t.Fatalf("damaged are %v, %v; the page is at %v", bad, err, last)
	}
	got := mend.Salvageable(h, bad)
	if !slices.ContainsFunc(got.Good, rows.Touches) {
		t.Errorf("rows %v are whole, and only %v are kept", rows, got.Good)
	}
}

// TestDamagedPartOfEarlierVersions: parts without checksums have those of Parquet.
func TestDamagedPartOfEarlierVersions(t *testing.T) {
	whole := t.TempDir()
	messages := variety(t, whole)
	for _, file := range partFiles(t, whole) {
		withoutChecks(t, filepath.Join(whole, file))
	}
	paths, err := filepath.Glob(filepath.Join(whole, bucket.MessagesDir, "*", "*"))
	if err != nil || len(paths) != 2 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		file, _ := filepath.Rel(whole, path)
		harm := func(b []byte) []byte { b[len(b)/4] ^= 1; return b }
		t.Run(file, func(t *testing.T) { servesTheRest(t, whole, file, "", harm, messages) })
	}
}

// withoutChecks makes a file what an earlier version wrote.
func withoutChecks(t *testing.T, path string) {
	t.Helper()
	f, err := part.OpenFile(bucket.Folder(filepath.Dir(path)), filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !f.Checks.Sealed {
		t.Fatalf("%s has no checks", path)
	}
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(b[:f.Checks.Body:f.Checks.Body], b[f.Checks.Start:]...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
