package collector

import (
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// Kind is what went wrong, in the few ways that a person can act on. Its
// values are stable: they are the "error" of a collection's record.
type Kind string

// Kinds of errors about channels and the connection.
const (
	NotFound     Kind = "not_found"
	NotAChannel  Kind = "not_a_channel" // Detail: "person", "bot", "person or bot" or "group"
	Private      Kind = "private"
	OtherChannel Kind = "other_channel" // the name leads to another channel than it did; Detail: a Moved
	Restricted   Kind = "restricted"    // Detail: Telegram's reason
	Banned       Kind = "banned"        // this account was banned from the channel
	Refused      Kind = "refused"       // Telegram refused something about this channel alone; Detail: Telegram's word for it
	SignedOut    Kind = "signed_out"
	NoPreview    Kind = "no_preview"
	Flood        Kind = "flood" // RetryAt is set
	// names cannot be looked up until RetryAt; all that needs no look-up goes on. Detail: "flood"
	// where Telegram asked to wait, "budget" where the day's look-ups are used up
	LookUps Kind = "look_ups"
	// Detail: what is in the way, where that is known: "session" (Telegram does not accept it at the moment) or a proxy's name
	Network   Kind = "network"
	Clock     Kind = "clock"      // the computer's clock is too far off; Detail: by how much, as "30 hours behind"
	Pacing    Kind = "pacing"     // of a Wait only: the tool's own pace, to keep clear of flood waits
	Guarded   Kind = "guarded"    // nothing is sent until the person resumes; Detail: "escalating", "long", "frozen" or "limited"
	Disk      Kind = "disk"       // the disk of the computer is full; what waits for room goes on by itself
	OpenFiles Kind = "open_files" // the computer has too many files open; what waits for it goes on by itself
	Quota     Kind = "quota"      // the workspace holds as much as the host allows; Detail: "disk"
	// Detail: "failing" where Telegram answered again and again that it cannot, "empty" where it answered with nothing
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
	CodeUnavailable Kind = "code_unavailable" // there is no other way to send a code now
	PasswordWrong   Kind = "password_wrong"
	SignInExpired   Kind = "signin_expired" // the step was left for too long: begin again

	SignInRestarted Kind = "signin_restarted" // Telegram asked to begin again, which was done; Detail: "sent" where another code is on its way
	SignInRefused   Kind = "signin_refused"   // Detail: one of the Refused constants, "" where only Telegram's Word is known
)

// Details of SignInRefused.
const (
	RefusedUpdate     = "update"      // only newer apps may sign in
	RefusedCaptcha    = "captcha"     // a puzzle that only Telegram's own apps can show
	RefusedCode       = "no_code"     // Telegram could not make a code
	RefusedSignUp     = "no_signup"   // taken for a new account, which only Telegram's own apps may make
	RefusedPublicAPI  = "public_api"  // the api_id is public, and used up
	RefusedDeleted    = "deleted"     // the account was deleted
	RefusedBanned     = "banned"      // the account was banned
	RefusedBrokenOff  = "broken_off"  // Telegram failed while signing in
	RefusedFailing    = "failing"     // Telegram has a fault of its own: later it may work
	RefusedEmailSetup = "email_setup" // the account needs a login email first; no code was sent
	RefusedPayment    = "payment"     // a code is sent for money only; none was
	RefusedNewer      = "newer"       // an answer that this version does not know
)

// MarshalJSON writes the kind as a string, and the empty one as null.
func (k Kind) MarshalJSON() ([]byte, error) {
	if k == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(k))
}

// Error is an error that a person can act on.
type Error struct {
	Kind    Kind
	Detail  string    // what the sentence needs beside the kind; never a secret
	Word    string    // Telegram's own name of the error, as FLOOD_WAIT; "" where there is none
	RetryAt time.Time // of Flood and Network: when trying again makes sense
	Err     error     // the cause, for the log; may be nil
}

// Error is for logs; people see the sentence that belongs to the Kind.
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

// TooManyFiles reports whether something failed because the program, or the computer,
// has as many files and connections open as it may.
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

// Errorf makes an *Error of a kind whose cause is formatted as fmt.Errorf does.
func Errorf(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Err: fmt.Errorf(format, args...)}
}
