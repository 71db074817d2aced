// Package views holds the templates of the page and one struct for each of
// them. The same struct renders a whole page, the fragment that htmx swaps in,
// and the message that a websocket pushes.
//
// Structs hold what is shown, already decided: sentences, names and numbers.
// Nothing in here asks anyone anything.
package views

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"strings"
)

// Names of the templates that are rendered by themselves; each takes the
// struct of the same name.
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

// Extension is how the names of template files end.
const Extension = ".html"

// Files are the template files. A template's name is its file's name without
// the extension, or what the file defines.
func Files() fs.FS { return files }

// Parse reads every template, the way a template engine does.
func Parse() (*template.Template, error) {
	names, err := fs.Glob(files, "*"+Extension)
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	root := template.New("").Funcs(Funcs())
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read template: %w", err)
		}
		if _, err := root.New(strings.TrimSuffix(name, Extension)).Parse(string(text)); err != nil {
			return nil, fmt.Errorf("parse template: %w", err)
		}
	}
	return root, nil
}

// Funcs are the functions that templates may call.
func Funcs() template.FuncMap {
	return template.FuncMap{
		"count":    Count,
		"plural":   Plural,
		"bytes":    Bytes,
		"duration": Duration,
		"seconds":  Seconds,
		"stamp":    Stamp,
		"instant":  Instant,
		"clock":    Clock,
		"day":      Day,
	}
}
