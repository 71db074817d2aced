package handlers

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
)

// workspace is the first page of a visitor who is signed in: the newest collection and the
// data, or the trac form if nothing was collected yet.
func (s *Server) workspace(c *fiber.Ctx) error {
	all, err := s.engine.Collections(c.UserContext(), guard.VisitorOf(c).Workspace.ID)
	if err != nil {
		return fmt.Errorf("list collections: %w", err)
	}
	if len(all) > 0 {
		return s.showWork(c, current(all).ID, views.Look{})
	}
	imported, err := s.imported(c)
	if err != nil {
		return err
	}
	if !imported {
		return s.showTrac(c, tracForm{})
	}
	return s.Render(c, fiber.StatusOK, views.WorkPage, views.Work{Frame: s.Frame(c, "What was imported", views.StepLook), Imported: true})
}

// current is the collection that is under way, or the newest. all must not be empty, and
// newest first.
func current(all []collector.Collection) collector.Collection {
	for _, c := range all {
		if c.State == collector.Running || c.State == collector.Waiting {
			return c
		}
	}
	return all[0]
}

// collections lists the workspace's collections.
func (s *Server) collections(c *fiber.Ctx) error {
	ctx, w := c.UserContext(), guard.VisitorOf(c).Workspace.ID
	if answer.WantsJSON(c) {
		all, err := s.engine.WholeCollections(ctx, w)
		if err != nil {
			return fmt.Errorf("list collections: %w", err)
		}
		return c.JSON(append([]collector.Collection{}, all...)) // an empty list, not null
	}
	all, err := s.engine.Summaries(ctx, w)
	if err != nil {
		return fmt.Errorf("list collections: %w", err)
	}
	page := views.Collections{Frame: s.Frame(c, "Collections", 0), Import: s.imports()}
	for _, each := range all {
		page.Items = append(page.Items, collection.Item(each.Collection, each.Count))
	}
	return s.Render(c, fiber.StatusOK, views.CollectionsPage, page)
}

// collection shows one collection.
func (s *Server) collection(c *fiber.Ctx) error {
	if answer.WantsJSON(c) {
		return s.collectionRecord(c, c.Params("id"), fiber.StatusOK)
	}
	return s.showCollection(c, c.Params("id"))
}

func (s *Server) collectionRecord(c *fiber.Ctx, id string, status int) error {
	each, err := s.engine.Collection(c.UserContext(), guard.VisitorOf(c).Workspace.ID, id)
	if err != nil {
		return fmt.Errorf("read collection: %w", err)
	}
	out := record{Collection: each, Receipts: []collector.Receipt{}}
	d, err := s.dataset(c)
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

// record is a collection in JSON, with the receipts of the channels that have ended.
type record struct {
	collector.Collection
	Receipts []collector.Receipt `json:"receipts"`
}

func (s *Server) showCollection(c *fiber.Ctx, id string) error {
	return s.showWork(c, id, views.Look{})
}

// showWork shows the tabs and a collection: open if it has not ended or no tab is open, else
// in one line.
func (s *Server) showWork(c *fiber.Ctx, id string, look views.Look) error {
	each, err := s.engine.Collection(c.UserContext(), guard.VisitorOf(c).Workspace.ID, id)
	if err != nil {
		return fmt.Errorf("read collection: %w", err)
	}
	title := look.Title
	if title == "" {
		title = collection.Heading(each)
	}
	look.Title = ""
	page := views.Work{Frame: s.Frame(c, title, collection.Step(each)), Look: look}
	if !each.State.Final() || look.Tab == "" {
		v := guard.VisitorOf(c)
		live := collection.Live(each, collection.Speed{}, linksOf(v), v.Token, s.now())
		page.Live = &live
	} else {
		item := collection.Item(each, len(each.Channels))
		page.Last = &item
	}
	return s.Render(c, c.Response().StatusCode(), views.WorkPage, page)
}
