package views

import (
	"html/template"
	"time"
)

// SandboxInfo is what people need to know to use the sandbox.
type SandboxInfo struct {
	APIID    int
	APIHash  string
	Accounts []SandboxAccount
	Channels []SandboxChannel
}

// SandboxAccount is an account that can sign in at the sandbox.
type SandboxAccount struct {
	Phone    string // like +9996620001
	Code     string
	Password string // "": the account has none
}

// SandboxChannel is a channel of the sandbox's world.
type SandboxChannel struct {
	Username string // without @
	Title    string
	About    string // one line
}

// Credentials is the first step: where to sign in, and with what.
type Credentials struct {
	Frame
	Form
	Source  string // telegram or sandbox
	APIID   string
	APIHash string
	Phone   string
	Sandbox *SandboxInfo // nil: the sandbox is not offered
	Lent    bool         // the host lends its api_id to those who enter none
	Preview bool         // going on without an account is offered
	Along   int64        // channels, collected without an account, that will be brought along
	Import  bool         // importing files without an account is offered
	Attempt string       // names this form, so that sending it twice begins one sign-in
	Pending bool         // a code was sent already; the form was asked for again
}

// OwnOpen reports whether one's own api_id or api_hash was filled in.
func (c Credentials) OwnOpen() bool { return c.APIID != "" || c.APIHash != "" }

// Open reports whether the fields for one's own api_id are shown: they are filled in,
// or something is wrong with them.
func (c Credentials) Open() bool {
	return c.OwnOpen() || len(c.Wrong("api_id").Sentences)+len(c.Wrong("api_hash").Sentences) > 0
}

// Filled reports whether the form is as the sandbox fills it in.
func (c Credentials) Filled() bool { return len(c.Mistakes) == 0 }

// Carried is what the later forms carry along from the first.
type Carried struct{ Source, APIID string }

// InSandbox reports whether the sandbox is chosen.
func (c Credentials) InSandbox() bool { return c.Sandbox != nil && c.Source == "sandbox" }

// Code is the second step: the login code.
type Code struct {
	Frame
	Form
	Sent    string // the sentences that say where the code went
	Words   bool   // the code is a word or a phrase
	Page    string // the web page where it can be read; "": none
	Phone   string // like "…01", "" when unknown
	Resent  bool
	Sandbox []SandboxAccount
	Carried Carried

	ResendAt time.Time // when another code may be asked for; zero: now
	ResendIn string    // how long that is, like "20 seconds"
}

// QR is the second step for those who sign in by a QR code.
type QR struct {
	Frame
	Only    bool // only the part that changes, for a page that polls
	Source  string
	Number  string       // of the code that is shown
	Link    template.URL // the code, for the device that the page is open on; a secret
	Size    int          // squares on a side
	Path    string       // the dark squares, as an SVG path
	Trouble string       // why there is no code
	Sandbox []SandboxAccount
}

// LoggedOut is the page after logging out.
type LoggedOut struct {
	Frame
	Deleted   []string // what was deleted, like "3 channels"
	All       bool     // everything was deleted, not only the session
	DataStays bool     // the collected data was not deleted
	Unreached bool     // the session could not be ended at Telegram
	Why       string   // why that was, in a sentence
}

// Stuck is the page for a visitor who cannot be logged out at Telegram.
type Stuck struct {
	Frame
	Why    string
	Action string // the form's address, to try again
	Others bool   // the other browsers were removed all the same
}

// Password is the third step, for accounts that have two-step verification.
type Password struct {
	Frame
	Form
	Hint    string
	Sandbox []SandboxAccount
	Carried Carried
}
