package client

import (
	"context"
	"fmt"
	"time"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
)

// Ways in which Telegram sends a login code.
const (
	ViaApp        = "app"
	ViaSMS        = "sms"
	ViaCall       = "call"
	ViaFlashCall  = "flash_call"  // the code is the calling number; About: its pattern
	ViaMissedCall = "missed_call" // the code is the last digits of the calling number; About: its first digits
	ViaFirebase   = "firebase"    // an SMS that only Telegram's own apps can request
	ViaWord       = "sms_word"    // About: its first letter, may be ""
	ViaPhrase     = "sms_phrase"  // About: its first word, may be ""
	ViaEmail      = "email"       // About: the address, mostly hidden
	ViaFragment   = "fragment"    // anonymous numbers, through fragment.com; the page's address contains the number and is not stored
	ViaOther      = "other"
)

// SentCode describes a login code that was sent.
type SentCode struct {
	Hash     string        // identifies the attempt; needed to enter the code
	Via      string        // how it was sent
	About    string        // Telegram's hint about the code, see the Via constants
	Length   int           // how many digits the code has; 0 unknown
	Next     string        // how ResendCode would send it; "" if there is no other way
	Timeout  time.Duration // when ResendCode makes sense; 0 at once
	SignedIn bool          // no code is needed: Telegram accepted an earlier sign-in as proof
}

// restarts is how often one step is repeated when Telegram asks to start again.
const restarts = 2

// again runs the first step of a sign-in, and repeats it if Telegram asks to start again.
func again[T any](do func() (T, error)) (out T, err error) {
	for range 1 + restarts {
		if out, err = do(); !tgerr.Is(err, "AUTH_RESTART") {
			break
		}
	}
	return out, err
}

// SendCode asks Telegram to send a login code. Errors: BadCredentials,
// PhoneInvalid, PhoneBanned, PhoneUnknown, SignInRefused, Flood, Network.
// See https://core.telegram.org/method/auth.sendCode
func (c *Client) SendCode(ctx context.Context, phone string) (SentCode, error) {
	sent, err := again(func() (tg.AuthSentCodeClass, error) {
		return c.tg.Load().Auth().SendCode(ctx, phone, auth.SendCodeOptions{})
	})
	if err != nil {
		return SentCode{}, fmt.Errorf("send a login code: %w", c.beginError(ctx, err))
	}
	return sentCode(sent)
}

// ResendCode sends the code in the next way. Errors: those of SendCode; CodeUnavailable if
// there is no other way, CodeExpired, SignInRestarted.
// See https://core.telegram.org/method/auth.resendCode
func (c *Client) ResendCode(ctx context.Context, phone, hash string) (SentCode, error) {
	sent, err := c.tg.Load().Auth().ResendCode(ctx, phone, hash)
	if err != nil {
		return SentCode{}, fmt.Errorf("send the login code again: %w", c.signInError(ctx, err))
	}
	return sentCode(sent)
}

func sentCode(sent tg.AuthSentCodeClass) (SentCode, error) {
	switch s := sent.(type) {
	case *tg.AuthSentCode:
		out := codeOf(s.Type)
		if out.Via == "" {
			return SentCode{}, unmet(collector.RefusedEmailSetup, s.Type.TypeName())
		}
		out.Hash = s.PhoneCodeHash
		if next, ok := s.GetNextType(); ok {
			out.Next = nextOf(next)
		}
		if seconds, ok := s.GetTimeout(); ok {
			out.Timeout = time.Duration(seconds) * time.Second
		}
		return out, nil
	case *tg.AuthSentCodeSuccess:
		if _, ok := s.Authorization.(*tg.AuthAuthorization); ok {
			return SentCode{SignedIn: true}, nil
		}
		return SentCode{}, &collector.Error{Kind: collector.PhoneUnknown}
	case *tg.AuthSentCodePaymentRequired: // also for existing accounts
		return SentCode{}, unmet(collector.RefusedPayment, s.TypeName())
	}
	return SentCode{}, unmet(collector.RefusedNewer, sent.TypeName())
}

