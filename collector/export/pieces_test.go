package export

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/export/reading"
	"telegramtrac/collector/export/relay"
	"telegramtrac/collector/network"
)

// some fills a value with something, or leaves it as it is.
func some(r *rand.Rand, v reflect.Value) {
	if r.IntN(3) == 0 {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		some(r, v.Elem())
	case reflect.String:
		v.SetString(hostileTexts[r.IntN(len(hostileTexts))])
	case reflect.Int64, reflect.Int32:
		v.SetInt([]int64{1, 7, 1 << 30, -3}[r.IntN(4)])
		if v.Kind() == reflect.Int64 && r.IntN(9) == 0 {
			v.SetInt(1 << 62)
		}
	case reflect.Float64:
		v.SetFloat([]float64{1.5, 1e-9, 1e20, -3}[r.IntN(4)])
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		n := r.IntN(4)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			some(r, v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(noon.Add(time.Duration(r.IntN(1e9)) * time.Microsecond)))
			return
		}
		for i := range v.NumField() {
			some(r, v.Field(i))
		}
	}
}

// raws are whole objects that say what no column does.
var raws = []string{
	"", "no JSON", `{"_":"Message","id":1,"message":"x"}`, `{"_":"Message","fwd_from":{"_":"MessageFwdHeader","from_id":{"_":"PeerUser","user_id":5}}}`,
	`{"_":"Message","media":{"_":"MessageMediaStory","story":{"fwd_from":{"_":"StoryFwdHeader"}}}}`,
	`{"_":"Message","reply_to":{"_":"MessageReplyHeader","reply_to_msg_id":77}}`, `{"_":"Message","reply_to":{"_":"MessageReplyStoryHeader"}}`,
	`{"_":"Message","message":"\"reply_to\":{","reply_to":null}`, `{"forwarded_from":{"name":null}}`, `{"preview":{"forwarded_from":{}}}`,
	`{"_":"Message","media":{"_":"MessageMediaWebPage","webpage":{"_":"WebPage","url":"https://example.org"}}}`,
	`{"_":"Message","media":{"_":"MessageMediaWebPage","webpage":{"_":"WebPageEmpty"}}}`,
	`{"_":"Message","media":{"document":{"attributes":[{"_":"DocumentAttributeVideo"}]}},"users":[1,2,-3],"via_bot_id":9,"x":{"channel_id":100}}`,
}

var medias = []string{"", "MessageMediaPhoto", "MessageMediaWebPage", "MessageMediaDocument", "MessageMediaPoll", "MessageMediaContact"}

// varied is a dataset of two channels with all kinds of values in all columns, seen once, and
// partly a second time.
func varied(t testing.TB, n int) Data {
	t.Helper()
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i, p := range []collector.Range{{Lo: 1, Hi: int64(n)}, {Lo: int64(n) + 1, Hi: int64(2 * n)}, {Lo: int64(n / 2), Hi: int64(n)}} {
		for ch := range int64(2) {
			at := noon.Add(time.Duration(i) * time.Hour)
			one := collector.Part{ChannelID: 5 + ch, Source: "telegram", ObservedAt: at, Range: p}
			for id := p.Hi; id >= p.Lo; id-- {
				var m collector.Message
				some(r, reflect.ValueOf(&m).Elem())
				m.ChannelID, m.ID, m.Source, m.GoneAt = one.ChannelID, id, one.Source, nil
				m.Date = noon.Add(time.Duration(id) * time.Second)
				m.Kind = []string{collector.KindMessage, collector.KindMessage, collector.KindService}[r.IntN(3)]
				m.Raw, m.MediaType = raws[r.IntN(len(raws))], medias[r.IntN(len(medias))]
				if id%500 == 3 {
					m.Text = strings.Repeat("long 👋 ", 6000)
				}
				one.Messages = append(one.Messages, m)
			}
			if err := d.Writer(uint64(i)+1).PutPart(t.Context(), one); err != nil {
				t.Fatal(err)
			}
		}
	}
	out := Data{Data: reading.Data{Dataset: d}}
	out.Graph = func(ctx context.Context) (*network.Graph, error) { return network.Build(ctx, d) }
	out.Ties = func(ctx context.Context, w io.Writer) error {
		in, err := network.Read(ctx, d, 0)
		if err != nil {
			return err
		}
		return network.WriteTies(ctx, w, in)
	}
	return out
}

// sums are the checksums of all files of all forms; of archives, those of what is in them.
func sums(t *testing.T, d Data) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range Files() {
		for _, v := range append([]Variant{{}}, f.Variants()...) {
			one := d
			if _, query, ok := strings.Cut(v.Query, "separator="); ok {
				one.Options, _ = ParseOptions(query, "")
			}
			one.Options.AllColumns = v.Query == "columns=all"
			if one.Channel = 5; f.ForAll() {
				one.Channel = 0
			}
			one.Data = reading.Data{Dataset: d.Dataset, Channel: one.Channel, Hands: d.Hands}
			var b bytes.Buffer
			if err := f.Write(t.Context(), &b, one); err != nil {
				t.Fatal(err)
			}
			addSums(t, out, f.Name+" "+v.Query, b.Bytes())
		}
	}
	return out
}

func addSums(t *testing.T, out map[string]string, name string, data []byte) {
	t.Helper()
	if r, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil {
		for _, e := range r.File {
			in, err := e.Open()
			if err != nil {
				t.Fatal(err)
			}
			within, err := io.ReadAll(in)
			if err != nil {
				t.Fatal(err)
			}
			if e.Name == "manifest.sha256" || e.Name == "datapackage.json" || e.Name == "README.md" {
				continue // they have sizes and checksums of workbooks, compressed
			}
			addSums(t, out, name+"/"+e.Name, within)
		}
		return
	}
	out[name] = fmt.Sprintf("%d %x", len(data), sha256.Sum256(data))
}

// TestPieces: files are the same however many hands make them.
func TestPieces(t *testing.T) {
	d := varied(t, 700)
	d.Hands = relay.New(1)
	want := sums(t, d)
	d.Hands = relay.New(5)
	got := sums(t, d)
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s is another one", name)
		}
	}
	if len(got) != len(want) || len(got) < 60 {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
}

// TestCells: what a column appends is the text of its value.
func TestCells(t *testing.T) {
	d := varied(t, 300)
	columns, err := flatColumns(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	for m, err := range d.Dataset.Scan(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range columns {
			if got, want := string(c.append(nil, reflect.ValueOf(m).Elem(), m)), text(c.value(m)); got != want {
				t.Fatalf("message %d, %s: %q, want %q", m.ID, c.name, got, want)
			}
		}
	}
}
