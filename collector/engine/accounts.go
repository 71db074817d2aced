package engine

import (
	"context"
	"time"

	"telegramtrac/collector"
)

// Accounts is what the holder of the workspaces does for visitors: it signs them in
// and out, looks at channels for them, imports and deletes. The web asks, the holder
// answers; where the two are different processes, NATS is between them (see
// Engine.Accounts and Engine.ServeAccounts), and both sides see this interface.
//
// A visitor is the hash of a visitor's cookie. Every error that comes back over the
// engine is a *collector.Error: the kinds that a method names, Internal around
// ErrNobody where nobody serves, and Network where no answer came in time.
type Accounts interface {
	// SendCode begins to sign in: a code is sent to the phone. The zero SignIn says
	// that no code is needed. Errors: BadCredentials, PhoneInvalid, PhoneUnknown,
	// PhoneBanned, SignInRefused, Flood, Network.
	SendCode(ctx context.Context, in SendCode) (SignIn, error)

	// ResendCode sends another code. Errors: those of SendCode, and SignInExpired.
	ResendCode(ctx context.Context, visitor string) (SignIn, error)

	// EnterCode answers the step "code". Errors: CodeWrong, CodeExpired,
	// SignInExpired, SignInRestarted, SignInRefused, Flood, Network.
	EnterCode(ctx context.Context, in EnterCode) (SignedIn, error)

	// EnterPassword answers the step "password". Errors: PasswordWrong,
	// SignInExpired, SignInRestarted, SignInRefused, Flood, Network.
	EnterPassword(ctx context.Context, in EnterPassword) (SignedIn, error)

	// ShowQR begins to sign in by a QR code, which a phone that is signed in scans.
	// Errors: BadCredentials, SignInRefused, Flood, Network; with Held SignInExpired.
	ShowQR(ctx context.Context, in ShowQR) (QR, error)

	// AskQR tells how a sign-in by QR code stands, and signs in when the code was
	// scanned. It renews the code before it runs out. Errors: SignInExpired, Flood,
	// Network; others, such as SignInRefused, end the sign-in.
	AskQR(ctx context.Context, in AskQR) (QR, error)

	// CancelSignIn forgets the sign-in that waits.
	CancelSignIn(ctx context.Context, visitor string) error

	// NoAccount puts the visitor into a workspace that reads the public web preview.
	NoAccount(ctx context.Context, in NoAccount) (Workspace, error)

	// Look shows what the web preview shows of channels, before anything is collected.
	Look(ctx context.Context, in References) ([]Look, error)

	// Picture fetches the picture of the one channel in References that was looked at.
	Picture(ctx context.Context, in References) (Picture, error)

	// Check finds out whether references name channels that the visitor's account can
	// read. While a collection of the workspace is at work nothing is checked, and the
	// answer is empty: the collection finds out.
	Check(ctx context.Context, in References) ([]Checked, error)

	// LookUps counts how many names would have to be looked up, and how many may be.
	// Nothing is asked of Telegram.
	LookUps(ctx context.Context, in References) (LookUps, error)

	// Standing is how the visitor's account stands with Telegram.
	Standing(ctx context.Context, visitor string) (collector.Standing, error)

	// GoOn lets the account send again after the guard has stopped it.
	GoOn(ctx context.Context, visitor string) error

	// SignOut logs out at Telegram and drops the session. Errors: Network, Flood and
	// others where the session could not be ended at Telegram; then nothing was changed.
	SignOut(ctx context.Context, in Leave) (Left, error)

	// SignOutEverywhere is SignOut, and every browser leaves the workspace.
	SignOutEverywhere(ctx context.Context, in Leave) (Left, error)

	// Delete logs out, stops the collections and deletes all data of the workspace.
	Delete(ctx context.Context, visitor string) (Left, error)

	// StartImport begins to import an upload, and returns before that is done. Where
	// an import was on already, that one is returned and the upload is not taken.
	StartImport(ctx context.Context, in StartImport) (collector.Import, error)

	// ImportState is how far the last import is; the zero one when there was none.
	ImportState(ctx context.Context, visitor string) (collector.Import, error)

	// CancelImport stops the import that is on.
	CancelImport(ctx context.Context, visitor string) error

	// Alive is answered by whoever holds workspaces.
	Alive(ctx context.Context) error
}

// SendCode is what a person typed to sign in by a code.
type SendCode struct {
	Visitor string `json:"visitor"`
	Source  string `json:"source"` // one of collector's Source constants
	APIID   int    `json:"api_id"`
	APIHash string `json:"api_hash"`
	Phone   string `json:"phone"`
	From    string `json:"from,omitempty"` // the visitor whom Visitor takes the place of once signed in; "": none
}

// ShowQR is what a person typed to sign in by a QR code.
type ShowQR struct {
	Visitor string `json:"visitor"`
	Source  string `json:"source"`
	APIID   int    `json:"api_id"`
	APIHash string `json:"api_hash"`
	Held    bool   `json:"held,omitempty"` // instead of Source, APIID and APIHash: those of the visitor's sign-in that waits
	From    string `json:"from,omitempty"` // as in SendCode
}

