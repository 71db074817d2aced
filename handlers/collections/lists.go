package collections

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/listed"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
	"telegramtrac/views/words"
)

// Lists shows the workspace's lists as cards; alone, if the page asks how far they are.
func (s *Server) Lists(c *fiber.Ctx) error {
	if answer.WantsJSON(c) {
		all, _, err := s.Site.Lists(c)
		if err != nil {
			return err
		}
		return c.JSON(append([]listed.List{}, all...)) // an empty list, not null
	}
	if answer.Targets(c, "list-cards") {
		cards, err := s.cards(c)
		if err != nil {
			return err
		}
		return s.Render(c, fiber.StatusOK, views.CardsFragment, cards)
	}
	return s.showLists(c)
}

func (s *Server) showLists(c *fiber.Ctx) error {
	cards, err := s.cards(c)
	if err != nil {
		return err
	}
	return s.Render(c, fiber.StatusOK, views.ListsPage, views.Lists{Frame: s.Frame(c, "Lists", 0), Cards: cards, Import: s.Imports()})
}

// cards are all lists in short. Of the collections, only those that have not ended and the last
// one of each list are read whole, all at once.
func (s *Server) cards(c *fiber.Ctx) (views.Cards, error) {
	lists, have, err := s.Site.Lists(c)
	if err != nil {
		return views.Cards{}, err
	}
	all, err := s.Collections(c)
	if err != nil {
		return views.Cards{}, err
	}
	runs := runsOf(lists, all)
	failed, err := s.complete(c, all, runs)
	if err != nil {
		return views.Cards{}, err
	}
	token := guard.VisitorOf(c).Token
	out := views.Cards{CSRF: token, Live: slices.ContainsFunc(all, func(c collector.Collection) bool { return !c.State.Final() })}
	for _, l := range slices.Backward(lists) {
		card := collection.Card(l, runs[l.ID], failed, token)
		card.Messages = have.Messages(l.ChannelIDs())
		out.Lists = append(out.Lists, card)
	}
	out.All = collection.Card(listed.List{}, runs[""], failed, "")
	for _, run := range all {
		if out.All.Collected.IsZero() && run.State == collector.Done && run.FinishedAt != nil {
			out.All.Collected = *run.FinishedAt
		}
	}
	out.All.Channels, out.All.Imported = int64(len(have.Channels)), len(all) == 0 && len(have.Channels) > 0
	for _, ch := range have.Channels {
		out.All.Messages += ch.Count.Messages
	}
	return out, nil
}

// runsOf are the collections of each list, newest first; under "" those of none.
func runsOf(lists []listed.List, all []collector.Collection) map[string][]collector.Collection {
	of, former := map[string]string{}, map[string]string{}
	for _, l := range lists {
		of[l.ID] = l.ID
		for _, id := range l.Former {
			former[id] = l.ID
		}
	}
	out := map[string][]collector.Collection{}
	for _, c := range all {
		id := of[c.Requested.List]
		if id == "" {
			id = former[c.ID]
		}
		out[id] = append(out[id], c)
	}
	return out
}

// complete gives the collections that have not ended their counts, and counts for the last
// ended one of each list the channels that were not collected whole.
func (s *Server) complete(c *fiber.Ctx, all []collector.Collection, runs map[string][]collector.Collection) (map[string]int, error) {
	var ids []string
	for _, run := range all {
		if !run.State.Final() {
			ids = append(ids, run.ID)
		}
	}
	failed := map[string]int{}
	for _, each := range runs {
		i := slices.IndexFunc(each, func(c collector.Collection) bool { return c.State.Final() })
		if i < 0 {
			continue
		}
		if n, known := s.failed.of(each[i].ID); known {
			failed[each[i].ID] = n
		} else {
			ids = append(ids, each[i].ID)
		}
	}
	whole, err := s.Engine.CollectionsOf(c.UserContext(), guard.VisitorOf(c).Workspace.ID, ids)
	if err != nil {
		return nil, fmt.Errorf("read collections: %w", err)
	}
	for id, run := range whole {
		if run.State.Final() {
			failed[id] = collection.Failed(run)
			s.failed.put(id, failed[id])
		}
	}
	for _, each := range runs {
		for i := range each {
			if run, ok := whole[each[i].ID]; ok && !run.State.Final() {
				each[i].Messages = run.Messages
			}
		}
	}
	return failed, nil
}

