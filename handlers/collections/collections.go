// Package collections answers for collecting: the form that names channels, looking first,
// starting, and what runs or has run.
package collections

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

// Server answers for the collections of the visitor's workspace.
type Server struct {
	*answer.Site
	starting *guard.Lanes // submits a workspace's collections one after the other
	failed   failures
}

// New makes a Server.
func New(site *answer.Site) *Server { return &Server{Site: site, starting: guard.NewLanes(1)} }

// Workspace is the first page of a visitor who is signed in: the lists, or the trac form if
// nothing was collected yet.
func (s *Server) Workspace(c *fiber.Ctx) error {
	all, err := s.Collections(c)
	if err != nil {
		return err
	}
	lists, err := s.Engine.Lists(c.UserContext(), guard.VisitorOf(c).Workspace.ID)
	if err != nil {
		return fmt.Errorf("read the lists: %w", err)
	}
	if len(all)+len(lists) > 0 {
		return s.showLists(c)
	}
	imported, err := s.imported(c)
	if err != nil {
		return err
	}
	if !imported {
		return s.showForm(c, form{})
	}
	return s.Render(c, fiber.StatusOK, views.WorkPage, views.Work{Frame: s.Frame(c, "What was imported", views.StepLook), Imported: true})
}

// imported reports whether the workspace has messages. Without a collection, they were
// imported.
func (s *Server) imported(c *fiber.Ctx) (bool, error) {
	if !s.Imports() {
		return false, nil
	}
	totals, err := s.Totals(c)
	return totals.Messages+totals.Service > 0, err
}

// ShowCurrent is ShowWork with the collection that is under way, or the newest. all must not be
// empty, and newest first.
func (s *Server) ShowCurrent(c *fiber.Ctx, all []collector.Collection, look views.Look) error {
	at := slices.IndexFunc(all, func(c collector.Collection) bool { return c.State == collector.Running || c.State == collector.Waiting })
	return s.ShowWork(c, all[max(0, at)].ID, look)
}

// List lists the workspace's collections.
func (s *Server) List(c *fiber.Ctx) error {
	ctx, w := c.UserContext(), guard.VisitorOf(c).Workspace.ID
	if answer.WantsJSON(c) {
		all, err := s.Engine.WholeCollections(ctx, w)
		if err != nil {
			return fmt.Errorf("list collections: %w", err)
		}
		return c.JSON(append([]collector.Collection{}, all...)) // an empty list, not null
	}
	all, err := s.Engine.Summaries(ctx, w)
	if err != nil {
		return fmt.Errorf("list collections: %w", err)
	}
	page := views.Collections{Frame: s.Frame(c, "All collections", 0), Import: s.Imports()}
	for _, each := range all {
		page.Items = append(page.Items, collection.Item(each.Collection, each.Count))
	}
	return s.Render(c, fiber.StatusOK, views.CollectionsPage, page)
}

// Show shows one collection.
func (s *Server) Show(c *fiber.Ctx) error {
	if answer.WantsJSON(c) {
		return s.record(c, c.Params("id"), fiber.StatusOK)
	}
	return s.ShowWork(c, c.Params("id"), views.Look{})
}

func (s *Server) record(c *fiber.Ctx, id string, status int) error {
	each, err := s.Collection(c, id)
	if err != nil {
		return err
	}
	out := told{Collection: each, Receipts: []collector.Receipt{}}
	d, err := s.Dataset(c)
	if err != nil {
		return err
	}
	all, err := d.Receipts(c.UserContext())
	if err != nil {
		return fmt.Errorf("read receipts: %w", err)
	}
	for _, r := range all {
		if r.CollectionID == id {
			out.Receipts = append(out.Receipts, r)
		}
	}
	return c.Status(status).JSON(out)
}

// told is a collection in JSON, with the receipts of the channels that have ended.
type told struct {
	collector.Collection
	Receipts []collector.Receipt `json:"receipts"`
}

// live is a collection as the visitor's page shows it.
func (s *Server) live(each collector.Collection, v guard.Visitor) views.Live {
	return collection.Live(each, 0, answer.Links(v), v.Token, s.Now())
}

// ShowWork shows the tabs and a collection: open if it has not ended or no tab is open, else
// in one line.
func (s *Server) ShowWork(c *fiber.Ctx, id string, look views.Look) error {
	each, err := s.Collection(c, id)
	if err != nil {
		return err
	}
	title := cmp.Or(look.Title, collection.Heading(each))
	look.Title = ""
	page := views.Work{Frame: s.Frame(c, title, collection.Step(each)), Look: look}
	if !each.State.Final() || look.Tab == "" {
		live := s.live(each, guard.VisitorOf(c))
		page.Live = &live
	} else {
		item := collection.Item(each, len(each.Channels))
		page.Last = &item
	}
	return s.Render(c, c.Response().StatusCode(), views.WorkPage, page)
}

// Ask records what the visitor wants of a collection, and shows the collection.
func (s *Server) Ask(want engine.Want) fiber.Handler {
	return func(c *fiber.Ctx) error {
		id, v := c.Params("id"), guard.VisitorOf(c)
		if err := s.Engine.Ask(c.UserContext(), v.Workspace.ID, id, want); err != nil {
			return fmt.Errorf("ask to %s: %w", want, err)
		}
		if answer.WantsJSON(c) {
			return s.record(c, id, fiber.StatusOK)
		}
		if !answer.IsHTMX(c) {
			return c.Redirect("/collections/"+id, fiber.StatusSeeOther)
		}
		each, err := s.Collection(c, id)
		if err != nil {
			return err
		}
		return s.Render(c, fiber.StatusOK, views.LiveFragment, s.live(each, v))
	}
}

// Check starts a collection that asks again for the ids without a message, in those
// channels of an earlier collection where asking again may find messages.
func (s *Server) Check(c *fiber.Ctx) error {
	id := c.Params("id")
	each, err := s.Collection(c, id)
	if err != nil {
		return err
	}
	channels := collection.Doubtful(each)
	if len(channels) == 0 {
		if answer.WantsJSON(c) {
			return s.record(c, id, fiber.StatusOK)
		}
		return answer.Step(c, "/collections/"+id, func() error { return s.ShowWork(c, id, views.Look{}) })
	}
	r := each.Requested
	r.Channels, r.Check, r.AgainDays, r.Comments, r.Depth, r.Depths = channels, true, 0, false, 0, nil
	if r.List, err = s.listOf(c, each); err != nil {
		return err
	}
	return s.Start(c, r, nil, func(full []views.Mistake) error {
		return s.showForm(c, form{names: names{channels: channels}}, full...)
	})
}
