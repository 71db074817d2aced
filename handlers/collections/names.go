package collections

import (
	"encoding/json"
	"io"
	"mime/multipart"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/lists"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
	"telegramtrac/views/words"
)

// names is what the trac form says about which channels are meant.
type names struct {
	channels []string       // each value of the field: the text, and what was ticked
	files    lists.List     // read from uploaded lists
	wrong    []string       // what is wrong with files, in sentences
	columns  []lists.Column // that a person was asked about
	take     []string       // the columns chosen: their numbers, or "none"
	aside    string         // what was set aside, as edited
	shown    string         // the same as it was shown
	goOn     bool           // go on without what is still set aside
	sent     bool           // files were uploaded
}

func readNames(c *fiber.Ctx) names {
	values := func(field string) (out []string) {
		for _, v := range c.Context().PostArgs().PeekMulti(field) {
			out = append(out, string(v))
		}
		return out
	}
	var f names
	if multi, err := c.MultipartForm(); err == nil {
		values = func(field string) []string { return multi.Value[field] }
		f.batches(multi.File["batch"])
	}
	f.channels, f.take = values("channels"), values("take")
	f.aside, f.shown = strings.Join(values("aside"), "\n"), strings.Join(values("set_aside"), "\n")
	f.goOn = slices.ContainsFunc(values("go_on"), views.Ticked)
	for _, value := range values("column") {
		var column lists.Column
		if json.Unmarshal([]byte(value), &column) == nil && len(column.Cells) > 0 {
			f.columns = append(f.columns, column)
		}
	}
	return f
}

// batches reads the uploaded lists of channels, of which the body limit allows some ten
// thousand lines. The form then shows what was read, so that mistakes can be corrected there.
func (f *names) batches(files []*multipart.FileHeader) {
	for _, header := range files {
		file, err := header.Open()
		if err != nil || header.Filename == "" {
			continue // an empty file field
		}
		b, err := io.ReadAll(file)
		if file.Close(); err != nil {
			continue
		}
		f.sent = true
		name := views.Shorten(header.Filename, views.NameLength)
		list, err := lists.File(name, b)
		if err != nil {
			f.wrong = append(f.wrong, words.ListSentence(name, err))
			continue
		}
		f.files.Add(list)
	}
}

// read returns all channels named in any of these ways, each once.
func (f names) read() lists.List {
	var out lists.List
	for _, value := range f.channels {
		out.Add(lists.Text(value))
	}
	out.Add(lists.Mended(f.aside, f.shown, f.goOn))
	out.Add(f.chosen())
	out.Add(f.files)
	return out.Once()
}

// chosen reads the chosen columns; if none was chosen, all of them are asked about again.
func (f names) chosen() lists.List {
	var out lists.List
	for _, take := range f.take {
		if i, err := strconv.Atoi(take); err == nil && i >= 0 && i < len(f.columns) {
			out.Add(f.columns[i].Take())
		}
	}
	if len(f.take) == 0 {
		out.Columns = f.columns
	}
	return out
}

// How many of the names set aside get a sentence: in the summary, and beside the form.
const (
	asideSummed = 3
	asideShown  = 20
)

// mistakes lists what is wrong with the names. Unreadable names beside readable ones get a
// field of their own.
func (f names) mistakes(named lists.List) []views.Mistake {
	var out []views.Mistake
	wrong := func(field, sentence string) { out = append(out, views.Mistake{Field: field, Sentence: sentence}) }
	for _, sentence := range f.wrong {
		wrong("batch", sentence)
	}
	if len(named.Columns) > 0 {
		wrong("columns", "It is unclear where the names of the channels are. Choose the column below.")
	}
	field, most := "channels", asideShown
	if setApart(named) {
		field, most = "aside", asideSummed
	}
	switch n := len(named.Aside); {
	case field == "aside" && n > most:
		wrong(field, views.Count(int64(n))+" of "+views.Count(int64(n+len(named.Names)))+" names cannot be read. They are set aside below.")
	default:
		for _, a := range named.Aside[:min(n, most)] {
			wrong(field, words.Unreadable(a.Written, a.Err))
		}
		if n > most {
			wrong(field, "And "+views.Count(int64(n-most))+" more cannot be read.")
		}
	}
	return out
}

// setApart reports whether unreadable names get a field of their own: there are others to go
// on with.
func setApart(named lists.List) bool {
	return len(named.Aside) > 0 && len(named.Names)+len(named.Columns) > 0
}

// showNames fills the form's fields about the channels.
func (s *Server) showNames(page *views.Named, offers *[]views.Offer, v guard.Visitor, f names) {
	named := f.read()
	if !f.sent && f.aside == "" && len(f.columns)+len(named.Columns) == 0 && !setApart(named) {
		page.Channels, *offers = s.offersOf(v, f.channels) // as typed
		return
	}
	text := slices.Clone(named.Names)
	var aside []string
	for _, a := range named.Aside {
		aside = append(aside, a.Written)
	}
	if setApart(named) {
		page.Aside = collection.Aside(named, strings.Join(aside, "\n"), asideShown)
	} else {
		text = append(text, aside...)
	}
	page.Channels, *offers = s.offersOf(v, text)
	page.Columns = collection.ColumnChoices(named.Columns)
}
