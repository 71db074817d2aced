package bucket

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"time"
)

// Names of folders and files of a dataset.
const (
	MessagesDir = "messages"
	ChannelsDir = "channels"
	PeersDir    = "peers"
	VersionsDir = "versions"
	ReceiptsDir = "receipts"
	RecordsDir  = "imported"
	PartSuffix  = ".parquet"
	TempSuffix  = ".tmp"

	DamagedSuffix = ".damaged" // of a file that was set aside
	DerivedSuffix = ".derived" // of what is derived of a file, beside it
)

// Files are a dataset's files, each under a name with slashes. One is there whole, for
// good, or not at all, and never changes. [Folder] has them on a disk; nothing in the
// four first methods needs more than an object store gives.
type Files interface {
	// Put writes a file for good and returns its size. It fails with fs.ErrExist when the
	// name is taken. What write is given may be read back, and is not the file yet.
	Put(name string, write func(*os.File) error) (size int64, err error)

	// Open opens a file, or fails with fs.ErrNotExist. Whoever has it open reads on
	// when it is deleted.
	Open(name string) (File, error)

	// List lists a folder; one that is not there is empty. It returns last, what it said
	// before or nil, where nothing can have changed since.
	List(dir string, last *Listing) (*Listing, error)

	// PutAnew writes a file that can be made again, in place of one of its name, into a
	// folder that is there. After a crash it may be there in part.
	PutAnew(name string, write func(*os.File) error) error

	// Delete removes a file with what is derived of it, or a folder that is empty. It need
	// not be there.
	Delete(name string) error

	// Claim opens a file that is to be replaced, when nobody else has claimed it, until
	// it is closed. It fails with fs.ErrNotExist where it is not there any more.
	Claim(name string) (File, error)

	// Replace sets a file aside, under its name with DamagedSuffix, after it has put
	// another beside it; write is nil where there is none. It makes no folder. What is
	// derived of the file goes.
	Replace(name, by string, write func(*os.File) error) error

	// Ship begins a shipment: files that come in all at once.
	Ship(name string) (*Shipment, error)
}

// Listing is what lies in a folder, ascending.
type Listing struct {
	Files, Folders []string

	modified, listed time.Time // of a Folder: when the folder changed last, and when this was read
}

// File is an open file.
type File interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Has reports whether a file is there. It fails where that cannot be told, as when too
// many files are open.
func Has(in Files, name string) (bool, error) {
	f, err := in.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, f.Close()
}

// Walk calls do with the name of every file in a folder and those within it.
func Walk(in Files, dir string, do func(name string)) error {
	all, err := in.List(dir, nil)
	if err != nil {
		return err
	}
	for _, name := range all.Files {
		do(path.Join(dir, name))
	}
	for _, name := range all.Folders {
		if err := Walk(in, path.Join(dir, name), do); err != nil {
			return err
		}
	}
	return nil
}
