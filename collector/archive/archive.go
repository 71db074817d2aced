// Package archive reads files that people already have into observations, which
// dataset merges: Telethon's messages as JSON in several forms (4CAT's too),
// telegram-tracker's folders, Telegram Desktop's result.json, tdl's chat exports,
// Pyrogram's messages, snscrape's posts, and this product's own Parquet files and
// bundle; each of them alone, several at once, or in a ZIP file.
//
// What a file is follows from its content, not its name. A file is read twice:
// first to its end, to see whether it is whole and what time it tells of, then
// for its rows. Memory does not grow with its size.
//
// A file of another tool does not say when it was made. What is in it was seen
// at, or after, the newest moment that it tells of: the date or last edit of its
// newest message. That moment is taken for the time of all its rows, so that an
// old file never takes the place of what was seen later, and the same file gives
// the same rows whenever it is imported.
//
// Privacy is the same as for what is collected: see tl.Converter.
package archive

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"telegramtrac/collector"
	"telegramtrac/collector/tl"
)

// File is a file to read.
type File struct {
	Name   string // as people know it
	Path   string // where it lies
	Folder bool   // it came with a folder: where it is no archive it is left out
}

// Options say how to read.
type Options struct {
	Pseudonym collector.Pseudonym // of users; nil: personal
	Temp      string              // folder for what has to be unpacked
	Unfold    int64               // bytes that ZIP files may unfold to, however small they are; 0: a gigabyte

	// Progress is told how many of the bytes are read; each is read twice. It
	// must not block. Nil: nobody is told.
	Progress func(done, total int64)
}

// Report says what was read.
type Report struct {
	Files    []FileReport   `json:"files"`
	LeftOut  []string       `json:"left_out,omitempty"`  // files of a ZIP that are no archives, and chats that are no channels
	Dropped  map[string]int `json:"dropped,omitempty"`   // by what they are: values that have no place here
	LocalDay bool           `json:"local_day,omitempty"` // a file has local times only, which were taken for UTC
}

// FileReport is one file that was read.
type FileReport struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"` // what it is, in words
	Messages int64  `json:"messages"`
}

// Read reads the files and hands what they say to add, in pieces. An error that
// the file itself gives reason for is a *collector.FileError; then nothing that
// was handed over before is worth keeping. When it ends without one, all files
// were whole.
func Read(ctx context.Context, files []File, o Options, add func(collector.Observations) error) (Report, error) {
	r := &reader{
		Options: o, ctx: ctx, add: add, conv: tl.Converter{Pseudonym: once(o.Pseudonym)},
		newest: map[int64]time.Time{}, named: map[string]int64{}, report: Report{Dropped: map[string]int{}},
	}
	members, closeAll, err := r.members(files)
	defer closeAll()
	if err != nil {
		return Report{}, err
	}
	r.hints, r.alone = countHints(members), len(members) == 1
	for _, m := range members {
		if err := r.file(m); err != nil {
			return Report{}, err
		}
	}
	if err := r.putDetails(); err != nil {
		return Report{}, err
	}
	if len(r.report.Files) == 0 && r.first != nil {
		return Report{}, r.first
	}
	if len(r.report.Files) == 0 {
		return Report{}, &collector.FileError{File: files[0].Name, Problem: "there is no file in it that can be imported"}
	}
	slices.Sort(r.report.LeftOut)
	return r.report, nil
}

// once makes a pseudonym of what is none yet: files of this product may hold
// pseudonyms already.
func once(p collector.Pseudonym) collector.Pseudonym {
	if p == nil {
		return nil
	}
	return func(id int64) int64 {
		if isPseudonym(id) {
			return id
		}
		return p(id)
	}
}

// isPseudonym reports whether a number is too long for the id of a user.
func isPseudonym(id int64) bool { return id >= 1<<62 }

// reader is one call of Read.
type reader struct {
	Options
	ctx     context.Context // of the call
	add     func(collector.Observations) error
	conv    tl.Converter
	report  Report
	details []details
	newest  map[int64]time.Time // by channel: the newest moment that is told of
	hints   map[string]int      // lower-case usernames → how many files are named for it
	named   map[string]int64    // lower-case usernames → the channel whose file is named for it

	now   *member              // that is read
	alone bool                 // there is one file only
	first *collector.FileError // what is wrong with the first of those that were left out that says what to do

	refused     bool // add failed, or a row was bad: the error is not the file's form
	done, total int64
	told        time.Time
}

// Kinds of files, in words.
const (
	kindTelethon  = "Telethon messages"
	kindTracker   = "telegram-tracker messages"
	kindDetails   = "telegram-tracker details of a channel"
	kindDesktop   = "Telegram Desktop export"
	kindTDL       = "tdl chat export"
	kind4CAT      = "4CAT's Telegram messages"
	kindNumbered  = "Telethon messages by number"
	kindConverted = "telegram-download-chat's messages of a Telegram Desktop export"
	kindPyrogram  = "Pyrogram messages"
	kindSnscrape  = "snscrape's Telegram posts"
)

