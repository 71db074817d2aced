// Package tl converts between Telegram's objects, as the tg package has them,
// the rows of package collector, and JSON in the shape of Telethon's to_dict.
// It is pure conversion: nothing here reads, writes or waits.
//
// All conversions to and from JSON are one generic mapping. A plan per Go type,
// made once by looking at the type, says which of its fields is which of the
// schema's, how it is spelled, which flag makes it present, and what becomes of
// it in a private collection. The schema: https://core.telegram.org/schema
package tl
