package collections

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/listed"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
	"telegramtrac/views/words"
)

// How much of a list its page shows.
const (
	listRows = 200 // channels at once
	listRuns = 20  // of its collections
	askedOf  = 5   // collections that tell how its channels are
)

// listForm is what was typed on a list's page, to be shown again.
type listForm struct {
	names    names
	how      *views.Narrowing // nil: as the list has it
	was      string           // how it was collected when the form was filled first; "": as now
	name     *string
	mistakes []views.Mistake
}

// ShowList shows a list.
func (s *Server) ShowList(c *fiber.Ctx) error { return s.showList(c, c.Params("list"), listForm{}) }

func (s *Server) showList(c *fiber.Ctx, id string, typed listForm) error {
	if len(typed.mistakes) > 0 && answer.WantsJSON(c) {
		return answer.Mistakes(c, fiber.StatusUnprocessableEntity, typed.mistakes)
	}
	l, have, err := s.Site.List(c, id)
	if err != nil {
		return err
	}
	if answer.WantsJSON(c) {
		return c.JSON(l)
	}
	all, err := s.Collections(c)
	if err != nil {
		return err
	}
	runs := runsOf([]listed.List{l}, all)[l.ID]
	failed, err := s.complete(c, runs, map[string][]collector.Collection{l.ID: runs})
	if err != nil {
		return err
	}
	v := guard.VisitorOf(c)
	page := views.ListShown{
		Frame: s.Frame(c, views.Name(l.Name), 0), Form: views.Form{Mistakes: typed.mistakes}, Card: collection.Card(l, runs, failed, v.Token),
		NoAccount: v.Workspace.Source == collector.SourcePreview, NameTyped: l.Name, NameWas: l.Name, HowWas: howText(l.How),
		HowTold: collection.HowTold(l.How), HowOpen: typed.how != nil, Narrowing: collection.Narrowing(l.How),
	}
	page.Card.Messages = have.Messages(l.ChannelIDs())
	if typed.how != nil {
		page.Narrowing, page.HowWas = *typed.how, cmp.Or(typed.was, page.HowWas)
	}
	if typed.name != nil {
		page.NameTyped = *typed.name
	}
	s.showNames(&page.Named, &[]views.Offer{}, v, typed.names)
	page.Aside.Adds = true
	if err := s.fillList(c, &page, l, have, runs); err != nil {
		return err
	}
	return s.Render(c, answer.FormStatus(c, typed.mistakes), views.ListPage, page)
}

// fillList fills the tables of a list's page.
func (s *Server) fillList(c *fiber.Ctx, page *views.ListShown, l listed.List, have answer.Holdings, runs []collector.Collection) error {
	var ids []string
	for _, run := range runs[:min(listRuns, len(runs))] {
		ids = append(ids, run.ID)
	}
	whole, err := s.Engine.CollectionsOf(c.UserContext(), guard.VisitorOf(c).Workspace.ID, ids[:min(askedOf, len(ids))])
	if err != nil {
		return fmt.Errorf("read collections: %w", err)
	}
	page.RunsMore = len(runs) > listRuns
	for _, run := range runs[:len(ids)] {
		if full, ok := whole[run.ID]; ok {
			run = full
		} else {
			run.Channels = collector.StartProgress(run.Requested)
		}
		page.Runs = append(page.Runs, collection.Item(run, len(run.Channels)))
	}
	channels, pages := views.SlicePage(l.Channels, answer.PageOf(c), listRows, func(p string) string {
		return views.WithQuery("/lists/"+l.ID, url.Values{"page": {p}})
	})
	page.Pages = pages
	told := toldBy(ids, whole)
	for _, ch := range channels {
		by := told[ch.Key()]
		page.Rows = append(page.Rows, s.listRow(ch, by.progress, by.collection, have))
	}
	return nil
}

// telling is what a collection says of a channel.
type telling struct {
	progress   collector.Progress
	collection collector.Collection
}

// toldBy is what the newest of some collections says of each channel, by the channel's key.
func toldBy(ids []string, whole map[string]collector.Collection) map[string]telling {
	out := map[string]telling{}
	for _, id := range ids { // newest first
		for _, p := range whole[id].Channels {
			key := listed.KeyOf(p.Reference)
			if _, newer := out[key]; !newer && p.CommentsOf == "" {
				out[key] = telling{p, whole[id]}
			}
		}
	}
	return out
}

