package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	_ "telegramtrac/collector/collectortest/long"
)

// go test ./... -long must reach every test package: each knows the flag.
func TestLongIsAFlagOfEveryTestPackage(t *testing.T) {
	knows := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := filepath.Dir(path)
		if !knows[dir] {
			knows[dir] = false
		}
		for _, spec := range file.Imports {
			if spec.Path.Value == `"telegramtrac/collector/collectortest/long"` {
				knows[dir] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, ok := range knows {
		if !ok {
			t.Errorf("no test of %s imports collector/collectortest/long: go test ./... -long fails there", dir)
		}
	}
}
