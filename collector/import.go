package collector

import (
	"slices"
	"time"
)

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
	Attempts    int          `json:"attempts"`          // how often it was begun; more than once where the program was killed
	Crashes     int          `json:"crashes,omitempty"` // how many processes its files have crashed

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
	Apart        []TakenOver    `json:"apart,omitempty"` // the first MaxImportList channels that stay under a number made of their username
	ApartMore    int            `json:"apart_more,omitempty"`
	Sum          Imported       `json:"sum"` // of all channels
}

// MaxImportList is how many lines each list of an Import has, at most.
const MaxImportList = 500

// Shortened is the beginning of a list of an Import, and how much it leaves out.
func Shortened[T any](all []T) ([]T, int) {
	if more := len(all) - MaxImportList; more > 0 {
		return slices.Clone(all[:MaxImportList]), more
	}
	return all, 0
}

// technical are values without a place that say nothing of a message or channel: where
// a picture lay on Telegram's servers, what concerned the account alone that made the
// file, and what the names of today's keys say as well.
var technical = map[string]bool{
	"Channel.version": true, "Chat.admins_enabled": true, "Document.version": true, "WebDocument.dc_id": true,
	"ChatPhoto.photo_big": true, "ChatPhoto.photo_small": true, "UserProfilePhoto.photo_big": true, "UserProfilePhoto.photo_small": true,
	"PhotoSize.location": true, "PhotoCachedSize.location": true, "PhotoSizeProgressive.location": true, "VideoSize.location": true,
	"PeerNotifySettings.sound": true, "ReactionCount.chosen": true, "ChatInviteEmpty": true,
	"StickerSet.animated": true, "StickerSet.installed": true, "StickerSet.videos": true,
	"ThemeSettings.message_bottom_color": true, "ThemeSettings.message_top_color": true,
	"InlineButtonTypeUrlAuth.bot": true, "InlineButtonTypeUrlAuth.request_write_access": true,
}

// Technical reports whether a value that has no place, as Import.Dropped names it, says
// nothing of a message or channel.
func Technical(what string) bool { return technical[what] }

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
	ImportOpenFiles   ImportError = "open_files"  // the computer has too many files open
	ImportQuota       ImportError = "quota"       // the workspace would hold more than it may
	ImportInterrupted ImportError = "interrupted" // the program was stopped each time it was tried
	ImportMemory      ImportError = "memory"      // the files take more memory to read than there may be
	ImportTime        ImportError = "time"        // or more time
	ImportCrashed     ImportError = "crashed"     // they crash what reads them
	ImportInternal    ImportError = "internal"
)
