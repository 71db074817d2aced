package main

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

const (
	longestLine    = 140   // columns of a line of Go; a tab counts one
	largestPackage = 2_500 // lines of a package without its tests, comments counted
)

// goFiles calls f with every Go file of the tree.
func goFiles(t *testing.T, f func(path string)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".go") && !strings.Contains(path, "/testdata/") {
			f(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestLinesFitAScreen: no line of Go is longer than a screen is wide. Lines with a raw
// string are exempt: what stands in one cannot be broken.
func TestLinesFitAScreen(t *testing.T) {
	t.Parallel()
	goFiles(t, func(path string) {
		source := readFile(t, path)
		exempt := rawLines(source)
		number := 0
		for line := range strings.Lines(source) {
			number++
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > longestLine && !exempt[number] {
				t.Errorf("%s:%d has %d columns, more than %d", path, number, n, longestLine)
			}
		}
	})
}

// rawLines are the numbers of the lines that a raw string is in.
func rawLines(source string) map[int]bool {
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(source))
	var s scanner.Scanner
	s.Init(file, []byte(source), nil, 0)
	lines := map[int]bool{}
	for {
		at, kind, literal := s.Scan()
		if kind == token.EOF {
			return lines
		}
		if kind == token.STRING && literal[0] == '`' {
			first := files.Position(at).Line
			for i := range strings.Count(literal, "\n") + 1 {
				lines[first+i] = true
			}
		}
	}
}

// TestPackagesAreOfOneIdea: a package is small enough to be read in an afternoon.
func TestPackagesAreOfOneIdea(t *testing.T) {
	lines := map[string]int{}
	goFiles(t, func(path string) {
		if !strings.HasSuffix(path, "_test.go") {
			lines[filepath.ToSlash(filepath.Dir(path))[len("../"):]] += strings.Count(readFile(t, path), "\n")
		}
	})
	for pkg, n := range lines {
		if n > largestPackage {
			t.Errorf("package %s has %d lines, more than %d", pkg, n, largestPackage)
		}
	}
}

// logMethods are slog's, with the place of the message among their arguments.
var logMethods = map[string]int{
	"Debug": 0, "Info": 0, "Warn": 0, "Error": 0,
	"DebugContext": 1, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1, "Log": 2,
}

var snakeCase = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// TestLogHasOneForm: the message of a log line is a constant, its keys are in snake_case, and
// an error has the key error.
func TestLogHasOneForm(t *testing.T) {
	goFiles(t, func(path string) {
		if strings.HasSuffix(path, "_test.go") || testOnly(filepath.ToSlash(filepath.Dir(path))) {
			return // *testing.T has methods of the same names
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if wrong := looseLog(call); wrong != "" {
				t.Errorf("%s: %s", files.Position(call.Pos()), wrong)
			}
			return true
		})
	})
}

// looseLog says what is wrong with a call that writes to the log, "" where nothing is.
func looseLog(call *ast.CallExpr) string {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	at, ok := logMethods[method.Sel.Name]
	if !ok || len(call.Args) <= at || !isLogger(method.X) {
		return ""
	}
	switch message, ok := text(call.Args[at]); {
	case !ok:
		return "the message is not a constant"
	case strings.Contains(message, "_"):
		return "the message " + message + " is no sentence"
	}
	rest := call.Args[at+1:]
	for i := 0; i < len(rest); i += 2 {
		if call.Ellipsis.IsValid() && i == len(rest)-1 {
			break // args...
		}
		key, ok := text(rest[i])
		switch {
		case !ok:
			return "a key is not a constant"
		case !snakeCase.MatchString(key):
			return "the key " + key + " is not in snake_case"
		case i+1 == len(rest):
			return "the key " + key + " has no value"
		case key != "error" && isError(rest[i+1]):
			return "an error has the key " + key
		}
	}
	return ""
}

// isLogger tells loggers by their names, as there are no types here.
func isLogger(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return strings.HasSuffix(strings.ToLower(x.Name), "log") || strings.HasSuffix(strings.ToLower(x.Name), "logger")
	case *ast.SelectorExpr:
		return isLogger(x.Sel)
	}
	return false
}

func isError(x ast.Expr) bool {
	name, ok := x.(*ast.Ident)
	return ok && (name.Name == "err" || strings.HasSuffix(name.Name, "Err"))
}

// text is a string that is written where it is used.
func text(x ast.Expr) (string, bool) {
	lit, ok := x.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// forbidden reads from the glossary of DESIGN.md the words that mean something else, or
// nothing any more, with the word that is right. "package x" is the name of a package, Kept a
// whole identifier, glimpse a word of one, as in openGlimpse.
func forbidden(t *testing.T) map[string]string {
	t.Helper()
	right := map[string]string{}
	for line := range strings.Lines(section(t, "Words")) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		for i, word := range strings.Split(cells[3], "`") {
			if i%2 == 1 {
				right[word] = strings.TrimSpace(cells[1])
			}
		}
	}
	if len(right) == 0 {
		t.Fatal("the glossary forbids nothing")
	}
	return right
}

// TestWordsMeanOneThing: no identifier uses a word that the glossary has replaced.
func TestWordsMeanOneThing(t *testing.T) {
	t.Parallel()
	right := forbidden(t)
	goFiles(t, func(path string) {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		check := func(at token.Pos, word, in string) {
			if instead, ok := right[word]; ok {
				t.Errorf("%s: %s: not %s but %s", files.Position(at), in, word, instead)
			}
		}
		check(file.Name.Pos(), "package "+strings.TrimSuffix(file.Name.Name, "_test"), file.Name.Name)
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				check(id.Pos(), id.Name, id.Name)
				for _, word := range words(id.Name) {
					check(id.Pos(), word, id.Name)
				}
			}
			return true
		})
	})
}

// words are those of an identifier in camel case, small: openGlimpse is open, glimpse.
func words(identifier string) (out []string) {
	from := 0
	for i, r := range identifier {
		if i > from && (unicode.IsUpper(r) || r == '_') {
			out, from = append(out, strings.ToLower(strings.Trim(identifier[from:i], "_"))), i
		}
	}
	return append(out, strings.ToLower(strings.Trim(identifier[from:], "_")))
}
