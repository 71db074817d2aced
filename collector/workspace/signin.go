package workspace

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/telegram"
)

// errBusy is the answer to a step while another of the same person is worked on.
func errBusy() error {
	return &collector.Error{Kind: collector.Flood, RetryAt: time.Now().Add(5 * time.Second)}
}

// handle answers the calls of engine.SubjectSignIn.
func (h *Host) handle(ctx context.Context, method string, req []byte) (any, error) {
	switch method {
	case engine.MethodSendCode:
		return answer(req, func(in engine.SendCode) (any, error) { return h.sendCode(ctx, in) })
	case engine.MethodResendCode:
		return answer(req, func(in engine.Visitor) (any, error) { return h.resendCode(ctx, in.Visitor) })
	case engine.MethodShowQR:
		return answer(req, func(in engine.ShowQR) (any, error) { return h.showQR(ctx, in) })
	case engine.MethodQR:
		return answer(req, func(in engine.AskQR) (any, error) { return h.askQR(ctx, in) })
	case engine.MethodCancelSignIn:
		return answer(req, func(in engine.Visitor) (any, error) { return struct{}{}, h.cancelSignIn(ctx, in.Visitor) })
	case engine.MethodEnterCode:
		return answer(req, func(in engine.EnterCode) (any, error) { return h.enterCode(ctx, in) })
	case engine.MethodEnterPassword:
		return answer(req, func(in engine.EnterPassword) (any, error) { return h.enterPassword(ctx, in) })
	case engine.MethodNoAccount:
		return answer(req, func(in engine.NoAccount) (any, error) { return h.noAccount(ctx, in) })
	case engine.MethodGlimpse:
		return answer(req, func(in engine.Look) (any, error) { return h.glimpse(ctx, in) })
	case engine.MethodPicture:
		return answer(req, func(in engine.Look) (any, error) { return h.picture(ctx, in) })
	case engine.MethodSignOut:
		return answer(req, func(in engine.Leave) (any, error) { return h.signOut(ctx, in) })
	case engine.MethodSignOutEverywhere:
		return answer(req, func(in engine.Leave) (any, error) { return h.signOutEverywhere(ctx, in) })
	case engine.MethodDelete:
		return answer(req, func(in engine.Visitor) (any, error) { return h.delete(ctx, in.Visitor) })
	case engine.MethodLook:
		return answer(req, func(in engine.Look) (any, error) { return h.look(ctx, in) })
	case engine.MethodLookUps:
		return answer(req, func(in engine.Look) (any, error) { return h.lookUps(ctx, in) })
	case engine.MethodStanding:
		return answer(req, func(in engine.Visitor) (any, error) { return h.standing(ctx, in.Visitor) })
	case engine.MethodAlive:
		return struct{}{}, nil
	case engine.MethodImport:
		return answer(req, func(in engine.StartImport) (any, error) { return h.startImport(ctx, in) })
	case engine.MethodImportState:
		return answer(req, func(in engine.Visitor) (any, error) { return h.importState(ctx, in.Visitor) })
	case engine.MethodImportCancel:
		return answer(req, func(in engine.Visitor) (any, error) { return struct{}{}, h.cancelImport(ctx, in.Visitor) })
	case engine.MethodGoOn:
		return answer(req, func(in engine.Visitor) (any, error) { return struct{}{}, h.goOn(ctx, in.Visitor) })
	}
	return nil, fmt.Errorf("no method %q", method)
}

func answer[T any](req []byte, f func(T) (any, error)) (any, error) {
	var in T
	if err := json.Unmarshal(req, &in); err != nil {
		return nil, fmt.Errorf("read the call: %w", err)
	}
	return f(in)
}

