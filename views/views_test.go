package views_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/jba/templatecheck"

	"telegramtrac/views"
)

// TestTemplates type-checks every template against the struct that renders it.
func TestTemplates(t *testing.T) {
	engine, err := views.Load()
	if err != nil {
		t.Fatal(err)
	}
	structs := map[string]any{
		views.CredentialsPage: views.Credentials{},
		views.CodePage:        views.Code{},
		views.PasswordPage:    views.Password{},
		views.TracPage:        views.Trac{},
		views.WorkPage:        views.Work{},
		views.CollectionsPage: views.Collections{},
		views.ProblemPage:     views.Problem{},
		views.DoorPage:        views.Door{},
		views.NoticePage:      views.Notice{},
		views.ImportPage:      views.Import{},
		views.LiveFragment:    views.Live{},
		views.LiveUpdate:      views.Update{},
		views.LookFragment:    views.Look{},

		views.ImportStateFragment:    views.ImportState{},
		views.NetworkRenewedFragment: views.NetworkRenewed{}, views.NetworkDetailsFragment: views.NetworkDetails{},
		views.TiesFragment: views.Ties{},

		views.QRPage: views.QR{}, views.LoggedOutPage: views.LoggedOut{}, views.StuckPage: views.Stuck{}, views.HeldPage: views.Held{},
		views.ListsPage: views.Lists{}, views.CardsFragment: views.Cards{}, views.ListPage: views.ListShown{},
		views.LookFirstFragment: views.LookFirst{}, views.LookUpsFragment: views.LookUps{},
	}
	maps.Copy(structs, views.Written)
	for _, name := range renderedAlone(t) {
		if structs[name] == nil {
			t.Errorf("the template %q is not checked against its struct", name)
		}
	}
	for _, topic := range views.HelpTopics() {
		structs[topic.Template] = views.Help{}
	}
	for name, data := range structs {
		t.Run(name, func(t *testing.T) {
			tmpl := engine.Templates.Lookup(name)
			if tmpl == nil {
				t.Fatalf("there is no template %q", name)
			}
			if err := templatecheck.CheckHTMLStrict(tmpl, data); err != nil {
				t.Error(err)
			}
		})
	}
}

// renderedAlone are the names of all templates that are rendered directly: the constants of
// this package whose names end in Page, Fragment or Update.
func renderedAlone(t *testing.T) (names []string) {
	t.Helper()
	constant := regexp.MustCompile(`(?m)^(?:const |\t)\w+(?:Page|Fragment|Update) += "([^"]+)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range constant.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	if len(names) < 20 {
		t.Errorf("found %d templates only", len(names))
	}
	return names
}
