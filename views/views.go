// Package views has the templates of the page and one struct for each of them. The same struct
// renders a whole page, the fragment that htmx swaps in, and the message that a websocket
// pushes.
//
// Structs contain what is shown, already decided: sentences, names and numbers. Nothing in
// this package reads data or calls other services.
package views

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/gofiber/template/html/v2"

	"telegramtrac/collector/dataset/table"
)

// Names of the templates that are rendered directly; each takes the struct named beside it.
const (
	CredentialsPage = "credentials" // Credentials
	CodePage        = "code"        // Code
	PasswordPage    = "password"    // Password
	QRPage          = "qr"          // QR
	LoggedOutPage   = "loggedout"   // LoggedOut
	StuckPage       = "stuck"       // Stuck
	TracPage        = "trac"        // Trac
	WorkPage        = "work"        // Work
	CollectionsPage = "collections" // Collections
	ProblemPage     = "problem"     // Problem
	DoorPage        = "door"        // Door
	HeldPage        = "held"        // Held
	NoticePage      = "notice"      // Notice
	ImportPage      = "import"      // Import
	LiveFragment    = "live"        // Live
	LiveUpdate      = "live-update" // Update
	LookFragment    = "look"        // Look

	ImportStateFragment    = "import-state"    // ImportState
	NetworkRenewedFragment = "network-renewed" // NetworkRenewed
	NetworkDetailsFragment = "network-details" // NetworkDetails
	TiesFragment           = "ties"            // Ties
)

//go:embed *.html
var files embed.FS

// extension ends the names of template files.
const extension = ".html"

// Load reads every template. A template's name is its file's name without the extension, or
// what the file defines.
func Load() (*html.Engine, error) {
	e := html.NewFileSystem(http.FS(files), extension)
	e.AddFuncMap(funcs())
	e.AddFuncMap(template.FuncMap{"dictionary": dictionaryOf(e), "written": writtenIn(e)})
	if err := e.Load(); err != nil {
		return nil, fmt.Errorf("load templates: %w", err)
	}
	return e, nil
}

// dictionaryOf writes the rows of the dictionary of columns. They are the same on every page,
// and were a third of what one takes to be written: so that is done once.
func dictionaryOf(e *html.Engine) func([]table.Entry) (template.HTML, error) {
	var once sync.Once
	var rows template.HTML
	var err error
	return func(entries []table.Entry) (template.HTML, error) {
		if len(entries) == 0 {
			return "", nil
		}
		once.Do(func() {
			var b strings.Builder
			err = e.Templates.ExecuteTemplate(&b, "dictionary-rows", entries)
			rows = template.HTML(b.String())
		})
		return rows, err
	}
}

// Prepare makes templates safe for HTML, which html/template otherwise does at the first
// request, so that an unsafe template fails the start.
func Prepare(e *html.Engine) error {
	for _, t := range e.Templates.Templates() {
		if t.Tree == nil {
			continue
		}
		// Without data a template may fail, but not for being unsafe.
		var unsafe *template.Error
		if err := t.Execute(io.Discard, nil); errors.As(err, &unsafe) {
			return fmt.Errorf("prepare templates: %w", unsafe)
		}
	}
	return nil
}

// whole is a whole number of any type, or what a pointer to one points at.
func whole(n any) int64 { return reflect.Indirect(reflect.ValueOf(n)).Int() }

// funcs are the functions that templates may call.
func funcs() template.FuncMap {
	return template.FuncMap{
		"count":    func(n any) string { return Count(whole(n)) },
		"plural":   func(n any, one, many string) string { return Plural(whole(n), one, many) },
		"name":     Name,
		"bytes":    Bytes,
		"duration": Duration,
		"seconds":  Seconds,
		"spoken":   func(seconds int64) string { return Seconds(float64(seconds)) },
		"stamp":    Stamp,
		"instant":  Instant,
		"clock":    Clock,
		"day":      Day,
	}
}
