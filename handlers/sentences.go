package handlers

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/views"
)

const (
	sentencePacing    = "Names are looked up slowly, at most 30 a minute, because Telegram limits that most of all. Collecting goes on by itself."
	sentenceInternal  = "Something went wrong inside telegramtrac. What was collected is kept. Try again; if it happens again, the program's log says more."
	sentenceNobody    = "The part of telegramtrac that speaks to Telegram does not answer yet. Try again in a moment."
	sentenceOldQR     = "Nobody scanned the QR code for five minutes. Begin again when your phone is at hand."
	sentenceDisk      = "The disk is full, so nothing new can be kept. What is there can be read and downloaded. Make room on the computer that runs telegramtrac, or ask whoever runs it, then try again."
	sentenceOpenFiles = "This server has too many files open. Everything collected is kept. Try again in a minute."
	sentenceFull      = "This workspace holds as much as this server allows. Everything is kept. Download what you want to keep and delete the workspace under Options, or ask whoever runs this server for more space; then Resume goes on where it stopped."
	sentenceOldCode   = "This sign-in was left for too long, or Telegram has forgotten it. Begin again, by a QR code or with a new login code."
)

// answer is what people are told about a Kind, and how.
type wording struct {
	status  int
	field   string // of the sign-in form that it belongs to
	heading string
	signIn  func(occasion) string // while signing in and elsewhere outside a collection
	collect func(occasion) string // while collecting; nil: the same
}

// occasion is what fills the gaps of a sentence.
type occasion struct {
	name    string // of the channel, as @name
	numeric bool   // the channel was named by its number
	detail  string
	wait    time.Duration
	at      time.Time // when trying again makes sense; zero when unknown
	method  string    // Telegram's name of the request that has to wait, "" when unknown
	qr      bool      // the sign-in goes by QR code

	password bool // it is about the two-step verification password
}

// refused says in passing which request has to wait.
func (o occasion) refused() string {
	word, ok := methodWords[o.method]
	if !ok {
		return ""
	}
	return " (" + strings.ToLower(word[:1]) + word[1:] + ")"
}

func (w wording) sentence(o occasion, signIn bool) string {
	if signIn || w.collect == nil {
		return w.signIn(o)
	}
	return w.collect(o)
}

func always(s string) func(occasion) string { return func(occasion) string { return s } }

