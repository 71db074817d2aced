package views

import "telegramtrac/collector"

// Import is the page that imports files of other tools.
type Import struct {
	Frame
	Form
	MaxBytes int64 // of one upload
	Sandbox  bool  // the workspace is the sandbox's
	On       bool  // an import is under way: there is no form
	State    *ImportState
}

// ImportState is the progress of an import, or its result.
type ImportState struct {
	Poll      bool // it still changes: the page polls every second
	CSRF      string
	Heading   string
	Word      string // the state in a word
	Tone      string // run, rest, good or bad
	Sentence  string
	Value     int64 // of Max
	Max       int64 // 0: not known
	Figures   string
	Files     []string // the first few names
	FilesMore int64
	Cancel    bool // it can be stopped
	Done      bool // Result is set

	Result    collector.Import
	Apart     []string // sentences about channels that stay apart
	Channels  []ImportedChannel
	Dropped   []ImportDropped
	Technical []ImportDropped // those that do not describe a message
}

// ImportedChannel counts what an import did with one channel's messages.
type ImportedChannel struct {
	collector.Imported
	Name string // @username, or the number
}

// ImportDropped is a kind of value that has no place in the dataset.
type ImportDropped struct {
	What  string
	Count int
}
