// Package intake reads uploads in a process of their own: the program starts itself again as a
// reader, with bounded memory, processor time, open files and size of files. Files come from
// strangers, and the worst of them can end only their reader and their own import.
//
// The reader gets a Job as one line of JSON on its standard input, which stays open: when it
// closes, the program is gone, and the reader ends too. On its standard output it writes lines
// of JSON: its progress, which channels it met, and its outcome. It stages what it reads in
// the upload's folder. The program uses only a staging that the reader reports as complete, so
// a kill at any time loses and doubles nothing: the upload is read again. The reader has no
// access to records, leases or the dataset.
//
// [Main] is the reader's side, [Program.Read] the program's.
package intake

import (
	"fmt"
	"os"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

// Job is what a reader is to read, and its limits.
type Job struct {
	Files  []input.File `json:"files"`
	Folder string       `json:"folder"` // of the upload: for what is unpacked and staged
	Key    []byte       `json:"key"`    // of the workspace's pseudonyms; empty: personal
	Limits Limits       `json:"limits"`
}

// Limits are a reader's limits. On a platform without them the reader itself watches its
// memory, and the program the time.
type Limits struct {
	Memory   int64         `json:"memory"`    // bytes
	CPU      time.Duration `json:"cpu"`       // of all its threads
	Wall     time.Duration `json:"wall"`      // by the clock
	Files    uint64        `json:"files"`     // open at the same time
	FileSize uint64        `json:"file_size"` // bytes of one that it writes
}

// LimitsFor returns the limits for files of size bytes together. Honest files take a second
// for some megabytes of JSON; a ZIP file has ten times its size of it.
func LimitsFor(size int64) Limits {
	cpu := time.Minute + time.Duration(size>>20)*10*time.Second
	return Limits{Memory: 240 << 20, CPU: cpu, Wall: 2*time.Minute + 6*cpu, Files: 512, FileSize: uint64(max(1<<30, 100*size)) + 64<<20}
}

// Seen is a channel as named by rows of a source.
type Seen struct {
	ChannelID int64  `json:"channel_id"`
	Username  string `json:"username,omitempty"`
	Source    string `json:"source"`
}

// Result is what was read, and where it is staged.
type Result struct {
	Staging string   `json:"staging"` // folder of a staging.Staging
	Sources []string `json:"sources"` // of the rows

	Files       []input.FileReport `json:"files"` // the first collector.MaxImportList
	FilesMore   int                `json:"files_more"`
	LeftOut     []string           `json:"left_out"` // the first collector.MaxImportList
	LeftOutMore int                `json:"left_out_more"`
	Dropped     map[string]int     `json:"dropped"`
	LocalDay    bool               `json:"local_day"`
}

// line is one line that a reader writes.
type line struct {
	Done   int64                `json:"done,omitempty"`
	Total  int64                `json:"total,omitempty"`
	Seen   []Seen               `json:"seen,omitempty"`
	Result *Result              `json:"result,omitempty"`
	Fault  *collector.FileError `json:"fault,omitempty"`
	Full   bool                 `json:"full,omitempty"`   // the disk is full
	Failed string               `json:"failed,omitempty"` // for the log
}

// LimitError says which limit a reader exceeded. The same files will exceed it again.
type LimitError struct {
	What string // memory or time
}

func (e *LimitError) Error() string {
	return "files take more " + e.What + " to read than an import may"
}

// CrashError says that a reader ended without an outcome.
type CrashError struct {
	State string   // of the process
	At    []string // names of the functions in which it ended
}

func (e *CrashError) Error() string {
	return fmt.Sprintf("a reader of files crashed: %s in %v", e.State, e.At)
}

// readerArg is the argument that makes the program a reader. No person types it.
const readerArg = "read-upload-for-its-parent"

// asReader is set in a reader's environment: a reader starts no other.
const asReader = "TELEGRAMTRAC_READER"

// IsReader reports whether this process was started as a reader: then call Main before
// anything else, and exit with its code.
func IsReader() bool {
	return len(os.Args) == 2 && os.Args[1] == readerArg && os.Getenv(asReader) != ""
}