// file reads one file, whatever it is.
func (r *reader) file(m *member) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	r.now = m
	head, err := m.head()
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return r.parquet(m)
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return r.unreadable(m, "it is written in UTF-16, and only UTF-8 can be read")
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, bom), " \t\r\n")
	if len(text) == 0 {
		return r.unreadable(m, "it is empty")
	}
	if text[0] != '{' && text[0] != '[' || pythonic.Match(text) {
		return r.unreadable(m, noneOfOurs+notJSON(m.name, text))
	}
	return r.json(m)
}

// noneOfOurs begins the sentence about a file that is not known; accepted is what is.
const (
	noneOfOurs = "it is none of the files that can be imported"
	accepted   = ". Files that can be: JSON of Telethon, telegram-tracker, Telegram Desktop, tdl, 4CAT, Pyrogram and snscrape, and this program's Parquet files and bundles"
)

// notJSON says what a file looks like that is no JSON, as the end of a sentence.
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

// pythonic is how Python prints a dictionary, or a list of them.
var pythonic = regexp.MustCompile(`^[\[{\s]*\{\s*'`)

var bom = []byte("\xef\xbb\xbf")

// unreadable leaves out a file that is no archive, and tells of it: only where it was
// given alone, or was damaged on its way and must have been meant, the upload is refused.
func (r *reader) unreadable(m *member, problem string) error {
	if strings.HasPrefix(problem, noneOfOurs) && !strings.Contains(problem, "export") {
		problem += accepted
	}
	if r.alone || looksOurs(m.name) && strings.Contains(problem, "UTF-16") {
		return m.wrong(0, "", problem)
	}
	if problem != "" && (r.first == nil || tellsMore(problem, r.first.Problem)) {
		r.first = m.wrong(0, "", problem)
	}
	what := m.name
	if reason, ok := strings.CutPrefix(problem, noneOfOurs+": "); ok {
		what += ": " + strings.TrimSuffix(reason, accepted)
	} else if problem == "it is empty" {
		what += ": " + problem
	}
	r.report.LeftOut = append(r.report.LeftOut, what)
	m.skip()
	return nil
}

// tellsMore reports whether what is wrong with a file says what to do, and another
// sentence does not: of an export as web pages the pictures and styles are no help.
func tellsMore(problem, than string) bool {
	return strings.Contains(problem, "export") && !strings.Contains(than, "export")
}

// notOfChannels leaves out a file that is whole, but tells of no channel.
func (r *reader) notOfChannels(m *member) error {
	return r.unreadable(m, noneOfOurs+": its messages are of chats that are no channels")
}

// ofOtherChats is what Dropped counts of messages that are left out among others.
const ofOtherChats = "messages of chats that are no channels"

// read notes a file that was read.
func (r *reader) read(m *member, kind string, messages int64) {
	r.report.Files = append(r.report.Files, FileReport{m.name, kind, messages})
	if m.cut > 0 {
		r.drop(map[string]int{longText: m.cut})
	}
}

// drop notes values that have no place.
func (r *reader) drop(counts map[string]int) {
	for key, n := range counts {
		key = shorten(key, maxKey)
		if _, ok := r.report.Dropped[key]; !ok && len(r.report.Dropped) >= maxKinds {
			key = "others"
		}
		r.report.Dropped[key] += n
	}
}

// saw notes a moment of a channel.
func (r *reader) saw(channelID int64, at time.Time) {
	if at.After(r.newest[channelID]) {
		r.newest[channelID] = at
	}
}

// batch gathers a channel's rows until they are worth handing over.
type batch struct {
	r    *reader
	seen time.Time
	held map[int64][]collector.Message
	n    int
	all  int64
}

const batchRows = 500

func (r *reader) batch(seen time.Time) *batch {
	return &batch{r: r, seen: seen, held: map[int64][]collector.Message{}}
}

func (b *batch) put(m collector.Message) error {
	if err := b.r.bound(&m); err != nil {
		return err
	}
	b.held[m.ChannelID] = append(b.held[m.ChannelID], m)
	b.all++
	if b.n++; b.n < batchRows {
		return nil
	}
	return b.flush()
}

func (b *batch) flush() error {
	for _, id := range slices.Sorted(maps.Keys(b.held)) {
		if err := b.r.add(collector.Observations{ChannelID: id, SeenAt: b.seen, Messages: b.held[id]}); err != nil {
			return err
		}
	}
	clear(b.held)
	b.n = 0
	return b.r.ctx.Err()
}

// bareID turns the Bot API's form of a channel's id into the bare one.
func bareID(id int64) (int64, error) {
	switch {
	case id > 0:
		return id, nil
	case id < -1_000_000_000_000:
		return -id - 1_000_000_000_000, nil
	}
	return 0, fmt.Errorf("%d is not the id of a channel", id)
}

// errNoParquet says that a file begins like a Parquet file and is none.
var errNoParquet = errors.New("no Parquet file")

// plain is an error as people may read it: the innermost of what is known.
func plain(err error) string {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the file ends in the middle"
	case corrupt, errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrAlgorithm):
		return "what was packed cannot be unpacked"
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok { // the path is nobody's business
		return "the file cannot be read here: " + e.Err.Error()
	}
	if errors.Is(err, errNoParquet) { // whose words are for programmers
		return "it is cut off, or something in it is out of place"
	}
	return strings.TrimSuffix(err.Error(), ".")
}
