package collector

import (
	"slices"
	"time"
)

// Import is an import of uploaded files into a workspace: its progress, or its result. A
// workspace has one import at a time; the last one is stored.
type Import struct {
	ID          string       `json:"id"` // of the upload; "": no import
	State       State        `json:"state"`
	Step        ImportStep   `json:"step,omitempty"` // while Running
	Personal    bool         `json:"personal"`
	Sandbox     bool         `json:"sandbox"` // the workspace belongs to the sandbox
	Files       []ImportFile `json:"files"`
	SubmittedAt time.Time    `json:"submitted_at"`
	FinishedAt  *time.Time   `json:"finished_at"`
	Attempts    int          `json:"attempts"`          // how often it was started; more than once if the program was killed
	Crashes     int          `json:"crashes,omitempty"` // how many processes its files have crashed

	Done  int64 `json:"done"` // of Total, in this step
	Total int64 `json:"total"`

	Error ImportError `json:"error,omitempty"`
	Fault *FileError  `json:"fault,omitempty"` // with ImportBadFile

	Read         []ImportedFile `json:"read,omitempty"`          // the first MaxImportList
	ReadMore     int            `json:"read_more,omitempty"`     // how many more
	LeftOut      []string       `json:"left_out,omitempty"`      // the first MaxImportList files and chats that are not archives or channels
	LeftOutMore  int            `json:"left_out_more,omitempty"` // how many more
	Dropped      map[string]int `json:"dropped,omitempty"`       // how many values were not imported, by type
	LocalDay     bool           `json:"local_day,omitempty"`     // a file has only local times, which were read as UTC
	Channels     []Imported     `json:"channels,omitempty"`      // the first MaxImportList
	ChannelsMore int            `json:"channels_more,omitempty"`
	Apart        []TakenOver    `json:"apart,omitempty"` // the first MaxImportList channels that remain under a MadeID
	ApartMore    int            `json:"apart_more,omitempty"`
	Sum          Imported       `json:"sum"` // of all channels
}

// MaxImportList is how many entries each list of an Import has at most.
const MaxImportList = 500

// Shortened returns the beginning of a list for an Import, and how many entries it omits.
func Shortened[T any](all []T) ([]T, int) {
	if more := len(all) - MaxImportList; more > 0 {
		return slices.Clone(all[:MaxImportList]), more
	}
	return all, 0
}

// technical are dropped values that say nothing about a message or channel: where a picture was
// on Telegram's servers, data of the account that made the file, and duplicates of current
// keys.
var technical = map[string]bool{
	"Channel.version": true, "Chat.admins_enabled": true, "Document.version": true, "WebDocument.dc_id": true,
	"ChatPhoto.photo_big": true, "ChatPhoto.photo_small": true, "UserProfilePhoto.photo_big": true, "UserProfilePhoto.photo_small": true,
	"PhotoSize.location": true, "PhotoCachedSize.location": true, "PhotoSizeProgressive.location": true, "VideoSize.location": true,
	"PeerNotifySettings.sound": true, "ReactionCount.chosen": true, "ChatInviteEmpty": true,
	"StickerSet.animated": true, "StickerSet.installed": true, "StickerSet.videos": true,
	"ThemeSettings.message_bottom_color": true, "ThemeSettings.message_top_color": true,
	"InlineButtonTypeUrlAuth.bot": true, "InlineButtonTypeUrlAuth.request_write_access": true,
}

// Technical reports whether a dropped value, as named in Import.Dropped, says nothing about a
// message or channel.
func Technical(what string) bool { return technical[what] }

// ImportFile is an uploaded file.
type ImportFile struct {
	Name   string `json:"name"`
	Folder bool   `json:"folder,omitempty"` // from an uploaded folder: skipped if it is not an archive
}

// ImportedFile is a file that was read.
type ImportedFile struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"` // its format, in words
	Messages int64  `json:"messages"`
}

// ImportStep is the current step of a running import.
type ImportStep string

// Steps of a running import, in their order.
const (
	ImportReading ImportStep = "reading" // the files, bytes twice
	ImportMerging ImportStep = "merging" // observations into the dataset
	ImportTidying ImportStep = "tidying" // channels: all observations are merged
)

// ImportError is why an import failed; then nothing of it is in the dataset.
type ImportError string

// Errors of an Import.
const (
	ImportBadFile     ImportError = "bad_file"    // see Fault
	ImportInvented    ImportError = "invented"    // channels of the sandbox, in a real workspace
	ImportReal        ImportError = "real"        // real channels, in a workspace of the sandbox
	ImportFull        ImportError = "full"        // the disk is full
	ImportOpenFiles   ImportError = "open_files"  // the computer has too many files open
	ImportQuota       ImportError = "quota"       // the workspace would exceed its limit
	ImportInterrupted ImportError = "interrupted" // the program was stopped each time it was tried
	ImportMemory      ImportError = "memory"      // reading the files would exceed the memory limit
	ImportTime        ImportError = "time"        // reading the files exceeded the time limit
	ImportCrashed     ImportError = "crashed"     // the files crash the reader
	ImportInternal    ImportError = "internal"
)
