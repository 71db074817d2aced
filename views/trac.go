package views

import "telegramtrac/collector"

// Trac is the form that names channels.
type Trac struct {
	Frame
	Form
	Named
	Narrowing
	Into      ListChoice
	Found     string  // a sentence about Depth, "" for none
	Offers    []Offer // of the sandbox; empty elsewhere
	Again     bool    // the workspace already has collections
	LookFirst LookFirst
	Keeping   Keeping
	NoAccount bool // only the web preview is read, which has no comments
	Import    bool // files can be imported
	LookUps   LookUps
	Held      string // says why a new collection waits, "" when it does not
}

// Narrow are the fields under "Narrow it down".
func (t Trac) Narrow() Narrow { return Narrow{t.Form, t.Narrowing} }

// Columned is the choice of a column of a table.
func (t Trac) Columned() Columned { return Columned{t.Form, t.Columns} }

// Named are the fields about which channels are meant.
type Named struct {
	Channels string // as typed
	Aside    Aside
	Columns  []ColumnChoice
}

// Narrowing is what the trac form says besides the channels, as typed.
type Narrowing struct {
	Since       string // YYYY-MM-DD
	Until       string
	Last        string // a number of messages
	AgainDays   string // a number of days
	DetailsOnly bool
	Comments    bool
	CommentsBy  string // a collector.Reach
	Personal    bool
	Depth       string // steps of a snowball, from an earlier collection, "" for none; carried in the form, never typed
}

// Aside is the names that cannot be read, beside others that can.
type Aside struct {
	Text      string // one per line, to be corrected
	Sentences []string
	Names     int64 // how many names can be read
	Out       int64 // how many cannot
	Ready     bool  // it is possible to go on without them
	Adds      bool  // it adds channels to a list, and collects nothing
}

// More is how many unreadable names have no sentence.
func (a Aside) More() int64 { return a.Out - int64(len(a.Sentences)) }

// GoOn is the text of the button that goes on with the readable names.
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

// LookUps says how many look-ups the names in the form need; Sentence is "" without an
// account, or if that is not known.
type LookUps struct{ Sentence string }

// Reaches are the choices of which comments are collected.
func (t Narrowing) Reaches() []Choice {
	out := []Choice{
		{Value: string(collector.ByFit), Label: "Of the posts where dates or a number are given, else the whole group"},
		{Value: string(collector.ByPost), Label: "All comments of the posts, post by post"},
		{Value: string(collector.ByGroup), Label: "The whole group, with what was said besides"},
	}
	for i := range out {
		out[i].Current = out[i].Value == t.CommentsBy
	}
	return out
}

// Narrowed reports whether something under "Narrow it down" is in use.
func (t Narrowing) Narrowed() bool {
	return t.Since != "" || t.Until != "" || t.Last != "" || t.AgainDays != "" || t.DetailsOnly
}

// Offer is a channel that can be ticked instead of typed.
type Offer struct {
	SandboxChannel
	Ticked bool
}
