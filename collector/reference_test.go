package collector_test

import (
	"encoding/json"
	"errors"
	"strings"
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

		// Invisible marks, and other forms of plain letters.
		{in: "\u200b@durov\u200d", want: name("durov")},
		{in: "@du\u00adrov\ufe0f", want: name("durov")},
		{in: "\u2066@durov\u2069", want: name("durov")},
		{in: "du\u3164rov", want: name("durov")},
		{in: "\u00a0durov\u3000", want: name("durov")},
		{in: "ｄｕｒｏｖ", want: name("durov")},
		{in: "＠ｄｕｒｏｖ＿９", want: name("durov_9")},
		{in: "ｈｔｔｐｓ：／／ｔ．ｍｅ／durov", want: name("durov")},
		{in: "@durov%20", want: name("durov")},
		{in: "durov%20%0A", want: name("durov")},
		{in: "%40durov", want: name("durov")},
		{in: "https://t.me/durov%20", want: name("durov")},
		{in: "https://t.me/durov%20/14", want: name("durov")},
		{in: "https://t.me/durov%E2%80%8B", want: name("durov")},
		{in: "https%3A%2F%2Ft.me%2Fdurov%2F5", want: name("durov")},
		{in: "`@durov`", want: name("durov")},

		// Numbers.
		{in: "−1001005640892", want: id(1005640892)},
		{in: "–1001005640892", want: id(1005640892)},
		{in: "－1001005640892", want: id(1005640892)},
		{in: "-1000000000005", want: id(5)},
		{in: "-1012345678901", want: id(12345678901)},
		{in: "١٢٣", kind: collector.NotFound},

		// Addresses of Telegram's own programs.
		{in: "https://web.telegram.org/a/#@durov", want: name("durov")},
		{in: "https://web.telegram.org/z/#-1001005640892", want: id(1005640892)},
		{in: "https://web.telegram.org/a/#-1001005640892_17", want: id(1005640892)},
		{in: "https://web.telegram.org/k/#-1005640892", want: id(1005640892)},
		{in: "https://web.telegram.org/k/#-2239870892", want: id(2239870892)},
		{in: "https://web.telegram.org/k/#-1001005640892", want: id(1005640892)},
		{in: "web.telegram.org/k/#@durov?post=5", want: name("durov")},
		{in: "https://web.telegram.org/#/im?p=@durov", want: name("durov")},
		{in: "https://web.telegram.org/#/im?p=c1005640892_123456", want: id(1005640892)},
		{in: "https://web.telegram.org/k/#?tgaddr=tg%3A%2F%2Fresolve%3Fdomain%3Ddurov", want: name("durov")},
		{in: "https://web.telegram.org/a/#777000", kind: collector.NotFound},
		{in: "tg://privatepost?channel=1005640892&post=7", want: id(1005640892)},
		{in: "tg:privatepost?channel=1005640892", want: id(1005640892)},
		{in: "TG://resolve?domain=durov", want: name("durov")},
		{in: "t.me/durov/14-16", want: name("durov")},
		{in: "t.me/durov/14/16?comment=3", want: name("durov")},
		{in: "t.me//durov", want: name("durov")},
		{in: "t.me/s/durov/", want: name("durov")},
		{in: "t.me/c/1005640892/5/12", want: id(1005640892)},
		{in: "https://t.me/?domain=durov", want: name("durov")},
		{in: "http://telegram.dog/s/durov", want: name("durov")},
		{in: "tg://privatepost?channel=x", kind: collector.NotFound},
	} {
		got, err := collector.ParseReference(tt.in)
		if got != tt.want || collector.KindOf(err) != tt.kind {
			t.Errorf("ParseReference(%q) = %+v, %v; want %+v, kind %q", tt.in, got, err, tt.want, tt.kind)
		}
	}
}

// TestMisnamed: for a text that names no channel the reason is given, and no text becomes the
// name of another channel.
func TestMisnamed(t *testing.T) {
	for in, want := range map[string]collector.Misnamed{
		"":                                 {Why: collector.NoName},
		"!!":                               {Why: collector.NoName},
		"abc":                              {Why: collector.TooShort},
		"@abc":                             {Why: collector.TooShort},
		"t.me/abc":                         {Why: collector.TooShort},
		strings.Repeat("a", 33):            {Why: collector.TooLong},
		"durov_":                           {Why: collector.NoName},
		"dur\u043ev":                       {Why: collector.LookAlike, Detail: "\u043e"},
		"@\u0430lph\u0430":                 {Why: collector.LookAlike, Detail: "\u0430\u0430"},
		"https://t.me/dur\u03bfv":          {Why: collector.LookAlike, Detail: "\u03bf"},
		"dürov":                            {Why: collector.OtherLetters, Detail: "ü"},
		"𝐝urov":                            {Why: collector.OtherLetters, Detail: "𝐝"},
		"канал":                            {Why: collector.NoName},
		"https://t.me/+AbCdEf":             {Why: collector.InviteLink},
		"tg://join?invite=AbC":             {Why: collector.InviteLink},
		"+447700900123":                    {Why: collector.PhoneNumber, Detail: "+447700900123"},
		"+44 7700 900-123":                 {Why: collector.PhoneNumber, Detail: "+447700900123"},
		"00447700900123":                   {Why: collector.PhoneNumber, Detail: "+447700900123"},
		"tg://resolve?phone=447700900123":  {Why: collector.PhoneNumber, Detail: "+447700900123"},
		"t.me/+447700900123":               {Why: collector.PhoneNumber, Detail: "+447700900123"},
		"01511234567":                      {Why: collector.NoName},
		"+5":                               {Why: collector.NoName},
		"1099511627777":                    {Why: collector.TooLarge},
		"4915112345678":                    {Why: collector.TooLarge},
		"99999999999999999999":             {Why: collector.TooLarge},
		"-99999999999999999999":            {Why: collector.TooLarge},
		"-2997852516353":                   {Why: collector.TooLarge},
		"t.me/c/1099511627777/5":           {Why: collector.TooLarge},
		"1001005640892":                    {Why: collector.MinusLost, Detail: "-1001005640892"},
		"-1.00101E+12":                     {Why: collector.CutShort},
		"1,00101E+12":                      {Why: collector.CutShort},
		"tg://user?id=5":                   {Why: collector.PersonLink},
		"https://web.telegram.org/k/#5":    {Why: collector.PersonLink},
		"https://example.org/durov":        {Why: collector.Elsewhere},
		"someone@example.org":              {Why: collector.Elsewhere},
		"t.me/addstickers/foo":             {Why: collector.NoChannelThere},
		"https://web.telegram.org/k/":      {Why: collector.NoChannelThere},
		"https://web.telegram.org/a/#-123": {Why: collector.NoChannelThere},
		"t.me":                             {Why: collector.NoChannelThere},
	} {
		_, err := collector.ParseReference(in)
		got, ok := errors.AsType[*collector.Misnamed](err)
		if !ok || *got != want {
			t.Errorf("ParseReference(%q): %v, want %+v", in, err, want)
		}
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
