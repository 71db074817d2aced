package views

import (
	"strings"

	"telegramtrac/collector"
)

// NameLength is how many characters of typed text a sentence quotes.
const NameLength = 60

// Links makes addresses at Telegram. In the sandbox it makes none: its names are invented, and
// may belong to somebody else at Telegram.
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

// Text removes links to Telegram in the sandbox.
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
	if most := 16 * n; len(s) > most { // skip the rest: it may be megabytes
		s = strings.ToValidUTF8(s[:most], "")
	}
	return collector.Shorten(strings.Join(strings.Fields(s), " "), n)
}

// ChannelName is @username, or the number of a channel that has none.
func ChannelName(username string, id int64) string {
	return collector.Reference{Username: username, ID: id}.String()
}
