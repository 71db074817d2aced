package handlers

import (
	"net/url"
	"strconv"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// links makes addresses at Telegram. In the sandbox it makes none: its names
// are invented, and somebody else may bear them at Telegram.
type links bool

// links are the addresses that fit the visitor's workspace.
func linksOf(v guard.Visitor) links { return v.Workspace.Source != collector.SourceSandbox }

// channel is a channel's address, "" when unknown.
func (at links) channel(username string, id int64) string {
	switch {
	case !bool(at):
		return ""
	case username != "":
		return "https://t.me/" + url.PathEscape(username)
	case id != 0 && !collector.IsMadeID(id):
		return "https://t.me/c/" + strconv.FormatInt(id, 10)
	}
	return ""
}

// message is a message's address, "" when unknown.
func (at links) message(username string, channelID, id int64) string {
	href := at.channel(username, channelID)
	if href == "" || id == 0 {
		return href
	}
	return href + "/" + strconv.FormatInt(id, 10)
}

// text takes away the links to Telegram where there are none.
func (at links) text(spans []views.Span) []views.Span {
	for i := range spans {
		if !bool(at) && strings.HasPrefix(spans[i].Href, "https://t.me/") {
			spans[i].Href = ""
		}
	}
	return spans
}
