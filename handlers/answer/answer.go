// Package answer writes what the browser gets: a view as a whole page or as a fragment for
// htmx, a redirect, or a file that is streamed while it is made.
package answer

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/template/html/v2"

	"telegramtrac/collector"
	"telegramtrac/handlers/guard"
	"telegramtrac/static"
	"telegramtrac/views"
)

// Pages renders views as pages.
type Pages struct {
	now       func() time.Time
	templates *html.Engine
	assets    views.Assets
	sizes     sync.Map // how many bytes each template wrote last, by its name
}

// largestGuess is how many bytes a page is taken to need at most before it is written.
const largestGuess = 256 << 10

// New makes Pages that link to the static files. It fails when a template does not parse.
func New(files *static.Files, now func() time.Time) (*Pages, error) {
	templates, err := views.Load()
	if err == nil {
		err = views.Prepare(templates)
	}
	if err != nil {
		return nil, err
	}
	return &Pages{now: now, templates: templates, assets: assets(files)}, nil
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

// IsHTMX reports whether htmx made the request and swaps a fragment into the page. A page that
// htmx restores from its history must be whole and does not count.
func IsHTMX(c *fiber.Ctx) bool {
	return c.Get("HX-Request") == "true" && c.Get("HX-History-Restore-Request") != "true"
}

// Targets reports whether htmx will put the answer into the element with an id.
func Targets(c *fiber.Ctx, id string) bool {
	_, target, _ := strings.Cut(c.Get("HX-Target"), "#")
	return IsHTMX(c) && target == id
}

// WantsJSON reports whether the client prefers JSON to HTML, as scripts do.
func WantsJSON(c *fiber.Ctx) bool {
	return c.Accepts(fiber.MIMETextHTML, fiber.MIMEApplicationJSON) == fiber.MIMEApplicationJSON
}

// Frame is what surrounds a page for this visitor.
func (p *Pages) Frame(c *fiber.Ctx, title string, step int) views.Frame {
	v := guard.VisitorOf(c)
	f := views.Frame{Title: title, Fragment: IsHTMX(c), Assets: p.assets, CSRF: v.Token, Step: step, Now: p.now()}
	f.Note, _ = c.Locals(noteKey).(string)
	if v.In() {
		f.Workspace = &views.Place{Source: v.Workspace.Source, Label: PlaceLabel(v)}
	}
	return f
}

// NetworkScripts are the addresses of the scripts that draw the graph.
func (p *Pages) NetworkScripts() []string { return p.assets.Network }

// noteKey is where Note leaves its sentence for Frame.
const noteKey localKey = "note"

type localKey string

// Note sets the sentence about what has just happened that the answer's page shows.
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

// Render answers with a template. It renders the whole text before sending it, so that an
// error can still become an error page.
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
	if last, ok := p.sizes.Load(name); ok { // a page is much as large as the one before
		b.Grow(last.(int) + last.(int)/8)
	}
	if err := p.templates.Render(&b, name, data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	p.sizes.Store(name, min(b.Len(), largestGuess))
	return views.Marked(b.Bytes()), nil
}

// Redirect sends the browser to another address after a form. htmx gets HX-Redirect: if it
// followed a plain redirect, the page would keep the form's address.
func Redirect(c *fiber.Ctx, address string) error {
	if IsHTMX(c) {
		c.Set("HX-Redirect", address)
		return c.SendStatus(fiber.StatusNoContent)
	}
	return c.Redirect(address, fiber.StatusSeeOther)
}

// Step answers a form that leads to the next step: it redirects plain browsers, and gives htmx
// the step's fragment and address at once.
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

// FormStatus is the status of a form that is shown again with mistakes.
func FormStatus(c *fiber.Ctx, mistakes []views.Mistake) int {
	if len(mistakes) == 0 || c.Method() == fiber.MethodGet { // a GET refuses nothing
		return fiber.StatusOK
	}
	if status := c.Response().StatusCode(); status >= fiber.StatusBadRequest {
		return status
	}
	return fiber.StatusUnprocessableEntity
}

// Links makes links to Telegram, or none in the sandbox.
func Links(v guard.Visitor) views.Links { return v.Workspace.Source != collector.SourceSandbox }

// Query is the request's address after the question mark.
func Query(c *fiber.Ctx) url.Values {
	out := url.Values{}
	for name, value := range c.Context().QueryArgs().All() {
		out.Add(string(name), string(value))
	}
	return out
}

// Fields are the fields of a form that was posted, and of its address.
func Fields(c *fiber.Ctx) url.Values {
	out := url.Values{}
	for name, value := range c.Context().PostArgs().All() {
		out.Add(string(name), string(value))
	}
	for name, values := range Query(c) {
		out[name] = append(out[name], values...)
	}
	return out
}

// PageOf is the requested page, 1 by default.
func PageOf(c *fiber.Ctx) int { return views.PageIn(Query(c), "page") }

// Mistakes answers a script whose form has mistakes.
func Mistakes(c *fiber.Ctx, status int, mistakes []views.Mistake) error {
	sentences := make([]string, len(mistakes))
	for i, m := range mistakes {
		sentences[i] = m.Sentence
	}
	return c.Status(status).JSON(fiber.Map{"error": "form", "sentences": sentences})
}
