package views

// Trac is the form that names channels.
type Trac struct {
	Frame
	Form
	Channels    string // as typed
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
	Glance      Glance
	Keeping     Keeping
	NoAccount   bool // the web preview is read: it has no comments
	Import      bool // files can be imported
	LookUps     LookUps
	Held        string // says why a new collection waits, "" when it does not
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
