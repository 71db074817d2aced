package query

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"telegramtrac/collector/search"
)

func finderOf(tb testing.TB, text string) *finder {
	tb.Helper()
	q, mistakes := search.Parse(text)
	if len(mistakes) > 0 {
		tb.Fatal(text, mistakes)
	}
	m := q.Matcher(nil)
	return newFinder(m.Bound(m.Tree().Term))
}

// pageOf puts texts one after the other.
func pageOf(texts ...string) *textPage {
	p := &textPage{ends: []uint32{0}}
	for _, text := range texts {
		p.texts = append(p.texts, text...)
		p.ends = append(p.ends, uint32(len(p.texts)))
	}
	return p
}

// TestFinder holds the quick way of finding a word to folding every text, over letters that are
// folded in many ways.
func TestFinder(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 5))
	letters := []rune("eEéëe\u0301\u0308sSßſkK\u212aиИйѝ\u0306еЕёѐеії" +
		"اأإٱىيةه\u0640\u064eﻼxｘ𝐱ﬁfi船か\u3099がｶﾞ🔥\ufe0f\u200d9٩²_- .,\n\u00ad\u200b\u4e00")
	text := func(n int) string {
		var out strings.Builder
		for range n {
			out.WriteRune(letters[r.IntN(len(letters))])
		}
		return out.String()
	}
	found := 0
	for range 3000 {
		typed := `"` + text(1+r.IntN(3)) + `"`
		if r.IntN(2) == 0 {
			typed = `"*` + text(1+r.IntN(3)) + `*"`
		}
		if _, mistakes := search.Parse(typed); len(mistakes) > 0 {
			continue
		}
		f := finderOf(t, typed)
		texts := make([]string, 20)
		for i := range texts {
			texts[i] = text(r.IntN(30))
		}
		in := make([]bool, len(texts))
		for i := range in {
			in[i] = i%7 > 0
		}
		f.among(pageOf(texts...), in)
		for i, is := range in {
			if want := i%7 > 0 && f.InText(texts[i]); is != want {
				t.Fatalf("%q in %q: %t, want %t", typed, texts[i], is, want)
			}
			if is {
				found++
			}
		}
	}
	if found < 1000 {
		t.Errorf("only %d were found", found)
	}
}

// TestFinderOfPatterns: what a pattern cannot do without leaves nothing out.
func TestFinderOfPatterns(t *testing.T) {
	texts := []string{"Ferry", "ferries", "fe", "FERRY BOAT", "a ferry", "\u212aelvin", "kelvin", "straſse", "x.y", "", "ПАРОМ"}
	for _, typed := range []string{"/ferr(y|ies)/", "/(ferry)? boat/", "/kelvin/", "/strasse/", "/x\\.y/",
		"/(f|x)e*/", "/fer{2,3}y/", "/^$/", "/паром/",
		"/(?-i)ferry/"} {
		f := finderOf(t, typed)
		in := make([]bool, len(texts))
		for i := range in {
			in[i] = true
		}
		f.among(pageOf(texts...), in)
		for i, is := range in {
			if want := f.Pattern().MatchString(texts[i]); is != want {
				t.Errorf("%s in %q: %t", typed, texts[i], is)
			}
		}
	}
}

// FuzzFinder: the quick way finds what folding finds.
func FuzzFinder(f *testing.F) {
	f.Add("Straße", "*ss*")
	f.Add("и\u0306 \u0306", "й")
	f.Fuzz(func(t *testing.T, text, typed string) {
		q, mistakes := search.Parse(typed)
		if tree := q.Tree(); len(mistakes) > 0 || tree.Op != search.Leaf || !tree.Term.OfText() || !utf8.ValidString(text) {
			return
		}
		finder := finderOf(t, typed)
		in := []bool{true, true}
		finder.among(pageOf(text, "x"+text), in)
		for i, text := range []string{text, "x" + text} {
			if in[i] != finder.InText(text) {
				t.Errorf("%q in %q: %t", typed, text, in[i])
			}
		}
	})
}

// BenchmarkFinder finds a word in texts of 280 letters, most of which do not have it.
func BenchmarkFinder(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, words := range map[string]string{
		"Latin":    "the ferry leaves at nine bring some bread for lunch and water",
		"French":   "le traversier part à neuf heures apportez du pain là où vous êtes",
		"Cyrillic": "паром уходит в девять возьмите хлеб и воду ещё раз сегодня"} {
		all := strings.Fields(words)
		texts := make([]string, 1000)
		for i := range texts {
			for utf8.RuneCountInString(texts[i]) < 280 {
				texts[i] += all[r.IntN(len(all))] + " "
			}
		}
		page := pageOf(texts...)
		query := map[string]string{"Latin": "lighthouse", "French": "lumière", "Cyrillic": "маяк"}[name]
		in := make([]bool, len(texts))
		for _, quick := range []bool{true, false} {
			f := finderOf(b, query)
			if !quick {
				name += ", one by one"
			}
			b.Run(name, func(b *testing.B) {
				b.SetBytes(int64(len(page.texts)))
				for b.Loop() {
					for i := range in {
						in[i] = true
					}
					page.set(page.texts, page.ends)
					if quick {
						f.among(page, in)
						continue
					}
					for i := range in {
						in[i] = f.has(page.at(i))
					}
				}
			})
		}
	}
}
