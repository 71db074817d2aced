package words

import "telegramtrac/collector"

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
