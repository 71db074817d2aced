package tl_test

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// fixtures returns the folder of real material, or skips the test: it is not
// part of the repository.
func fixtures(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
	}
	dir = filepath.Join(dir, "..", "shared", "fixtures", "telethon")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("REQUIRE_FIXTURES") == "1" {
			t.Fatalf("fixtures are required: %v", err)
		}
		t.Skipf("no fixtures: %v", err)
	}
	return dir
}

// eachLine calls f with every line of every NDJSON file of the fixtures.
func eachLine(t testing.TB, f func(file string, n int, line []byte)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(fixtures(t), "*.ndjson"))
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
