package workspace_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// kept reads all that the program keeps. What the sandbox keeps is Telegram's.
func kept(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "sandbox" {
				return fs.SkipDir
			}
			return nil
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[name] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// columns writes out every value of a Parquet file, numbers also as they are
// stored, and its metadata.
func columns(t *testing.T, data []byte) []byte {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, kv := range f.Metadata().KeyValueMetadata {
		fmt.Fprintln(&out, kv.Key, kv.Value)
	}
	rows := parquet.NewReader(f)
	defer rows.Close()
	buffer := make([]parquet.Row, 64)
	for {
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			for _, v := range row {
				out.WriteString(v.String())
				if v.Kind() == parquet.Int64 {
					out.Write(binary.LittleEndian.AppendUint64([]byte{' '}, v.Uint64()))
				}
				out.WriteByte('\n')
			}
		}
		if err == io.EOF {
			return out.Bytes()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// views are the data itself and what it says when parts of it are decompressed
// or read as hex or base64, to a depth.
func views(data []byte, depth int) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) { show(data, depth, yield) }
}

func show(data []byte, depth int, yield func([]byte) bool) bool {
	if !yield(data) {
		return false
	}
	if depth == 0 {
		return true
	}
	for _, inner := range slices.Concat(unpacked(data), unwritten(data)) {
		if !show(inner, depth-1, yield) {
			return false
		}
	}
	return true
}

func unpacked(data []byte) (out [][]byte) {
	if r, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
		b, _ := io.ReadAll(r)
		out = append(out, b)
	}
	if r, err := zlib.NewReader(bytes.NewReader(data)); err == nil {
		b, _ := io.ReadAll(r)
		out = append(out, b)
	}
	return out
}

// unwritten joins what the runs of base64 and hex in the data stand for.
func unwritten(data []byte) (out [][]byte) {
	var b64, hexes []byte
	for run := range runs(data, isBase64) {
		text := bytes.Map(standard, run)
		if len(text)%4 == 1 {
			text = text[:len(text)-1]
		}
		if b, err := base64.RawStdEncoding.AppendDecode(b64, text); err == nil {
			b64 = append(b, '\n')
		}
	}
	for run := range runs(data, isHex) {
		if b, err := hex.AppendDecode(hexes, run[:len(run)&^1]); err == nil {
			hexes = append(b, '\n')
		}
	}
	for _, b := range [][]byte{b64, hexes} {
		if len(b) > 0 {
			out = append(out, b)
		}
	}
	return out
}

// table says of each byte whether it is of an alphabet.
func table(alphabet string) (out [256]bool) {
	for _, c := range []byte(alphabet) {
		out[c] = true
	}
	return out
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

var (
	isBase64 = table(letters + "+/-_")
	isHex    = table("0123456789abcdefABCDEF")
	isLetter = table(letters)
)

// standard turns the alphabet of addresses into the usual one.
func standard(r rune) rune {
	switch r {
	case '-':
		return '+'
	case '_':
		return '/'
	}
	return r
}

// shortest is the length of a code of five digits in base64: what is shorter holds
// no secret.
const shortest = 7

// runs are the stretches of an alphabet that are long enough to hold a secret.
func runs(data []byte, of [256]bool) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		from := 0
		for i := 0; i <= len(data); i++ {
			if i < len(data) && of[data[i]] {
				continue
			}
			if i-from >= shortest && !yield(data[from:i]) {
				return
			}
			from = i + 1
		}
	}
}

// TestSearchDecodes: what is wrapped is found.
func TestSearchDecodes(t *testing.T) {
	secret := []byte("this is a secret of some length")
	once := base64.StdEncoding.EncodeToString(secret)
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	zip.Write(secret)
	zip.Close()
	wrapped := map[string]string{
		"raw": string(secret), "hex": hex.EncodeToString(secret), "base64": `{"a":"` + once + `"}`,
		"twice": base64.StdEncoding.EncodeToString([]byte(`{"a":"` + once + `"}`)), "gzip": packed.String(), "absent": "nothing",
	}
	code := hidden{form: []byte("22222"), word: true}
	for data, want := range map[string]bool{
		`{"a":"` + base64.StdEncoding.EncodeToString(code.form) + `"}`: true, " " + hex.EncodeToString(code.form): true, "code=22222": true,
		"222221": false, "x22222": false, `{"22222":1}`: false, "122222 22222": true,
	} {
		found := false
		for view := range views([]byte(data), 3) {
			found = found || code.in(view)
		}
		if found != want {
			t.Errorf("a short secret is found in %s: %v, want %v", data, found, want)
		}
	}
	found := map[string]bool{}
	for name, data := range wrapped {
		for view := range views([]byte(data), 3) {
			found[name] = found[name] || bytes.Contains(view, secret)
		}
	}
	if got := slices.Sorted(maps.Keys(found)); found["absent"] || len(got) != len(wrapped) {
		t.Errorf("found %v", found)
	}
	for name, ok := range found {
		if !ok && name != "absent" {
			t.Errorf("%s was not found", name)
		}
	}
}