// AskQR asks how a sign-in by QR code stands.
type AskQR struct {
	Visitor string `json:"visitor"`
	Now     bool   `json:"now"` // ask Telegram, even where it has not told that the code was scanned
}

// QR is how a sign-in by QR code stands. It is never stored.
type QR struct {
	SignIn SignIn `json:"sign_in"` // at StepQR or, when the code was scanned, StepPassword; zero: signed in
	Link   string `json:"link"`    // to show as the code: a secret, of StepQR
	Number string `json:"number"`  // names the code without telling it
	SignedIn
}

// Leave asks to log out.
type Leave struct {
	Visitor string `json:"visitor"`
	Anyway  bool   `json:"anyway"` // forget the session also where Telegram cannot be told
}

// Left is what became of a workspace that somebody left.
type Left struct {
	// why the session could not be ended at Telegram, where it goes on (SignedOut: no key opens it); "": it is ended, or there was none
	Unreached   collector.Kind `json:"unreached"`
	Session     bool           `json:"session"` // a sealed session was deleted
	Deleted     bool           `json:"deleted"` // and everything else, which the rest counts
	Channels    int64          `json:"channels"`
	Messages    int64          `json:"messages"`
	Collections int            `json:"collections"`
}

// EnterCode is the login code that a person typed.
type EnterCode struct {
	Visitor string `json:"visitor"`
	Code    string `json:"code"`
}

// EnterPassword is the two-step verification password that a person typed.
type EnterPassword struct {
	Visitor  string `json:"visitor"`
	Password string `json:"password"`
}

// References are channels as a visitor wrote them.
type References struct {
	Visitor    string   `json:"visitor"`
	References []string `json:"references"`
}

// LookUps is what a list of references costs in look-ups, of which an account has few
// a day.
type LookUps struct {
	New  int            `json:"new"`  // names among them that the account has not met
	Next collector.Next `json:"next"` // what is left of the day's look-ups, and when the next may go
}

// NoAccount asks for a workspace that reads the public web preview: of Telegram
// (Source preview), or of the sandbox's channels (Source sandbox).
type NoAccount struct {
	Visitor string `json:"visitor"`
	Source  string `json:"source"`
}

// Look is what the public web preview shows of one channel, or why it shows
// nothing: NotFound, NotAChannel, Private, Restricted, NoPreview; Flood, Guarded
// and Network when nobody can tell now.
type Look struct {
	Reference string              `json:"reference"`
	Channel   collector.Channel   `json:"channel"`
	Picture   bool                `json:"picture,omitempty"` // it has one: see Accounts.Picture
	Messages  []collector.Message `json:"messages"`          // the last few, newest first
	Error     collector.Kind      `json:"error"`
	Detail    string              `json:"detail,omitempty"`
	RetryAt   time.Time           `json:"retry_at,omitzero"`
}

// Picture is a channel's picture as the web preview shows it.
type Picture struct {
	Type string `json:"type"` // an image type that is safe to pass on
	Body []byte `json:"body"`
}

// Checked is what became of one reference: Error is "" for a channel that can be
// read.
type Checked struct {
	Reference string         `json:"reference"`
	Error     collector.Kind `json:"error"`
	Detail    string         `json:"detail,omitempty"`
}

// SignedIn says where a visitor stands after a step.
type SignedIn struct {
	Password  bool      `json:"password"`       // the account has a password, which is asked next
	Hint      string    `json:"hint,omitempty"` // the person's own hint to it
	Workspace Workspace `json:"workspace"`      // zero while Password
	Brought   Brought   `json:"brought,omitzero"`
}

// Brought is what a visitor collected without an account, and what came along
// into the account's workspace.
type Brought struct {
	Channels int64 `json:"channels,omitempty"`
	Later    bool  `json:"later,omitempty"` // it, or some of it, is still under way
}

// Steps of a SignIn.
const (
	StepCode     = "code"
	StepQR       = "qr"
	StepPassword = "password"
)

// SignIn is the step at which a visitor's sign-in waits. It survives a restart.
// The zero SignIn is none.
type SignIn struct {
	Step       string    `json:"step"`
	Source     string    `json:"source"`
	APIID      int       `json:"api_id"`
	Sealed     []byte    `json:"sealed"`      // api_hash, phone, phone_code_hash and session, sealed by account
	PhoneHint  string    `json:"phone_hint"`  // the last two digits
	CodeVia    string    `json:"code_via"`    // how the code was sent, one of telegram's Via constants
	CodeAbout  string    `json:"code_about"`  // what Telegram tells of the code beside it, as the hidden address of an email; never the number
	CodeDigits int       `json:"code_digits"` // how many digits it has; 0: unknown, or no digits
	Hint       string    `json:"hint"`        // to the password
	SentAt     time.Time `json:"sent_at"`
	ResendAt   time.Time `json:"resend_at"` // before it another code is not sent
	Expires    time.Time `json:"expires"`   // after it the step is forgotten; zero: never
	Workspace  string    `json:"workspace"` // which it will lead to, once known
}

// StartImport asks to import an upload into the visitor's workspace.
type StartImport struct {
	Visitor  string                 `json:"visitor"`
	Upload   string                 `json:"upload"`
	Files    []collector.ImportFile `json:"files"`
	Personal bool                   `json:"personal"`
}
