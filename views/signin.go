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

// SandboxAccount is somebody who can sign in at the sandbox.
type SandboxAccount struct {
	Phone    string // as +9996620001
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
	Sandbox *SandboxInfo // nil: not offered
	Lent    bool         // the host lends its api_id to those who bring none
	Preview bool         // going on without an account is offered
	Along   int64        // channels, collected without an account, that come along
	Import  bool         // and from there importing files
	Attempt string       // names this form, so that sending it twice begins one sign-in
	Pending bool         // a code was sent already; the form was asked for again
}

// OwnOpen reports whether the fields for one's own api_id stand open.
func (c Credentials) OwnOpen() bool { return c.APIID != "" || c.APIHash != "" }

// Open reports whether the fields for one's own api_id are shown: they are filled in,
// or something is wrong with them.
func (c Credentials) Open() bool {
	return c.OwnOpen() || len(c.Wrong("api_id").Sentences)+len(c.Wrong("api_hash").Sentences) > 0
}

// Filled reports whether the form stands as the sandbox fills it in.
func (c Credentials) Filled() bool { return len(c.Mistakes) == 0 }

// Carried is what the later forms carry of the first.
type Carried struct{ Source, APIID string }

// InSandbox reports whether the sandbox is chosen.
func (c Credentials) InSandbox() bool { return c.Sandbox != nil && c.Source == "sandbox" }

// Code is the second step: the login code.
type Code struct {
	Frame
	Form
	Sent    string // the sentences that say where the code went
	Words   bool   // it is a word or a phrase
	Page    string // where it can be read; "": on no page
	Phone   string // as "…01", "" when unknown
	Resent  bool
	Sandbox []SandboxAccount
	Carried Carried

	ResendAt time.Time // when another code may be asked for; zero: now
	ResendIn string    // how long that is, as "20 seconds"
}

// QR is the second step for those who sign in by a QR code.
type QR struct {
	Frame
	Only    bool // what changes alone, for the page that asks again and again
	Source  string
	Number  string       // of the code that is shown
	Link    template.URL // the code, for the device that the page is open on; a secret
	Size    int          // squares on a side
	Path    string       // the dark ones
	Trouble string       // why there is no code
	Sandbox []SandboxAccount
}

// LoggedOut is what those see who logged out.
type LoggedOut struct {
	Frame
	Deleted   []string // what was deleted, as "3 channels"
	All       bool     // everything, not only the session
	DataStays bool     // collected data stays
	Unreached bool     // the session could not be ended at Telegram
	Why       string   // the sentence
}

// Stuck is what those see who cannot be logged out at Telegram.
type Stuck struct {
	Frame
	Why    string
	Action string // the address of the form, to try again
	Others bool   // the other browsers have left all the same
}

// Password is the third step, for accounts that have two-step verification.
type Password struct {
	Frame
	Form
	Hint    string
	Sandbox []SandboxAccount
	Carried Carried
}