// answers is every Kind's status and sentences.
var answers = map[collector.Kind]wording{
	collector.NotFound: {status: http.StatusNotFound, heading: "There is no such channel", signIn: func(o occasion) string {
		if o.numeric {
			return fmt.Sprintf("This account has not met channel %s yet. Name it by its @name once; a t.me/c/… link usually belongs to a private channel.", o.name)
		}
		return fmt.Sprintf("There is no channel %s on Telegram. It may have been renamed or removed.", o.name)
	}},
	collector.NotAChannel:  {status: http.StatusUnprocessableEntity, heading: "Not a channel", signIn: notAChannel},
	collector.OtherChannel: {status: http.StatusConflict, heading: "Another channel has this name now", signIn: otherChannel},
	collector.Private: {status: http.StatusForbidden, heading: "A private channel", signIn: func(o occasion) string {
		return fmt.Sprintf("%s is private. This tool reads public channels only.", o.name)
	}},
	collector.Restricted: {status: http.StatusForbidden, heading: "A restricted channel", signIn: restricted},
	collector.Banned: {status: http.StatusForbidden, heading: "Banned from the channel", signIn: func(o occasion) string {
		return fmt.Sprintf("This account was banned from %s, so Telegram does not show it. Another account may see it.", o.name)
	}},
	collector.Refused: {status: http.StatusForbidden, heading: "Refused by Telegram", signIn: refused},
	collector.LookUps: {status: http.StatusTooManyRequests, heading: "Names must wait", signIn: lookUpsWait},
	collector.SignedOut: {status: http.StatusUnauthorized, heading: "Signed out", signIn: always("Sign in first; everything collected is still here."),
		collect: always("Telegram ended this session. Sign in again; everything collected is still here, and collecting goes on where it stopped.")},
	collector.NoPreview: {status: http.StatusNotFound, heading: "No public web preview", signIn: noPreview},
	collector.Flood: {status: http.StatusTooManyRequests, heading: "Telegram asks to wait", signIn: func(o occasion) string {
		return fmt.Sprintf("Telegram asks to wait %s before another try with this number.", views.Duration(o.wait))
	}, collect: floodWait},
	collector.Network: {status: http.StatusServiceUnavailable, heading: "Telegram cannot be reached",
		signIn: unreached, collect: networkWait},
	collector.Clock: {status: http.StatusServiceUnavailable, heading: "The clock is wrong", signIn: wrongClock, collect: func(o occasion) string {
		return wrongClock(o) + " Then collecting goes on by itself."
	}},
	collector.Pacing:  {status: http.StatusServiceUnavailable, heading: "Keeping a slow pace", signIn: always(sentencePacing), collect: pacingWait},
	collector.Guarded: {status: http.StatusTooManyRequests, heading: "Stopped to protect the account", signIn: guarded},
	collector.Disk: {status: http.StatusInsufficientStorage, heading: "The disk is full", signIn: always(sentenceDisk), collect: func(o occasion) string {
		return "The disk is full. What was collected is kept and can be read. Make room on the computer that runs telegramtrac; then collecting goes on by itself."
	}},
	collector.OpenFiles: {status: http.StatusServiceUnavailable, heading: "Too many files are open", signIn: always(sentenceOpenFiles), collect: func(o occasion) string {
		return "This server has too many files open. What was collected is kept. Collecting goes on by itself as soon as it can."
	}},
	collector.Quota: {status: http.StatusInsufficientStorage, heading: "This workspace is full", signIn: always(sentenceFull)},
	collector.Internal: {status: http.StatusInternalServerError, heading: "Something went wrong", signIn: always(sentenceInternal), collect: func(o occasion) string {
		if o.detail == "empty" {
			return fmt.Sprintf("Telegram answered with nothing again and again while %s was read. What was collected is kept; collect it once more later.", o.name)
		}
		if o.detail == "failing" {
			return fmt.Sprintf("Telegram failed again and again while %s was read. What was collected is kept; collect it once more later.", o.name)
		}
		return fmt.Sprintf("Something went wrong inside telegramtrac while it read %s. What was collected is kept; the program's log says more.", o.name)
	}},

	collector.BadCredentials: {status: http.StatusUnprocessableEntity, field: "api_id", heading: "Not known to Telegram",
		signIn: always(`Telegram does not know this api_id and api_hash. Copy both from my.telegram.org, "API development tools".`)},
	collector.PhoneInvalid: {status: http.StatusUnprocessableEntity, field: "phone", heading: "Not a phone number",
		signIn: always("Telegram cannot use this phone number. Write it with the country code, like +447700900123.")},
	collector.PhoneUnknown: {status: http.StatusUnprocessableEntity, field: "phone", heading: "No such account",
		signIn: always("No Telegram account has this number. Sign up in a Telegram app first, then come back.")},
	collector.PhoneBanned: {status: http.StatusUnprocessableEntity, field: "phone", heading: "A banned number",
		signIn: always("Telegram has banned this number. Sign in with another account.")},
	collector.CodeWrong: {status: http.StatusUnprocessableEntity, field: "code", heading: "Not the code",
		signIn: always("That is not the code Telegram sent. Only the newest one counts.")},
	collector.CodeExpired: {status: http.StatusUnprocessableEntity, field: "code", heading: "An old code",
		signIn: always("This code has expired. Ask for a new one.")},
	collector.CodeUnavailable: {status: http.StatusUnprocessableEntity, heading: "No other way to send a code",
		signIn: always("Telegram has no other way to send a code to this number now. Look for the one it sent, or wait a while and ask again.")},
	collector.PasswordWrong: {status: http.StatusUnprocessableEntity, field: "password", heading: "Not the password",
		signIn: always("Telegram did not accept this two-step verification password. Type it again; it is not the login code. Who has forgotten it can reset it in a Telegram app.")},
	collector.SignInRefused:   {status: http.StatusUnprocessableEntity, heading: "Telegram refused the sign-in", signIn: signInRefused},
	collector.SignInRestarted: {status: http.StatusUnprocessableEntity, field: "code", heading: "Begin again", signIn: signInRestarted},
	collector.SignInExpired:   {status: http.StatusUnprocessableEntity, heading: "Begin again", signIn: always(sentenceOldCode)},
}

