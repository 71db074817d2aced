package archive_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden reads a small file of each form that a tool writes, with personal data and
// without. Empty fields of a row are omitted.
func TestGolden(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*")
	inputs = slices.DeleteFunc(inputs, func(name string) bool { return strings.HasSuffix(name, ".golden") })
	if err != nil || len(inputs) < 13 {
		t.Fatalf("%d inputs, %v", len(inputs), err)
	}
	for _, given := range inputs {
		t.Run(filepath.Base(given), func(t *testing.T) {
			text, err := os.ReadFile(given)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, how := range []struct {
				name      string
				pseudonym collector.Pseudonym
			}{{"personal", nil}, {"private", hidden}} {
				all, report, err := read(t, input.Options{Pseudonym: how.pseudonym}, map[string]string{filepath.Base(given): string(text)})
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&got, "== %s: %s, left out %q, dropped %v, local times %v\n", how.name, report.Files[0].Kind, report.LeftOut,
					report.Dropped, report.LocalDay)
				for _, o := range all {
					write(t, &got, o)
				}
			}
			golden := given + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
				t.Errorf("(-want +got; -update writes it anew):\n%s", diff)
			}
		})
	}
}

// write writes observations, one line for each field that is set.
func write(t *testing.T, to *strings.Builder, o collector.Observations) {
	t.Helper()
	fmt.Fprintf(to, "-- channel %d, seen %s\n", o.ChannelID, o.SeenAt.Format("2006-01-02 15:04:05"))
	for _, m := range o.Messages {
		fields(t, to, "message", m)
	}
	for _, p := range o.Peers {
		fields(t, to, "peer", p)
	}
	if o.Channel != nil {
		fields(t, to, "channel", *o.Channel)
	}
}

func fields(t *testing.T, to *strings.Builder, what string, row any) {
	t.Helper()
	v := reflect.ValueOf(row)
	fmt.Fprintf(to, "%s\n", what)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			continue
		}
		b, err := json.Marshal(v.Field(i).Interface())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(to, "  %s %s\n", v.Type().Field(i).Name, b)
	}
}
