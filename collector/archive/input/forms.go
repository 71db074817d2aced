package input

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

func Words(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// Encode writes JSON without escaping HTML characters.
func Encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return json.RawMessage("{}")
	}
	return bytes.TrimSpace(b.Bytes())
}

// Decode reads JSON whose numbers keep all their digits.
func Decode(raw json.RawMessage, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode(into)
}

// Walk changes the values in JSON that Decode has read. It asks change about every value of an
// object with its key, and about those of a list with the list's. One that is not done is walked
// itself; one that is done and nil is removed from its object.
func Walk(key string, v any, change func(key string, v any) (out any, done bool)) any {
	switch v := v.(type) {
	case []any:
		for i, x := range v {
			if out, done := change(key, x); done {
				v[i] = out
			} else {
				v[i] = Walk(key, x, change)
			}
		}
	case map[string]any:
		for key, x := range v {
			switch out, done := change(key, x); {
			case !done:
				v[key] = Walk(key, x, change)
			case out == nil:
				delete(v, key)
			default:
				v[key] = out
			}
		}
	}
	return v
}

func Compact(raw json.RawMessage) []byte {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return []byte("{}")
	}
	return b.Bytes()
}

// Short returns the beginning of a name from a file.
func Short(name string) string {
	if len(name) > 40 {
		return strings.ToValidUTF8(name[:40], "") + "…"
	}
	return name
}

func There(v json.RawMessage) bool { return len(v) > 0 && string(v) != "null" }

// fieldError is a problem with a field of a value.
type fieldError struct{ field, problem string }

// BadField returns the error of a field.
func BadField(field, problem string) error { return &fieldError{field, problem} }

func (e *fieldError) Error() string { return e.field + ": " + e.problem }

// BareID converts the Bot API's form of a channel's id to the bare one.
func BareID(id int64) (int64, error) {
	switch {
	case id > 0:
		return id, nil
	case id < -1_000_000_000_000:
		return -id - 1_000_000_000_000, nil
	}
	return 0, fmt.Errorf("%d is not the id of a channel", id)
}

// ErrNoParquet means that a file begins like a Parquet file but is not one.
var ErrNoParquet = errors.New("no Parquet file")

// Plain returns an error in words for people: the innermost one that is known.
func Plain(err error) string {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the file ends in the middle"
	case corrupt, errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrAlgorithm):
		return "what was packed cannot be unpacked"
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok { // do not reveal the path
		return "the file cannot be read here: " + e.Err.Error()
	}
	if errors.Is(err, ErrNoParquet) { // its own text is for programmers
		return "it is cut off, or something in it is out of place"
	}
	return strings.TrimSuffix(err.Error(), ".")
}
