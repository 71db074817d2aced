package input

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"telegramtrac/collector"
)

// Limits of a message: Telegram's own with room to spare. Its texts have at most 4,096
// characters and 100 entities.
const (
	maxText     = 64 << 10 // bytes of a text: longer ones are cut and reported
	maxEntities = 1_000    // of a text: more are left out and reported
	MaxListed   = 10_000   // values in any other list of a message's row
	maxRaw      = 2 << 20  // bytes of a stored object
	maxDepth    = 64       // lists and objects within each other
	maxInside   = 200_000  // values in one object
	maxKinds    = 1_000    // kinds of unplaced values that are reported separately
	maxKey      = 100      // bytes of the name of such a kind
)

// What the report names as left out.
const (
	longText     = "the rest of a text over 64 KB"
	manyEntities = "marks in a text beyond the first 1,000"
	manyListed   = "values of a list beyond the first 10,000"
)

var (
	nestedDeep = fmt.Sprintf("something is nested more than %d deep", maxDepth)
	insideMany = "one object holds more than 200,000 values"
)

// shapeOf returns what is wrong with the shape of a value, "" for nothing. A value that is
// small on disk may take much memory once decoded.
func shapeOf(v json.RawMessage) (problem string) {
	depth, values := 0, 0
	inside, escaped := false, false
	for _, c := range v {
		switch {
		case escaped:
			escaped = false
		case inside:
			escaped, inside = c == '\\', c != '"'
		case c == '"':
			inside = true
		case c == '{', c == '[':
			if depth++; depth > maxDepth {
				return nestedDeep
			}
			values++
		case c == '}', c == ']':
			depth--
		case c == ',':
			values++
		}
	}
	if values > maxInside {
		return insideMany
	}
	return ""
}

// withoutLong cuts texts in a value that are too long, and counts them.
func withoutLong(v json.RawMessage) (out json.RawMessage, cut int) {
	if len(v) <= maxText {
		return v, 0
	}
	kept := 0 // bytes of v that were copied to out or cut
	for i := 0; i < len(v); i++ {
		if v[i] != '"' {
			continue
		}
		end, most := stringEnd(v, i+1)
		if most < end {
			out = append(append(out, v[kept:most]...), '"')
			kept = end + 1
			cut++
		}
		i = end
	}
	if cut == 0 {
		return v, 0
	}
	return append(out, v[kept:]...), cut
}

// stringEnd returns the position of a string's closing quote, and where to cut the string so
// that its text is not too long.
func stringEnd(v json.RawMessage, from int) (end, most int) {
	size := 0 // bytes of the text
	most = -1
	for i := from; i < len(v); {
		if v[i] == '"' {
			if most < 0 {
				most = i
			}
			return i, most
		}
		n, bytes := 1, 1
		switch {
		case v[i] == '\\' && i+1 < len(v) && v[i+1] == 'u':
			n, bytes = 6, escapedLen(v[i+2:])
			if i+7 < len(v) && v[i+2]|0x20 == 'd' && v[i+3]|0x20 >= '8' && v[i+3] < 'g' && v[i+6] == '\\' && v[i+7] == 'u' {
				n, bytes = 12, 4 // a surrogate pair
			}
		case v[i] == '\\':
			n = 2
		case v[i] >= utf8.RuneSelf:
			_, n = utf8.DecodeRune(v[i:])
			bytes = n
		}
		if size += bytes; size > maxText && most < 0 {
			most = i
		}
		i += n
	}
	return len(v) - 1, len(v) - 1 // unreachable: the decoder has accepted the string
}

// escapedLen returns the UTF-8 length of a character from its four hexadecimal digits.
func escapedLen(v []byte) int {
	n, err := strconv.ParseUint(string(v[:min(4, len(v))]), 16, 16)
	if err != nil {
		return 3
	}
	return max(utf8.RuneLen(rune(n)), 1) // for a lone surrogate: the length of its replacement, or less
}

// bound cuts a row to the limits of a message and reports what it cut.
func (r *Reader) bound(m *collector.Message) error {
	if len(m.Text) > maxText {
		m.Text = shorten(m.Text, maxText)
		r.Drop(map[string]int{longText: 1})
	}
	if len(m.Raw) > maxText {
		raw, _ := withoutLong(json.RawMessage(m.Raw))
		m.Raw = string(raw)
	}
	if len(m.Raw) > maxRaw {
		return r.now.Wrong(0, "", fmt.Sprintf("message %d takes more than %d MB", m.ID, maxRaw>>20))
	}
	m.Entities = first(r, m.Entities, maxEntities, manyEntities)
	m.Reactions = first(r, m.Reactions, MaxListed, manyListed)
	m.Links = first(r, m.Links, MaxListed, manyListed)
	m.TMeLinks = first(r, m.TMeLinks, MaxListed, manyListed)
	m.Mentions = first(r, m.Mentions, MaxListed, manyListed)
	m.Hashtags = first(r, m.Hashtags, MaxListed, manyListed)
	m.PollResults = first(r, m.PollResults, MaxListed, manyListed)
	return nil
}

// first returns the beginning of a list and reports what it leaves out.
func first[T any](r *Reader, list []T, most int, what string) []T {
	if len(list) <= most {
		return list
	}
	r.Drop(map[string]int{what: len(list) - most})
	return list[:most:most]
}

// shorten cuts a text to a number of bytes, between two characters.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
