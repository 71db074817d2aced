// Package words makes sentences of kinds: of errors, refusals, waits, login codes, media and
// service messages. It has only texts for people and decides nothing.
package words

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/views"
)

const (
	sentencePacing = "Names are looked up slowly, at most 30 a minute, because Telegram limits that most of all. Collecting goes on by " +
		"itself."
	Internal = "Something went wrong inside telegramtrac. What was collected is kept. Try again; if it happens again, the program's " +
		"log says more."
	Nobody   = "The part of telegramtrac that speaks to Telegram does not answer yet. Try again in a moment."
	OldQR    = "Nobody scanned the QR code for five minutes. Begin again when your phone is at hand."
	DiskFull = "The disk is full, so nothing new can be kept. What is there can be read and downloaded. Make room on the computer " +
		"that runs telegramtrac, or ask whoever runs it, then try again."
	sentenceOpenFiles = "This server has too many files open. Everything collected is kept. Try again in a minute."
	sentenceFull      = "This workspace holds as much as this server allows. Everything is kept. Download what you want to keep and delete " +
		"the workspace under Options, or ask whoever runs this server for more space; then Resume goes on where it stopped."
	OldCode = "This sign-in was left for too long, or Telegram has forgotten it. Begin again, by a QR code or with a new login code."
)

// answer is what people are told about a Kind, and how.
type answer struct {
	Status  int
	Field   string // of the sign-in form that it belongs to
	Heading string
	SignIn  func(Occasion) string // while signing in and elsewhere outside a collection
	collect func(Occasion) string // while collecting; nil: the same
}

// Occasion has the values that fill in a sentence.
type Occasion struct {
	Name    string // of the channel, as @name
	Numeric bool   // the channel was named by its number
	Detail  string
	Wait    time.Duration
	At      time.Time // when trying again makes sense; zero when unknown
	Method  string    // Telegram's name of the request that has to wait, "" when unknown
	QR      bool      // the sign-in goes by QR code

	Password bool // the sentence is about the two-step verification password
}

// refused names, in parentheses, the request that has to wait.
func (o Occasion) refused() string {
	word, ok := methodWords[o.Method]
	if !ok {
		return ""
	}
	return " (" + strings.ToLower(word[:1]) + word[1:] + ")"
}

func (a answer) Sentence(o Occasion, signIn bool) string {
	if signIn || a.collect == nil {
		return a.SignIn(o)
	}
	return a.collect(o)
}

func always(s string) func(Occasion) string { return func(Occasion) string { return s } }