// sendCode begins a sign-in.
func (h *Host) sendCode(ctx context.Context, in engine.SendCode) (engine.SignIn, error) {
	end, ok := h.signIns.begin(in.Visitor)
	if !ok {
		return h.Engine.SignIn(ctx, in.Visitor)
	}
	defer end()
	phone, ok := collector.Phone(in.Phone)
	if !ok {
		return engine.SignIn{}, &collector.Error{Kind: collector.PhoneInvalid}
	}
	p := &pending{credentials: credentials{Source: in.Source, Server: h.Servers[in.Source].Identity, APIID: in.APIID, APIHash: in.APIHash}, Phone: phone, From: in.From}
	if step, ok, err := h.sentAlready(ctx, in.Visitor, p); ok || err != nil {
		return step, err
	}
	if err := h.signIns.mayAsk(phone); err != nil {
		return engine.SignIn{}, err
	}
	sent, err := h.signIns.sending(p, func() (telegram.SentCode, error) {
		if err := h.dialPending(ctx, p); err != nil {
			return telegram.SentCode{}, err
		}
		sent, err := p.client.SendCode(ctx, phone)
		h.signIns.refused(phone, err)
		return sent, err
	})
	if err != nil {
		p.close()
		return engine.SignIn{}, err
	}
	p.Hash = sent.Hash
	h.signIns.keep(in.Visitor, p)
	if sent.SignedIn {
		_, err := h.finish(ctx, in.Visitor, p)
		return engine.SignIn{}, err
	}
	return h.putStep(ctx, in.Visitor, p, codeStep(engine.SignIn{Step: engine.StepCode}, sent))
}

// codeStep notes how and when a code was sent.
func codeStep(step engine.SignIn, sent telegram.SentCode) engine.SignIn {
	now := time.Now().UTC()
	step.CodeVia, step.CodeAbout, step.CodeDigits = sent.Via, sent.About, sent.Length
	step.SentAt, step.ResendAt = now, now.Add(max(sent.Timeout, resendAfter))
	return step
}

// sentAlready returns the step that waits for a code, when the same person asks
// for one with the same number again at once: a second code would make the
// first one useless and counts against the number.
func (h *Host) sentAlready(ctx context.Context, visitor string, p *pending) (engine.SignIn, bool, error) {
	old, step, err := h.resume(ctx, visitor, engine.StepCode)
	if collector.KindOf(err) == collector.SignInExpired {
		return engine.SignIn{}, false, nil
	}
	if err != nil {
		return engine.SignIn{}, false, err
	}
	same := old.Phone == p.Phone && old.Source == p.Source && old.APIID == p.APIID && old.APIHash == p.APIHash
	return step, same && time.Since(step.SentAt) < resendAfter, nil
}

func (h *Host) dialPending(ctx context.Context, p *pending) error {
	o, err := h.clientOptions(&p.credentials, p)
	if err != nil {
		return err
	}
	o.SigningIn = true
	o.Interactive = true
	if p.QR {
		o.OnScanned = func() { p.scanned.Store(true) }
	}
	p.client, err = telegram.Dial(ctx, o)
	return err
}

// putStep seals a sign-in and stores its step.
func (h *Host) putStep(ctx context.Context, visitor string, p *pending, step engine.SignIn) (engine.SignIn, error) {
	p.mu.Lock()
	b, err := json.Marshal(p)
	p.mu.Unlock()
	if err != nil {
		return engine.SignIn{}, fmt.Errorf("write the sign-in: %w", err)
	}
	step.Source, step.APIID = p.Source, p.APIID
	step.PhoneHint = p.Phone[max(0, len(p.Phone)-2):]
	step.Expires = time.Now().Add(pendingFor).UTC()
	if step.Step == engine.StepQR {
		step.Expires = time.Now().Add(qrFor).UTC()
	}
	step.Sealed = h.Keys.Seal(b, signInPurpose+visitor)
	return step, h.Engine.PutSignIn(ctx, visitor, step)
}

// resume finds a visitor's sign-in: in memory, or after a restart from its seal.
func (h *Host) resume(ctx context.Context, visitor, step string) (*pending, engine.SignIn, error) {
	stored, err := h.Engine.SignIn(ctx, visitor)
	if err != nil {
		return nil, stored, fmt.Errorf("find the sign-in: %w", err)
	}
	if stored.Step != step || time.Now().After(stored.Expires) {
		return nil, stored, &collector.Error{Kind: collector.SignInExpired}
	}
	h.signIns.mu.Lock()
	p := h.signIns.byVisitor[visitor]
	h.signIns.mu.Unlock()
	if p != nil && !p.client.Ended() {
		return p, stored, nil
	}
	if p != nil {
		h.signIns.drop(visitor, p)
	}
	b, err := h.Keys.Open(stored.Sealed, signInPurpose+visitor)
	if err != nil {
		return nil, stored, &collector.Error{Kind: collector.SignInExpired, Err: err}
	}
	p = &pending{}
	if err := json.Unmarshal(b, p); err != nil {
		return nil, stored, fmt.Errorf("read the sign-in: %w", err)
	}
	err = h.dialPending(ctx, p)
	if collector.KindOf(err) == collector.SignedOut { // Telegram has forgotten the key that it was begun with
		return nil, stored, &collector.Error{Kind: collector.SignInExpired, Err: err}
	}
	if err != nil {
		return nil, stored, err
	}
	h.signIns.keep(visitor, p)
	return p, stored, nil
}

