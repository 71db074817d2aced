package words

import (
	"cmp"
	"fmt"
	"strconv"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/views"
)

// CodeSent says where a code was sent and what it is, by telegram's Via constants. See
// https://core.telegram.org/type/auth.SentCodeType
func CodeSent(s engine.SignIn) string {
	about := s.CodeAbout
	switch s.CodeVia {
	case "sms":
		return "Telegram sent a login code by SMS."
	case "firebase":
		return "Telegram keeps the SMS with this code for its own apps. It may never come: ask for a new code, or use a QR code."
	case "sms_word":
		return "Telegram sent an SMS with one word" + beginning(about, "which begins with") + ". That word is the login code."
	case "sms_phrase":
		return "Telegram sent an SMS with a few words" + beginning(about, "which begin with") +
			". Together, with their spaces, they are the login code."
	case "call":
		return "Telegram calls this number and says the login code."
	case "flash_call":
		return "Telegram calls this number and hangs up. The login code is the whole number that called" + beginning(about, "which looks like") +
			"."
	case "missed_call":
		return fmt.Sprintf("Telegram calls this number and hangs up. The login code is the last %s of the number that called%s.",
			digits(s.CodeDigits), beginning(about, "which begins with"))
	case "email", "email_code":
		return fmt.Sprintf("Telegram sent a login code by email, to %s. It comes neither into the app nor by SMS.",
			cmp.Or(about, "the login email of this account"))
	case "fragment":
		return "Telegram sent a login code to this number's page at fragment.com."
	case "other":
		return "Telegram sent a login code. Look into your Telegram app first, then at SMS and calls."
	}
	return "Telegram sent a login code to your Telegram app (not by SMS)."
}

// beginning adds what Telegram says about a code to a sentence.
func beginning(about, words string) string {
	if about == "" {
		return ""
	}
	return fmt.Sprintf(", %s “%s”", words, about)
}

func digits(n int) string {
	if n <= 0 {
		return "digits"
	}
	return fmt.Sprintf("%d digits", n)
}

// InWords reports whether a code is a word or a few of them.
func InWords(via string) bool { return via == "sms_word" || via == "sms_phrase" }

// refusedSentences say what a refusal means and, second, the way out; "" is to sign in the
// other way.
var refusedSentences = map[string][2]string{
	collector.RefusedUpdate:  {"Telegram lets only newer apps sign in to this account in this way.", ""},
	collector.RefusedCaptcha: {"Telegram asks for a puzzle that only its own apps can show.", ""},
	collector.RefusedCode:    {"Telegram could not make a login code for this number, so nothing was sent.", ""},
	collector.RefusedSignUp: {"Telegram takes this number for a new account, which only its own apps may open. Sign up in one first.",
		"If there is an account, use the QR code."},
	collector.RefusedPublicAPI: {"This api_id is public and used by too many, so Telegram takes no sign-in with it.",
		`Make one of your own at my.telegram.org, "API development tools".`},
	collector.RefusedDeleted: {"This account was deleted at Telegram.", "Sign in with another account."},
	collector.RefusedBanned: {"Telegram has banned this account. Open a Telegram app to see why and to appeal.",
		"Or sign in with another account."},
	collector.RefusedBrokenOff: {"Telegram broke this sign-in off. Wait some minutes before another try.", ""},
	collector.RefusedFailing:   {"Telegram has a fault of its own just now.", "Wait a minute, then try again."},
	collector.RefusedEmailSetup: {"Telegram sent no code: this account needs a login email first. Log in once in Telegram's own app, which " +
		"asks for the address, then come back.", ""},
	collector.RefusedPayment: {"Telegram asks for money before it sends a code to this number. Nothing was sent, and telegramtrac pays " +
		"nothing.", ""},
	collector.RefusedNewer: {"Telegram gave an answer that this version of telegramtrac does not know. A newer version may.", ""},
}

// SignInRefused says why Telegram does not let somebody sign in, and the way out.
func SignInRefused(o Occasion) string {
	s, known := refusedSentences[o.Detail]
	if !known {
		s[0] = "Telegram refused this step and gave only a word for it."
	}
	switch {
	case s[1] != "" && !(o.QR && o.Detail == collector.RefusedSignUp):
		return s[0] + " " + s[1]
	case o.Password: // the account's password, asked for after either way
		return s[0] + " Begin again, the other way if it is refused once more."
	case o.QR:
		return s[0] + " Try the phone number instead."
	}
	return s[0] + " Use the QR code instead: it needs no login code."
}

// signInRestarted says what to do after Telegram asked to begin again.
func signInRestarted(o Occasion) string {
	if o.Detail == "sent" {
		return "Telegram asked to begin again and has sent another code. Enter that one."
	}
	return "Telegram asked to begin again, and the code does not count any more. Ask for a new one."
}

// CameLater says that what was collected without an account is still on its way.
const CameLater = "later"

// CameAlong tells a person what was brought along at sign-in: a number of channels, or CameLater.
func CameAlong(came string) string {
	const next = "Collect again to fill in what the web does not show."
	if came == CameLater {
		return "What you collected without an account comes along. It takes a moment; nothing is lost."
	}
	switch n, err := strconv.ParseInt(came, 10, 32); {
	case err != nil || n <= 0:
		return ""
	case n == 1:
		return "Your channel came along. " + next
	default:
		return fmt.Sprintf("Your %s came along. %s", views.Plural(n, "channel", "channels"), next)
	}
}

// Unreached says why a session could not be ended at Telegram, "" if it could.
func Unreached(kind collector.Kind) string {
	switch kind {
	case "":
		return ""
	case collector.Network:
		return "Telegram cannot be reached."
	case collector.Clock:
		return "The clock of the computer that runs telegramtrac is wrong by more than a day."
	case collector.SignedOut:
		return "The key that your session was sealed with is not there any more."
	}
	return "Telegram did not take the log out."
}

// Deleted lists what was deleted when somebody left.
func Deleted(left engine.Left) []string {
	var out []string
	if left.Deleted {
		out = append(out, views.Plural(left.Channels, "channel", "channels"), views.Plural(left.Messages, "message", "messages"),
			views.Plural(int64(left.Collections), "collection", "collections"))
	}
	if left.Session {
		out = append(out, "the sealed session")
	}
	return out
}
