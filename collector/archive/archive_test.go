package archive_test

import (
	"archive/zip"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/archive"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/telegram/telegramtest"
)

// hidden makes recognizable pseudonyms.
func hidden(id int64) int64 { return id | 1<<62 }

// read reads files of the given contents.
func read(t testing.TB, o input.Options, contents map[string]string) ([]collector.Observations, input.Report, error) {
	t.Helper()
	dir := t.TempDir()
	var files []input.File
	for name, text := range contents {
		path := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, input.File{Name: name, Path: path})
	}
	o.Temp = dir
	var out []collector.Observations
	report, err := archive.Read(t.Context(), files, o, func(o collector.Observations) error {
		out = append(out, o)
		return nil
	})
	return out, report, err
}

// readAll reads valid files and returns their rows.
func readAll(t testing.TB, o input.Options, contents map[string]string) ([]collector.Message, input.Report) {
	t.Helper()
	all, report, err := read(t, o, contents)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	var rows []collector.Message
	for _, o := range all {
		for _, m := range o.Messages {
			if m.LastSeenAt.IsZero() {
				m.LastSeenAt = o.SeenAt
			}
			rows = append(rows, m)
		}
	}
	return rows, report
}

func openData(t testing.TB) *dataset.Dataset {
	t.Helper()
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// importFiles imports files into a dataset.
func importFiles(t testing.TB, d *dataset.Dataset, o input.Options, files ...input.File) []collector.Imported {
	t.Helper()
	s, err := staging.NewStaging(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o.Temp = t.TempDir()
	if _, err := archive.Read(t.Context(), files, o, func(o collector.Observations) error { return s.Add(t.Context(), o) }); err != nil {
		t.Fatalf("Read: %v", err)
	}
	done, err := d.Writer(1).Import(t.Context(), s)
	if err != nil {
		t.Fatalf("Import: %v", err)
	}
	return done
}

func rowsOf(t testing.TB, d *dataset.Dataset) []collector.Message {
	t.Helper()
	var rows []collector.Message
	for m, err := range d.Scan(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, *m)
	}
	return rows
}

// timeless returns rows without their source and the times they were seen or deleted.
func timeless(rows []collector.Message) []collector.Message {
	out := make([]collector.Message, len(rows))
	for i, m := range rows {
		m.Source, m.FirstSeenAt, m.LastSeenAt, m.GoneAt = "", time.Time{}, time.Time{}, nil
		out[i] = m
	}
	return out
}

// zipped makes a ZIP file.
func zipped(t testing.TB, contents map[string]string) input.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "files.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(f)
	for name, text := range contents {
		in, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return input.File{Name: "files.zip", Path: path}
}

func fixtures(t testing.TB) string {
	t.Helper()
	return collectortest.Fixtures(t, "telethon")
}

func fixtureFiles(t testing.TB) []input.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(fixtures(t), "*.ndjson"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no NDJSON: %v", err)
	}
	var files []input.File
	for _, path := range paths {
		files = append(files, input.File{Name: filepath.Base(path), Path: path})
	}
	return files
}

// collected collects channels of a world from a sandbox; without names, all public ones.
func collected(t testing.TB, w *world.World, pseudonym collector.Pseudonym, names ...string) *dataset.Dataset {
	t.Helper()
	s, err := sandboxtest.Start(t.Context(), sandbox.Options{World: w, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	conn := telegramtest.Dial(t, telegramtest.Options(s, telegramtest.SignedIn(t, s, sandbox.PhonePlain)))
	d := openData(t)
	named := len(names) > 0
	for _, ch := range w.Public() {
		if !named {
			names = append(names, ch.Name())
		}
	}
	progress, err := loop.Collect(t.Context(), loop.Run{
		ID: "c1", Source: conn.Source(pseudonym), Store: d.Writer(1), Request: collector.Request{Channels: names, Personal: pseudonym == nil},
		MaxInFlight: 4,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range progress {
		if p.State != collector.Done {
			t.Fatalf("collecting %s: %+v", p.Reference, p)
		}
	}
	return d
}

// equal compares rows and stops after the first few differences.
func equal(t testing.TB, got, want []collector.Message) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	wrong := 0
	for i := range min(len(got), len(want)) {
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Errorf("message %d of channel %d (-want +got):\n%s", want[i].ID, want[i].ChannelID, diff)
			if wrong++; wrong == 3 {
				t.Fatal("and so on")
			}
		}
	}
}

// fileError returns Read's error about a bad file.
func fileError(t testing.TB, err error) *collector.FileError {
	t.Helper()
	e, ok := errors.AsType[*collector.FileError](err)
	if !ok {
		t.Fatalf("error %v is no FileError", err)
	}
	return e
}
