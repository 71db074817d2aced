package views

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
	Pending bool         // a code was sent already; the form was asked for again
}

// InSandbox reports whether the sandbox is chosen.
func (c Credentials) InSandbox() bool { return c.Sandbox != nil && c.Source == "sandbox" }

// Code is the second step: the login code.
type Code struct {
	Frame
	Form
	Sent    string // the sentence that says where the code went
	Phone   string // as "…01", "" when unknown
	Resent  bool
	Sandbox []SandboxAccount
}

// Password is the third step, for accounts that have two-step verification.
type Password struct {
	Frame
	Form
	Hint    string
	Sandbox []SandboxAccount
}
