package telethon

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

// errNotOurs means that JSON was not written by AppendJSON.
var errNotOurs = errors.New("not an object in Telethon's shape")

// Respell appends raw, an object from the column raw, in another form: dates and bytes are
// rewritten, everything else, including unknown classes, is copied byte for byte. It is an
// error if raw is not a JSON object.
func Respell(dst []byte, raw string, form Form) ([]byte, error) {
	if !json.Valid([]byte(raw)) {
		return dst, errNotOurs
	}
	r := respeller{src: raw, dst: dst, form: form}
	r.space()
	if r.src[r.at] != '{' {
		return dst, errNotOurs
	}
	r.value(kindClass)
	return r.dst, nil
}

// respeller walks valid JSON.
type respeller struct {
	src  string
	at   int
	dst  []byte
	form Form

	patches map[string]string // replace the values at some paths; nil: none
	path    string            // keys and list indices down to the value
}

// space skips white space.
func (r *respeller) space() {
	for r.at < len(r.src) {
		switch r.src[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// value copies a value of a field of some kind.
func (r *respeller) value(k kind) {
	r.space()
	switch r.src[r.at] {
	case '{':
		r.object()
	case '[':
		r.list(k)
	case '"':
		r.text(r.token(), k)
	default:
		r.dst = append(r.dst, r.token()...)
	}
}

func (r *respeller) list(k kind) {
	r.mark() // [
	r.space()
	for n := 0; r.src[r.at] != ']'; n++ {
		if r.src[r.at] == ',' {
			r.mark()
		}
		r.child(strconv.Itoa(n), k)
		r.space()
	}
	r.mark()
}

// object copies an object, whose class is named by its first key.
func (r *respeller) object() {
	r.mark() // {
	var candidates []*plan
	for r.space(); r.src[r.at] != '}'; r.space() {
		if r.src[r.at] == ',' {
			r.mark()
			r.space()
		}
		key := r.token()
		r.dst = append(r.dst, key...)
		r.space()
		r.mark() // :
		r.space()
		if key == `"_"` && r.src[r.at] == '"' {
			class := r.token()
			r.dst = append(r.dst, class...)
			candidates = classes()[unquoted(class)]
			continue
		}
		name := unquoted(key)
		r.child(name, kindOf(candidates, name))
	}
	r.mark()
}

// kindOf returns the kind of a field's values, from any constructor with this name that has the
// field.
func kindOf(candidates []*plan, key string) kind {
	for _, p := range candidates {
		if i, ok := p.byKey[key]; ok {
			return p.fields[i].shape.scalar()
		}
	}
	return kindClass
}

// text copies a string. A string that is not the date or base64 that the field should have is
// not changed.
func (r *respeller) text(quoted string, k kind) {
	if r.form == Python && k == kindDate && len(quoted) > 11 && quoted[11] == 'T' {
		r.dst = append(r.dst, quoted[:11]...)
		r.dst = append(r.dst, ' ')
		r.dst = append(r.dst, quoted[12:]...)
		return
	}
	if r.form == Python && k == kindBytes {
		if b, err := base64.StdEncoding.DecodeString(unquoted(quoted)); err == nil {
			r.dst = appendString(r.dst, pythonBytes(b))
			return
		}
	}
	r.dst = append(r.dst, quoted...)
}

// mark copies a byte.
func (r *respeller) mark() {
	r.dst = append(r.dst, r.src[r.at])
	r.at++
}

// token reads a string, with its quotes, or a number or word.
func (r *respeller) token() string {
	start := r.at
	if r.src[r.at] != '"' {
		for r.at < len(r.src) && !isEnd(r.src[r.at]) {
			r.at++
		}
		return r.src[start:r.at]
	}
	for r.at++; r.src[r.at] != '"'; r.at++ {
		if r.src[r.at] == '\\' {
			r.at++
		}
	}
	r.at++
	return r.src[start:r.at]
}

func isEnd(c byte) bool {
	switch c {
	case ',', ']', '}', ':', ' ', '\t', '\n', '\r':
		return true
	}
	return false
}

// unquoted returns a string without its quotes and escapes.
func unquoted(quoted string) string {
	inner := quoted[1 : len(quoted)-1]
	for i := range len(inner) {
		if inner[i] == '\\' || inner[i] >= utf8.RuneSelf {
			var s string
			if json.Unmarshal([]byte(quoted), &s) != nil {
				return inner
			}
			return s
		}
	}
	return inner
}
