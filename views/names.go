package views

import (
	"strconv"
	"strings"

	"telegramtrac/collector"
)

// NameLength is how much of what somebody typed is said back in a sentence, in
// characters.
const NameLength = 60

// Links makes addresses at Telegram. In the sandbox it makes none: its names
// are invented, and somebody else may bear them at Telegram.
type Links bool

// Channel is a channel's address, "" when unknown.
func (at Links) Channel(username string, id int64) string { return at.Message(username, id, 0) }

// Message is a message's address, "" when unknown.
func (at Links) Message(username string, channelID, id int64) string {
	if !at {
		return ""
	}
	return collector.Address(username, channelID, id)
}

// Text takes away the links to Telegram where there are none.
func (at Links) Text(spans []Span) []Span {
	for i := range spans {
		if !bool(at) && strings.HasPrefix(spans[i].Href, "https://t.me/") {
			spans[i].Href = ""
		}
	}
	return spans
}

// Shorten cuts a text to at most n characters, and puts it on one line.
func Shorten(s string, n int) string {
	if most := 16 * n; len(s) > most { // the rest is not looked at: it may be megabytes
		s = strings.ToValidUTF8(s[:most], "")
	}
	return collector.Shorten(strings.Join(strings.Fields(s), " "), n)
}

// ChannelName is @username, or the number of a channel that has none.
func ChannelName(username string, id int64) string {
	if username != "" {
		return "@" + username
	}
	return strconv.FormatInt(id, 10)
}
