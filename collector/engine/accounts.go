package engine

import (
	"context"
	"time"

	"telegramtrac/collector"
)

// Accounts is what the holder of the workspaces does for visitors: it signs them in and out,
// looks at channels for them, imports and deletes. The web calls it and the holder answers,
// over NATS (see Engine.Accounts and Engine.ServeAccounts); both use this interface.
//
// A visitor is the hash of a visitor's cookie. Every error that comes back over the engine is
// a *collector.Error: the kinds that a method names, Internal around ErrNobody where nobody
// serves, and Network where no answer came in time.
type Accounts interface {
	// SendCode begins a sign-in: Telegram sends a code to the phone. The zero SignIn means
	// that no code is needed. Errors: BadCredentials, PhoneInvalid, PhoneUnknown, PhoneBanned,
	// SignInRefused, Flood, Network.
	SendCode(ctx context.Context, in SendCode) (SignIn, error)

	// ResendCode sends another code. Errors: those of SendCode, and SignInExpired.
	ResendCode(ctx context.Context, visitor string) (SignIn, error)

	// EnterCode answers the step "code". Errors: CodeWrong, CodeExpired,
	// SignInExpired, SignInRestarted, SignInRefused, Flood, Network.
	EnterCode(ctx context.Context, in EnterCode) (SignedIn, error)

	// EnterPassword answers the step "password". Errors: PasswordWrong,
	// SignInExpired, SignInRestarted, SignInRefused, Flood, Network.
	EnterPassword(ctx context.Context, in EnterPassword) (SignedIn, error)

	// ShowQR begins a sign-in by a QR code, which a phone that is signed in scans. Errors:
	// BadCredentials, SignInRefused, Flood, Network; with Held also SignInExpired.
	ShowQR(ctx context.Context, in ShowQR) (QR, error)

	// AskQR returns the state of a sign-in by QR code, and signs in when the code was scanned.
	// It renews the code before it expires. Errors: SignInExpired, Flood, Network; others,
	// such as SignInRefused, end the sign-in.
	AskQR(ctx context.Context, in AskQR) (QR, error)

	// CancelSignIn deletes the visitor's unfinished sign-in.
	CancelSignIn(ctx context.Context, visitor string) error

	// NoAccount puts the visitor into a workspace that reads the public web preview.
	NoAccount(ctx context.Context, in NoAccount) (Workspace, error)

	// Look returns what the web preview shows of channels, before anything is collected.
	Look(ctx context.Context, in References) ([]Look, error)

	// Picture fetches the picture of the one channel in References, which Look has returned.
	Picture(ctx context.Context, in References) (Picture, error)

	// Check finds out whether references name channels that the visitor's account can read.
	// The answer is empty while a collection of the workspace runs: the collection checks them
	// itself.
	Check(ctx context.Context, in References) ([]Checked, error)

	// LookUps counts how many names would have to be looked up, and how many may be. It asks
	// Telegram nothing.
	LookUps(ctx context.Context, in References) (LookUps, error)

	// Standing returns which waits and limits apply to the visitor's account at Telegram.
	Standing(ctx context.Context, visitor string) (collector.Standing, error)

	// GoOn lifts the guard's stop, so that the account may send again.
	GoOn(ctx context.Context, visitor string) error

	// SignOut logs out at Telegram and deletes the session. Errors: Network, Flood and others
	// where the session could not be ended at Telegram; then nothing has changed.
	SignOut(ctx context.Context, in Leave) (Left, error)

	// SignOutEverywhere is SignOut, and takes every browser out of the workspace.
	SignOutEverywhere(ctx context.Context, in Leave) (Left, error)

	// Delete logs out, stops the collections and deletes all data of the workspace.
	Delete(ctx context.Context, visitor string) (Left, error)

	// StartImport begins to import an upload, and returns before that is done. If an import is
	// running already, it returns that one and ignores the upload.
	StartImport(ctx context.Context, in StartImport) (collector.Import, error)

	// ImportState returns how far the last import is; zero if there was none.
	ImportState(ctx context.Context, visitor string) (collector.Import, error)

	// CancelImport stops the running import.
	CancelImport(ctx context.Context, visitor string) error

	// Alive succeeds if anybody serves accounts.
	Alive(ctx context.Context) error
}

// SendCode is what a person typed to sign in with a code.
type SendCode struct {
	Visitor string `json:"visitor"`
	Source  string `json:"source"` // one of collector's Source constants
	APIID   int    `json:"api_id"`
	APIHash string `json:"api_hash"`
	Phone   string `json:"phone"`
	From    string `json:"from,omitempty"` // a visitor whom Visitor replaces once signed in; "": none
}

