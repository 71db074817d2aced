package telethon

import (
	"bytes"
	"testing"
)

func TestPythonBytes(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, b := range [][]byte{{}, all, []byte("it's"), []byte(`a"b`), []byte(`'"\\`)} {
		s := pythonBytes(b)
		got, ok := fromPythonBytes(s)
		if !ok || !bytes.Equal(got, b) {
			t.Errorf("%s: got %q, %v, want %q", s, got, ok, b)
		}
	}
	for _, s := range []string{"", "b'", "b''x", `b'\x1'`, `b'\q'`, `b'\'`, "YicgJw==", `b'a"`} {
		if got, ok := fromPythonBytes(s); ok {
			t.Errorf("%s: got %q, want none", s, got)
		}
	}
}
