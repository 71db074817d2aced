package search

import (
	"strings"
)

// Form is a search as those fill it in who do not want to learn the language.
type Form struct {
	All, Phrase, Any, None string // words
	Hashtag, Domain        string
	Views                  string // at least so many
	Has, Is                string // one of their choices
	History                bool
}

// Choices are the values of media:, has: or is:.
func Choices(field string) []string { return fields[field].choices }

// String is the query that the form stands for, in the language; what is wrong in a field is
// wrong in it, too.
func (f Form) String() string {
	var out []string
	add := func(s string) {
		if s != "" {
			out = append(out, s)
		}
	}
	quoted := func(s string) string { return strings.ReplaceAll(s, `"`, " ") }
	words := func(s, before string) (all []string) {
		for word := range strings.FieldsSeq(quoted(s)) {
			all = append(all, before+wordOf(word))
		}
		return all
	}
	add(strings.Join(words(f.All, ""), " "))
	if phrase := strings.TrimSpace(quoted(f.Phrase)); phrase != "" {
		add(wordOf(phrase))
	}
	if any := words(f.Any, ""); len(any) == 1 {
		add(any[0])
	} else if len(any) > 1 {
		add("(" + strings.Join(any, " OR ") + ")")
	}
	add(strings.Join(words(f.None, "-"), " "))
	for _, one := range []struct{ field, value string }{
		{Hashtag, f.Hashtag}, {Domain, f.Domain}, {Has, f.Has}, {Is, f.Is}, {Views, f.Views},
	} {
		value := strings.TrimSpace(quoted(one.value))
		switch {
		case value == "":
		case one.field == Views:
			add("views:" + valueOf(">="+value)) // quoted with a blank in it, so that it is a mistake and not two conditions
		default:
			add(one.field + ":" + valueOf(value))
		}
	}
	if f.History {
		add("in:history")
	}
	return strings.Join(out, " ")
}

// wordOf is a word or phrase as it is to be typed; at its end may be a star.
func wordOf(word string) string {
	if readsAsWord(word) {
		return word
	}
	return `"` + word + `"`
}

func valueOf(value string) string {
	if readsAsValue(value) {
		return value
	}
	return `"` + value + `"`
}
