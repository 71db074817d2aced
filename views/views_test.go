package views_test

import (
	"testing"

	"github.com/jba/templatecheck"

	"telegramtrac/views"
)

// TestTemplates type-checks every template against the struct that renders it.
func TestTemplates(t *testing.T) {
	all, err := views.Parse()
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
	}
	for _, topic := range views.HelpTopics() {
		structs[topic.Template] = views.Help{}
	}
	for name, data := range structs {
		t.Run(name, func(t *testing.T) {
			tmpl := all.Lookup(name)
			if tmpl == nil {
				t.Fatalf("there is no template %q", name)
			}
			if err := templatecheck.CheckHTMLStrict(tmpl, data); err != nil {
				t.Error(err)
			}
		})
	}
}
