package client

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/gotd/td/exchange"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector"
)

// kinds maps the names of Telegram's errors to the kinds that a person can act on.
// See https://core.telegram.org/api/errors and the pages of the methods used here.
var kinds = map[string]collector.Kind{
	"AUTH_KEY_UNREGISTERED": collector.SignedOut,
	"AUTH_KEY_INVALID":      collector.SignedOut,
	"AUTH_KEY_PERM_EMPTY":   collector.SignedOut,
	"AUTH_KEY_DUPLICATED":   collector.SignedOut,
	"SESSION_REVOKED":       collector.SignedOut,
	"SESSION_EXPIRED":       collector.SignedOut,
	"USER_DEACTIVATED":      collector.SignedOut,
	"USER_DEACTIVATED_BAN":  collector.SignedOut,

	"USERNAME_NOT_OCCUPIED": collector.NotFound,
	"USERNAME_INVALID":      collector.NotFound,
	"CHANNEL_INVALID":       collector.NotFound,
	"PEER_ID_INVALID":       collector.NotFound,

	"CHAT_ID_INVALID": collector.NotFound,

	// The username is for sale at Fragment: no channel has it.
	"USERNAME_PURCHASE_AVAILABLE": collector.NotFound,

	"CHANNEL_PRIVATE":         collector.Private,
	"CHANNEL_PUBLIC_GROUP_NA": collector.Private,
	"CHAT_FORBIDDEN":          collector.Private,
	"USER_NOT_PARTICIPANT":    collector.Private,
	"INVITE_HASH_EXPIRED":     collector.Private,
	"USER_BANNED_IN_CHANNEL":  collector.Banned,
	"CHAT_RESTRICTED":         collector.Restricted,

	"API_ID_INVALID":              collector.BadCredentials,
	"API_HASH_INVALID":            collector.BadCredentials,
	"PHONE_NUMBER_INVALID":        collector.PhoneInvalid,
	"PHONE_NUMBER_BANNED":         collector.PhoneBanned,
	"PHONE_NUMBER_UNOCCUPIED":     collector.PhoneUnknown,
	"PHONE_CODE_INVALID":          collector.CodeWrong,
	"PHONE_CODE_EMPTY":            collector.CodeWrong,
	"CODE_INVALID":                collector.CodeWrong, // of a login email, as the next ones
	"CODE_EMPTY":                  collector.CodeWrong,
	"EMAIL_CODE_INVALID":          collector.CodeWrong,
	"EMAIL_TOKEN_INVALID":         collector.CodeWrong,
	"EMAIL_VERIFY_EXPIRED":        collector.CodeExpired,
	"EMAIL_HASH_EXPIRED":          collector.CodeExpired,
	"PHONE_CODE_EXPIRED":          collector.CodeExpired,
	"PHONE_CODE_HASH_EMPTY":       collector.CodeExpired,
	"AUTH_TOKEN_EXPIRED":          collector.CodeExpired,
	"AUTH_TOKEN_INVALID":          collector.CodeExpired,
	"AUTH_TOKEN_INVALID2":         collector.CodeExpired,
	"AUTH_TOKEN_ALREADY_ACCEPTED": collector.CodeExpired,
	"AUTH_RESTART":                collector.SignInRestarted,
	"SEND_CODE_UNAVAILABLE":       collector.CodeUnavailable,
	"PASSWORD_HASH_INVALID":       collector.PasswordWrong,
	"SRP_PASSWORD_CHANGED":        collector.PasswordWrong,
	"PHONE_NUMBER_FLOOD":          collector.Flood,
	"PHONE_PASSWORD_FLOOD":        collector.Flood,
	"PHONE_CODE_FLOOD":            collector.Flood,
}

// toError gives an error of gotd its kind. Context errors are not changed.
func toError(err error, now time.Time) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if e, ok := errors.AsType[*collector.Error](err); ok {
		return e
	}
	out := &collector.Error{Kind: collector.Internal, Word: wordOf(err), Err: err}
	if d, ok := tgerr.AsFloodWait(err); ok {
		out.Kind, out.RetryAt = collector.Flood, now.Add(d)
	} else if kind, ok := kindOf(err); ok {
		out.Kind = kind
	} else if transient(err) {
		out.Kind = collector.Network
	}
	return out
}

// lost gives a request lost with its connection the kind Network: the client library reports it
// as canceled, although its caller did not cancel it.
func lost(ctx context.Context, err error) error {
	if !errors.Is(err, context.Canceled) || ctx.Err() != nil {
		return err
	}
	if _, ok := errors.AsType[*collector.Error](err); ok {
		return err
	}
	return &collector.Error{Kind: collector.Network, Err: err}
}

