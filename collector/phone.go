package collector

import (
	"strings"
	"unicode"
)

// Phone converts a phone number to the form that Telegram accepts: + and 7 to 15 digits, as in
// E.164 of the ITU-T. It accepts numbers as people write and paste them; ok is false for
// anything that is not a number with a country code.
func Phone(written string) (phone string, ok bool) {
	digits := strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Zs, unicode.Pd, unicode.Cf) || strings.ContainsRune("\t().·/", r) {
			return -1
		}
		return r
	}, strings.Replace(written, "(0)", "", 1)) // +44 (0) 7700 …: the 0 is for domestic calls
	if rest, plus := strings.CutPrefix(digits, "+"); plus {
		digits = rest
	} else {
		digits = strings.TrimPrefix(digits, "00")
	}
	none := strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
	if none || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
		return "", false
	}
	return "+" + digits, true
}