// unmet is the error for an answer with which this client cannot continue.
func unmet(detail, name string) error {
	return &collector.Error{Kind: collector.SignInRefused, Detail: detail, Word: name}
}

// codeOf returns how a code was sent. Via is "" if none was sent because the account needs a
// login email first.
func codeOf(t tg.AuthSentCodeTypeClass) SentCode {
	switch t := t.(type) {
	case *tg.AuthSentCodeTypeApp:
		return SentCode{Via: ViaApp, Length: t.Length}
	case *tg.AuthSentCodeTypeSMS:
		return SentCode{Via: ViaSMS, Length: t.Length}
	case *tg.AuthSentCodeTypeFirebaseSMS:
		return SentCode{Via: ViaFirebase, Length: t.Length}
	case *tg.AuthSentCodeTypeSMSWord:
		return SentCode{Via: ViaWord, About: t.Beginning}
	case *tg.AuthSentCodeTypeSMSPhrase:
		return SentCode{Via: ViaPhrase, About: t.Beginning}
	case *tg.AuthSentCodeTypeCall:
		return SentCode{Via: ViaCall, Length: t.Length}
	case *tg.AuthSentCodeTypeFlashCall:
		return SentCode{Via: ViaFlashCall, About: t.Pattern}
	case *tg.AuthSentCodeTypeMissedCall:
		return SentCode{Via: ViaMissedCall, About: t.Prefix, Length: t.Length}
	case *tg.AuthSentCodeTypeEmailCode:
		return SentCode{Via: ViaEmail, About: t.EmailPattern, Length: t.Length}
	case *tg.AuthSentCodeTypeFragmentSMS:
		return SentCode{Via: ViaFragment, Length: t.Length}
	case *tg.AuthSentCodeTypeSetUpEmailRequired:
		return SentCode{}
	}
	return SentCode{Via: ViaOther}
}

func nextOf(t tg.AuthCodeTypeClass) string {
	switch t.(type) {
	case *tg.AuthCodeTypeSMS:
		return ViaSMS
	case *tg.AuthCodeTypeCall:
		return ViaCall
	case *tg.AuthCodeTypeFlashCall:
		return ViaFlashCall
	case *tg.AuthCodeTypeMissedCall:
		return ViaMissedCall
	case *tg.AuthCodeTypeFragmentSMS:
		return ViaFragment
	}
	return ViaOther
}

// EnterCode signs in with the code of this SentCode. It returns password true if two-step
// verification then asks for a password, with the hint its owner chose. Errors: CodeWrong,
// CodeExpired, PhoneUnknown, SignInRestarted, SignInRefused, SignInExpired, Flood, Network.
// See https://core.telegram.org/method/auth.signIn
func (c *Client) EnterCode(ctx context.Context, phone string, sent SentCode, code string) (password bool, hint string, err error) {
	req := &tg.AuthSignInRequest{PhoneNumber: phone, PhoneCodeHash: sent.Hash}
	if sent.Via == ViaEmail { // https://core.telegram.org/api/auth#email-verification
		req.SetEmailVerification(&tg.EmailVerificationCode{Code: code})
	} else {
		req.SetPhoneCode(code)
	}
	answer, err := c.api.AuthSignIn(ctx, req)
	if tgerr.Is(err, "SESSION_PASSWORD_NEEDED") {
		return true, c.passwordHint(ctx), nil
	}
	if err == nil {
		err = entered(answer)
	}
	if err != nil {
		return false, "", fmt.Errorf("sign in with the code: %w", c.signInError(ctx, err))
	}
	return false, "", nil
}

// entered returns an error if the answer signed nobody in.
func entered(answer tg.AuthAuthorizationClass) error {
	switch answer.(type) {
	case *tg.AuthAuthorization:
		return nil
	case *tg.AuthAuthorizationSignUpRequired:
		return &collector.Error{Kind: collector.PhoneUnknown}
	}
	return unmet(collector.RefusedNewer, answer.TypeName())
}