// listRow shows a channel of a list, with what the workspace has of it.
func (s *Server) listRow(ch listed.Channel, p collector.Progress, by collector.Collection, have answer.Holdings) views.ListRow {
	row := collection.ListRow(ch, p, by, s.Now())
	known := have.Find(ch)
	if known == nil {
		return row
	}
	row.Name, row.Title, row.Messages = views.ChannelName(known.Username, known.ID), views.Name(known.Title), known.Count.Messages
	if row.Messages > 0 {
		row.Href = fmt.Sprintf("/tabs/messages?channel=%d", known.ID)
	}
	if ch.CommentsID != 0 {
		row.Comments = have.Messages([]int64{ch.CommentsID})
	}
	if p.State == "" {
		row.Word, row.Tone = "collected", "good"
	}
	return row
}

// howText is how a list is collected, as its form carries it.
func howText(h listed.How) string {
	b, err := json.Marshal(h)
	if err != nil {
		return "" // never: it has only numbers, days and booleans
	}
	return string(b)
}

// errTyped ends a change of a list whose form has mistakes.
var errTyped = errors.New("the form has mistakes")

// changeList changes the list of the address, and shows it with a note about what was done; or
// with what was typed and what is wrong with it.
func (s *Server) changeList(c *fiber.Ctx, typed listForm,
	change func(l *listed.List) (note string, wrong []views.Mistake, err error)) error {
	id, note := c.Params("list"), ""
	_, err := s.Engine.ChangeList(c.UserContext(), guard.VisitorOf(c).Workspace.ID, id, func(l *listed.List) (err error) {
		note, typed.mistakes, err = change(l)
		if err == nil && len(typed.mistakes) > 0 {
			err = errTyped
		}
		return err
	})
	if m, ok := words.ListMistake(err, "name", "channels"); ok {
		typed.mistakes = []views.Mistake{m}
	} else if err != nil && !errors.Is(err, errTyped) {
		return fmt.Errorf("change a list: %w", err)
	}
	if len(typed.mistakes) > 0 {
		return s.showList(c, id, typed)
	}
	return s.changed(c, id, note)
}

// changed shows a list that was changed.
func (s *Server) changed(c *fiber.Ctx, id, note string) error {
	if answer.WantsJSON(c) {
		return s.showList(c, id, listForm{})
	}
	answer.Note(c, note)
	return answer.Step(c, "/lists/"+id, func() error { return s.showList(c, id, listForm{}) })
}

// AddToList adds channels to a list.
func (s *Server) AddToList(c *fiber.Ctx) error {
	typed := listForm{names: readNames(c)}
	named := typed.names.read()
	wrong := typed.names.mistakes(named)
	if len(named.Names) == 0 && len(wrong) == 0 {
		wrong = []views.Mistake{{Field: "channels", Sentence: "Name at least one channel, like @telegram or t.me/telegram."}}
	}
	return s.changeList(c, typed, func(l *listed.List) (string, []views.Mistake, error) {
		if len(wrong) > 0 {
			return "", wrong, nil
		}
		n, err := l.Add(listed.Channels(named.Names, 0)...)
		note := views.Plural(int64(n), "channel was", "channels were") + " added."
		if known := len(named.Names) - n; known > 0 {
			note += " " + views.Plural(int64(known), "was", "were") + " in the list already."
		}
		return note, nil, err
	})
}

// RemoveFromList removes the ticked channels from a list. What was collected of them stays.
func (s *Server) RemoveFromList(c *fiber.Ctx) error {
	keys := answer.Fields(c)["channel"]
	return s.changeList(c, listForm{}, func(l *listed.List) (string, []views.Mistake, error) {
		if len(keys) == 0 {
			return "", []views.Mistake{{Sentence: "Tick the channels that the list should forget."}}, nil
		}
		n := l.Remove(keys...)
		return views.Plural(int64(n), "channel was", "channels were") + " removed from the list. What was collected of them stays.", nil, nil
	})
}

