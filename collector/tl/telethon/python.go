package telethon

import (
	"strconv"
	"strings"
)

const hex = "0123456789abcdef"

// pythonBytes returns Python's repr of bytes: b'\x01a'.
func pythonBytes(b []byte) string {
	quote := byte('\'')
	if s := string(b); strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	out := []byte{'b', quote}
	for _, c := range b {
		switch {
		case c == quote || c == '\\':
			out = append(out, '\\', c)
		case c == '\n':
			out = append(out, `\n`...)
		case c == '\r':
			out = append(out, `\r`...)
		case c == '\t':
			out = append(out, `\t`...)
		case c < ' ' || c > '~':
			out = append(out, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			out = append(out, c)
		}
	}
	return string(append(out, quote))
}

// fromPythonBytes reads what pythonBytes writes; ok is false for anything else.
func fromPythonBytes(s string) ([]byte, bool) {
	if len(s) < 3 || s[0] != 'b' || s[1] != '\'' && s[1] != '"' || s[len(s)-1] != s[1] {
		return nil, false
	}
	s = s[2 : len(s)-1]
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		if s[0] != '\\' {
			out = append(out, s[0])
			s = s[1:]
			continue
		}
		c, rest, ok := unescape(s)
		if !ok {
			return nil, false
		}
		out = append(out, c)
		s = rest
	}
	return out, true
}

// unescape reads the escape at the beginning of s.
func unescape(s string) (c byte, rest string, ok bool) {
	if len(s) < 2 {
		return 0, "", false
	}
	switch s[1] {
	case 'n':
		return '\n', s[2:], true
	case 'r':
		return '\r', s[2:], true
	case 't':
		return '\t', s[2:], true
	case '\\', '\'', '"':
		return s[1], s[2:], true
	case 'x':
		if len(s) >= 4 {
			n, err := strconv.ParseUint(s[2:4], 16, 8)
			return byte(n), s[4:], err == nil
		}
	}
	return 0, "", false
}
