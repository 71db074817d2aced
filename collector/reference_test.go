package collector_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

func TestParseReference(t *testing.T) {
	name := func(s string) collector.Reference { return collector.Reference{Username: s} }
	id := func(n int64) collector.Reference { return collector.Reference{ID: n} }
	for _, tt := range []struct {
		in   string
		want collector.Reference
		kind collector.Kind
	}{
		{in: "@durov", want: name("durov")},
		{in: "  durov ", want: name("durov")},
		{in: "@toys", want: name("toys")},
		{in: "Habr_Com", want: name("Habr_Com")},
		{in: "t.me/durov", want: name("durov")},
		{in: "http://t.me/durov/", want: name("durov")},
		{in: "https://t.me/s/durov", want: name("durov")},
		{in: "https://t.me/s/durov/123?before=4", want: name("durov")},
		{in: "https://t.me/durov/123?single", want: name("durov")},
		{in: "https://www.t.me/@durov", want: name("durov")},
		{in: "HTTPS://T.ME/durov", want: name("durov")},
		{in: "telegram.me/durov", want: name("durov")},
		{in: "telegram.dog/durov", want: name("durov")},
		{in: "durov.t.me", want: name("durov")},
		{in: "https://durov.t.me/12", want: name("durov")},
		{in: "tg://resolve?domain=durov&post=3", want: name("durov")},
		{in: "https://web.telegram.org/k/#@durov", want: name("durov")},
		{in: "https://web.telegram.org/a/#-1001005640892", want: id(1005640892)},
		{in: "tg:resolve?domain=durov", want: name("durov")},
		{in: "<https://t.me/durov>", want: name("durov")},
		{in: "\"@durov\"", want: name("durov")},
		{in: "(@durov)", want: name("durov")},
		{in: "@durov.", want: name("durov")},
		{in: "＠durov", want: name("durov")},
		{in: "t.me/addstickers/foo", kind: collector.NotFound},
		{in: "t.me/share/url?url=x", kind: collector.NotFound},
		{in: "t.me/proxy?server=x", kind: collector.NotFound},
		{in: "https://web.telegram.org/k/", kind: collector.NotFound},
		{in: "https://t.me/c/1005640892/12", want: id(1005640892)},
		{in: "1005640892", want: id(1005640892)},
		{in: "-1001005640892", want: id(1005640892)},
		{in: "https://t.me/+AbCdEf", kind: collector.Private},
		{in: "t.me/joinchat/AbCdEf", kind: collector.Private},
		{in: "tg://join?invite=AbC", kind: collector.Private},
		{in: "", kind: collector.NotFound},
		{in: "@", kind: collector.NotFound},
		{in: "ab", kind: collector.NotFound},
		{in: "1abcd", kind: collector.NotFound},
		{in: "with space", kind: collector.NotFound},
		{in: "https://example.org/durov", kind: collector.NotFound},
		{in: "https://evil.org/t.me/durov", kind: collector.NotFound},
		{in: "t.me", kind: collector.NotFound},
		{in: "t.me/c/abc", kind: collector.NotFound},
		{in: "-5", kind: collector.NotFound},
		{in: "канал", kind: collector.NotFound},
	} {
		got, err := collector.ParseReference(tt.in)
		if got != tt.want || collector.KindOf(err) != tt.kind {
			t.Errorf("ParseReference(%q) = %+v, %v; want %+v, kind %q", tt.in, got, err, tt.want, tt.kind)
		}
	}
}

func TestSplitReferences(t *testing.T) {
	got := collector.SplitReferences("@alpha; t.me/beta، gamma\r\n\ufeff@ALPHA\n https://t.me/s/alpha/5  ??? ;;???")
	want := []string{"@alpha", "t.me/beta", "gamma", "???"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("SplitReferences (-want +got):\n%s", diff)
	}
}

func FuzzParseReference(f *testing.F) {
	for _, s := range []string{"@durov", "https://t.me/s/durov/1", "tg://resolve?domain=a", "-1001", "t.me/c/5/6", "//", "https://[::1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := collector.ParseReference(s)
		if err != nil {
			return
		}
		again, err := collector.ParseReference(ref.String())
		if err != nil || again != ref {
			t.Errorf("ParseReference(%q) = %+v, which reads back as %+v, %v", s, ref, again, err)
		}
	})
}

func TestRecordJSON(t *testing.T) {
	since, err := collector.ParseDate("2024-01-01")
	if err != nil {
		t.Fatal(err)
	}
	want := collector.Collection{
		ID: "x", State: collector.Running, Requested: collector.Request{Channels: []string{"@a"}, Since: since},
		Channels: []collector.Progress{{Reference: "@a", State: collector.Failed, Error: collector.NotFound}},
	}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got collector.Collection
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record through JSON (-want +got):\n%s", diff)
	}
	var plain map[string]any
	if err := json.Unmarshal(b, &plain); err != nil {
		t.Fatal(err)
	}
	if v, ok := plain["error"]; !ok || v != nil {
		t.Errorf("error of a running collection is %v, want null", v)
	}
	requested := plain["requested"].(map[string]any)
	if requested["since"] != "2024-01-01" || requested["until"] != nil {
		t.Errorf("requested = %v", requested)
	}
}
