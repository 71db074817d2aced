package collector

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Misnamed is why a text does not name a channel. Errors of ParseReference wrap it.
type Misnamed struct {
	Why    Why
	Detail string // what the shown sentence needs besides the reason
}

// Why is a reason why a text does not name a channel.
type Why string

// Reasons why a text does not name a channel.
const (
	NoName         Why = "no_name"          // not in the form of a name
	TooShort       Why = "too_short"        // fewer than four letters
	TooLong        Why = "too_long"         // more than 32
	OtherLetters   Why = "other_letters"    // Detail: the letters that usernames cannot have
	LookAlike      Why = "look_alike"       // Detail: letters of another script that look Latin
	InviteLink     Why = "invite_link"      // to a private chat
	PhoneNumber    Why = "phone_number"     // Detail: the number
	TooLarge       Why = "too_large"        // a number larger than any channel's
	MinusLost      Why = "minus_lost"       // a -100… id without its minus; Detail: the id with it
	CutShort       Why = "cut_short"        // a number that has lost digits, as 1.00101E+12
	PersonLink     Why = "person_link"      // a link to a person by number
	Elsewhere      Why = "elsewhere"        // not an address of Telegram
	NoChannelThere Why = "no_channel_there" // an address of Telegram, but not of a channel
	Words          Why = "words"            // in a list: words next to names, or a text
	NothingThere   Why = "nothing_there"    // in a table: a row with an empty cell in the column of names; Detail: the column
)

// Error is for logs.
func (m *Misnamed) Error() string { return "names no channel: " + string(m.Why) }

// misnamed makes the error for a written reference; nil for no reason.
func misnamed(written string, why *Misnamed) error {
	switch {
	case why == nil:
		return nil
	case why.Why == InviteLink:
		return &Error{Kind: Private, Detail: written, Err: why}
	}
	return &Error{Kind: NotFound, Detail: written, Err: why}
}

var (
	phoneForm = regexp.MustCompile(`^(\+|00|\(0|0)[0-9() ./-]*$`)
	exponent  = regexp.MustCompile(`^[+-]?[0-9]+([.,][0-9]+)?[eE]\+?[0-9]{1,3}$`)
)

// lookAlikes are letters of other scripts that look like Latin ones, each with the Latin
// letter. See https://www.unicode.org/reports/tr39/
var lookAlikes = map[rune]rune{
	'а': 'a', 'е': 'e', 'о': 'o', 'р': 'p', 'с': 'c', 'у': 'y', 'х': 'x', 'і': 'i', 'ј': 'j', 'ѕ': 's', 'ԁ': 'd', 'һ': 'h', 'ԛ': 'q', 'ԝ': 'w',
	'ӏ': 'l', 'к': 'k', 'т': 't', 'м': 'm', 'г': 'r', 'п': 'n', 'в': 'b', 'н': 'h', 'ь': 'b', 'ё': 'e', 'ї': 'i',
	'А': 'A', 'В': 'B', 'Е': 'E', 'К': 'K', 'М': 'M', 'Н': 'H', 'О': 'O', 'Р': 'P', 'С': 'C', 'Т': 'T', 'У': 'Y', 'Х': 'X', 'І': 'I', 'Ј': 'J',
	'Ѕ': 'S',
	'α': 'a', 'ε': 'e', 'ι': 'i', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x', 'γ': 'y',
	'Α': 'A', 'Β': 'B', 'Ε': 'E', 'Ζ': 'Z', 'Η': 'H', 'Ι': 'I', 'Κ': 'K', 'Μ': 'M', 'Ν': 'N', 'Ο': 'O', 'Ρ': 'P', 'Τ': 'T', 'Υ': 'Y', 'Χ': 'X',
	'ı': 'i', 'ɑ': 'a', 'ɡ': 'g', 'օ': 'o', 'ս': 'u', 'ո': 'n', 'հ': 'h',
}

// whyNoUsername returns why a text does not have the form of a username.
func whyNoUsername(name string) *Misnamed {
	var foreign, alike strings.Builder
	latin := 0
	folded := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			if unicode.IsLetter(r) {
				latin++
			}
			return r
		}
		foreign.WriteRune(r)
		if to, ok := lookAlikes[r]; ok {
			alike.WriteRune(r)
			return to
		}
		return r
	}, name)
	switch {
	case alike.Len() > 0 && usernameForm.MatchString(folded) && latin > 0:
		return &Misnamed{Why: LookAlike, Detail: alike.String()}
	case foreign.Len() > 0 && latin > 0 && !strings.ContainsFunc(name, unicode.IsSpace):
		return &Misnamed{Why: OtherLetters, Detail: foreign.String()}
	case strings.Trim(name, usernameLetters) != "" || name == "":
		return &Misnamed{Why: NoName}
	case len(name) < 4:
		return &Misnamed{Why: TooShort}
	case len(name) > 32:
		return &Misnamed{Why: TooLong}
	}
	return &Misnamed{Why: NoName}
}

// longestReference is longer, in bytes, than any valid reference.
const longestReference = 2000

const usernameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// Clean removes what people do not see or mean: invisible marks, quotes and brackets around a
// reference, full stops after it, blanks written as %20. Full-width letters become plain ones,
// and a real minus before digits a hyphen. Letters of another script that look Latin remain:
// they name something else.
func Clean(s string) string {
	if len(s) > longestReference {
		return s
	}
	for {
		was := s
		s = strings.TrimSpace(strings.Map(visible, s))
		s = strings.TrimRight(strings.Trim(s, `"'<>()[]{}«»“”„‹›‘’‚「」『』【】`+"`"), ".。…")
		s = unescaped(s)
		if s == was {
			break
		}
	}
	if rest, ok := cutDash(s); ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		return "-" + rest
	}
	return s
}

// visible returns the plain form of a letter, -1 for an invisible mark.
func visible(r rune) rune {
	switch {
	case r >= '！' && r <= '～': // full-width
		return r - '！' + '!'
	case r == '\t' || r == '\n' || r == '\r' || r == '\f' || r == '\v':
		return ' '
	case unicode.In(r, unicode.Zs): // no-break spaces and the like
		return ' '
	case unicode.In(r, unicode.Cf, unicode.Cc, unicode.Variation_Selector, unicode.Zl, unicode.Zp):
		return -1
	// fillers: letters that are shown as blanks
	case r == '\u034f', r == '\u115f', r == '\u1160', r == '\u17b4', r == '\u17b5', r == '\u2800', r == '\u3164', r == '\uffa0':
		return -1
	}
	return r
}

// unescaped decodes % escapes in a name or around a whole address. Inside an address they
// remain: parsing the address decodes them.
func unescaped(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	for _, blank := range []string{"%20", "%0A", "%0a", "%0D", "%0d", "%09"} {
		s = strings.TrimPrefix(strings.TrimSuffix(s, blank), blank)
	}
	if strings.ContainsAny(s, "/?") {
		return s
	}
	if plain, err := url.PathUnescape(s); err == nil && utf8.ValidString(plain) {
		return plain
	}
	return s
}

// cutDash cuts a leading character that is used as a minus: U+2212, dashes, hyphens.
func cutDash(s string) (string, bool) {
	r, n := utf8.DecodeRuneInString(s)
	if r == '−' || unicode.Is(unicode.Pd, r) {
		return s[n:], true
	}
	return s, false
}
