package signin

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/handlers/answer"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// credentials is what was typed into the first form.
type credentials struct {
	source, apiID, apiHash, phone string
	sent                          bool // typed into the form: its empty fields were left empty
	byQR                          bool // by a QR code, without the phone number
}

// Credentials sends the login code.
func (s *Server) Credentials(c *fiber.Ctx) error {
	typed := credentials{
		source: c.FormValue("source"), apiID: strings.TrimSpace(c.FormValue("api_id")),
		apiHash: strings.TrimSpace(c.FormValue("api_hash")), phone: strings.TrimSpace(c.FormValue("phone")),
		sent: true,
	}
	by := c.FormValue("by")
	typed.byQR = by == "qr" || by == "any" && typed.phone == "" // any: somebody pressed Enter
	if typed.source == collector.SourcePreview {
		return s.noAccount(c, typed)
	}
	if typed.byQR {
		return s.beginQR(c, typed)
	}
	call, mistakes := s.readCredentials(typed)
	if len(mistakes) > 0 {
		return s.showCredentials(c, typed, false, mistakes...)
	}
	as := s.Guard.BeginSignIn(c, typed.source)
	call.Visitor, call.From = as.SignIn, as.From
	pending, err := answer.Inquire(s.Site, c, engine.Accounts.SendCode, call)
	if err != nil {
		return s.refuse(c, typed, typed.source, fmt.Errorf("send code: %w", err))
	}
	s.Guard.KeepSignIn(c, as)
	if pending.Step == "" { // no code was needed
		w, err := s.Engine.Workspace(c.UserContext(), as.SignIn)
		if err != nil {
			return fmt.Errorf("find the workspace: %w", err)
		}
		if w.ID != "" {
			return s.enter(c, engine.SignedIn{Workspace: w})
		}
	}
	return answer.Step(c, "/", func() error { return s.showCode(c, pending, fiber.StatusOK, false) })
}

var apiHashForm = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

// readCredentials checks what can be checked without asking Telegram.
func (s *Server) readCredentials(typed credentials) (engine.SendCode, []views.Mistake) {
	var mistakes []views.Mistake
	wrong := func(field, sentence string) {
		mistakes = append(mistakes, views.Mistake{Field: field, Sentence: sentence})
	}
	if s.lends(typed) {
		typed.apiID, typed.apiHash = strconv.Itoa(s.APIID), s.APIHash
	}
	call := engine.SendCode{Source: typed.source, APIHash: typed.apiHash}
	var isPhone bool
	call.Phone, isPhone = collector.Phone(typed.phone)
	sandbox := typed.source == collector.SourceSandbox && s.Sandbox != nil
	if !s.offers(typed.source) {
		wrong("", "Choose where to sign in.")
	}
	var err error
	call.APIID, err = strconv.Atoi(typed.apiID)
	switch {
	case typed.apiID == "" && sandbox:
		wrong("api_id", "Write the sandbox's api_id. It is in the table below.")
	case typed.apiID == "":
		wrong("api_id", `Write the api_id: the number from my.telegram.org, "API development tools".`)
	case err != nil || call.APIID <= 0:
		wrong("api_id", "An api_id is a number, like 1234567.")
	}
	switch {
	case typed.apiHash == "" && sandbox:
		wrong("api_hash", "Write the sandbox's api_hash. It is in the table below.")
	case typed.apiHash == "":
		wrong("api_hash", `Write the api_hash: it stands below the api_id at my.telegram.org, "API development tools".`)
	case typed.source == collector.SourceTelegram && !apiHashForm.MatchString(typed.apiHash):
		wrong("api_hash", "An api_hash has 32 digits and letters from a to f. Copy it whole.")
	}
	switch {
	case typed.byQR:
	case typed.phone == "" && sandbox:
		wrong("phone", "Write a phone number of the sandbox. The table below lists them.")
	case !isPhone && sandbox:
		wrong("phone", words.SandboxSentences[collector.PhoneInvalid])
	case typed.phone == "":
		wrong("phone", "Write the phone number of the account, with the country code, like +447700900123.")
	case !isPhone:
		wrong("phone", words.Answers[collector.PhoneInvalid].SignIn(words.Occasion{}))
	}
	return call, mistakes
}

// lends reports whether the host's api_id is used because none was typed.
func (s *Server) lends(typed credentials) bool {
	return s.APIID != 0 && typed.source == collector.SourceTelegram && typed.apiID == "" && typed.apiHash == ""
}

// offers reports whether people may sign in at a source.
func (s *Server) offers(source string) bool {
	return source == collector.SourceTelegram || source == collector.SourceSandbox && s.Sandbox != nil
}

// showCredentials shows the first form. With mistakes the status is 422, unless it was already
// set to another error.
func (s *Server) showCredentials(c *fiber.Ctx, typed credentials, pending bool, mistakes ...views.Mistake) error {
	if !s.offers(typed.source) {
		typed.source = collector.SourceTelegram
		if s.Sandbox != nil {
			typed.source = collector.SourceSandbox
		}
	}
	along, err := s.along(c, typed.source)
	if err != nil {
		return err
	}
	page := views.Credentials{
		Along: along,
		Frame: s.Frame(c, "Sign in", views.StepSignIn), Form: views.Form{Mistakes: mistakes},
		Attempt: rand.Text(), Source: typed.source, APIID: typed.apiID, APIHash: typed.apiHash, Phone: typed.phone,
		Sandbox: s.Sandbox, Preview: s.Preview, Import: s.Preview && s.Imports(), Pending: pending,
		Lent: s.APIID != 0 && typed.source == collector.SourceTelegram,
	}
	if !typed.sent && page.InSandbox() {
		fillSandbox(&page)
	}
	return s.Render(c, answer.FormStatus(c, mistakes), views.CredentialsPage, page)
}

func fillSandbox(page *views.Credentials) {
	page.APIID, page.APIHash = strconv.Itoa(page.Sandbox.APIID), page.Sandbox.APIHash
	if len(page.Sandbox.Accounts) > 0 {
		page.Phone = page.Sandbox.Accounts[0].Phone
	}
}
