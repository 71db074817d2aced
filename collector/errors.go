package collector

import (
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// Kind is a kind of error, one for each way that a person can act on it. Its values are stable:
// they are the "error" of a collection's record.
type Kind string

// Kinds of errors about channels and the connection.
const (
	NotFound     Kind = "not_found"
	NotAChannel  Kind = "not_a_channel" // Detail: "person", "bot", "person or bot" or "group"
	Private      Kind = "private"
	OtherChannel Kind = "other_channel" // the username now belongs to another channel; Detail: a Moved
	Restricted   Kind = "restricted"    // Detail: Telegram's reason
	Banned       Kind = "banned"        // this account was banned from the channel
	Refused      Kind = "refused"       // Telegram refused a request about this channel only; Detail: Telegram's name of the error
	SignedOut    Kind = "signed_out"
	NoPreview    Kind = "no_preview"
	Flood        Kind = "flood" // RetryAt is set
	// names cannot be looked up until RetryAt; other requests continue. Detail: "flood" if
	// Telegram asked to wait, "budget" if the day's look-ups are used up
	LookUps Kind = "look_ups"
	// Detail: the cause if known: "session" (Telegram does not accept it at the moment) or a
	// proxy's name
	Network   Kind = "network"
	Clock     Kind = "clock"      // the computer's clock is too far off; Detail: by how much, as "30 hours behind"
	Pacing    Kind = "pacing"     // of a Wait only: the tool's own pace, which avoids flood waits
	Guarded   Kind = "guarded"    // nothing is sent until the person resumes; Detail: "escalating", "long", "frozen" or "limited"
	Disk      Kind = "disk"       // the computer's disk is full; waiting work continues by itself when there is room
	OpenFiles Kind = "open_files" // the computer has too many files open; waiting work continues by itself
	Quota     Kind = "quota"      // the workspace has reached the host's limit; Detail: "disk"
	// Detail: "failing" if Telegram repeatedly answered that it cannot, "empty" if it sent an
	// empty answer
	Internal Kind = "internal"
)

// Kinds of errors about signing in.
const (
	BadCredentials  Kind = "bad_credentials" // api_id and api_hash do not belong together
	PhoneInvalid    Kind = "phone_invalid"
	PhoneUnknown    Kind = "phone_unknown" // no Telegram account has the number
	PhoneBanned     Kind = "phone_banned"
	CodeWrong       Kind = "code_wrong"
	CodeExpired     Kind = "code_expired"
	CodeUnavailable Kind = "code_unavailable" // no other way to send a code is available now
	PasswordWrong   Kind = "password_wrong"
	SignInExpired   Kind = "signin_expired" // the step took too long: the sign-in must start again

	// the sign-in started again because Telegram asked for it; Detail: "sent" if another code was sent
	SignInRestarted Kind = "signin_restarted"
	SignInRefused   Kind = "signin_refused" // Detail: one of the Refused constants, "" if only Telegram's Word is known
)

// Details of SignInRefused.
const (
	RefusedUpdate     = "update"      // only newer apps may sign in
	RefusedCaptcha    = "captcha"     // a puzzle that only Telegram's own apps can show
	RefusedCode       = "no_code"     // Telegram could not make a code
	RefusedSignUp     = "no_signup"   // the number has no account, and only Telegram's own apps may create one
	RefusedPublicAPI  = "public_api"  // the api_id is public and over its limit
	RefusedDeleted    = "deleted"     // the account was deleted
	RefusedBanned     = "banned"      // the account was banned
	RefusedBrokenOff  = "broken_off"  // Telegram failed while signing in
	RefusedFailing    = "failing"     // an error at Telegram: it may work later
	RefusedEmailSetup = "email_setup" // the account needs a login email first; no code was sent
	RefusedPayment    = "payment"     // Telegram sends a code only for money; none was sent
	RefusedNewer      = "newer"       // Telegram sent an answer that this version does not know
)

// MarshalJSON writes the kind as a string, or null if it is empty.
func (k Kind) MarshalJSON() ([]byte, error) {
	if k == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(k))
}

// Error is an error that a person can act on.
type Error struct {
	Kind    Kind
	Detail  string    // what the shown sentence needs besides the kind; never a secret
	Word    string    // Telegram's name of the error, as FLOOD_WAIT; "" if none
	RetryAt time.Time // of Flood and Network: when trying again makes sense
	Err     error     // the cause, for the log; may be nil
}

// Error is for logs; people see the sentence for the Kind.
func (e *Error) Error() string {
	s := string(e.Kind)
	if e.Detail != "" {
		s += " (" + e.Detail + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// TooManyFiles reports whether the cause is the limit of open files and connections, of the
// program or of the computer.
func TooManyFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// AsError returns the *Error in err's chain, or an Internal one around err.
// It returns nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: Internal, Err: err}
}

// KindOf returns the Kind of an error, "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	return AsError(err).Kind
}

// Errorf makes an *Error of a kind, with a cause formatted like fmt.Errorf.
func Errorf(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Err: fmt.Errorf(format, args...)}
}
