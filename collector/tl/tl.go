// Package tl converts between Telegram's objects of the tg package, the rows of package
// collector, and JSON in the form of Telethon's to_dict. It does no input or output.
//
// All conversions to and from JSON are one generic mapping. A plan per Go type, made once by
// reflection, says which of its fields belongs to which of the schema's, its name, the flag
// that makes it present, and how it is written in a private collection. The schema:
// https://core.telegram.org/schema
package tl
