package views

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"

	"telegramtrac/views/compiled"
)

// TestWritten: what is written is what html/template writes, whatever the data is.
func TestWritten(t *testing.T) {
	t.Parallel()
	e, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	all := compiled.New(e.Templates, natives())
	for name, of := range written {
		t.Run(name, func(t *testing.T) {
			if err := all.Compiles(name, of); err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(16, uint64(len(name))))
			longest := 0
			for range 150 {
				data := reflect.New(reflect.TypeOf(of)).Elem()
				invent(r, data, 0)
				var want bytes.Buffer
				if err := e.Templates.ExecuteTemplate(&want, name, data.Interface()); err != nil {
					t.Fatal(err)
				}
				got, err := all.HTML(name, data.Interface())
				if err != nil {
					t.Fatal(err)
				}
				if string(got) != want.String() {
					t.Fatalf("%+v is written\n%q\nwant\n%q", data.Interface(), got, want.String())
				}
				longest = max(longest, len(got))
			}
			if longest < 100 {
				t.Errorf("at most %d bytes were written", longest)
			}
		})
	}
}

// hostile are what invented texts are made of.
var hostile = []string{"", "a", "<b>", "</td>", "&amp;", `"`, "'", "+", "\x00", "\xff", "Паром", "\ufdd0", "\n", "`", "=1+1", "\u2028",
	"javascript:alert(1)", "https://t.me/a?b=c&d=e#f", "/tabs/messages?channel=1", "%zz%41", "(x)", "MailTo:a@b", "://", "ascending",
	"descending", "\U0001F600", "ünï", "<!-- -->", "</script>"}

// invent fills a value, with every kind of thing that a page may be told.
func invent(r *rand.Rand, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(hostile[r.IntN(len(hostile))] + hostile[r.IntN(len(hostile))])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt([]int64{0, 1, 2, -1, 127, r.Int64N(100)}[r.IntN(6)])
	case reflect.Float64:
		v.SetFloat(r.Float64())
	case reflect.Pointer:
		if r.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			invent(r, v.Elem(), depth)
		}
	case reflect.Slice:
		if depth < 6 {
			v.Set(reflect.MakeSlice(v.Type(), r.IntN(4), 4))
			for i := range v.Len() {
				invent(r, v.Index(i), depth+1)
			}
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(r.Int64N(2e9)*r.Int64N(2), 0)))
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				invent(r, v.Field(i), depth)
			}
		}
	}
}

// TestLieIn: the quick look finds what the slow one finds.
func TestLieIn(t *testing.T) {
	t.Parallel()
	near := []rune{0xAD, 0x34F, 0x115F, 0x1160, 0x17B4, 0x180E, 0x200B, 0x2027, 0x2028, 0x202E, 0x202F, 0x205F, 0x2060, 0x206F, 0x2800,
		0x3164, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFB, 0xE0001, 0xE007F, 0xE0080, 0x10FFFF}
	r := rand.New(rand.NewPCG(3, 3))
	for range 3000 {
		var b []byte
		for range r.IntN(12) {
			if r.IntN(3) == 0 {
				b = utf8.AppendRune(b, near[r.IntN(len(near))])
			} else {
				b = append(b, hostile[r.IntN(len(hostile))]...)
			}
		}
		if got, want := lieIn(b), bytes.ContainsFunc(b, isLie); got != want {
			t.Fatalf("%q: %t, want %t", b, got, want)
		}
	}
}
