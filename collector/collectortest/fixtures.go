package collectortest

import (
	"os"
	"path/filepath"
	"testing"
)

// Fixtures is the path of a file or folder of ../shared/fixtures, beside the product's
// own folder. Where it is not there the test is skipped, or fails where REQUIRE_FIXTURES
// is 1. What lies there is not the product's, and is never copied into it.
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
