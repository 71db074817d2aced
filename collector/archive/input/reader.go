// Package input is what the readers of all kinds of files share: the files themselves, also
// those in a ZIP, their JSON piece by piece, what a message may be at most, topics, and the
// report of what was read.
package input

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

// Reader is one call of Read.
type Reader struct {
	Options
	Ctx    context.Context // of the call
	Add    func(collector.Observations) error
	Conv   tl.Converter
	Report Report
	Later  []func() error      // called once all files are read
	Newest map[int64]time.Time // by channel: the newest moment that is told of
	hints  map[string]int      // lower-case usernames → how many files are named for it
	named  map[string]int64    // lower-case usernames → the channel whose file is named for it

	now   *Member              // that is read
	alone bool                 // there is one file only
	first *collector.FileError // what is wrong with the first of those that were left out that says what to do

	Refused     bool // add failed, or a row was bad: the error is not the file's form
	Done, Total int64
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
	NoneOfOurs = "it is none of the files that can be imported"
	accepted   = ". Files that can be: JSON of Telethon, telegram-tracker, Telegram Desktop, tdl, 4CAT, Pyrogram and snscrape, and this " +
		"program's Parquet files and bundles"
)

var Bom = []byte("\xef\xbb\xbf")

// Unreadable leaves out a file that is no archive, and tells of it: only where it was
// given alone, or was damaged on its way and must have been meant, the upload is refused.
func (r *Reader) Unreadable(m *Member, problem string) error {
	if strings.HasPrefix(problem, NoneOfOurs) && !strings.Contains(problem, "export") {
		problem += accepted
	}
	if r.alone || LooksOurs(m.Name) && strings.Contains(problem, "UTF-16") {
		return m.Wrong(0, "", problem)
	}
	if problem != "" && (r.first == nil || tellsMore(problem, r.first.Problem)) {
		r.first = m.Wrong(0, "", problem)
	}
	what := m.Name
	if reason, ok := strings.CutPrefix(problem, NoneOfOurs+": "); ok {
		what += ": " + strings.TrimSuffix(reason, accepted)
	} else if problem == "it is empty" {
		what += ": " + problem
	}
	r.Report.LeftOut = append(r.Report.LeftOut, what)
	m.Skip()
	return nil
}

// LooksOurs reports whether a file that does not read is one that was meant.
func LooksOurs(name string) bool {
	base := path.Base(name)
	return base == "result.json" || strings.HasSuffix(base, "_messages.json") || strings.HasSuffix(base, ".ndjson") ||
		strings.HasSuffix(base, ".jsonl")
}

// tellsMore reports whether what is wrong with a file says what to do, and another
// sentence does not: of an export as web pages the pictures and styles are no help.
func tellsMore(problem, than string) bool {
	return strings.Contains(problem, "export") && !strings.Contains(than, "export")
}

// NotOfChannels leaves out a file that is whole, but tells of no channel.
func (r *Reader) NotOfChannels(m *Member) error {
	return r.Unreadable(m, NoneOfOurs+": its messages are of chats that are no channels")
}

// OfOtherChats is what Dropped counts of messages that are left out among others.
const OfOtherChats = "messages of chats that are no channels"

// read notes a file that was read.
func (r *Reader) Took(m *Member, kind string, messages int64) {
	r.Report.Files = append(r.Report.Files, FileReport{m.Name, kind, messages})
	if m.cut > 0 {
		r.Drop(map[string]int{longText: m.cut})
	}
}

// Drop notes values that have no place.
func (r *Reader) Drop(counts map[string]int) {
	for key, n := range counts {
		key = shorten(key, maxKey)
		if _, ok := r.Report.Dropped[key]; !ok && len(r.Report.Dropped) >= maxKinds {
			key = "others"
		}
		r.Report.Dropped[key] += n
	}
}

// Saw notes a moment of a channel.
func (r *Reader) Saw(channelID int64, at time.Time) {
	if at.After(r.Newest[channelID]) {
		r.Newest[channelID] = at
	}
}

// NewReader begins to read.
func NewReader(ctx context.Context, o Options, add func(collector.Observations) error) *Reader {
	return &Reader{
		Options: o, Ctx: ctx, Add: add, Conv: tl.Converter{Pseudonym: once(o.Pseudonym)},
		Newest: map[int64]time.Time{}, named: map[string]int64{}, Report: Report{Dropped: map[string]int{}},
	}
}

// ReadAll reads the files with read, which knows what each of them is.
func ReadAll(ctx context.Context, files []File, o Options, add func(collector.Observations) error,
	read func(*Reader, *Member) error) (Report, error) {
	r := NewReader(ctx, o, add)
	members, closeAll, err := r.Members(files)
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
	for _, f := range r.Later {
		if err := f(); err != nil {
			return Report{}, err
		}
	}
	if len(r.Report.Files) == 0 && r.first != nil {
		return Report{}, r.first
	}
	if len(r.Report.Files) == 0 {
		return Report{}, &collector.FileError{File: files[0].Name, Problem: "there is no file in it that can be imported"}
	}
	slices.Sort(r.Report.LeftOut)
	return r.Report, nil
}
