package handlers

import (
	"cmp"
	"context"
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// noAccount brings a visitor without an account into a workspace and shows the trac form.
func (s *Server) noAccount(c *fiber.Ctx, typed credentials) error {
	in := engine.NoAccount{Visitor: guard.VisitorOf(c).Hash, Source: collector.SourcePreview}
	sandbox := c.FormValue("sandbox") != ""
	if sandbox {
		in.Source = collector.SourceSandbox
	}
	if sandbox && s.sandbox == nil || !sandbox && !s.preview {
		return s.showCredentials(c, typed, false, views.Mistake{Sentence: "Collecting without an account is not offered here. Sign in instead."})
	}
	w, err := inquire(s, c, engine.Accounts.NoAccount, in)
	if err != nil {
		m, status, err := s.mistake(err, in.Source)
		if err != nil {
			return fmt.Errorf("go on without an account: %w", err)
		}
		c.Status(status)
		return s.showCredentials(c, typed, false, m)
	}
	v := guard.VisitorOf(c)
	v.Workspace, v.SignIn = w, v.Hash
	guard.SetVisitor(c, v)
	s.guard.DropSignIn(c)
	if c.FormValue("then") == "import" && s.imports() {
		return answer.Step(c, "/import", func() error { return s.showImport(c, fiber.StatusOK) })
	}
	return answer.Step(c, "/collections/new", func() error { return s.showTrac(c, tracForm{}) })
}

// lookTime limits how long looking may take: a few pages at half a second each, and the
// network.
const lookTime = 12 * time.Second

// look shows the channels that were typed before anything is collected: beside the form, or
// without htmx on the whole page.
func (s *Server) look(c *fiber.Ctx) error {
	form := readTracForm(c)
	request, mistakes := form.request()
	look := views.LookFirst{More: len(request.Channels) > lookedAt}
	if len(mistakes) == 0 {
		look.LookUps = s.lookUpsOf(c, request.Channels).Sentence
		look.Seen = s.looks(c, request.Channels[:min(len(request.Channels), lookedAt)])
	}
	if answer.Targets(c, "look") {
		look.Mistakes = mistakes
		return s.Render(c, fiber.StatusOK, views.LookFirstFragment, look)
	}
	return s.showTracWith(c, form, look, mistakes...)
}

// looks asks for what the web preview shows.
func (s *Server) looks(c *fiber.Ctx, references []string) []views.Looked {
	ctx, cancel := context.WithTimeout(c.UserContext(), lookTime)
	defer cancel()
	v := guard.VisitorOf(c)
	all, err := s.accounts.Look(ctx, engine.References{Visitor: v.Hash, References: references})
	if err != nil {
		e := collector.AsError(err)
		if errors.Is(err, engine.ErrNobody) || e.Kind == collector.Internal {
			s.log.Error("looking_failed", "error", err)
		}
		for _, ref := range references {
			all = append(all, engine.Look{Reference: ref, Error: e.Kind, Detail: e.Detail, RetryAt: e.RetryAt})
		}
	}
	out := make([]views.Looked, len(all))
	for i, g := range all {
		out[i] = s.looked(g, v)
	}
	return out
}

// picture serves the picture of a channel that was looked at. It is passed on from here, so
// that Telegram does not learn who looks. If there is none, the page goes on showing the
// initials.
func (s *Server) picture(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), lookTime)
	defer cancel()
	v := guard.VisitorOf(c)
	if !hmac.Equal([]byte(c.Params("key")), []byte(s.pictureKey(v, c.Params("name")))) {
		return fiber.ErrNotFound
	}
	in := engine.References{Visitor: v.Hash, References: []string{c.Params("name")}}
	p, err := s.accounts.Picture(ctx, in)
	if err != nil || !pictureTypes[p.Type] {
		s.log.Debug("no_picture", "error", err)
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, p.Type)
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	c.Set(fiber.HeaderCacheControl, "private, max-age=300")
	return c.Send(p.Body)
}

