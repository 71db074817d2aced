package telethon

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
)

// setBytes reads bytes in the forms that encoders use, since JSON has none: base64, Python's
// repr as a text (b'\x01'), a list of numbers, or Node's ({"type":"Buffer","data":[1]}).
func setBytes(v reflect.Value, val any) error {
	switch x := val.(type) {
	case string:
		b, ok := fromPythonBytes(x)
		if !ok {
			var err error
			if b, err = fromBase64(x); err != nil {
				return fmt.Errorf("read bytes: %w", err)
			}
		}
		v.SetBytes(b)
		return nil
	case []any:
		return setByteList(v, x)
	case map[string]any:
		if list, ok := x["data"].([]any); ok && x["type"] == "Buffer" {
			return setByteList(v, list)
		}
	}
	return errForm
}

// fromBase64 reads base64, also without the padding.
func fromBase64(s string) ([]byte, error) {
	if len(s)%4 != 0 {
		return base64.RawStdEncoding.Strict().DecodeString(s)
	}
	return base64.StdEncoding.DecodeString(s)
}

func setByteList(v reflect.Value, list []any) error {
	b := make([]byte, len(list))
	for i, x := range list {
		n, ok := x.(json.Number)
		c, err := strconv.ParseUint(n.String(), 10, 8)
		if !ok || err != nil {
			return errForm
		}
		b[i] = byte(c)
	}
	v.SetBytes(b)
	return nil
}
