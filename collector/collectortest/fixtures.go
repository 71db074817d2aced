package collectortest

import (
	"os"
	"path/filepath"
	"testing"
)

// Fixtures returns the path of a file or folder in ../shared/fixtures, next to the product's
// own folder. If it is missing, the test is skipped, or fails if REQUIRE_FIXTURES is 1. The
// fixtures are not part of the product and are never copied into it.
func Fixtures(t testing.TB, path ...string) string {
	t.Helper()
	root, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(root)
		if up == root {
			t.Fatal("the test does not run within the product")
		}
		root = up
	}
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(append([]string{root, "..", "shared", "fixtures"}, path...)...)
	if _, err := os.Stat(at); err != nil {
		if os.Getenv("REQUIRE_FIXTURES") == "1" {
			t.Fatalf("fixtures are required: %v", err)
		}
		t.Skip("shared/fixtures is not there")
	}
	return at
}