// otherChannel says that a name leads to another channel than it did, and how to go on
// with either.
func otherChannel(o occasion) string {
	m, err := collector.ParseMoved(o.detail)
	if err != nil {
		return fmt.Sprintf("%s is another channel now than the one this workspace knows by that name. Nothing of it was collected.", o.name)
	}
	return fmt.Sprintf("%s is another channel now. This workspace knows %s by that name; today it belongs to %s. Nothing of it was collected. "+
		"To collect the new one, name it by its number: %d. To go on with the earlier one: %d.",
		o.name, shownTitle(m.BeforeTitle, m.Before), shownTitle(m.NowTitle, m.Now), m.Now, m.Before)
}

// shownTitle is a channel's title in quotes, or its number.
func shownTitle(title string, id int64) string {
	if title == "" {
		return fmt.Sprintf("number %d", id)
	}
	return fmt.Sprintf("“%s”", shorten(title, nameLength))
}

// renamed says that a channel was found although its name leads nowhere.
func renamed(p collector.Progress) string {
	if p.Username == "" {
		return fmt.Sprintf("%s has no public name any more; it was found by its number.", referenceName(p.Reference))
	}
	return fmt.Sprintf("%s is called @%s now; it was found by its number.", referenceName(p.Reference), p.Username)
}

func notAChannel(o occasion) string {
	switch o.detail {
	case "person", "bot":
		return fmt.Sprintf("%s is a %s, not a channel.", o.name, o.detail)
	case "person or bot":
		return fmt.Sprintf("%s is a person or a bot, not a channel.", o.name)
	case "group":
		return fmt.Sprintf("%s is a basic group, not a channel. This tool reads public channels and supergroups.", o.name)
	}
	return fmt.Sprintf("%s is not a channel.", o.name)
}

func restricted(o occasion) string {
	if o.detail == "" {
		return fmt.Sprintf("Telegram does not show %s to this account (restricted).", o.name)
	}
	return fmt.Sprintf("Telegram does not show %s to this account (restricted: %q).", o.name, o.detail)
}

// noPreview says why the web does not show a channel.
func noPreview(o occasion) string {
	switch o.detail {
	case "group":
		return fmt.Sprintf("%s is a group, and groups have no web preview. Sign in with a Telegram account to read it.", o.name)
	case "empty":
		return fmt.Sprintf("%s shows no message on the web yet, so there is nothing to collect.", o.name)
	case "channel":
		return fmt.Sprintf("%s has its web preview switched off. Sign in with a Telegram account to read it.", o.name)
	}
	return fmt.Sprintf("%s has no public web preview. Sign in with a Telegram account to read it.", o.name)
}

// sentencePreviewOnly says what a source that cannot prove absence leaves open.
const sentencePreviewOnly = "Read from the public web preview: deleted messages and those it does not show cannot be told apart."

func floodWait(o occasion) string {
	if o.method == "preview" {
		if o.at.IsZero() {
			return "Telegram's web preview asks to wait. Collecting goes on by itself."
		}
		return fmt.Sprintf("Telegram's web preview asks to wait %s before the next page. It goes on by itself at %s UTC.", spoken(o.wait), views.Clock(o.at))
	}
	if o.at.IsZero() {
		return "Telegram asks this account to wait before reading on. Collecting goes on by itself."
	}
	return fmt.Sprintf("Telegram asks this account to wait %s before reading on%s. Collecting goes on by itself at %s UTC.",
		spoken(o.wait), o.refused(), views.Clock(o.at))
}

func pacingWait(o occasion) string {
	if o.method != "" && o.method != "contacts.resolveUsername" {
		return "Requests are spaced out for a while after the waits that Telegram asked for, so that it does not ask again. Collecting goes on by itself."
	}
	return sentencePacing
}

// guarded says why nothing is sent any more, and that it is for the person to
// decide.
func guarded(o occasion) string {
	switch o.detail {
	case "preview":
		return "Telegram's web preview refused several requests in a row, so nothing is sent any more. Leave it in peace for an hour, then go on; or sign in with an account."
	case "frozen":
		return "Telegram has frozen this account, so nothing is sent any more. Open the Telegram app to see why and to appeal."
	case "limited":
		return "Telegram has limited this account, so nothing is sent any more. Ask @SpamBot in the Telegram app why, and for how long. Go on only when it says that the limit is over."
	case "long":
		return "Telegram asked this account to wait for half a day or more, so nothing is sent any more. Leave the account in peace for some days; go on only if you accept the risk that it is limited."
	case "":
		return "Telegram asked this account to wait too often or too long, so nothing is sent any more. The tab Options says more; go on only if you accept the risk that the account is limited."
	}
	return "Telegram asked this account to wait several times, longer each time, so nothing is sent any more. Leave the account in peace for a day; go on only if you accept the risk that it is limited."
}

