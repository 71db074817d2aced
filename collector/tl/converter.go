package tl

import "telegramtrac/collector"

// Converter turns Telegram's objects into rows and JSON. The zero Converter is
// personal: it keeps users' ids and names. With a Pseudonym it is private.
type Converter struct {
	Pseudonym collector.Pseudonym // for users' ids; nil: personal
	Form      Form                // of AppendJSON; rows' Raw is always ISO
}
