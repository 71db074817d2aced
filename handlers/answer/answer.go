// Package answer writes what the browser gets: a view as a whole page or as a fragment for
// htmx, a redirect, or a file that is streamed while it is made.
package answer

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/template/html/v2"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/handlers/guard"
	"telegramtrac/static"
	"telegramtrac/views"
)

// Pages makes pages of views.
type Pages struct {
	Now func() time.Time

	templates *html.Engine
	assets    views.Assets
}

// New makes pages that link to files. It fails when a template does not parse.
func New(files *static.Files, now func() time.Time) (*Pages, error) {
	templates, err := views.Load()
	if err == nil {
		err = views.Prepare(templates)
	}
	if err != nil {
		return nil, err
	}
	return &Pages{Now: now, templates: templates, assets: assets(files)}, nil
}

func assets(files *static.Files) views.Assets {
	a := views.Assets{
		CSS: files.Address("app.css"), JS: files.Address("app.js"), Icon: files.Address("favicon.svg"),
		HTMX: files.Address("vendor/htmx.min.js"), HTMXWebsockets: files.Address("vendor/hx-ws.min.js"),
	}
	for _, name := range networkScripts {
		if address := files.Address(name); address != "" {
			a.Network = append(a.Network, address)
		}
	}
	return a
}

// networkScripts draw the graph.
var networkScripts = []string{"vendor/graphology.umd.min.js", "vendor/sigma.min.js", "network.js", "network-filter.js", "network-tables.js"}

// IsHTMX reports whether htmx asks, which swaps a fragment into the page. When
// it restores a page from its history it needs the whole page.
func IsHTMX(c *fiber.Ctx) bool {
	return c.Get("HX-Request") == "true" && c.Get("HX-History-Restore-Request") != "true"
}

// Targets reports whether htmx will put the answer into the element with an id.
func Targets(c *fiber.Ctx, id string) bool {
	_, target, _ := strings.Cut(c.Get("HX-Target"), "#")
	return IsHTMX(c) && target == id
}

// WantsJSON reports whether a script asks.
func WantsJSON(c *fiber.Ctx) bool {
	return c.Accepts(fiber.MIMETextHTML, fiber.MIMEApplicationJSON) == fiber.MIMEApplicationJSON
}

// Frame is what stands around a page for this visitor.
func (p *Pages) Frame(c *fiber.Ctx, title string, step int) views.Frame {
	v := guard.VisitorOf(c)
	f := views.Frame{Title: title, Fragment: IsHTMX(c), Assets: p.assets, CSRF: v.Token, Step: step, Now: p.Now()}
	f.Note, _ = c.Locals(noteKey).(string)
	if v.In() {
		f.Workspace = &views.Place{Source: v.Workspace.Source, Label: PlaceLabel(v)}
	}
	return f
}

// NetworkScripts are the addresses of the scripts that draw the graph.
func (p *Pages) NetworkScripts() []string { return p.assets.Network }

// noteKey is where the frame finds what has just happened.
const noteKey localKey = "note"

type localKey string

// Note says on the page that follows what has just happened.
func Note(c *fiber.Ctx, sentence string) { c.Locals(noteKey, sentence) }

// PlaceLabel is the name of the visitor's workspace.
func PlaceLabel(v guard.Visitor) string {
	if v.Workspace.Label != "" {
		return v.Workspace.Label
	}
	switch v.Workspace.Source {
	case "sandbox":
		return "Sandbox · workspace of this browser"
	case "preview":
		return "Public web preview"
	}
	return "Telegram account"
}

// Render answers with a template. The text is complete before it is sent, so
// that an error can still become a page of its own.
func (p *Pages) Render(c *fiber.Ctx, status int, name string, data any) error {
	text, err := p.execute(name, data)
	if err != nil {
		return err
	}
	c.Vary("HX-Request")
	c.Status(status).Type("html", "utf-8")
	return c.Send(text)
}

// Update makes a message for a websocket.
func (p *Pages) Update(u views.Update) ([]byte, error) {
	text, err := p.execute(views.LiveUpdate, u)
	return bytes.TrimSpace(text), err
}

func (p *Pages) execute(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := p.templates.Render(&b, name, data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return views.Marked(b.Bytes()), nil
}

// Redirect sends the browser on after a form, and htmx in its own way: a page
// that htmx fetched would keep the address of the form.
func Redirect(c *fiber.Ctx, address string) error {
	if IsHTMX(c) {
		c.Set("HX-Redirect", address)
		return c.SendStatus(fiber.StatusNoContent)
	}
	return c.Redirect(address, fiber.StatusSeeOther)
}

// Step answers a form that led on: plain browsers are sent to the next step,
// htmx gets its fragment at once, and the page's address becomes the step's.
func Step(c *fiber.Ctx, address string, show func() error) error {
	if !IsHTMX(c) {
		return c.Redirect(address, fiber.StatusSeeOther)
	}
	c.Set("HX-Push-Url", address)
	return show()
}

// WholeView makes htmx replace the whole view, whatever the form's target was.
func WholeView(c *fiber.Ctx) {
	if IsHTMX(c) {
		c.Set("HX-Retarget", "#view")
		c.Set("HX-Reswap", "outerHTML")
	}
}