// ShowQR is what a person typed to sign in with a QR code.
type ShowQR struct {
	Visitor string `json:"visitor"`
	Source  string `json:"source"`
	APIID   int    `json:"api_id"`
	APIHash string `json:"api_hash"`
	Held    bool   `json:"held,omitempty"` // use source, api_id and api_hash of the unfinished sign-in
	From    string `json:"from,omitempty"` // as in SendCode
}

// AskQR asks for the state of a sign-in by QR code.
type AskQR struct {
	Visitor string `json:"visitor"`
	Now     bool   `json:"now"` // ask Telegram even if it has not announced a scan
}

// QR is the state of a sign-in by QR code. It is never stored.
type QR struct {
	SignIn SignIn `json:"sign_in"` // at StepQR or, when the code was scanned, StepPassword; zero: signed in
	Link   string `json:"link"`    // to show as the code: a secret, of StepQR
	Number string `json:"number"`  // names the code without revealing it
	SignedIn
}

// Leave asks to log out.
type Leave struct {
	Visitor string `json:"visitor"`
	Anyway  bool   `json:"anyway"` // delete the session even if Telegram cannot be reached
}

// Left reports the result of leaving a workspace.
type Left struct {
	// why Telegram did not end the session (SignedOut: no key opens it); "": ended, or there was none
	Unreached   collector.Kind `json:"unreached"`
	Session     bool           `json:"session"` // a sealed session was deleted
	Deleted     bool           `json:"deleted"` // all else was deleted too; the fields below count it
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

// LookUps is how many look-ups a list of references needs, of which an account has few a day.
type LookUps struct {
	New  int            `json:"new"`  // names that the account has not looked up yet
	Next collector.Next `json:"next"` // how many look-ups are left today, and when the next may be sent
}

// NoAccount asks for a workspace that reads the public web preview: of Telegram
// (Source preview), or of the sandbox's channels (Source sandbox).
type NoAccount struct {
	Visitor string `json:"visitor"`
	Source  string `json:"source"`
}

// Look is what the public web preview shows of one channel, or why it shows nothing: NotFound,
// NotAChannel, Private, Restricted, NoPreview; Flood, Guarded and Network when that cannot be
// found out now.
type Look struct {
	Reference string              `json:"reference"`
	Channel   collector.Channel   `json:"channel"`
	Picture   bool                `json:"picture,omitempty"` // the channel has one: see Accounts.Picture
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

// Checked is the result for one reference: Error is "" for a channel that can be read.
type Checked struct {
	Reference string         `json:"reference"`
	Error     collector.Kind `json:"error"`
	Detail    string         `json:"detail,omitempty"`
}

// SignedIn is the result of a step of a sign-in.
type SignedIn struct {
	Password  bool      `json:"password"`       // the account has a password, which is the next step
	Hint      string    `json:"hint,omitempty"` // the person's own hint at the password
	Workspace Workspace `json:"workspace"`      // zero while Password
	Brought   Brought   `json:"brought,omitzero"`
}

// Brought counts what moves from a visitor's workspace without an account into the account's
// workspace.
type Brought struct {
	Channels int64 `json:"channels,omitempty"`
	Later    bool  `json:"later,omitempty"` // some of it is still being moved
}

// Steps of a SignIn.
const (
	StepCode     = "code"
	StepQR       = "qr"
	StepPassword = "password"
)

// SignIn is the step at which a visitor's sign-in waits. It survives a restart. Zero: none.
type SignIn struct {
	Step       string    `json:"step"`
	Source     string    `json:"source"`
	APIID      int       `json:"api_id"`
	Sealed     []byte    `json:"sealed"`      // api_hash, phone, phone_code_hash and session
	PhoneHint  string    `json:"phone_hint"`  // the last two digits
	CodeVia    string    `json:"code_via"`    // how the code was sent, one of telegram's Via constants
	CodeAbout  string    `json:"code_about"`  // a hint from Telegram, as a masked email address; never the number
	CodeDigits int       `json:"code_digits"` // how many digits the code has; 0: unknown, or no digits
	Hint       string    `json:"hint"`        // the person's own hint at the password
	SentAt     time.Time `json:"sent_at"`
	ResendAt   time.Time `json:"resend_at"` // no other code is sent before
	Expires    time.Time `json:"expires"`   // when it is deleted; zero: never
	Workspace  string    `json:"workspace"` // the one it will lead to, once known
}

// StartImport asks to import an upload into the visitor's workspace.
type StartImport struct {
	Visitor  string                 `json:"visitor"`
	Upload   string                 `json:"upload"`
	Files    []collector.ImportFile `json:"files"`
	Personal bool                   `json:"personal"`
}
