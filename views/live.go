package views

import "time"

// Live is one collection in its current state: the fragment that the websocket updates.
type Live struct {
	ID      string
	Socket  string // the websocket's path; "" when nothing changes any more
	Head    Head
	Found   string // says that the channels were found in a snowball, "" when a person named them
	Rows    []Row
	Actions Actions
}

// Update is what changed since the last message of a websocket.
type Update struct {
	Title   string // the page's new title, "" to leave it
	Steps   *Steps
	Head    *Head
	Rows    []Row
	All     bool // Rows has every row: the page may lack some
	Actions *Actions
	Evicted bool // the last update: the page's browser has left the workspace
}

// Head summarizes a collection.
type Head struct {
	Swap     bool   // written for an out-of-band swap
	Heading  string // "Collecting 3 channels"
	Word     string // the state in a word
	Tone     string // run, wait, rest, good or bad: shown with Word, never instead of it
	Messages int64
	Rate     string    // "410/s", "" when unknown
	Left     string    // "about 2 minutes left", "" when unknown
	Sentence string    // what is happening or what happens next
	Until    time.Time // of a wait, for the countdown; zero when there is none
	Say      string    // the sentence for the polite live region
	Again    bool      // the visitor must sign in before it goes on
}

// Row is one channel of a collection.
type Row struct {
	Swap     bool
	Key      string // its id in the page
	Name     string // @username, or the reference as written
	Href     string // its address at Telegram, "" when unknown
	Of       string // "comments of @x", "" for a channel that was requested itself
	Title    string
	Word     string
	Tone     string
	Value    int64 // of Max
	Max      int64 // 0: not known how many there are
	NoBar    bool  // there is nothing to measure
	Done     bool  // the bar is full, whatever the figures
	Figures  string
	Notes    []string
	Sentence string    // why it ended early, or what it waits for
	Until    time.Time // of a wait
}

// Actions are the buttons under a collection.
type Actions struct {
	Swap   bool
	ID     string
	CSRF   string
	Pause  bool
	Resume bool
	GoOn   bool // the account was stopped, and its owner may let it go on
	Web    bool // GoOn is about the web preview
	Cancel bool
	Look   bool // there is something to look at
	Check  bool // the ids without a message are worth asking for again
	Change bool // the list of channels can be changed and tried again
	Reload bool // without JavaScript: show the state now
}

// Collections lists what a workspace has collected, newest first.
type Collections struct {
	Frame
	Items  []CollectionItem
	Import bool // files can be imported
}

// CollectionItem is one line of Collections.
type CollectionItem struct {
	ID        string
	Submitted time.Time
	Channels  string // the first few references
	Word      string
	Tone      string
	Messages  int64
	Depth     int64 // steps of a snowball; 0: named by a person
}

// Work is the page of a workspace with data: the collection, then the tabs.
type Work struct {
	Frame
	Live *Live           // the collection, shown open
	Last *CollectionItem // or the collection in one line

	Imported bool // there is no collection, only imported data
	Look     Look
}