// failures keeps how many channels of ended collections were not collected whole: that does not
// change any more.
type failures struct {
	mu sync.Mutex
	n  map[string]int // by collection
}

// keptFailures is how many are kept before all are forgotten.
const keptFailures = 20_000

func (f *failures) of(id string) (n int, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, known = f.n[id]
	return n, known
}

func (f *failures) put(id string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n == nil || len(f.n) >= keptFailures {
		f.n = map[string]int{}
	}
	f.n[id] = n
}

// Choice says into which list channels go.
type Choice struct {
	id, name string
	asked    bool // the form has the field: a program that sends channels may not know lists
	mistakes []views.Mistake
}

// ReadChoice reads the fields of views.ListChoice.
func ReadChoice(c *fiber.Ctx) *Choice {
	asked := c.Context().PostArgs().Has("list")
	if multi, err := c.MultipartForm(); err == nil {
		asked = len(multi.Value["list"]) > 0
	}
	return &Choice{id: c.FormValue("list"), name: oneLine(c.FormValue("list_name")), asked: asked}
}

// oneLine is a name as typed, without breaks and blanks that nobody sees.
func oneLine(name string) string { return strings.Join(strings.Fields(name), " ") }

// Into fills the fields that say into which list channels go. references are those named so
// far.
func (s *Server) Into(c *fiber.Ctx, choice *Choice, references []string) (views.ListChoice, error) {
	out := views.ListChoice{Name: choice.name, Form: views.Form{Mistakes: choice.mistakes}}
	all, have, err := s.Site.Lists(c)
	if err != nil {
		return out, err
	}
	for _, l := range slices.Backward(all) {
		out.Lists = append(out.Lists, views.Choice{Value: l.ID, Label: views.Name(l.Name), Current: l.ID == choice.id})
	}
	if len(references) > 0 {
		out.Suggested = views.Name(s.suggest(references, all, have))
	}
	return out, nil
}

func (s *Server) suggest(references []string, all []listed.List, have answer.Holdings) string {
	var called, taken []string
	for _, ch := range listed.Channels(references, 0) {
		name := ch.Name()
		if known := have.Find(ch); known != nil && known.Title != "" {
			name = known.Title
		}
		called = append(called, name)
	}
	for _, l := range all {
		taken = append(taken, l.Name)
	}
	return listed.Suggest(called, s.Now(), taken)
}

// put puts the channels of a request into the chosen list, and the list's id into the request.
func (s *Server) put(c *fiber.Ctx, choice *Choice, r *collector.Request) ([]views.Mistake, error) {
	w, channels := guard.VisitorOf(c).Workspace.ID, listed.Channels(r.Channels, r.Depth)
	all, have, err := s.Site.Lists(c)
	if err != nil {
		return nil, err
	}
	id := choice.id
	if same := slices.IndexFunc(all, func(l listed.List) bool { return l.IsOf(r.Channels) }); id == "" && choice.name == "" && same >= 0 {
		id = all[same].ID
	}
	var l listed.List
	if id != "" {
		l, err = s.Engine.ChangeList(c.UserContext(), w, id, func(l *listed.List) error {
			_, err := l.Add(channels...)
			return err
		})
	} else {
		name := choice.name
		if name == "" {
			name = s.suggest(r.Channels, all, have)
		}
		l, err = s.Engine.AddList(c.UserContext(), w, listed.List{Name: name, How: listed.HowOf(*r), Channels: channels})
	}
	if errors.Is(err, engine.ErrNoList) {
		return []views.Mistake{{Field: "list", Sentence: "This list is not there any more. Choose another, or a new one."}}, nil
	}
	if m, ok := words.ListMistake(err, "list_name", "channels"); ok {
		if !choice.asked {
			return nil, nil // collected without a list
		}
		choice.mistakes = []views.Mistake{m}
		return choice.mistakes, nil
	}
	if err != nil {
		return nil, fmt.Errorf("put channels into a list: %w", err)
	}
	r.List = l.ID
	return nil, nil
}