func (h *Host) resendCode(ctx context.Context, visitor string) (engine.SignIn, error) {
	end, ok := h.signIns.begin(visitor)
	if !ok {
		return engine.SignIn{}, errBusy()
	}
	defer end()
	p, step, err := h.resume(ctx, visitor, engine.StepCode)
	if err != nil {
		return engine.SignIn{}, err
	}
	if time.Now().Before(step.ResendAt) {
		return engine.SignIn{}, &collector.Error{Kind: collector.Flood, RetryAt: step.ResendAt}
	}
	sent, err := h.signIns.sending(p, func() (sent telegram.SentCode, err error) {
		err = h.signIns.ask(p.Phone, func() (err error) {
			sent, err = p.anotherCode(ctx)
			return err
		})
		return sent, err
	})
	if err != nil {
		return engine.SignIn{}, err
	}
	p.Hash, p.Spent = sent.Hash, false
	return h.putStep(ctx, visitor, p, codeStep(step, sent))
}

// anotherCode asks for the code in the next way, or, where the attempt is over
// or knows no other way, for a new one.
func (p *pending) anotherCode(ctx context.Context) (telegram.SentCode, error) {
	if !p.Spent {
		sent, err := p.client.ResendCode(ctx, p.Phone, p.Hash)
		switch collector.KindOf(err) {
		case collector.CodeExpired, collector.CodeUnavailable, collector.SignInRestarted:
		default:
			return sent, err
		}
	}
	return p.client.SendCode(ctx, p.Phone)
}

func (h *Host) enterCode(ctx context.Context, in engine.EnterCode) (engine.SignedIn, error) {
	end, ok := h.signIns.begin(in.Visitor)
	if !ok {
		return engine.SignedIn{}, errBusy()
	}
	defer end()
	p, step, err := h.resume(ctx, in.Visitor, engine.StepCode)
	if err != nil {
		return engine.SignedIn{}, err
	}
	var password bool
	var hint string
	err = h.signIns.ask("code "+p.Phone, func() (err error) {
		password, hint, err = p.client.EnterCode(ctx, p.Phone, telegram.SentCode{Hash: p.Hash, Via: step.CodeVia}, strings.TrimSpace(in.Code))
		return err
	})
	if err != nil {
		p.Spent = collector.KindOf(err) == collector.CodeExpired
		return engine.SignedIn{}, h.beginAgain(ctx, in.Visitor, p, step, err)
	}
	h.signIns.proved(p.number())
	if !password {
		return h.finish(ctx, in.Visitor, p)
	}
	step.Step, step.Hint = engine.StepPassword, hint
	_, err = h.putStep(ctx, in.Visitor, p, step)
	return engine.SignedIn{Password: true, Hint: hint}, err
}

func (h *Host) enterPassword(ctx context.Context, in engine.EnterPassword) (engine.SignedIn, error) {
	end, ok := h.signIns.begin(in.Visitor)
	if !ok {
		return engine.SignedIn{}, errBusy()
	}
	defer end()
	p, step, err := h.resume(ctx, in.Visitor, engine.StepPassword)
	if err != nil {
		return engine.SignedIn{}, err
	}
	// Who came by a QR code has no number here; the visitor tells them apart.
	err = h.signIns.ask("password "+cmp.Or(p.Phone, in.Visitor), func() error { return p.client.EnterPassword(ctx, in.Password) })
	if err != nil {
		return engine.SignedIn{}, h.beginAgain(ctx, in.Visitor, p, step, err)
	}
	return h.finish(ctx, in.Visitor, p)
}

