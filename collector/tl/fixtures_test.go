package tl_test

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"telegramtrac/collector/collectortest"
	"testing"
)

// eachLine calls f with every line of every NDJSON file of the fixtures.
func eachLine(t testing.TB, f func(file string, n int, line []byte)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(collectortest.Fixtures(t, "telethon"), "*.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("the fixtures' folder holds no NDJSON")
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sc := bufio.NewScanner(bytes.NewReader(b))
		sc.Buffer(nil, 1<<24)
		for n := 1; sc.Scan(); n++ {
			f(filepath.Base(file), n, sc.Bytes())
		}
		if err := sc.Err(); err != nil {
			t.Fatal(err)
		}
	}
}
