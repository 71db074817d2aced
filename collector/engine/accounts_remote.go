package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"telegramtrac/collector"
)

// accountsSubject is the subject of the calls of Accounts. Any process that serves them may
// answer.
const accountsSubject = "signin"

// Accounts calls whoever serves accounts, in this process or another. A call without a
// deadline waits 60 s.
func (e *Engine) Accounts() Accounts { return remoteAccounts{e} }

// ServeAccounts answers the calls of Accounts, each in a goroutine of its own, until stop, the
// end of the context, or Close. If several serve, one answers each call. The context of a call
// ends when the caller stops waiting. Of an error only Kind, Detail, Word and RetryAt reach
// the caller. Stop waits for the calls under way, and may be called twice.
func (e *Engine) ServeAccounts(ctx context.Context, a Accounts) (stop func(), err error) {
	methods := accountMethods()
	return e.calls.Handle(ctx, accountsSubject, func(ctx context.Context, method string, req []byte) (any, error) {
		serve, ok := methods[method]
		if !ok {
			return nil, fmt.Errorf("no method %q", method)
		}
		return serve(ctx, a, req)
	})
}

// served answers one method of Accounts: it takes JSON and returns a value for JSON.
type served func(ctx context.Context, a Accounts, req []byte) (any, error)

// accountMethods returns the methods of Accounts by their names on the wire.
func accountMethods() map[string]served {
	return map[string]served{
		"send_code":           answering(Accounts.SendCode),
		"resend_code":         answering(Accounts.ResendCode),
		"enter_code":          answering(Accounts.EnterCode),
		"enter_password":      answering(Accounts.EnterPassword),
		"show_qr":             answering(Accounts.ShowQR),
		"qr":                  answering(Accounts.AskQR),
		"cancel_sign_in":      doing(Accounts.CancelSignIn),
		"no_account":          answering(Accounts.NoAccount),
		"look":                answering(Accounts.Look),
		"picture":             answering(Accounts.Picture),
		"check":               answering(Accounts.Check),
		"look_ups":            answering(Accounts.LookUps),
		"standing":            answering(Accounts.Standing),
		"go_on":               doing(Accounts.GoOn),
		"sign_out":            answering(Accounts.SignOut),
		"sign_out_everywhere": answering(Accounts.SignOutEverywhere),
		"delete":              answering(Accounts.Delete),
		"import":              answering(Accounts.StartImport),
		"import_state":        answering(Accounts.ImportState),
		"import_cancel":       doing(Accounts.CancelImport),
		"alive":               doing(func(a Accounts, ctx context.Context, _ struct{}) error { return a.Alive(ctx) }),
	}
}

// answering serves a method that returns something.
func answering[In, Out any](f func(Accounts, context.Context, In) (Out, error)) served {
	return func(ctx context.Context, a Accounts, req []byte) (any, error) {
		var in In
		if err := json.Unmarshal(req, &in); err != nil {
			return nil, fmt.Errorf("read the call: %w", err)
		}
		return f(a, ctx, in)
	}
}

// doing serves a method that returns an error alone.
func doing[In any](f func(Accounts, context.Context, In) error) served {
	return answering(func(a Accounts, ctx context.Context, in In) (struct{}, error) { return struct{}{}, f(a, ctx, in) })
}

// remoteAccounts is Accounts over NATS.
type remoteAccounts struct{ engine *Engine }

func remote[Out any](ctx context.Context, r remoteAccounts, method string, in any) (out Out, err error) {
	err = r.engine.calls.Call(ctx, accountsSubject, method, in, &out)
	return out, err
}

func (r remoteAccounts) SendCode(ctx context.Context, in SendCode) (SignIn, error) {
	return remote[SignIn](ctx, r, "send_code", in)
}

func (r remoteAccounts) ResendCode(ctx context.Context, visitor string) (SignIn, error) {
	return remote[SignIn](ctx, r, "resend_code", visitor)
}

func (r remoteAccounts) EnterCode(ctx context.Context, in EnterCode) (SignedIn, error) {
	return remote[SignedIn](ctx, r, "enter_code", in)
}

func (r remoteAccounts) EnterPassword(ctx context.Context, in EnterPassword) (SignedIn, error) {
	return remote[SignedIn](ctx, r, "enter_password", in)
}

func (r remoteAccounts) ShowQR(ctx context.Context, in ShowQR) (QR, error) {
	return remote[QR](ctx, r, "show_qr", in)
}

func (r remoteAccounts) AskQR(ctx context.Context, in AskQR) (QR, error) {
	return remote[QR](ctx, r, "qr", in)
}

func (r remoteAccounts) CancelSignIn(ctx context.Context, visitor string) error {
	return r.engine.calls.Call(ctx, accountsSubject, "cancel_sign_in", visitor, nil)
}

func (r remoteAccounts) NoAccount(ctx context.Context, in NoAccount) (Workspace, error) {
	return remote[Workspace](ctx, r, "no_account", in)
}

func (r remoteAccounts) Look(ctx context.Context, in References) ([]Look, error) {
	return remote[[]Look](ctx, r, "look", in)
}

func (r remoteAccounts) Picture(ctx context.Context, in References) (Picture, error) {
	return remote[Picture](ctx, r, "picture", in)
}

func (r remoteAccounts) Check(ctx context.Context, in References) ([]Checked, error) {
	return remote[[]Checked](ctx, r, "check", in)
}

func (r remoteAccounts) LookUps(ctx context.Context, in References) (LookUps, error) {
	return remote[LookUps](ctx, r, "look_ups", in)
}

func (r remoteAccounts) Standing(ctx context.Context, visitor string) (collector.Standing, error) {
	return remote[collector.Standing](ctx, r, "standing", visitor)
}

func (r remoteAccounts) GoOn(ctx context.Context, visitor string) error {
	return r.engine.calls.Call(ctx, accountsSubject, "go_on", visitor, nil)
}

func (r remoteAccounts) SignOut(ctx context.Context, in Leave) (Left, error) {
	return remote[Left](ctx, r, "sign_out", in)
}

func (r remoteAccounts) SignOutEverywhere(ctx context.Context, in Leave) (Left, error) {
	return remote[Left](ctx, r, "sign_out_everywhere", in)
}

func (r remoteAccounts) Delete(ctx context.Context, visitor string) (Left, error) {
	return remote[Left](ctx, r, "delete", visitor)
}

func (r remoteAccounts) StartImport(ctx context.Context, in StartImport) (collector.Import, error) {
	return remote[collector.Import](ctx, r, "import", in)
}

func (r remoteAccounts) ImportState(ctx context.Context, visitor string) (collector.Import, error) {
	return remote[collector.Import](ctx, r, "import_state", visitor)
}

func (r remoteAccounts) CancelImport(ctx context.Context, visitor string) error {
	return r.engine.calls.Call(ctx, accountsSubject, "import_cancel", visitor, nil)
}

func (r remoteAccounts) Alive(ctx context.Context) error {
	return r.engine.calls.Call(ctx, accountsSubject, "alive", struct{}{}, nil)
}
