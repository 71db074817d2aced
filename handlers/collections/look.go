package collections

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/collection"
	"telegramtrac/views/words"
)

// lookTime limits how long looking may take: a few pages at half a second each, and the
// network.
const lookTime = 12 * time.Second

// Look shows the channels that were typed before anything is collected: beside the form, or
// without htmx on the whole page.
func (s *Server) Look(c *fiber.Ctx) error {
	form := readForm(c)
	request, mistakes := form.request()
	look := views.LookFirst{More: len(request.Channels) > lookedAt}
	if len(mistakes) == 0 {
		look.LookUps = s.LookUps(c, request.Channels).Sentence
		look.Seen = s.looks(c, request.Channels[:min(len(request.Channels), lookedAt)])
	}
	if answer.Targets(c, "look") {
		look.Mistakes = mistakes
		return s.Render(c, fiber.StatusOK, views.LookFirstFragment, look)
	}
	return s.showFormWith(c, form, look, mistakes...)
}

// looks asks for what the web preview shows.
func (s *Server) looks(c *fiber.Ctx, references []string) []views.Looked {
	ctx, cancel := context.WithTimeout(c.UserContext(), lookTime)
	defer cancel()
	v := guard.VisitorOf(c)
	all, err := s.Accounts.Look(ctx, engine.References{Visitor: v.Hash, References: references})
	if err != nil {
		e := collector.AsError(err)
		if errors.Is(err, engine.ErrNobody) || e.Kind == collector.Internal {
			s.Logger.Error("looking failed", "error", err)
		}
		for _, ref := range references {
			all = append(all, engine.Look{Reference: ref, Error: e.Kind, Detail: e.Detail, RetryAt: e.RetryAt})
		}
	}
	out := make([]views.Looked, len(all))
	for i, look := range all {
		out[i] = collection.Looked(look, v.HasAccount(), v.SignInAt(), s.Now())
		if out[i].Sentence == "" && look.Picture {
			name := look.Channel.Username
			out[i].Picture = "/look/picture/" + name + "/" + s.pictureKey(v, name)
		}
	}
	return out
}

// Picture serves the picture of a channel that was looked at. It is passed on from here, so
// that Telegram does not learn who looks. If there is none, the page goes on showing the
// initials.
func (s *Server) Picture(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), lookTime)
	defer cancel()
	v := guard.VisitorOf(c)
	if !hmac.Equal([]byte(c.Params("key")), []byte(s.pictureKey(v, c.Params("name")))) {
		return fiber.ErrNotFound
	}
	in := engine.References{Visitor: v.Hash, References: []string{c.Params("name")}}
	p, err := s.Accounts.Picture(ctx, in)
	if err != nil || !pictureTypes[p.Type] {
		s.Logger.Debug("no picture", "error", err)
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
	return base64.RawURLEncoding.EncodeToString(s.Guard.MAC("picture\x00" + v.Hash + "\x00" + name)[:16])
}

// pictureTypes are the media types that are passed on as pictures.
var pictureTypes = map[string]bool{"image/jpeg": true, "image/png": true, "image/gif": true}

// lookUpsTime is how long a page waits for the price of a list in look-ups.
const lookUpsTime = 3 * time.Second

// ShowLookUps says how many look-ups the names now in the form need.
func (s *Server) ShowLookUps(c *fiber.Ctx) error {
	request, _ := readForm(c).request()
	return s.Render(c, fiber.StatusOK, views.LookUpsFragment, s.LookUps(c, request.Channels))
}

// LookUps says how many of a list's names must be looked up, and how many may be: Telegram
// limits that most of all. It is empty without an account, or if the numbers are not
// available.
func (s *Server) LookUps(c *fiber.Ctx, references []string) views.LookUps {
	v := guard.VisitorOf(c)
	if !v.HasAccount() {
		return views.LookUps{}
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), lookUpsTime)
	defer cancel()
	cost, err := s.Accounts.LookUps(ctx, engine.References{Visitor: v.Hash, References: references})
	if err != nil {
		s.Logger.Debug("look ups not told", "error", err)
		return views.LookUps{}
	}
	if cost.Next.LookUpsADay <= 0 {
		return views.LookUps{}
	}
	return views.LookUps{Sentence: words.LookUpsSentence(cost, len(references), s.Now())}
}
