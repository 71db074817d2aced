package views

// Trac is the form that names channels.
type Trac struct {
	Frame
	Form
	Channels    string // as typed
	Aside       Aside
	Columns     []ColumnChoice
	Since       string // YYYY-MM-DD or as typed
	Until       string
	Last        string // a number of messages, or as typed
	AgainDays   string // a number of days, or as typed
	DetailsOnly bool
	Comments    bool
	Personal    bool
	Depth       string  // steps of a snowball, kept from an earlier collection, "" for none
	Found       string  // says so, "" when there is nothing to say
	Offers      []Offer // of the sandbox; empty elsewhere
	Again       bool    // the workspace has collections already
	LookFirst   LookFirst
	Keeping     Keeping
	NoAccount   bool // the web preview is read: it has no comments
	Import      bool // files can be imported
	LookUps     LookUps
	Held        string // says why a new collection waits, "" when it does not
}

// Aside is what was named and cannot be read, beside what can.
type Aside struct {
	Text      string // one a line, to be mended
	Sentences []string
	Names     int64 // how many names can be read
	Out       int64 // how many cannot
	Ready     bool  // one may go on without them
}

// More is how many have no sentence of their own.
func (a Aside) More() int64 { return a.Out - int64(len(a.Sentences)) }

// GoOn is what the button says that starts with the rest.
func (a Aside) GoOn() string {
	return "Go on with " + Count(a.Names) + ", leave out " + Count(a.Out)
}

// ColumnChoice is a column of a table that may hold the names.
type ColumnChoice struct {
	File   string // "" for what was typed
	Header string
	Sample string // its first few cells
	Value  string // the whole column, as the form carries it
	Likely int64  // cells that can be read as names
	Cells  int64
}

// LookUpsFragment is the template of LookUps.
const LookUpsFragment = "look-ups"

// LookUps says what the names in the form cost; where it says nothing, there is no
// account, or nobody can tell.
type LookUps struct{ Sentence string }

// Narrowed reports whether something under "Narrow it down" is in use.
func (t Trac) Narrowed() bool {
	return t.Since != "" || t.Until != "" || t.Last != "" || t.AgainDays != "" || t.DetailsOnly
}

// Offer is a channel that can be ticked instead of typed.
type Offer struct {
	SandboxChannel
	Ticked bool
}