// beginAgain begins a sign-in again where Telegram asks for it by err: another code
// is sent, or another QR code shown. Where no code may be sent yet, the step waits for
// the person to ask for one. It returns what is to be told.
func (h *Host) beginAgain(ctx context.Context, visitor string, p *pending, step engine.SignIn, err error) error {
	if collector.KindOf(err) != collector.SignInRestarted {
		return err
	}
	out := &collector.Error{Kind: collector.SignInRestarted, Word: collector.AsError(err).Word, Err: err}
	if p.QR {
		p.code = qrCode{}
		_, err := h.turn(ctx, visitor, p, engine.SignIn{}, false)
		return cmp.Or[error](err, out)
	}
	p.Spent = true
	sent, failed := h.signIns.sending(p, func() (sent telegram.SentCode, err error) {
		err = h.signIns.ask(p.Phone, func() (err error) {
			sent, err = p.client.SendCode(ctx, p.Phone)
			return err
		})
		return sent, err
	})
	again := step
	again.Step, again.Hint = engine.StepCode, ""
	switch kind := collector.KindOf(failed); {
	case kind == collector.Flood:
		again.ResendAt = collector.AsError(failed).RetryAt
	case failed != nil:
		return failed
	case sent.SignedIn:
		_, err := h.finish(ctx, visitor, p)
		return cmp.Or[error](err, out)
	default:
		p.Hash, p.Spent, out.Detail = sent.Hash, false, "sent"
		again = codeStep(again, sent)
	}
	if _, err := h.putStep(ctx, visitor, p, again); err != nil {
		return err
	}
	return out
}

// finish makes the signed-in session the workspace's, and the workspace the
// visitor's. A session that cannot be kept is logged out again: nobody could
// end it later.
func (h *Host) finish(ctx context.Context, visitor string, p *pending) (engine.SignedIn, error) {
	w, brought, err := h.adopt(ctx, visitor, p)
	if err != nil {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		defer cancel()
		err = errors.Join(err, h.endSession(late, &p.credentials), h.Engine.DropSignIn(late, visitor))
	}
	return engine.SignedIn{Workspace: w, Brought: brought}, err
}

func (h *Host) adopt(ctx context.Context, visitor string, p *pending) (w engine.Workspace, brought engine.Brought, err error) {
	user, err := p.client.Self(ctx)
	h.signIns.drop(visitor, p) // the holder opens the session; it must never be open twice
	if err != nil {
		return w, brought, err
	}
	server := h.Servers[p.Source]
	owner := strconv.FormatInt(user, 10)
	if server.Shared {
		owner = "visitor " + visitor
	}
	w = engine.Workspace{ID: h.Keys.Workspace(server.Identity, owner), Source: p.Source, Label: server.Label}
	from, err := h.along(ctx, cmp.Or(p.From, visitor), p.Source)
	if err != nil {
		return w, brought, err
	}
	if err := h.finishDeletion(ctx, w.ID, leaveLimit); err != nil { // else what is new would go with it
		return w, brought, err
	}
	err = h.withLease(ctx, w.ID, func(ctx context.Context, lease *engine.Lease) error {
		if err := h.logOut(ctx, w.ID); err != nil { // the session that this one takes the place of
			h.Logger.Info("logging out a replaced session failed", "workspace", w.ID, "error", err)
		}
		// The step goes first: it holds the session too.
		if err := h.Engine.DropSignIn(ctx, visitor); err != nil {
			return fmt.Errorf("end the sign-in: %w", err)
		}
		if from != "" { // before the visitor, who would not find the way back
			if err := h.Engine.PutMerge(ctx, from, w.ID); err != nil {
				return err
			}
		}
		if err := h.Engine.SetWorkspace(ctx, visitor, w); err != nil {
			return fmt.Errorf("give the visitor the workspace: %w", err)
		}
		if p.From != "" {
			if err := h.Engine.ForgetVisitor(ctx, p.From); err != nil {
				return err
			}
		}
		if err := h.storeCredentials(ctx, w.ID, p.credentials); err != nil {
			return err
		}
		if from != "" {
			brought = h.bringNow(ctx, w.ID, lease)
		}
		return nil
	})
	if err != nil && from != "" {
		err = errors.Join(err, h.Engine.DropMerge(context.WithoutCancel(ctx), from, w.ID))
	}
	return w, brought, err
}
