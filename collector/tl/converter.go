package tl

import "telegramtrac/collector"

// Converter converts Telegram's objects to rows and JSON. The zero Converter is personal:
// users' ids and names are unchanged. With a Pseudonym it is private.
type Converter struct {
	Pseudonym collector.Pseudonym // for users' ids; nil: personal
}