// Answers is every Kind's status and sentences.
var Answers = map[collector.Kind]answer{
	collector.NotFound: {Status: http.StatusNotFound, Heading: "There is no such channel", SignIn: func(o Occasion) string {
		if o.Numeric {
			return fmt.Sprintf("This account has not met channel %s yet. Name it by its @name once; a t.me/c/… link usually belongs to a private "+
				"channel.", o.Name)
		}
		return fmt.Sprintf("There is no channel %s on Telegram. It may have been renamed or removed.", o.Name)
	}},
	collector.NotAChannel:  {Status: http.StatusUnprocessableEntity, Heading: "Not a channel", SignIn: notAChannel},
	collector.OtherChannel: {Status: http.StatusConflict, Heading: "Another channel has this name now", SignIn: otherChannel},
	collector.Private: {Status: http.StatusForbidden, Heading: "A private channel", SignIn: func(o Occasion) string {
		return fmt.Sprintf("%s is private. This tool reads public channels only.", o.Name)
	}},
	collector.Restricted: {Status: http.StatusForbidden, Heading: "A restricted channel", SignIn: restricted},
	collector.Banned: {Status: http.StatusForbidden, Heading: "Banned from the channel", SignIn: func(o Occasion) string {
		return fmt.Sprintf("This account was banned from %s, so Telegram does not show it. Another account may see it.", o.Name)
	}},
	collector.Refused: {Status: http.StatusForbidden, Heading: "Refused by Telegram", SignIn: refused},
	collector.LookUps: {Status: http.StatusTooManyRequests, Heading: "Names must wait", SignIn: lookUpsWait},
	collector.SignedOut: {Status: http.StatusUnauthorized, Heading: "Signed out",
		SignIn: always("Sign in first; everything collected is still here."),
		collect: always("Telegram ended this session. Sign in again; everything collected is still here, " +
			"and collecting goes on where it stopped.")},
	collector.NoPreview: {Status: http.StatusNotFound, Heading: "No public web preview", SignIn: noPreview},
	collector.Flood: {Status: http.StatusTooManyRequests, Heading: "Telegram asks to wait", SignIn: func(o Occasion) string {
		return fmt.Sprintf("Telegram asks to wait %s before another try with this number.", views.Duration(o.Wait))
	}, collect: floodWait},
	collector.Network: {Status: http.StatusServiceUnavailable, Heading: "Telegram cannot be reached",
		SignIn: unreached, collect: networkWait},
	collector.Clock: {Status: http.StatusServiceUnavailable, Heading: "The clock is wrong", SignIn: wrongClock,
		collect: func(o Occasion) string {
			return wrongClock(o) + " Then collecting goes on by itself."
		}},
	collector.Pacing: {Status: http.StatusServiceUnavailable, Heading: "Keeping a slow pace", SignIn: always(sentencePacing),
		collect: pacingWait},
	collector.Guarded: {Status: http.StatusTooManyRequests, Heading: "Stopped to protect the account", SignIn: guarded},
	collector.Disk: {Status: http.StatusInsufficientStorage, Heading: "The disk is full", SignIn: always(DiskFull),
		collect: func(o Occasion) string {
			return "The disk is full. What was collected is kept and can be read. Make room on the computer that runs telegramtrac; then " +
				"collecting goes on by itself."
		}},
	collector.OpenFiles: {Status: http.StatusServiceUnavailable, Heading: "Too many files are open", SignIn: always(sentenceOpenFiles),
		collect: func(o Occasion) string {
			return "This server has too many files open. What was collected is kept. Collecting goes on by itself as soon as it can."
		}},
	collector.Quota: {Status: http.StatusInsufficientStorage, Heading: "This workspace is full", SignIn: always(sentenceFull)},
	collector.Internal: {Status: http.StatusInternalServerError, Heading: "Something went wrong", SignIn: always(Internal),
		collect: func(o Occasion) string {
			if o.Detail == "empty" {
				return fmt.Sprintf("Telegram answered with nothing again and again while %s was read. What was collected is kept; collect it once "+
					"more later.", o.Name)
			}
			if o.Detail == "failing" {
				return fmt.Sprintf("Telegram failed again and again while %s was read. What was collected is kept; collect it once more later.", o.Name)
			}
			return fmt.Sprintf("Something went wrong inside telegramtrac while it read %s. What was collected is kept; the program's log says more.",
				o.Name)
		}},

	collector.BadCredentials: {Status: http.StatusUnprocessableEntity, Field: "api_id", Heading: "Not known to Telegram",
		SignIn: always(`Telegram does not know this api_id and api_hash. Copy both from my.telegram.org, "API development tools".`)},
	collector.PhoneInvalid: {Status: http.StatusUnprocessableEntity, Field: "phone", Heading: "Not a phone number",
		SignIn: always("Telegram cannot use this phone number. Write it with the country code, like +447700900123.")},
	collector.PhoneUnknown: {Status: http.StatusUnprocessableEntity, Field: "phone", Heading: "No such account",
		SignIn: always("No Telegram account has this number. Sign up in a Telegram app first, then come back.")},
	collector.PhoneBanned: {Status: http.StatusUnprocessableEntity, Field: "phone", Heading: "A banned number",
		SignIn: always("Telegram has banned this number. Sign in with another account.")},
	collector.CodeWrong: {Status: http.StatusUnprocessableEntity, Field: "code", Heading: "Not the code",
		SignIn: always("That is not the code Telegram sent. Only the newest one counts.")},
	collector.CodeExpired: {Status: http.StatusUnprocessableEntity, Field: "code", Heading: "An old code",
		SignIn: always("This code has expired. Ask for a new one.")},
	collector.CodeUnavailable: {Status: http.StatusUnprocessableEntity, Heading: "No other way to send a code",
		SignIn: always("Telegram has no other way to send a code to this number now. Look for the one it sent, or wait a while and ask again.")},
	collector.PasswordWrong: {Status: http.StatusUnprocessableEntity, Field: "password", Heading: "Not the password",
		SignIn: always("Telegram did not accept this two-step verification password. Type it again; it is not the login code. " +
			"Who has forgotten " +
			"it can reset it in a Telegram app.")},
	collector.SignInRefused:   {Status: http.StatusUnprocessableEntity, Heading: "Telegram refused the sign-in", SignIn: SignInRefused},
	collector.SignInRestarted: {Status: http.StatusUnprocessableEntity, Field: "code", Heading: "Begin again", SignIn: signInRestarted},
	collector.SignInExpired:   {Status: http.StatusUnprocessableEntity, Heading: "Begin again", SignIn: always(OldCode)},
}

