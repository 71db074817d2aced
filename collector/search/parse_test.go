package search

import (
	"reflect"
	"strings"
	"testing"
)

func TestCanonicalText(t *testing.T) {
	for typed, want := range map[string]string{
		"":                              "",
		"  ferry   bread ":              "ferry bread",
		"ferry AND bread":               "ferry bread",
		`"ferry"`:                       "ferry",
		`“nine o’clock”`:                `"nine o’clock"`,
		"a b OR c":                      "(a b) OR c",
		"a (b OR c)":                    "a (b OR c)",
		"((a))":                         "a",
		"-a -(b c)":                     "-a -(b c)",
		"NOT a":                         "-a",
		"--a":                           "a",
		`-"-a"`:                         `-"-a"`,
		"tend* *land *art*":             "tend* *land *art*",
		`"ferry le*"`:                   `"ferry le*"`,
		`/a\/b\\/`:                      `/a\/b\\/`,
		"example.org":                   "example.org",
		"12:30":                         "12:30",
		"https://t.me/x":                "https://t.me/x",
		`"channel:x"`:                   `"channel:x"`,
		"CHANNEL:@Durov":                "channel:@Durov",
		`channel:"Ports and harbours"`:  `channel:"Ports and harbours"`,
		`channel:“Ports and harbours”`:  `channel:"Ports and harbours"`,
		"views:>01000 forwards:=7":      "views:>1000 forwards:7",
		"views:10..20 replies:..5":      "views:10..20 replies:..5",
		"date:2024-03..2024-05":         "date:2024-03..2024-05",
		"date:>=2024 reactions:7..":     "date:>=2024 reactions:7..",
		"Media:PHOTO has:link is:Gone":  "media:photo has:link is:gone",
		"in:history":                    "in:history",
		"in:history ferry":              "ferry in:history",
		"(a OR b) in:history":           "(a OR b) in:history",
		`"OR"`:                          `"OR"`,
		"or and not":                    "or and not",
		"a OR b OR (c OR d)":            "a OR b OR c OR d",
		"media:MessageMediaGeoLive":     "media:MessageMediaGeoLive",
		"渡し船 🔥 C++":                     "渡し船 🔥 C++",
		"\u200f-שלום":                   "-שלום",
		"\"שלום רב\"\u200f (a OR b)":    `"שלום רב" (a OR b)`,
		"\u200echannel:x \ufeffa":       "channel:x a",
		"-\u200fa":                      "-\"\u200fa\"",
		`12:"30"`:                       "12: 30",
		"link:https://x.org/a?b=c":      "link:https://x.org/a?b=c",
		"-channel:x OR -(from:\"a b\")": `-channel:x OR -from:"a b"`,
	} {
		q, mistakes := Parse(typed)
		if len(mistakes) > 0 || q.String() != want {
			t.Errorf("%q: %q, want %q; %v", typed, q, want, mistakes)
		}
	}
}

func TestMistakes(t *testing.T) {
	for typed, want := range map[string]string{
		"ferry OR":                   "8: After OR comes",
		"OR ferry":                   "0: Before OR comes",
		"(a OR )":                    "6: After OR comes",
		"AND a":                      "0: AND stands between",
		"a AND":                      "2: AND stands between",
		"a - b":                      "2: After - comes",
		"a NOT":                      "2: After NOT comes",
		"(a b":                       "0: This ( is not closed",
		"a) b":                       "1: This ) closes nothing",
		"a ()":                       "2: There is nothing in these",
		`a "b c`:                     "2: This phrase is not closed",
		"/ab":                        "0: This regular expression is not closed",
		"//":                         "0: There is nothing between",
		"a /b(/":                     "2: This is no regular expression: missing closing )",
		"/(a{1,100}){1,10}/":         "0: This regular expression is too large",
		"te*nd":                      "0: A * stands at",
		"!!!":                        "0: There is no letter",
		"chanel:x":                   "0: There is no field chanel.",
		`a chanel:"x y"`:             "2: There is no field chanel.",
		"channel:":                   "8: After channel: comes a username",
		"domain:https://":            "7: After domain: comes a word",
		"channel:\u200f*":            "8: After channel: comes a username",
		"channel: durov":             "8: After channel: comes a username",
		"a views:many":               "8: Here comes a number",
		"views:>>1":                  "6: >> is no comparison",
		"views:20..10":               "10: This is before 20",
		"views:..":                   "6: Here comes a number",
		"views:99999999999999999999": "6: Here comes a number",
		"date:2024-13":               "5: Here comes a day",
		"date:2024-05..2024-03":      "14: This is before 2024-05",
		"media:photos":               "6: After media: comes one of any",
		"has:what":                   "4: After has: comes one of link",
		"is:here":                    "3: After is: comes one of forward",
		"lang:xx":                    "5: No text is told to be of the language xx. After lang: comes a language by its ISO 639 code",
		"in:title":                   "3: After in: comes history",
		"-in:history a":              "1: in:history is of the whole search",
		"(a in:history)":             "3: in:history is of the whole search",
		"a OR b in:history":          "7: in:history is of the whole search",
		"渡し船 (":                      "4: This ( is not closed",
		strings.Repeat("a ", 101):    "200: A search may have 100 conditions",
		strings.Repeat("a", 1001):    "1000: A search may have 1000 characters",
		strings.Repeat("(", 21) + "a" + strings.Repeat(")", 21):        "20: This is in more than 20 parentheses",
		strings.Repeat("(x ", 11) + "y" + strings.Repeat(" OR z)", 11): "30: This is too deep: what stands beside an OR counts",
		strings.Repeat("/a/ ", 6):                                      "20: A search may have 5 regular expressions",
	} {
		q, mistakes := Parse(typed)
		if len(mistakes) != 1 || !q.IsZero() || !strings.HasPrefix(mistakes[0].String(), want) || !strings.HasSuffix(mistakes[0].Sentence, ".") {
			t.Errorf("%q: %v, want %s", typed, mistakes, want)
		}
	}
}

// FuzzParse: whatever is typed, nothing panics, and the canonical text is the same query.
func FuzzParse(f *testing.F) {
	for _, typed := range []string{`a "b c" OR -(d* /e\/f/) channel:"x y" views:1..2 in:history`, "NOT NOT a AND b", "“x” «y»", "***",
		"(a OR b) in:history", "link:*a* date:2024..", "-\"-a\"", "views:=", `from:“`, "/\\/", "a:\x00b", "ſ:x K:y", "\u200f-\u200fa", `"\u200f-a"`, `a:"b"`,
		strings.Repeat("(x ", 11) + "y" + strings.Repeat(" OR z)", 11)} {
		f.Add(typed, "some text, Some TEXT")
	}
	f.Fuzz(func(t *testing.T, typed, text string) {
		q, mistakes := Parse(typed)
		if len(mistakes) > 0 {
			if n := len([]rune(typed)); mistakes[0].At < 0 || mistakes[0].At > n {
				t.Errorf("the mistake is at %d of %d", mistakes[0].At, n)
			}
			return
		}
		again, mistakes := Parse(q.String())
		if len(mistakes) > 0 || again != q {
			t.Fatalf("%q is %q, which is %q: %v", typed, q, again, mistakes)
		}
		p := newParser(strings.ToValidUTF8(typed, "\ufffd"))
		if tree := p.parse(); !reflect.DeepEqual(tree, q.Tree()) { // cmp takes a minute for some that are deep
			t.Fatalf("%q is not %q: %v", typed, q, tree)
		}
		m := q.Matcher(nil)
		m.Match(message(text))
		m.Marks(text)
		q.Needs()
	})
}
