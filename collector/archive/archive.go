// Package archive reads files that people already have into observations, which dataset
// merges: Telethon's messages as JSON in several forms (4CAT's too), telegram-tracker's
// folders, Telegram Desktop's result.json, tdl's chat exports, Pyrogram's messages, snscrape's
// posts, and this product's own Parquet files and bundle; each of them alone, several at once,
// or in a ZIP file.
//
// The kind of a file follows from its content, not its name. A file is read twice: first to
// check that it is whole and to find its newest time, then for its rows. Memory does not grow
// with its size.
//
// A file of another tool does not say when it was made. Its content was seen at, or after, the
// date or last edit of its newest message. All rows get that time, so that an old file never
// replaces what was seen later, and the same file gives the same rows whenever it is imported.
//
// Privacy is the same as for collected messages: see tl.Converter.
package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

// Read reads the files and hands their observations to add, in pieces. It returns a
// *collector.FileError for a problem of the file itself; then discard everything that add
// received. Without an error, all files were whole.
func Read(ctx context.Context, files []input.File, o input.Options, add func(collector.Observations) error) (input.Report, error) {
	return input.ReadAll(ctx, files, o, add, readMember)
}

// readMember reads one file of any kind.
func readMember(r *input.Reader, m *input.Member) error {
	head, err := m.Head()
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return readParquet(r, m)
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return r.Unreadable(m, "it is written in UTF-16, and only UTF-8 can be read")
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, input.Bom), " \t\r\n")
	if len(text) == 0 {
		return r.Unreadable(m, "it is empty")
	}
	if text[0] != '{' && text[0] != '[' || pythonic.Match(text) {
		return r.Unreadable(m, input.NoneOfOurs+notJSON(m.Name, text))
	}
	return readJSON(r, m)
}

// notJSON describes a file that is not JSON, as the end of a sentence.
func notJSON(name string, text []byte) string {
	lower := bytes.ToLower(text[:min(len(text), 512)])
	begins := func(with string) bool { return bytes.HasPrefix(text, []byte(with)) }
	switch ext := strings.ToLower(path.Ext(name)); {
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return ": it is a web page; if Telegram Desktop wrote it, export the channel again, with the format JSON (“Machine-readable JSON”)"
	case bytes.HasPrefix(lower, []byte("sqlite format 3")):
		return ": it is a database"
	case begins("\x1f\x8b"), begins("7z\xbc\xaf"), begins("Rar!"), begins("\xfd7zXZ"), begins("BZh"), begins("\x28\xb5\x2f\xfd"):
		return ": it is packed in a way that is not read; unpack it first, or pack it as ZIP"
	case ext == ".csv", ext == ".tsv":
		return ": it is a table; the JSON that it was made of can be"
	case begins("%PDF"):
		return ": it is a PDF"
	case begins("\xff\xd8\xff"), begins("\x89PNG"), begins("GIF8"), begins("RIFF"):
		return ": it is a picture or a sound"
	case pythonic.Match(text), bytes.HasPrefix(text, []byte("Message(")):
		return ": it is what Python prints, not JSON; write it again with json.dumps"
	case bytes.IndexByte(text, 0) >= 0 || !utf8.Valid(text[:max(0, len(text)-utf8.UTFMax)]):
		return ": it is no text"
	case json.Valid(bytes.TrimSpace(text)):
		return ": it holds a single value, and no messages"
	}
	return ": it is text without JSON"
}

// pythonic matches the beginning of a Python dictionary, or of a list of them.
var pythonic = regexp.MustCompile(`^[\[{\s]*\{\s*'`)
