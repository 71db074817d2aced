package collector_test

import (
	"testing"

	"telegramtrac/collector"
)

func TestDomain(t *testing.T) {
	for address, want := range map[string]string{
		"":                                  "",
		"https://www.Example.org/www.x":     "example.org",
		"https://www.www.example.org":       "www.example.org",
		"https://awww.example.org/":         "awww.example.org",
		"http://user:pw@host.org:8080/?a=@": "host.org",
		"example.org/path":                  "example.org",
		"https://example.org?u=http://x.y":  "example.org",
		"https://example.org#a@b":           "example.org",
		"https://example.org.":              "example.org",
		"https://[2001:db8::1]:443/":        "[2001:db8::1]",
		"https://www.":                      "www",
		"HTTPS://Пример.РФ/":                "пример.рф",
		"tg://resolve?domain=a":             "resolve",
		"https://bad%zz.org/%":              "bad%zz.org",
	} {
		if got := collector.Domain(address); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}

func TestParseTMe(t *testing.T) {
	type link = collector.TMeLink
	for address, want := range map[string]link{
		"https://t.me/Durov":                             {Username: "Durov"},
		"http://telegram.me/durov/5":                     {Username: "durov", MessageID: 5},
		"telegram.dog/durov/5?single&comment=9":          {Username: "durov", MessageID: 5},
		"T.ME/durov/":                                    {Username: "durov"},
		"https://www.t.me/s/durov/5":                     {Username: "durov", MessageID: 5},
		"https://t.me/s/durov?before=5":                  {Username: "durov"},
		"https://t.me/group/12/345":                      {Username: "group", MessageID: 345},
		"https://t.me/durov/s/7":                         {Username: "durov"},
		"https://t.me/@durov":                            {Username: "durov"},
		"https://durov.t.me/5":                           {Username: "durov", MessageID: 5},
		"https://t.me/c/1234567890/77":                   {ChannelID: 1234567890, MessageID: 77},
		"https://t.me/c/1234567890/5/77":                 {ChannelID: 1234567890, MessageID: 77},
		"https://t.me/c/1234567890":                      {ChannelID: 1234567890},
		"tg://resolve?domain=durov&post=5":               {Username: "durov", MessageID: 5},
		"TG://resolve?domain=durov":                      {Username: "durov"},
		"tg://privatepost?channel=123&post=4":            {ChannelID: 123, MessageID: 4},
		"https://t.me/auto":                              {Username: "auto"},
		"https://t.me/+AbCdEf":                           {},
		"https://t.me/joinchat/AbCdEf":                   {},
		"https://t.me/addstickers/Cats":                  {},
		"https://t.me/share/url?url=x":                   {},
		"https://t.me/proxy?server=a":                    {},
		"https://t.me/":                                  {},
		"https://t.me/c/abc/5":                           {},
		"https://t.me/c":                                 {},
		"https://t.me/c/99999999999999999999":            {},
		"https://t.me/s":                                 {},
		"https://t.me/abc":                               {},
		"https://t.me/4durov":                            {},
		"https://t.me/durov_":                            {},
		"https://not-t.me/durov":                         {},
		"https://example.org/t.me/durov":                 {},
		"https://telegram.org/blog":                      {},
		"tg://join?invite=abc":                           {},
		"tg://resolve?phone=49123":                       {},
		"tg://proxy?server=a":                            {},
		"":                                               {},
		"https://t.me/%zz":                               {},
		"mailto:a@t.me":                                  {},
		"https://t.me@evil.org/durov":                    {},
		"https://example.org/?u=https://t.me/durov/1234": {},
	} {
		got, ok := collector.ParseTMe(address)
		if got != want || ok != (want != link{}) {
			t.Errorf("%s: got %+v, %v, want %+v", address, got, ok, want)
		}
	}
}
