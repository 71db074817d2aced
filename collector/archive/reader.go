package archive

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

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

// reader is one call of Read.
type reader struct {
	Options
	ctx    context.Context // of the call
	add    func(collector.Observations) error
	conv   tl.Converter
	report Report
	later  []func() error      // called once all files are read
	newest map[int64]time.Time // by channel: the newest moment that is told of
	hints  map[string]int      // lower-case usernames → how many files are named for it
	named  map[string]int64    // lower-case usernames → the channel whose file is named for it

	now   *member              // that is read
	alone bool                 // there is one file only
	first *collector.FileError // what is wrong with the first of those that were left out that says what to do

	refused     bool // add failed, or a row was bad: the error is not the file's form
	done, total int64
	told        time.Time
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

// noneOfOurs begins the sentence about a file that is not known; accepted is what is.
const (
	noneOfOurs = "it is none of the files that can be imported"
	accepted   = ". Files that can be: JSON of Telethon, telegram-tracker, Telegram Desktop, tdl, 4CAT, Pyrogram and snscrape, and this program's Parquet files and bundles"
)

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

// looksOurs reports whether a file that does not read is one that was meant.
func looksOurs(name string) bool {
	base := path.Base(name)
	return base == "result.json" || strings.HasSuffix(base, "_messages.json") || strings.HasSuffix(base, ".ndjson") || strings.HasSuffix(base, ".jsonl")
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

// newReader begins to read.
func newReader(ctx context.Context, o Options, add func(collector.Observations) error) *reader {
	return &reader{
		Options: o, ctx: ctx, add: add, conv: tl.Converter{Pseudonym: once(o.Pseudonym)},
		newest: map[int64]time.Time{}, named: map[string]int64{}, report: Report{Dropped: map[string]int{}},
	}
}

// readAll reads the files with read, which knows what each of them is.
func readAll(ctx context.Context, files []File, o Options, add func(collector.Observations) error, read func(*reader, *member) error) (Report, error) {
	r := newReader(ctx, o, add)
	members, closeAll, err := r.members(files)
	defer closeAll()
	if err != nil {
		return Report{}, err
	}
	r.hints, r.alone = countHints(members), len(members) == 1
	for _, m := range members {
		if err := ctx.Err(); err != nil {
			return Report{}, err
		}
		r.now = m
		if err := read(r, m); err != nil {
			return Report{}, err
		}
	}
	for _, f := range r.later {
		if err := f(); err != nil {
			return Report{}, err
		}
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
