package tracker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// literal is JSON as a Python literal, as pandas writes lists and dictionaries
// into CSV: {'_': 'ChatPhotoEmpty'}, [], True, None. What is no JSON is None.
func literal(value []byte) string {
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	var b strings.Builder
	if err := writeLiteral(&b, dec, ""); err != nil {
		return "None"
	}
	return b.String()
}

// writeLiteral writes the next value; key is what it stands under.
func writeLiteral(b *strings.Builder, dec *json.Decoder, key string) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	switch v := token.(type) {
	case nil:
		b.WriteString("None")
	case bool:
		b.WriteString(pythonBool(v))
	case json.Number:
		b.WriteString(literalNumber(v.String()))
	case string:
		b.WriteString(literalString(v, key))
	case json.Delim:
		return writeLiterals(b, dec, v == '{', key)
	}
	return nil
}

// writeLiterals writes the rest of a dictionary or list.
func writeLiterals(b *strings.Builder, dec *json.Decoder, dictionary bool, key string) error {
	marks := "[]"
	if dictionary {
		marks = "{}"
	}
	b.WriteByte(marks[0])
	for i := 0; dec.More(); i++ {
		if i > 0 {
			b.WriteString(", ")
		}
		if dictionary {
			token, err := dec.Token()
			if err != nil {
				return err
			}
			key = fmt.Sprint(token)
			b.WriteString(pythonString(key) + ": ")
		}
		if err := writeLiteral(b, dec, key); err != nil {
			return err
		}
	}
	b.WriteByte(marks[1])
	_, err := dec.Token()
	return err
}

// literalNumber is a number as Python writes it: what has a point or an exponent
// is a float.
func literalNumber(s string) string {
	if !strings.ContainsAny(s, ".eE") {
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	return pythonFloat(f)
}

// literalString is a string, or bytes or a time where the object's key says so. Of
// bytes the JSON has the literal already.
func literalString(s, key string) string {
	switch {
	case key == "stripped_thumb" && strings.HasPrefix(s, "b"):
		return s
	case key == "until_date":
		if t, err := time.Parse(pythonTime, s); err == nil {
			return pythonDatetime(t)
		}
	}
	return pythonString(s)
}

// pythonDatetime is Python's repr of a time of whole seconds, in UTC.
func pythonDatetime(t time.Time) string {
	second := ""
	if t.Second() != 0 {
		second = fmt.Sprintf(", %d", t.Second())
	}
	return fmt.Sprintf("datetime.datetime(%d, %d, %d, %d, %d%s, tzinfo=datetime.timezone.utc)", t.Year(), t.Month(), t.Day(), t.Hour(),
		t.Minute(), second)
}

func pythonBool(v bool) string {
	if v {
		return "True"
	}
	return "False"
}

// pythonString is Python's repr of a string.
func pythonString(s string) string {
	quote := '\''
	if strings.ContainsRune(s, '\'') && !strings.ContainsRune(s, '"') {
		quote = '"'
	}
	var b strings.Builder
	b.WriteRune(quote)
	for _, r := range s {
		switch {
		case r == quote || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteRune(quote)
	return b.String()
}

// pythonList is a list of strings.
func pythonList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = pythonString(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
