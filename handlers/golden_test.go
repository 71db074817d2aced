package handlers_test

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

var update = flag.Bool("update", false, "write the golden files anew")

var volatile = []struct {
	form *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`[0-9a-f]{64}`), "TOKEN"},
	{regexp.MustCompile(`name="attempt" value="[A-Z2-7]{26}"`), `name="attempt" value="ATTEMPT"`},
	{regexp.MustCompile(`[0-9.]+ kB`), "SIZE"}, // of the dataset, which is compressed differently each time
	{regexp.MustCompile(`/static/[0-9a-f]{12}/`), "/static/VERSION/"},
	{regexp.MustCompile(`[ \t]*\n\s*\n`), "\n"},
}

// TestGolden compares the key fragments with golden files. To update these: go test ./handlers
// -run Golden -update
func TestGolden(t *testing.T) {
	t.Parallel()
	soon := noon.Add(18 * time.Second)
	waiting := func(c *collector.Collection) {
		running(c)
		c.State, c.Waits, c.RetryAt = collector.Waiting, collector.Flood, &soon
		c.Channels[0].State = collector.Waiting
	}
	tests := map[string]func(*site, *browser) response{
		"page": func(s *site, _ *browser) response { return s.visit(t).get("/") },
		"credentials-422": func(s *site, _ *browser) response {
			return s.visit(t).swapping("view").post("/signin/credentials", credentials("api_id", "x", "phone", ""))
		},
		"trac-422": func(_ *site, b *browser) response {
			return b.swapping("view").post("/collections", url.Values{"channels": {"t.me/+abc\n@fine", "@beta"}})
		},
		"messages": func(_ *site, b *browser) response { return b.swapping("look").get("/tabs/messages") },
		"options":  func(_ *site, b *browser) response { return b.swapping("look").get("/tabs/options") },
		"live-waiting": func(s *site, b *browser) response {
			w, id := onlyCollection(s)
			s.engine.change(w, id, -1, waiting)
			return b.swapping("view").get("/collections/" + id)
		},
	}
	for name, get := range tests {
		t.Run(name, func(t *testing.T) {
			s, b := lookedAt(t)
			golden(t, name, get(s, b).body)
		})
	}
}

// golden compares a text with its golden file, without the parts that change each time.
func golden(t *testing.T, name, got string) {
	t.Helper()
	for _, v := range volatile {
		got = v.form.ReplaceAllString(got, v.with)
	}
	path := filepath.Join("testdata", name+".golden.html")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