// otherChannel says that a name now belongs to another channel, and how to go on with either.
func otherChannel(o Occasion) string {
	m, err := collector.ParseMoved(o.Detail)
	if err != nil {
		return fmt.Sprintf("%s is another channel now than the one this workspace knows by that name. Nothing of it was collected.", o.Name)
	}
	return fmt.Sprintf("%s is another channel now. This workspace knows %s by that name; today it belongs to %s. "+
		"Nothing of it was collected. "+
		"To collect the new one, name it by its number: %d. To go on with the earlier one: %d.",
		o.Name, shownTitle(m.BeforeTitle, m.Before), shownTitle(m.NowTitle, m.Now), m.Now, m.Before)
}

// shownTitle is a channel's title in quotes, or its number.
func shownTitle(title string, id int64) string {
	if title == "" {
		return fmt.Sprintf("number %d", id)
	}
	return fmt.Sprintf("“%s”", views.Shorten(title, views.NameLength))
}

// Renamed says that a channel was found by number because its name had changed or gone.
func Renamed(p collector.Progress) string {
	if p.Username == "" {
		return fmt.Sprintf("%s has no public name any more; it was found by its number.", ReferenceName(p.Reference))
	}
	return fmt.Sprintf("%s is called @%s now; it was found by its number.", ReferenceName(p.Reference), p.Username)
}

func notAChannel(o Occasion) string {
	switch o.Detail {
	case "person", "bot":
		return fmt.Sprintf("%s is a %s, not a channel.", o.Name, o.Detail)
	case "person or bot":
		return fmt.Sprintf("%s is a person or a bot, not a channel.", o.Name)
	case "group":
		return fmt.Sprintf("%s is a basic group, not a channel. This tool reads public channels and supergroups.", o.Name)
	}
	return fmt.Sprintf("%s is not a channel.", o.Name)
}

func restricted(o Occasion) string {
	if o.Detail == "" {
		return fmt.Sprintf("Telegram does not show %s to this account (restricted).", o.Name)
	}
	return fmt.Sprintf("Telegram does not show %s to this account (restricted: %q).", o.Name, o.Detail)
}

// noPreview says why the web does not show a channel.
func noPreview(o Occasion) string {
	switch o.Detail {
	case "group":
		return fmt.Sprintf("%s is a group, and groups have no web preview. Sign in with a Telegram account to read it.", o.Name)
	case "empty":
		return fmt.Sprintf("%s shows no message on the web yet, so there is nothing to collect.", o.Name)
	case "channel":
		return fmt.Sprintf("%s has its web preview switched off. Sign in with a Telegram account to read it.", o.Name)
	}
	return fmt.Sprintf("%s has no public web preview. Sign in with a Telegram account to read it.", o.Name)
}

// PreviewOnly says what remains unknown with a source that cannot prove absence.
const PreviewOnly = "Read from the public web preview: deleted messages and those it does not show cannot be told apart."

func floodWait(o Occasion) string {
	if o.Method == "preview" {
		if o.At.IsZero() {
			return "Telegram's web preview asks to wait. Collecting goes on by itself."
		}
		return fmt.Sprintf("Telegram's web preview asks to wait %s before the next page. It goes on by itself at %s UTC.", Spoken(o.Wait),
			views.Clock(o.At))
	}
	if o.At.IsZero() {
		return "Telegram asks this account to wait before reading on. Collecting goes on by itself."
	}
	return fmt.Sprintf("Telegram asks this account to wait %s before reading on%s. Collecting goes on by itself at %s UTC.",
		Spoken(o.Wait), o.refused(), views.Clock(o.At))
}

func pacingWait(o Occasion) string {
	if o.Method != "" && o.Method != "contacts.resolveUsername" {
		return "Requests are spaced out for a while after the waits that Telegram asked for, so that it does not ask again. Collecting goes on " +
			"by itself."
	}
	return sentencePacing
}

