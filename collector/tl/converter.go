// Package tl converts Telegram's objects of the tg package to the rows of package collector. It
// does no input or output. Package telethon writes the JSON of the column raw, and reads it.
package tl

import "telegramtrac/collector"

// Converter converts Telegram's objects to rows and JSON. The zero Converter is personal:
// users' ids and names are unchanged. With a Pseudonym it is private.
type Converter struct {
	Pseudonym collector.Pseudonym // for users' ids; nil: personal
}
