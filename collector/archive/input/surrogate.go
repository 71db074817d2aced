package input

import (
	"bytes"
	"strconv"
	"unicode/utf16"
)

// Paired replaces escapes of lone surrogates in JSON with U+FFFD. They are valid JSON, but
// readers of raw stop at them (DuckDB's functions fail for the whole query).
func Paired(raw []byte) []byte {
	if !bytes.Contains(raw, []byte(`\u`)) {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		unit, ok := escapedUnit(raw[i:])
		second, isPair := escapedUnit(raw[min(i+6, len(raw)):])
		size := 1
		switch {
		case !ok && raw[i] == '\\':
			size = 2
		case ok && isPair && utf16.DecodeRune(unit, second) != '\uFFFD':
			size = 12
		case ok && utf16.IsSurrogate(unit):
			out = append(out, `\ufffd`...)
			i += 6
			continue
		case ok:
			size = 6
		}
		end := min(i+size, len(raw))
		out = append(out, raw[i:end]...)
		i = end
	}
	return out
}

// escapedUnit reads the escape of a UTF-16 unit at the beginning of JSON.
func escapedUnit(raw []byte) (rune, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	return rune(n), err == nil
}
