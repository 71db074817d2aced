package handlers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/handlers"
)

// kinds reads collector's constants of type Kind from its source, so that a
// new one cannot be forgotten here.
func kinds(t *testing.T) []collector.Kind {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../collector/errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []collector.Kind
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Type == nil {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != "Kind" {
			return true
		}
		for _, v := range spec.Values {
			s, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, collector.Kind(s))
		}
		return true
	})
	if len(out) < 18 {
		t.Fatalf("found %d kinds only: %v", len(out), out)
	}
	return out
}

func TestEveryKindHasItsSentence(t *testing.T) {
	t.Parallel()
	answers := handlers.Answers()
	said := map[string]collector.Kind{}
	for _, k := range kinds(t) {
		status, ok := answers[string(k)]
		if !ok || status < 400 || status > 599 {
			t.Errorf("%s: status %d", k, status)
		}
		for _, signIn := range []bool{true, false} {
			got := handlers.Sentence(k, handlers.Occasion("@name", ""), signIn)
			if !strings.HasSuffix(got, ".") || strings.Contains(got, "!") || strings.Contains(got, "%") || len(got) < 20 {
				t.Errorf("%s: %q", k, got)
			}
			if other, ok := said[got]; ok && other != k {
				t.Errorf("%s and %s say the same: %q", k, other, got)
			}
			said[got] = k
		}
		delete(answers, string(k))
	}
	if len(answers) > 0 {
		t.Errorf("sentences without a kind: %v", answers)
	}
}

func TestSentencesOfChannels(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind         collector.Kind
		detail, want string
	}{
		{collector.NotFound, "", "There is no channel @name on Telegram. It may have been renamed or removed."},
		{collector.NotAChannel, "person", "@name is a person, not a channel."},
		{collector.NotAChannel, "bot", "@name is a bot, not a channel."},
		{collector.NotAChannel, "person or bot", "@name is a person or a bot, not a channel."},
		{collector.NotAChannel, "group", "@name is a basic group, not a channel. This tool reads public channels and supergroups."},
		{collector.NotAChannel, "", "@name is not a channel."},
		{collector.Private, "", "@name is private. This tool reads public channels only."},
		{collector.Restricted, "porn", `Telegram does not show @name to this account (restricted: "porn").`},
		{collector.Restricted, "", "Telegram does not show @name to this account (restricted)."},
		{"new_kind", "",
			"Something went wrong inside telegramtrac while it read @name. What was collected is kept; the program's log says more."},
	}
	for _, tt := range tests {
		if got := handlers.Sentence(tt.kind, handlers.Occasion("@name", tt.detail), false); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.kind, tt.detail, got, tt.want)
		}
	}
}

func TestProblemPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	b.get("/nowhere").shows(t, 404, "<!doctype html>", "There is no such page", `href="/"`)
	b.get("/collections/nothing").shows(t, 404, "There is no such collection")
	b.get("/files/secrets.txt").shows(t, 404, "There is no such file")
	b.get("/files/channels/99/channel.json").shows(t, 404, "This channel was not collected")
	b.get("/tabs/messages?channel=99").shows(t, 404, "This channel was not collected")
	b.get("/tabs/messages?page=9").shows(t, 404)
	b.with("Accept", "application/json").get("/nowhere").shows(t, 404, `"error":"not_found"`)
	s.visit(t).get("/nowhere").shows(t, 404, "There is no such page")
	if r := b.with("HX-History-Restore-Request", "true").swapping("look").get("/tabs/messages"); !strings.Contains(r.body, "<!doctype") {
		t.Error("a restored page is not whole")
	}
}