// SetHow changes how a list is collected.
func (s *Server) SetHow(c *fiber.Ctx) error {
	form := readForm(c)
	form.Depth, form.names = "", names{channels: []string{"@telegram"}} // only the other fields are checked
	r, wrong := form.request()
	typed, was := listForm{how: &form.Narrowing}, c.FormValue("was")
	if len(wrong) > 0 {
		typed.was = was // what another window changes meanwhile is still to be told
	}
	return s.changeList(c, typed, func(l *listed.List) (string, []views.Mistake, error) {
		if len(wrong) > 0 {
			return "", wrong, nil
		}
		if was != "" && was != howText(l.How) && l.How != listed.HowOf(r) {
			return "", []views.Mistake{{Sentence: "How this list is collected was changed in another window meanwhile: it now " +
				lowerFirst(collection.HowTold(l.How)) + " Below is what you chose. Save again to put it in place."}}, nil
		}
		l.How = listed.HowOf(r)
		return collection.HowTold(l.How), nil, nil
	})
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// RenameList gives a list another name.
func (s *Server) RenameList(c *fiber.Ctx) error {
	name, was := oneLine(c.FormValue("name")), c.FormValue("was")
	return s.changeList(c, listForm{name: &name}, func(l *listed.List) (string, []views.Mistake, error) {
		if was != "" && was != l.Name && name != l.Name {
			return "", []views.Mistake{{Field: "name", Sentence: "This list was renamed in another window meanwhile: it is called “" +
				views.Name(l.Name) +
				"” now. Rename it again to put your name in place."}}, nil
		}
		l.Name = name
		return "The list has its new name.", nil, nil
	})
}

// DuplicateList makes a list with the same channels.
func (s *Server) DuplicateList(c *fiber.Ctx) error {
	all, _, err := s.Site.Lists(c)
	if err != nil {
		return err
	}
	l, _, err := s.Site.List(c, c.Params("list"))
	if err != nil {
		return err
	}
	var taken []string
	for _, other := range all {
		taken = append(taken, other.Name)
	}
	l.Name, l.Former = listed.Distinct(l.Name, taken), nil
	twin, err := s.Engine.AddList(c.UserContext(), guard.VisitorOf(c).Workspace.ID, l)
	if m, ok := words.ListMistake(err, "", "channels"); ok {
		return s.showList(c, l.ID, listForm{mistakes: []views.Mistake{m}})
	}
	if err != nil {
		return fmt.Errorf("duplicate a list: %w", err)
	}
	return s.changed(c, twin.ID, "This is the copy. It has the same channels.")
}

// DeleteList deletes a list. What was collected stays.
func (s *Server) DeleteList(c *fiber.Ctx) error {
	if err := s.Engine.DropList(c.UserContext(), guard.VisitorOf(c).Workspace.ID, c.Params("list")); err != nil {
		return fmt.Errorf("delete a list: %w", err)
	}
	if answer.WantsJSON(c) {
		return c.SendStatus(fiber.StatusNoContent)
	}
	answer.Note(c, "The list was deleted. What was collected of its channels stays.")
	return answer.Step(c, "/lists", func() error { return s.showLists(c) })
}

// CollectList collects what is new in a list, as the list says, under the limits of the trac
// form.
func (s *Server) CollectList(c *fiber.Ctx) error {
	l, _, err := s.Site.List(c, c.Params("list"))
	if err != nil {
		return err
	}
	refuse := func(mistakes []views.Mistake) error { return s.showList(c, l.ID, listForm{mistakes: mistakes}) }
	if len(l.Channels) == 0 {
		return refuse([]views.Mistake{{Field: "channels", Sentence: "This list has no channels yet. Add some first."}})
	}
	return s.begin(c, starting{request: l.Request(), once: true, look: true}, refuse)
}

// underWay is the collection that was asked for the same and has not ended, "" if there is none.
func (s *Server) underWay(c *fiber.Ctx, r collector.Request) (string, error) {
	want, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("compare requests: %w", err)
	}
	all, err := s.Collections(c)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(all, func(c collector.Collection) bool {
		have, err := json.Marshal(c.Requested)
		return !c.State.Final() && err == nil && string(have) == string(want)
	})
	if i < 0 {
		return "", nil
	}
	return all[i].ID, nil
}
