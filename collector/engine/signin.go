package engine

import (
	"time"

	"telegramtrac/collector"
)

// SubjectSignIn is the subject of the calls that sign people in and out. Any
// process that handles it may answer; every other subject is a workspace's id.
const SubjectSignIn = "signin"

// Methods of SubjectSignIn, with the types that go in and come out.
const (
	MethodSendCode          = "send_code"           // SendCode → SignIn
	MethodResendCode        = "resend_code"         // Visitor → SignIn
	MethodEnterCode         = "enter_code"          // EnterCode → SignedIn
	MethodEnterPassword     = "enter_password"      // EnterPassword → SignedIn
	MethodShowQR            = "show_qr"             // ShowQR → QR: begins to sign in by a QR code
	MethodQR                = "qr"                  // AskQR → QR: how that stands; signs in when the code was scanned
	MethodCancelSignIn      = "cancel_sign_in"      // Visitor → struct{}: forget the sign-in that waits
	MethodNoAccount         = "no_account"          // NoAccount → Workspace: into a workspace of the public web preview
	MethodGlimpse           = "glimpse"             // Look → []Glimpse: what the web preview shows of channels, before anything is collected
	MethodPicture           = "picture"             // Look, of one channel → Picture: that of a channel that was looked at
	MethodSignOut           = "sign_out"            // Leave → Left: log out at the source, drop the session
	MethodSignOutEverywhere = "sign_out_everywhere" // Leave → Left: the same, and every browser leaves the workspace
	MethodDelete            = "delete"              // Visitor → Left: log out, stop the collections, delete all data
	MethodLook              = "look"                // Look → []Looked: whether a few channels are what they were taken for
	MethodLookUps           = "look_ups"            // Look → LookUps: how many names would have to be looked up, and how many may be; nothing is asked of Telegram
	MethodStanding          = "standing"            // Visitor → collector.Standing: how the account stands with Telegram
	MethodGoOn              = "go_on"               // Visitor → struct{}: after the guard stopped the account
)

// MethodAlive of SubjectSignIn is answered by whoever holds workspaces: struct{} →
// struct{}.
const MethodAlive = "alive"

// SendCode begins to sign in: a code is sent to the phone. Errors:
// BadCredentials, PhoneInvalid, PhoneUnknown, PhoneBanned, SignInRefused, Flood,
// Network.
type SendCode struct {
	Visitor string `json:"visitor"`
	Source  string `json:"source"` // one of collector's Source constants
	APIID   int    `json:"api_id"`
	APIHash string `json:"api_hash"`
	Phone   string `json:"phone"`
	From    string `json:"from,omitempty"` // the visitor whom Visitor takes the place of once signed in; "": none
}

// Visitor names who asks: the hash of a visitor's cookie.
type Visitor struct {
	Visitor string `json:"visitor"`
}

// ShowQR begins to sign in by a QR code, which a phone that is signed in scans.
// Errors: BadCredentials, SignInRefused, Flood, Network; with Held SignInExpired.
type ShowQR struct {
	Visitor string `json:"visitor"`
	Source  string `json:"source"`
	APIID   int    `json:"api_id"`
	APIHash string `json:"api_hash"`
	Held    bool   `json:"held,omitempty"` // instead of Source, APIID and APIHash: those of the visitor's sign-in that waits
	From    string `json:"from,omitempty"` // as in SendCode
}

// AskQR asks how a sign-in by QR code stands. It renews the code before it runs
// out. Errors: SignInExpired, Flood, Network; others, such as SignInRefused, end it.
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

// Leave asks to log out. Errors: Network, Flood and others where the session could
// not be ended at Telegram; then nothing was changed.
type Leave struct {
	Visitor string `json:"visitor"`
	Anyway  bool   `json:"anyway"` // forget the session also where Telegram cannot be told
}

// Left is what became of a workspace that somebody left.
type Left struct {
	Unreached   collector.Kind `json:"unreached"` // why the session could not be ended at Telegram, where it goes on (SignedOut: no key opens it); "": it is ended, or there was none
	Session     bool           `json:"session"`   // a sealed session was deleted
	Deleted     bool           `json:"deleted"`   // and everything else, which the rest counts
	Channels    int64          `json:"channels"`
	Messages    int64          `json:"messages"`
	Collections int            `json:"collections"`
}

// EnterCode answers the step "code". Errors: CodeWrong, CodeExpired,
// SignInExpired, SignInRestarted, SignInRefused, Flood, Network.
type EnterCode struct {
	Visitor string `json:"visitor"`
	Code    string `json:"code"`
}

// EnterPassword answers the step "password". Errors: PasswordWrong,
// SignInExpired, SignInRestarted, SignInRefused, Flood, Network.
type EnterPassword struct {
	Visitor  string `json:"visitor"`
	Password string `json:"password"`
}

// Look asks whether references name channels that the visitor's account can
// read. While a collection of the workspace is at work nothing is looked at,
// and the answer is empty: the collection finds out.
type Look struct {
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

// Glimpse is what the public web preview shows of one channel, or why it shows
// nothing: NotFound, NotAChannel, Private, Restricted, NoPreview; Flood, Guarded
// and Network when nobody can tell now.
type Glimpse struct {
	Reference string              `json:"reference"`
	Channel   collector.Channel   `json:"channel"`
	Picture   bool                `json:"picture,omitempty"` // it has one: see MethodPicture
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

// Looked is what became of one reference: Error is "" for a channel that can be
// read.
type Looked struct {
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