// pictureKey is part of the address of a picture that was shown to a visitor. Pictures are
// cached for all visitors: without the key, anybody could find out what others look at.
func (s *Server) pictureKey(v guard.Visitor, name string) string {
	return base64.RawURLEncoding.EncodeToString(s.guard.MAC("picture\x00" + v.Hash + "\x00" + name)[:16])
}

// pictureTypes are the media types that are passed on as pictures.
var pictureTypes = map[string]bool{"image/jpeg": true, "image/png": true, "image/gif": true}

func (s *Server) looked(g engine.Look, v guard.Visitor) views.Looked {
	out := views.Looked{Name: words.ReferenceName(g.Reference)}
	if g.Error != "" {
		out.Sentence = lookSentence(g, out.Name, s.now())
		if v.Workspace.Source == collector.SourcePreview && signInHelps(g.Error) {
			out.SignIn = accounts(v)
		}
		out.Account = v.Workspace.Source != collector.SourcePreview && g.Error == collector.NoPreview
		return out
	}
	ch := g.Channel
	out.Name, out.Title, out.About, out.Verified = "@"+ch.Username, views.Name(ch.Title), ch.About, ch.Verified
	out.Initials = initials(ch.Title)
	if g.Picture {
		out.Picture = "/look/picture/" + ch.Username + "/" + s.pictureKey(v, ch.Username)
	}
	if ch.Participants != nil {
		out.Subscribers = views.Plural(*ch.Participants, "subscriber", "subscribers")
		if ch.ParticipantsRounded {
			out.Subscribers = "about " + out.Subscribers
		}
	}
	for i := range g.Messages {
		m := &g.Messages[i]
		out.Messages = append(out.Messages,
			views.LookedMessage{ID: m.ID, Date: m.Date, Text: views.Shorten(m.Text, 400), Media: mediaWord(m.MediaType)})
	}
	return out
}

// accounts is the source whose accounts read the same channels as the web preview of the
// visitor's workspace.
func accounts(v guard.Visitor) string { return cmp.Or(v.Workspace.Shows, collector.SourceTelegram) }

// signInHelps reports whether an account may see what the preview does not show.
func signInHelps(k collector.Kind) bool {
	return k == collector.NoPreview || k == collector.Restricted
}

// lookSentence says why a channel cannot be looked at.
func lookSentence(g engine.Look, name string, now time.Time) string {
	o := words.OccasionOf(&collector.Error{Kind: g.Error, Detail: g.Detail, RetryAt: g.RetryAt}, name, now)
	o.Method = "preview"
	switch g.Error {
	case collector.Flood:
		return words.Sentence(g.Error, o, false)
	case collector.Restricted:
		return fmt.Sprintf("Telegram does not show %s on the web: %q", name, views.Shorten(g.Detail, 200))
	case collector.Network:
		if proxy, _ := o.Obstacle(); proxy != "" {
			return fmt.Sprintf("The web preview cannot be reached through the proxy %s. Check that it runs and lets this computer in, then try "+
				"again.", proxy)
		}
		return "The web preview cannot be reached, or is busy with collections. Try again in a moment."
	}
	if ref, err := collector.ParseReference(g.Reference); err == nil && ref.ID != 0 {
		return "The web preview knows channels by name only. Write @name to look at one."
	}
	return words.Sentence(g.Error, o, false)
}

// mediaWord names an attachment in a word.
func mediaWord(mediaType string) string {
	word := strings.ToLower(strings.TrimPrefix(mediaType, "MessageMedia"))
	switch word {
	case "document":
		return "file"
	case "webpage":
		return "link"
	}
	return word
}

// initials are the first letters of the first two words of a title.
func initials(title string) string {
	var out []rune
	for _, word := range strings.Fields(title) {
		if out = append(out, []rune(word)[0]); len(out) == 2 {
			break
		}
	}
	return string(out)
}