// obstacle is what stands between here and Telegram: a proxy's name, or "session"; ""
// where nothing is known to.
func (o occasion) obstacle() (proxy string, session bool) {
	for _, s := range []string{o.method, o.detail} {
		if name, ok := strings.CutPrefix(s, "proxy "); ok {
			return name, false
		}
		if s == "session" {
			return "", true
		}
	}
	return "", false
}

// unreached is what a person is told who waits for Telegram.
func unreached(o occasion) string {
	switch proxy, session := o.obstacle(); {
	case session:
		return "Telegram does not accept this session at the moment. That may pass: try again in a minute. If it goes on for minutes, log out and sign in again."
	case proxy != "":
		return fmt.Sprintf("Telegram cannot be reached through the proxy %s. Check that it runs and lets this computer in, then try again.", proxy)
	}
	return "Telegram cannot be reached. Check the connection of the computer that runs telegramtrac, then try again."
}

func networkWait(o occasion) string {
	what := "Telegram cannot be reached."
	switch proxy, session := o.obstacle(); {
	case session:
		what = "Telegram does not accept this session at the moment, which may pass."
	case proxy != "":
		what = fmt.Sprintf("Telegram cannot be reached through the proxy %s.", proxy)
	}
	if o.at.IsZero() {
		return what + " Trying again; nothing is lost."
	}
	return fmt.Sprintf("%s Trying again in %s; nothing is lost.", what, spoken(o.wait))
}

// wrongClock names the clock of the computer that runs the program.
func wrongClock(o occasion) string {
	off := cmp.Or(o.detail, o.method)
	if off != "" {
		off = " (" + off + ")"
	}
	return fmt.Sprintf("The clock of the computer that runs telegramtrac is wrong by more than a day%s. Set its date and time; what is collected carries them.", off)
}

// spoken is a wait within a sentence: seconds are written out.
func spoken(d time.Duration) string {
	if s := int64((d + time.Second - 1) / time.Second); s < 60 {
		return views.Plural(max(s, 0), "second", "seconds")
	}
	return views.Duration(d)
}

// occasionOf takes from an error what its sentence needs.
func occasionOf(e *collector.Error, name string, now time.Time) occasion {
	o := occasion{name: name, detail: e.Detail, at: e.RetryAt}
	if o.name == "" {
		o.name = "this channel"
	}
	if !e.RetryAt.IsZero() {
		o.wait = max(0, e.RetryAt.Sub(now))
	}
	return o
}

// sentence is what people are told about an error of a kind.
func sentence(k collector.Kind, o occasion, signIn bool) string {
	a, ok := answers[k]
	if !ok {
		a = answers[collector.Internal]
	}
	return a.sentence(o, signIn)
}

// sandboxSentences take the place of those that send people to Telegram, which
// the sandbox has nothing to do with.
var sandboxSentences = map[collector.Kind]string{
	collector.BadCredentials: "The sandbox does not know this api_id and api_hash. It takes those in the table below.",
	collector.PhoneInvalid:   "The sandbox cannot use this phone number. It takes those in the table below.",
	collector.PhoneUnknown:   "The sandbox has no account with this number. The table below lists those it has.",
	collector.CodeWrong:      "That is not the login code of this account. The table below has it.",
	collector.PasswordWrong:  "That is not the password of this account. The table below has it.",
}

// mistake is what is said beside the sign-in form about a call that failed, and
// the status to say it with. Errors that nobody can act on are returned.
func (s *Server) mistake(err error, source string) (views.Mistake, int, error) {
	if errors.Is(err, engine.ErrNobody) {
		return views.Mistake{Sentence: sentenceNobody}, http.StatusServiceUnavailable, nil
	}
	e := collector.AsError(err)
	a, ok := answers[e.Kind]
	if !ok || e.Kind == collector.Internal {
		return views.Mistake{}, 0, err
	}
	m := views.Mistake{Field: a.field, Sentence: a.sentence(occasionOf(e, "", s.now()), true)}
	if e.Kind == collector.SignInRefused {
		m.Word = e.Word
	}
	if e.Detail == collector.RefusedPublicAPI {
		m.Field = "api_id"
	}
	if other := sandboxSentences[e.Kind]; other != "" && source == collector.SourceSandbox {
		m.Sentence = other
	}
	return m, a.status, nil
}
