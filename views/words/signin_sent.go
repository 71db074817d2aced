package words

import (
	"cmp"
	"fmt"

	"telegramtrac/collector/engine"
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
