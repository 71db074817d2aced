package telegram

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
)

// Ways in which Telegram sends a login code.
const (
	ViaApp      = "app"
	ViaSMS      = "sms"
	ViaCall     = "call"
	ViaEmail    = "email"
	ViaFragment = "fragment" // anonymous numbers: fragment.com
	ViaOther    = "other"
)

// SentCode says that a login code is on its way.
type SentCode struct {
	Hash     string        // names the attempt; needed to enter the code
	Via      string        // how it was sent
	Next     string        // how Resend would send it; "" when there is no other way
	Timeout  time.Duration // after which Resend makes sense; 0 at once
	SignedIn bool          // no code is needed: Telegram took an earlier sign-in for proof
}

// SendCode asks Telegram to send a login code. Errors: BadCredentials,
// PhoneInvalid, PhoneBanned, PhoneUnknown, Flood, Network.
// See https://core.telegram.org/method/auth.sendCode
func (c *Client) SendCode(ctx context.Context, phone string) (SentCode, error) {
	sent, err := c.tg.Auth().SendCode(ctx, phone, auth.SendCodeOptions{})
	if err != nil {
		return SentCode{}, fmt.Errorf("send a login code: %w", toError(err))
	}
	return sentCode(sent)
}

// ResendCode asks for the code in the next way. Beside SendCode's errors:
// CodeUnavailable when there is no other way, CodeExpired.
// See https://core.telegram.org/method/auth.resendCode
func (c *Client) ResendCode(ctx context.Context, phone, hash string) (SentCode, error) {
	sent, err := c.tg.Auth().ResendCode(ctx, phone, hash)
	if err != nil {
		return SentCode{}, fmt.Errorf("send the login code again: %w", toError(err))
	}
	return sentCode(sent)
}

func sentCode(sent tg.AuthSentCodeClass) (SentCode, error) {
	switch s := sent.(type) {
	case *tg.AuthSentCode:
		out := SentCode{Hash: s.PhoneCodeHash, Via: viaOf(s.Type)}
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
	case *tg.AuthSentCodePaymentRequired: // asked of numbers that would be new accounts only
		return SentCode{}, &collector.Error{Kind: collector.PhoneUnknown, Err: errors.New("payment required")}
	}
	return SentCode{}, collector.Errorf(collector.Internal, "unknown answer %T", sent)
}

func viaOf(t tg.AuthSentCodeTypeClass) string {
	switch t.(type) {
	case *tg.AuthSentCodeTypeApp:
		return ViaApp
	case *tg.AuthSentCodeTypeSMS, *tg.AuthSentCodeTypeFirebaseSMS, *tg.AuthSentCodeTypeSMSWord, *tg.AuthSentCodeTypeSMSPhrase:
		return ViaSMS
	case *tg.AuthSentCodeTypeCall, *tg.AuthSentCodeTypeFlashCall, *tg.AuthSentCodeTypeMissedCall:
		return ViaCall
	case *tg.AuthSentCodeTypeEmailCode, *tg.AuthSentCodeTypeSetUpEmailRequired:
		return ViaEmail
	case *tg.AuthSentCodeTypeFragmentSMS:
		return ViaFragment
	}
	return ViaOther
}

func nextOf(t tg.AuthCodeTypeClass) string {
	switch t.(type) {
	case *tg.AuthCodeTypeSMS:
		return ViaSMS
	case *tg.AuthCodeTypeCall, *tg.AuthCodeTypeFlashCall, *tg.AuthCodeTypeMissedCall:
		return ViaCall
	case *tg.AuthCodeTypeFragmentSMS:
		return ViaFragment
	}
	return ViaOther
}

// EnterCode signs in with the code. It reports password true when two-step
// verification asks for a password next, with the hint its owner chose.
// Errors: CodeWrong, CodeExpired, PhoneUnknown, Flood, Network.
// See https://core.telegram.org/method/auth.signIn
func (c *Client) EnterCode(ctx context.Context, phone, hash, code string) (password bool, hint string, err error) {
	_, err = c.tg.Auth().SignIn(ctx, phone, code, hash)
	if err == nil {
		return false, "", nil
	}
	if !errors.Is(err, auth.ErrPasswordAuthNeeded) {
		return false, "", fmt.Errorf("sign in with the code: %w", toError(err))
	}
	hint, err = c.passwordHint(ctx)
	return err == nil, hint, err
}

func (c *Client) passwordHint(ctx context.Context) (string, error) {
	p, err := c.api.AccountGetPassword(ctx)
	if err != nil {
		return "", fmt.Errorf("ask for the password's hint: %w", toError(err))
	}
	return p.Hint, nil
}

// EnterPassword completes two-step verification. Errors: PasswordWrong, Flood,
// Network. See https://core.telegram.org/api/srp
func (c *Client) EnterPassword(ctx context.Context, password string) error {
	if _, err := c.tg.Auth().Password(ctx, password); err != nil {
		return fmt.Errorf("sign in with the password: %w", toError(err))
	}
	return nil
}

// Self returns the user id of the account. SignedOut when there is none.
func (c *Client) Self(ctx context.Context) (int64, error) {
	user, err := c.tg.Self(ctx)
	if err != nil {
		return 0, fmt.Errorf("ask who is signed in: %w", toError(err))
	}
	return user.ID, nil
}

// LogOut ends the session at Telegram for good. A session that Telegram had
// ended already is no error. See https://core.telegram.org/method/auth.logOut
func (c *Client) LogOut(ctx context.Context) error {
	_, err := c.api.AuthLogOut(ctx)
	if err = toError(err); err != nil && collector.KindOf(err) != collector.SignedOut {
		return fmt.Errorf("log out: %w", err)
	}
	return nil
}
