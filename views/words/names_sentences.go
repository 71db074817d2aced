package words

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"telegramtrac/collector"
	"telegramtrac/collector/lists"
	"telegramtrac/views"
)

// misnamedSentences say why a written name is no channel's. They take the name and, second,
// the reason's detail.
var misnamedSentences = map[collector.Why]string{
	collector.NoName:       "“%s” is not the name of a channel. Write @name, t.me/name or a numeric id.",
	collector.TooShort:     "“%s” is too short for the name of a channel: names have 4 to 32 letters, digits or underscores.",
	collector.TooLong:      "%s is too long for the name of a channel: names have 4 to 32 letters, digits or underscores.",
	collector.OtherLetters: "%s has %s in it, which no name on Telegram has. Copy the name from Telegram.",
	collector.LookAlike: "%s has %s in it, which only looks like Latin and is not. Names on Telegram are Latin: type it anew, or copy " +
		"it from Telegram.",
	collector.InviteLink:     "%s is an invite link to something private. This tool reads public channels only.",
	collector.PhoneNumber:    "%s is a phone number, and no channel has one. Write @name, t.me/name or a numeric id.",
	collector.TooLarge:       "%s is larger than the number of any channel. Write @name or t.me/name.",
	collector.MinusLost:      "%s is not the number of a channel. With a minus before it, it may be: %s.",
	collector.CutShort:       "%s has lost digits, as spreadsheets do with long numbers. Give the column the format “text”, or write @name.",
	collector.PersonLink:     "%s leads to a person, not to a channel.",
	collector.Elsewhere:      "%s is not an address of Telegram. Write @name, t.me/name or a numeric id.",
	collector.NoChannelThere: "%s is an address of Telegram, but not of a channel.",
	collector.Words:          "“%s” reads like words, not like the name of a channel. If it is one, write it with @.",
	collector.NothingThere:   "The row of “%s” has nothing in %s.",
}

// Unreadable says why a written name is no channel's.
func Unreadable(written string, err error) string {
	m, ok := errors.AsType[*collector.Misnamed](err)
	if !ok {
		m = &collector.Misnamed{Why: collector.NoName}
	}
	detail := views.Shorten(m.Detail, views.NameLength)
	if m.Why == collector.LookAlike || m.Why == collector.OtherLetters {
		detail = lettersOf(m.Detail)
	}
	format := misnamedSentences[m.Why]
	return fmt.Sprintf(format, []any{views.Shorten(written, views.NameLength), detail}[:strings.Count(format, "%s")]...)
}

// lettersOf names up to three letters of another script: “о” (Cyrillic).
func lettersOf(letters string) string {
	var out []string
	for _, r := range letters {
		if len(out) == 3 {
			break
		}
		script := ""
		for name, table := range map[string]*unicode.RangeTable{"Cyrillic": unicode.Cyrillic, "Greek": unicode.Greek,
			"Armenian": unicode.Armenian} {
			if unicode.Is(table, r) {
				script = " (" + name + ")"
			}
		}
		if word := fmt.Sprintf("“%c”%s", r, script); len(out) == 0 || out[len(out)-1] != word {
			out = append(out, word)
		}
	}
	return strings.Join(out, ", ")
}

// ListSentence says why a file cannot be read as a list.
func ListSentence(name string, err error) string {
	const accepted = " Lists may be text files, CSV, TSV or Excel (.xlsx)."
	u, ok := errors.AsType[*lists.Unreadable](err)
	if !ok {
		u = &lists.Unreadable{Why: lists.Damaged}
	}
	switch {
	case u.Why == lists.Empty:
		return fmt.Sprintf("%s is empty. Choose another file, or type the names.", name)
	case u.Why == lists.NoColumn:
		return fmt.Sprintf("No column of %s holds names of channels, like @name or t.me/name.", name)
	case u.Why == lists.TooBig:
		return fmt.Sprintf("%s is too large for a list. Keep only the column with the names, and save it as CSV.", name)
	case u.Why == lists.OtherFile && u.Looks != "":
		return fmt.Sprintf("%s looks like %s.%s Save it as one of them.", name, u.Looks, accepted)
	case u.Why == lists.OtherFile:
		return fmt.Sprintf("%s is not a list that can be read here.%s", name, accepted)
	}
	return fmt.Sprintf("%s is damaged and cannot be read. Save it anew, or as CSV.", name)
}