// guarded says why nothing is sent any more, and that the person decides when to go on.
func guarded(o Occasion) string {
	switch o.Detail {
	case "preview":
		return "Telegram's web preview refused several requests in a row, so nothing is sent any more. Leave it in peace for an hour, then go " +
			"on; or sign in with an account."
	case "frozen":
		return "Telegram has frozen this account, so nothing is sent any more. Open the Telegram app to see why and to appeal."
	case "limited":
		return "Telegram has limited this account, so nothing is sent any more. Ask @SpamBot in the Telegram app why, and for how long. Go on " +
			"only when it says that the limit is over."
	case "long":
		return "Telegram asked this account to wait for half a day or more, so nothing is sent any more. Leave the account in peace for some " +
			"days; go on only if you accept the risk that it is limited."
	case "":
		return "Telegram asked this account to wait too often or too long, so nothing is sent any more. The tab Options says more; go on only " +
			"if you accept the risk that the account is limited."
	}
	return "Telegram asked this account to wait several times, longer each time, so nothing is sent any more. " +
		"Leave the account in peace for " +
		"a day; go on only if you accept the risk that it is limited."
}

// Obstacle is what keeps Telegram from being reached, as far as known: a proxy's name, or a
// session that Telegram does not accept.
func (o Occasion) Obstacle() (proxy string, session bool) {
	for _, s := range []string{o.Method, o.Detail} {
		if name, ok := strings.CutPrefix(s, "proxy "); ok {
			return name, false
		}
		if s == "session" {
			return "", true
		}
	}
	return "", false
}

// unreached is the sentence for somebody who waits for Telegram.
func unreached(o Occasion) string {
	switch proxy, session := o.Obstacle(); {
	case session:
		return "Telegram does not accept this session at the moment. That may pass: try again in a minute. If it goes on for minutes, log out " +
			"and sign in again."
	case proxy != "":
		return fmt.Sprintf("Telegram cannot be reached through the proxy %s. Check that it runs and lets this computer in, then try again.",
			proxy)
	}
	return "Telegram cannot be reached. Check the connection of the computer that runs telegramtrac, then try again."
}

func networkWait(o Occasion) string {
	what := "Telegram cannot be reached."
	switch proxy, session := o.Obstacle(); {
	case session:
		what = "Telegram does not accept this session at the moment, which may pass."
	case proxy != "":
		what = fmt.Sprintf("Telegram cannot be reached through the proxy %s.", proxy)
	}
	if o.At.IsZero() {
		return what + " Trying again; nothing is lost."
	}
	return fmt.Sprintf("%s Trying again in %s; nothing is lost.", what, Spoken(o.Wait))
}

// wrongClock says that the clock of the program's computer is wrong.
func wrongClock(o Occasion) string {
	off := cmp.Or(o.Detail, o.Method)
	if off != "" {
		off = " (" + off + ")"
	}
	return fmt.Sprintf("The clock of the computer that runs telegramtrac is wrong by more than a day%s. Set its date and time; what is "+
		"collected carries them.", off)
}

// Spoken writes a wait for use in a sentence, with "seconds" spelled out.
func Spoken(d time.Duration) string {
	if s := int64((d + time.Second - 1) / time.Second); s < 60 {
		return views.Plural(max(s, 0), "second", "seconds")
	}
	return views.Duration(d)
}

// OccasionOf takes the values for a sentence from an error.
func OccasionOf(e *collector.Error, name string, now time.Time) Occasion {
	o := Occasion{Name: name, Detail: e.Detail, At: e.RetryAt}
	if o.Name == "" {
		o.Name = "this channel"
	}
	if !e.RetryAt.IsZero() {
		o.Wait = max(0, e.RetryAt.Sub(now))
	}
	return o
}

// Sentence is what people are told about an error of a kind.
func Sentence(k collector.Kind, o Occasion, signIn bool) string {
	a, ok := Answers[k]
	if !ok {
		a = Answers[collector.Internal]
	}
	return a.Sentence(o, signIn)
}

// SandboxSentences replace the sentences that send people to Telegram, which has nothing to do
// with the sandbox.
var SandboxSentences = map[collector.Kind]string{
	collector.BadCredentials: "The sandbox does not know this api_id and api_hash. It takes those in the table below.",
	collector.PhoneInvalid:   "The sandbox cannot use this phone number. It takes those in the table below.",
	collector.PhoneUnknown:   "The sandbox has no account with this number. The table below lists those it has.",
	collector.CodeWrong:      "That is not the login code of this account. The table below has it.",
	collector.PasswordWrong:  "That is not the password of this account. The table below has it.",
}

// ReferenceName is what a person wrote, as @name where it is one.
func ReferenceName(written string) string {
	if ref, err := collector.ParseReference(written); err == nil {
		return ref.String()
	}
	return views.Shorten(written, views.NameLength)
}
