package collector

import "time"

// Import is one import of uploaded files into a workspace: how far it is, or
// what came of it. A workspace has one at a time, and keeps the last.
type Import struct {
	ID          string       `json:"id"` // of the upload; "": there is none
	State       State        `json:"state"`
	Step        ImportStep   `json:"step,omitempty"` // while Running
	Personal    bool         `json:"personal"`
	Sandbox     bool         `json:"sandbox"` // the workspace is the sandbox's
	Files       []ImportFile `json:"files"`
	SubmittedAt time.Time    `json:"submitted_at"`
	FinishedAt  *time.Time   `json:"finished_at"`
	Attempts    int          `json:"attempts"` // how often it was begun; more than once where the program was killed

	Done  int64 `json:"done"` // of Total, of the step
	Total int64 `json:"total"`

	Error ImportError `json:"error,omitempty"`
	Fault *FileError  `json:"fault,omitempty"` // with ImportBadFile

	Read         []ImportedFile `json:"read,omitempty"`          // the first MaxImportList
	ReadMore     int            `json:"read_more,omitempty"`     // how many more
	LeftOut      []string       `json:"left_out,omitempty"`      // the first MaxImportList files and chats that are no archives and channels
	LeftOutMore  int            `json:"left_out_more,omitempty"` // how many more
	Dropped      map[string]int `json:"dropped,omitempty"`       // by what they are: values that have no place here
	LocalDay     bool           `json:"local_day,omitempty"`     // a file has local times only, which were taken for UTC
	Channels     []Imported     `json:"channels,omitempty"`      // the first MaxImportList
	ChannelsMore int            `json:"channels_more,omitempty"`
	Sum          Imported       `json:"sum"` // of all channels
}

// MaxImportList is how many lines each list of an Import has, at most.
const MaxImportList = 500

// ImportFile is a file that was uploaded.
type ImportFile struct {
	Name   string `json:"name"`
	Folder bool   `json:"folder,omitempty"` // one of a folder's: left out where it is no archive
}

// ImportedFile is a file that was read.
type ImportedFile struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"` // what it is, in words
	Messages int64  `json:"messages"`
}

// ImportStep is what a running import does.
type ImportStep string

// Steps of a running import, in their order.
const (
	ImportReading ImportStep = "reading" // the files, bytes twice
	ImportMerging ImportStep = "merging" // observations into the dataset
	ImportTidying ImportStep = "tidying" // channels: everything is in already
)

// ImportError says why an import failed; nothing of it is in the dataset then.
type ImportError string

// Errors of an Import.
const (
	ImportBadFile     ImportError = "bad_file"    // see Fault
	ImportInvented    ImportError = "invented"    // the sandbox's channels, for a real workspace
	ImportReal        ImportError = "real"        // real channels, for a workspace of the sandbox
	ImportFull        ImportError = "full"        // the disk
	ImportQuota       ImportError = "quota"       // the workspace would hold more than it may
	ImportInterrupted ImportError = "interrupted" // the program was stopped each time it was tried
	ImportInternal    ImportError = "internal"
)
