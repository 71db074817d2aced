// Package input is what the readers of all kinds of files share: opening files, also those in
// a ZIP, reading JSON piece by piece, limits of a message, topics, and the report of what was
// read.
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
	Name   string // as shown to people
	Path   string // on disk
	Folder bool   // from a folder: files that are not archives are left out
}

// Options are the options of a read.
type Options struct {
	Pseudonym collector.Pseudonym // of users; nil: personal
	Temp      string              // folder for unpacked files
	Unfold    int64               // bytes that ZIP files may always unpack to; 0: a gigabyte

	// Progress, if not nil, is called with the number of bytes that were read; each is read
	// twice. It must not block.
	Progress func(done, total int64)
}

// Report lists what was read.
type Report struct {
	Files    []FileReport   `json:"files"`
	LeftOut  []string       `json:"left_out,omitempty"`  // files of a ZIP that are not archives, and chats that are not channels
	Dropped  map[string]int `json:"dropped,omitempty"`   // by kind: values that could not be stored
	LocalDay bool           `json:"local_day,omitempty"` // a file has local times only, which were read as UTC
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
	Later  []func() error      // called after all files are read
	Newest map[int64]time.Time // by channel: the newest date or edit in the files
	hints  map[string]int      // lower-case usernames → number of files named after it
	named  map[string]int64    // lower-case usernames → the channel whose file is named after it

	now   *Member              // the file that is being read
	alone bool                 // there is only one file
	first *collector.FileError // problem of the first left-out file, or of one that says what to do

	Refused     bool // Add failed, or a row was bad: the file's form is not the problem
	Done, Total int64
	told        time.Time
}

// once makes pseudonyms only of real ids: this product's files may already contain pseudonyms.
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

// isPseudonym reports whether a number is too large for the id of a user.
func isPseudonym(id int64) bool { return id >= 1<<62 }

// NoneOfOurs begins the sentence about an unknown file; accepted lists the known ones.
const (
	NoneOfOurs = "it is none of the files that can be imported"
	accepted   = ". Files that can be: JSON of Telethon, telegram-tracker, Telegram Desktop, tdl, 4CAT, Pyrogram and snscrape, and this " +
		"program's Parquet files and bundles"
)

var Bom = []byte("\xef\xbb\xbf")

// Unreadable leaves out a file that is not an archive and reports it. It refuses the upload
// only when the file was given alone, or is a damaged archive.
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

// LooksOurs reports whether an unreadable file has the name of an archive.
func LooksOurs(name string) bool {
	base := path.Base(name)
	return base == "result.json" || strings.HasSuffix(base, "_messages.json") || strings.HasSuffix(base, ".ndjson") ||
		strings.HasSuffix(base, ".jsonl")
}

// tellsMore reports whether only the first problem tells people what to do: in an export as
// web pages, that of a picture or style does not help.
func tellsMore(problem, than string) bool {
	return strings.Contains(problem, "export") && !strings.Contains(than, "export")
}

// NotOfChannels leaves out a valid file without any channel.
func (r *Reader) NotOfChannels(m *Member) error {
	return r.Unreadable(m, NoneOfOurs+": its messages are of chats that are no channels")
}

// OfOtherChats is the key in Dropped for messages left out of a file with channels.
const OfOtherChats = "messages of chats that are no channels"

// Took adds a file that was read to the report.
func (r *Reader) Took(m *Member, kind string, messages int64) {
	r.Report.Files = append(r.Report.Files, FileReport{m.Name, kind, messages})
	if m.cut > 0 {
		r.Drop(map[string]int{longText: m.cut})
	}
}

// Drop counts values that could not be stored.
func (r *Reader) Drop(counts map[string]int) {
	for key, n := range counts {
		key = shorten(key, maxKey)
		if _, ok := r.Report.Dropped[key]; !ok && len(r.Report.Dropped) >= maxKinds {
			key = "others"
		}
		r.Report.Dropped[key] += n
	}
}

// NewReader returns a reader that hands observations to add.
func NewReader(ctx context.Context, o Options, add func(collector.Observations) error) *Reader {
	return &Reader{
		Options: o, Ctx: ctx, Add: add, Conv: tl.Converter{Pseudonym: once(o.Pseudonym)},
		Newest: map[int64]time.Time{}, named: map[string]int64{}, Report: Report{Dropped: map[string]int{}},
	}
}

// ReadAll reads the files with read, which finds out the kind of each.
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
