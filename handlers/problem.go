package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/export"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/handlers/live"
	"telegramtrac/handlers/tabs"
	"telegramtrac/handlers/upload"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// trouble is an error as a page shows it.
type trouble struct {
	status   int
	kind     string // for scripts
	heading  string
	sentence string
}

// problem renders an error: the one place where errors become pages.
func (s *Server) problem(c *fiber.Ctx, err error) error {
	t := s.troubleOf(err)
	if t.status >= http.StatusInternalServerError {
		s.Logger.Error("request failed", "request_id", guard.RequestID(c), "method", c.Method(), "path", c.Path(), "error", err)
	}
	s.Guard.SetHeaders(c) // an unreadable request never reaches the middleware
	if answer.WantsJSON(c) {
		return c.Status(t.status).JSON(fiber.Map{"error": t.kind, "sentence": t.sentence})
	}
	page := views.Problem{
		Frame: s.Frame(c, t.heading, 0), Status: t.status, Heading: t.heading, Sentence: t.sentence,
		Href: "/", Link: "Go to the beginning",
	}
	answer.WholeView(c)
	return s.Render(c, t.status, views.ProblemPage, page)
}

// troubles are the errors that have a page of their own.
var troubles = []struct {
	err error
	trouble
}{
	{guard.ErrForged, trouble{http.StatusForbidden, "forbidden", "This form is too old",
		"The form did not come from this browser's own page, or the page has stood open since another visit. Open the page again and repeat " +
			"what you did."}},
	{guard.ErrTooOften, trouble{http.StatusTooManyRequests, "too_often", "Too often",
		"This came too often from this browser or its network. Wait some minutes, then try again; what was collected is kept."}},
	{guard.ErrCrowded, trouble{http.StatusServiceUnavailable, "crowded", "Many people are here at once",
		fmt.Sprintf("More was asked for than could be answered within %d seconds. Try again in a moment; collections go on meanwhile.",
			int(guard.WorkWithin/time.Second))}},
	{guard.ErrNoClient, trouble{http.StatusBadGateway, "proxy", "The proxy does not say who asks",
		"telegramtrac was told to trust the proxy in front of it, which sends no address of its visitors. Whoever runs this server finds more " +
			"in its log and on the page “Run it for others”."}},
	{answer.ErrManyDownloads, trouble{http.StatusTooManyRequests, "too_many", "Many downloads at once",
		fmt.Sprintf("This workspace has %d downloads under way. Let one end, or cancel one, then try again.", answer.DownloadsByWorkspace)}},
	{live.ErrManySockets, trouble{http.StatusTooManyRequests, "too_many", "Many pages at once",
		"This browser has very many pages open. Close some; the others go on by themselves."}},
	{errDoor, trouble{http.StatusUnauthorized, "door", "This place asks for a password",
		"Open the first page and give the password of whoever runs this telegramtrac."}},
	{live.ErrForeign, trouble{http.StatusForbidden, "forbidden", "Not from here",
		"Another website tried to listen to this workspace. It was refused."}},
	{engine.ErrNoCollection, trouble{http.StatusNotFound, "not_found", "There is no such collection",
		"This workspace has no collection with this address. It may belong to another workspace, or was deleted."}},
	{engine.ErrNoList, trouble{http.StatusNotFound, "not_found", "There is no such list",
		"This workspace has no list with this address. It may belong to another workspace, or was deleted. What was collected is kept."}},
	{catalog.ErrNoChannel, trouble{http.StatusNotFound, "not_found", "This channel was not collected",
		"This workspace holds nothing of that channel. Collect it first."}},
	{fold.ErrTaken, trouble{http.StatusServiceUnavailable, "unavailable", "The data was put in order just now",
		"Messages of an imported file came to the channel that they are of while this was read. Do it again: they are there."}},
	{tabs.ErrNoNode, trouble{http.StatusNotFound, "not_found", "There is no such channel in the network",
		"The network changes with what is collected. Open the tab Network and look for the channel there."}},
	{tabs.ErrNoFile, trouble{http.StatusNotFound, "not_found", "There is no such file",
		"The tab Dataset lists the files that this workspace offers."}},
	{export.ErrOptions, trouble{http.StatusBadRequest, "bad_request", "That form of the file does not exist",
		"In the file's address, separator is comma, semicolon or tab, and columns is all. The tab Dataset links to each form."}},
	{upload.ErrNone, trouble{http.StatusNotFound, "not_found", "Files are not imported here",
		"Whoever runs this telegramtrac has switched the import of files off."}},
	{engine.ErrFinal, trouble{http.StatusConflict, "ended", "This collection has ended",
		"It cannot be paused, resumed or canceled any more."}},
	{engine.ErrDeleting, trouble{http.StatusConflict, "deleting", "This workspace is being deleted",
		"Nothing begins here until that is done. Sign in again in a minute to begin anew."}},
	{engine.ErrNobody, trouble{http.StatusServiceUnavailable, "unavailable", "Not ready yet", words.Nobody}},
}

func (s *Server) troubleOf(err error) trouble {
	for _, t := range troubles {
		if errors.Is(err, t.err) {
			return t.trouble
		}
	}
	if e, ok := errors.AsType[*fiber.Error](err); ok {
		return httpTrouble(e.Code)
	}
	e := collector.AsError(err)
	if answer.NoSpace(err) || e.Kind == collector.Internal && s.NoRoom() {
		e = &collector.Error{Kind: collector.Disk}
	} else if e.Kind == collector.Internal && collector.TooManyFiles(err) {
		e = &collector.Error{Kind: collector.OpenFiles}
	}
	a := words.Answers[e.Kind]
	return trouble{a.Status, string(e.Kind), a.Heading, a.Sentence(words.OccasionOf(e, "", s.Now()), true)}
}

func httpTrouble(status int) trouble {
	switch status {
	case http.StatusNotFound:
		return trouble{status, "not_found", "There is no such page", "The address may be mistyped, or the page has moved."}
	case http.StatusMethodNotAllowed:
		return trouble{status, "method", "That cannot be done here", "This address does not take that kind of request."}
	case http.StatusRequestEntityTooLarge:
		return trouble{status, "too_large", "That is too much at once",
			"A form may hold 1 MB. Split the list of channels into several collections."}
	}
	if status < http.StatusInternalServerError {
		return trouble{status, "bad_request", "That request cannot be understood", "Go back and try again."}
	}
	return trouble{http.StatusInternalServerError, "internal", "Something went wrong", words.Internal}
}
