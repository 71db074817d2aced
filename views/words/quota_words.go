package words

import (
	"fmt"

	"telegramtrac/views"
)

// WorkspaceFull says that a workspace holds as many bytes as it may.
func WorkspaceFull(used, may int64) string {
	return fmt.Sprintf("This workspace holds %s, and may hold %s. Download what you want to keep and delete the workspace under Options, or ask "+
		"whoever runs this server for more.", views.Bytes(used), views.Bytes(may))
}

// ManyCollections says that a workspace has as many collections that have not ended as it may.
func ManyCollections(may int) string {
	return fmt.Sprintf("This workspace may have %s that have not ended, and it has them. Let one end, or cancel one, then send this again.",
		views.Plural(int64(may), "collection", "collections"))
}

// ManyChannels says that a request would bring a workspace more channels than it may have.
func ManyChannels(may, has int, comments bool) string {
	more := ""
	if comments {
		more = " Each new channel counts twice where comments are asked for too: it may have a group."
	}
	return fmt.Sprintf("This workspace may have %s and has %s, those on their way included. Name fewer new ones; channels that are here can "+
		"always be done again.%s", views.Plural(int64(may), "channel", "channels"), views.Count(int64(has)), more)
}
