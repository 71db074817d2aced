package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
)

var update = flag.Bool("update", false, "write the golden file")

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(collectortest.Fixtures(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// names lists the saved pages of a folder.
func names(t testing.TB, folder string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(collectortest.Fixtures(t), folder, "*.html"))
	if err != nil || len(all) == 0 {
		t.Fatalf("pages of %s: %d, %v", folder, len(all), err)
	}
	for i := range all {
		all[i] = filepath.ToSlash(filepath.Join(folder, filepath.Base(all[i])))
	}
	return all
}

// TestGolden compares what is read from every saved page with the golden file. Texts belong to
// their channels, so the file has only their length and hash.
func TestGolden(t *testing.T) {
	var b strings.Builder
	for _, name := range names(t, "preview") {
		p, err := Read(read(t, name))
		fmt.Fprintf(&b, "== %s: @%s %s verified=%v subscribers=%s about=%s channel=%d older=%v error=%v\n", name,
			p.Username, digest(p.title), p.verified, told(p.participants), digest(p.about), p.ChannelID(), p.Older, err)
		for _, x := range p.Posts {
			writeRows(t, &b, Reader{Personal: true}, x)
		}
	}
	for _, name := range names(t, "preview-embed") {
		x, err := parseEmbed(read(t, name))
		fmt.Fprintf(&b, "== %s: error=%v\n", name, err)
		if err == nil {
			writeRows(t, &b, Reader{Personal: true}, x)
		}
	}
	for _, name := range names(t, "preview-info") {
		i, err := ReadInfo(read(t, name))
		fmt.Fprintf(&b, "== %s: %q %s about=%s photo=%v verified=%v subscribers=%s preview=%v invite=%v error=%v\n", name,
			i.kind, digest(i.title), digest(i.about), i.Photo != "", i.verified, told(i.participants), i.preview, i.invite, err)
	}
	golden(t, "fixtures.golden", b.String())
}

// TestPrivateGolden compares private rows of messages that name a person or are forwards with
// the golden file, including raw.
func TestPrivateGolden(t *testing.T) {
	var b strings.Builder
	for _, name := range names(t, "preview") {
		p, _ := Read(read(t, name))
		fmt.Fprintf(&b, "== %s\n", name)
		for _, x := range p.Posts {
			if x.author == "" && x.viaBot == "" && x.forward == nil && len(x.buttons) == 0 &&
				!slices.ContainsFunc(x.media, func(m media) bool { return m.kind == contact }) {
				continue
			}
			writeRows(t, &b, Reader{Pseudonym: func(int64) int64 { return 9 }}, x)
		}
	}
	golden(t, "private.golden", b.String())
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// digest returns the length and hash of a text.
func digest(s string) string {
	if s == "" {
		return "-"
	}
	sum := sha256.Sum256([]byte(s))
	return fmt.Sprintf("%d:%s", len(s), hex.EncodeToString(sum[:4]))
}

func told(n *count) string {
	switch {
	case n == nil:
		return "null"
	case n.rounded:
		return fmt.Sprintf("~%d", n.n)
	}
	return fmt.Sprint(n.n)
}

// writeRows writes the columns of a post's rows that are not empty.
func writeRows(t *testing.T, b *strings.Builder, r Reader, p post) {
	t.Helper()
	rows, err := r.Rows(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range rows {
		text := m.Text
		raw := map[string]any{}
		if err := json.Unmarshal([]byte(m.Raw), &raw); err != nil {
			t.Fatal(err)
		}
		m.Raw, m.Text, m.URLDescription, m.URLTitle = "", "", digest(m.URLDescription), digest(m.URLTitle)
		m.PostAuthor, m.ForwardFromName, m.PollQuestion, m.FileName = digest(m.PostAuthor), digest(m.ForwardFromName), digest(m.PollQuestion),
			digest(m.FileName)
		for i := range m.PollResults {
			m.PollResults[i].Text = digest(m.PollResults[i].Text)
		}
		m.URL, m.Links, m.Hashtags = digest(m.URL), digests(m.Links), digests(m.Hashtags)
		for i := range m.Entities {
			m.Entities[i].URL = digest(m.Entities[i].URL)
		}
		if m.Kind == collector.KindUnreadable {
			fmt.Fprintf(b, "%d %s unreadable: %v\n", m.ID, m.Date.Format("2006-01-02T15:04:05Z"), raw["error"])
			continue
		}
		rest := raw["preview"].(map[string]any)
		fmt.Fprintf(b, "%d %s text=%s", m.ID, m.Date.Format("2006-01-02T15:04:05Z"), digest(text))
		for _, key := range []string{"album", "edited", "unsupported", "via_bot", "service"} {
			if v, ok := rest[key]; ok {
				fmt.Fprintf(b, " %s=%v", key, v)
			}
		}
		if media, ok := rest["media"].(map[string]any); ok {
			fmt.Fprintf(b, " media=%v file=%v", media["kind"], media["file"] != nil)
		}
		if from, ok := rest["forwarded_from"].(map[string]any); ok && !r.Personal {
			fmt.Fprintf(b, " forward=%v", slices.Sorted(maps.Keys(from)))
		}
		if author, ok := raw["post_author"]; ok && !r.Personal {
			t.Errorf("message %d: a private row is signed %q", m.ID, author)
		}
		fmt.Fprintf(b, " %s\n", columns(t, m))
	}
}

func digests(all []string) []string {
	for i := range all {
		all[i] = digest(all[i])
	}
	return all
}

// columns returns the fields of a row that are not empty, as JSON.
func columns(t *testing.T, m collector.Message) string {
	t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber() // ids do not fit into a float
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	for key, value := range all {
		switch value {
		case nil, "", "-", false, json.Number("0"):
			delete(all, key)
		}
	}
	for _, key := range []string{"ID", "Date", "FirstSeenAt", "LastSeenAt"} {
		delete(all, key)
	}
	b, err = json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestInfoscape compares a whole channel with what another program reads from it.
func TestInfoscape(t *testing.T) {
	var want []struct {
		Link      string `json:"link"`
		Timestamp int64  `json:"timestamp"`
		Heading   string `json:"heading"`
		Text      string `json:"text"`
	}
	if err := json.Unmarshal(read(t, "preview/infoscape_infoscape_test.expected.json"), &want); err != nil {
		t.Fatal(err)
	}
	p, err := Read(read(t, "preview/infoscape_infoscape_test.html"))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Posts) != len(want) {
		t.Fatalf("got %d messages, want %d", len(p.Posts), len(want))
	}
	for i, x := range p.Posts {
		if got := fmt.Sprintf("https://t.me/%s/%d", x.Channel, x.ids[0]); got != want[i].Link {
			t.Errorf("message %d: link %s, want %s", i, got, want[i].Link)
		}
		if x.date.Unix() != want[i].Timestamp || x.text != want[i].Heading {
			t.Errorf("%s: %d %q, want %d %q", want[i].Link, x.date.Unix(), x.text, want[i].Timestamp, want[i].Heading)
		}
		if got := inTheirForm(p, x); got != want[i].Text {
			t.Errorf("%s: text %q, want %q", want[i].Link, got, want[i].Text)
		}
	}
	if p.Posts[0].channelID != 1523057384 || !p.Posts[0].Service || p.Posts[5].reply != "https://t.me/infoscape_test/2" {
		t.Errorf("channel %d, first is service %v, reply to %s", p.Posts[0].channelID, p.Posts[0].Service, p.Posts[5].reply)
	}
}

// inTheirForm writes a message as the other program does: pictures as HTML, what
// is answered as a quotation.
func inTheirForm(p Page, x post) string {
	text := x.text
	for _, m := range x.media {
		if m.kind == photo {
			text += "\n<img src=\"" + html.EscapeString(m.file) + "\"></img>"
		}
	}
	for _, other := range p.Posts {
		if fmt.Sprintf("https://t.me/%s/%d", other.Channel, other.ids[0]) == x.reply {
			text += "\n\n> " + other.text
		}
	}
	return text
}

// FuzzParse reads damaged pages: they give an error or valid rows, and never a panic.
func FuzzParse(f *testing.F) {
	dir := filepath.Join("..", "..", "..", "shared", "fixtures")
	for _, folder := range []string{"preview", "preview-embed", "preview-info"} {
		all, _ := filepath.Glob(filepath.Join(dir, folder, "*.html"))
		for _, name := range all {
			if b, err := os.ReadFile(name); err == nil {
				f.Add(b)
			}
		}
	}
	f.Add([]byte(sample))
	part := `<a class="tgme_widget_message_photo_wrap" href="https://t.me/harbour/%d?single"></a>`
	f.Add([]byte(samplePage(samplePost(10, fmt.Sprintf(part+part, 10, 12)), samplePost(11, ""))))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = ReadInfo(b)
		if x, err := parseEmbed(b); err == nil {
			checkPost(t, x)
		}
		p, err := Read(b)
		if err != nil {
			return
		}
		last := int64(0)
		for _, x := range p.Posts {
			if checkPost(t, x); x.ids[0] <= last {
				t.Errorf("message %d after %d", x.ids[0], last)
			}
			last = x.ids[0] // messages may come in between the parts of an album
		}
	})
}

func checkPost(t *testing.T, p post) {
	t.Helper()
	rows, err := Reader{}.Rows(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range rows {
		if m.ID <= 0 || m.Date.IsZero() || m.Kind == "" || !json.Valid([]byte(m.Raw)) {
			t.Errorf("row %+v", m)
		}
		for _, e := range m.Entities {
			if e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > utf16Len(m.Text) {
				t.Errorf("message %d: entity %+v of a text of %d units", m.ID, e, utf16Len(m.Text))
			}
		}
		if m.PostAuthor != "" || m.ContactPhone != "" {
			t.Errorf("message %d: names in a private row", m.ID)
		}
	}
}

// parseEmbed reads the embedded form of one message, t.me/<name>/<id>?embed=1.
func parseEmbed(body []byte) (post, error) {
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		return post{}, fmt.Errorf("read embedded message: %w", err)
	}
	posts, err := parsePosts(doc.Selection)
	if err != nil {
		return post{}, fmt.Errorf("read embedded message: %w", err)
	}
	if len(posts) != 1 || posts[0].unread != "" {
		return post{}, &collector.Error{Kind: collector.NotFound}
	}
	return posts[0], nil
}