// refusals are the errors that end a sign-in, or one way of it, for this account.
// See https://core.telegram.org/method/auth.sendCode and the pages of the other steps.
var refusals = map[string]string{
	"UPDATE_APP_TO_LOGIN":               collector.RefusedUpdate,
	"UPDATE_APP_REQUIRED":               collector.RefusedUpdate,
	"SMS_CODE_CREATE_FAILED":            collector.RefusedCode,
	"PHONE_NUMBER_APP_SIGNUP_FORBIDDEN": collector.RefusedSignUp,
	"API_ID_PUBLISHED_FLOOD":            collector.RefusedPublicAPI,
	"USER_DEACTIVATED":                  collector.RefusedDeleted,
	"INPUT_USER_DEACTIVATED":            collector.RefusedDeleted,
	"USER_DEACTIVATED_BAN":              collector.RefusedBanned,
	"SIGN_IN_FAILED":                    collector.RefusedBrokenOff,
}

// signInError is toError for sign-in steps. Here no answer of Telegram is an Internal error: an
// unknown one is a refusal with Telegram's name of the error.
func (c *Client) signInError(ctx context.Context, err error) error {
	out := c.toError(lost(ctx, err))
	e, ok := errors.AsType[*collector.Error](out)
	if !ok {
		return out
	}
	refuse := func(detail string) error {
		return &collector.Error{Kind: collector.SignInRefused, Detail: detail, Word: e.Word, Err: err}
	}
	rpc, said := tgerr.As(err)
	if detail, ok := refusals[e.Word]; ok {
		return refuse(detail)
	}
	switch {
	case strings.HasPrefix(e.Word, "RECAPTCHA_CHECK"):
		return refuse(collector.RefusedCaptcha)
	case e.Kind == collector.SignedOut: // the key with which the sign-in started
		return &collector.Error{Kind: collector.SignInExpired, Word: e.Word, Err: err}
	case e.Kind == collector.Network && said && rpc.Code >= 500:
		return refuse(collector.RefusedFailing)
	case e.Kind == collector.Internal && said:
		return refuse("")
	}
	if _, ok := errors.AsType[Malformed](err); ok {
		return refuse(collector.RefusedNewer)
	}
	return out
}

// beginError is signInError for the first step of a sign-in: if Telegram keeps asking to start
// again, the fault is Telegram's.
func (c *Client) beginError(ctx context.Context, err error) error {
	out := c.signInError(ctx, err)
	if e, ok := errors.AsType[*collector.Error](out); ok && e.Kind == collector.SignInRestarted {
		return &collector.Error{Kind: collector.SignInRefused, Detail: collector.RefusedFailing, Word: e.Word, Err: err}
	}
	return out
}

// wordForm matches names of errors. What follows a name, such as the key of a captcha, is
// omitted.
var wordForm = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*`)

// wordOf returns Telegram's name of an error; "" if the error is not Telegram's.
func wordOf(err error) string {
	rpc, ok := tgerr.As(err)
	if !ok {
		return ""
	}
	word := wordForm.FindString(rpc.Type)
	return word[:min(len(word), 64)]
}

// aboutOne gives the answer to a request about one channel its kind: a refusal without a kind
// concerns and ends only that channel. Telegram's name of the error remains.
// See https://core.telegram.org/api/errors
func aboutOne(err error) error {
	rpc, ok := tgerr.As(err)
	if !ok || collector.KindOf(err) != collector.Internal || rpc.Code < 400 || rpc.Code >= 500 || rpc.Code == 401 || rpc.Code == 420 {
		return err
	}
	return &collector.Error{Kind: collector.Refused, Detail: rpc.Message, Err: err}
}

func kindOf(err error) (collector.Kind, bool) {
	if _, ok := errors.AsType[*auth.SignUpRequired](err); ok {
		return collector.PhoneUnknown, true
	}
	if errors.Is(err, auth.ErrPasswordInvalid) {
		return collector.PasswordWrong, true
	}
	rpc, ok := tgerr.As(err)
	if !ok {
		return "", false
	}
	if kind, ok := kinds[rpc.Type]; ok {
		return kind, true
	}
	return collector.SignedOut, rpc.Code == 401
}

// transient reports whether a retry may help: the connection was lost, or the server is busy or
// did not answer in time. All errors that are not answers of Telegram count, except answers
// that cannot be read.
func transient(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, exchange.ErrKeyFingerprintNotFound) {
		return false
	}
	if e, ok := errors.AsType[*collector.Error](err); ok {
		return e.Kind == collector.Network // the package's own errors: stopped, signed out
	}
	if _, ok := errors.AsType[Malformed](err); ok {
		return false
	}
	if _, ok := tgerr.As(err); ok {
		return failing(err)
	}
	return true
}

// failing reports whether Telegram answered that it cannot answer now.
func failing(err error) bool {
	rpc, ok := tgerr.As(err)
	return ok && (rpc.Code >= 500 || rpc.Code < 0) || unsettled(err)
}

// Unexplained reports whether an answer cannot be read, or was a refusal that is not known to
// concern the channel, the account or the connection.
func Unexplained(err error) bool {
	if _, ok := errors.AsType[Malformed](err); ok {
		return true
	}
	rpc, ok := tgerr.As(err)
	if !ok || rpc.Code != 400 || failing(err) || limited(err) != "" {
		return false
	}
	_, known := kindOf(rpc)
	return !known
}
