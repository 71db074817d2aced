package signin

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
	"telegramtrac/collector/telegram/client"
)

// errBusy answers a step while another one of the same person is being worked on.
func errBusy() error {
	return &collector.Error{Kind: collector.Flood, RetryAt: time.Now().Add(5 * time.Second)}
}

// SendCode begins a sign-in.
func (d *Desk) SendCode(ctx context.Context, in engine.SendCode) (engine.SignIn, error) {
	end, ok := d.begin(in.Visitor)
	if !ok {
		return d.o.Engine.SignIn(ctx, in.Visitor)
	}
	defer end()
	phone, ok := collector.Phone(in.Phone)
	if !ok {
		return engine.SignIn{}, &collector.Error{Kind: collector.PhoneInvalid}
	}
	p := &pending{Credentials: Credentials{Source: in.Source, Server: d.o.Servers[in.Source].Identity, APIID: in.APIID, APIHash: in.APIHash},
		Phone: phone, From: in.From}
	if step, ok, err := d.sentAlready(ctx, in.Visitor, p); ok || err != nil {
		return step, err
	}
	if err := d.mayAsk(phone); err != nil {
		return engine.SignIn{}, err
	}
	sent, err := d.sending(p, func() (client.SentCode, error) {
		if err := d.dialPending(ctx, p); err != nil {
			return client.SentCode{}, err
		}
		sent, err := p.client.SendCode(ctx, phone)
		d.refused(phone, err)
		return sent, err
	})
	if err != nil {
		p.close()
		return engine.SignIn{}, err
	}
	p.Hash = sent.Hash
	d.holdOpen(in.Visitor, p)
	if sent.SignedIn {
		_, err := d.finish(ctx, in.Visitor, p)
		return engine.SignIn{}, err
	}
	return d.putStep(ctx, in.Visitor, p, codeStep(engine.SignIn{Step: engine.StepCode}, sent))
}

// codeStep fills in how and when a code was sent.
func codeStep(step engine.SignIn, sent client.SentCode) engine.SignIn {
	now := time.Now().UTC()
	step.CodeVia, step.CodeAbout, step.CodeDigits = sent.Via, sent.About, sent.Length
	step.SentAt, step.ResendAt = now, now.Add(max(sent.Timeout, resendAfter))
	return step
}

// sentAlready returns the step that waits for a code if the same person asks again at once
// with the same number: a second code would make the first useless, and Telegram counts it.
func (d *Desk) sentAlready(ctx context.Context, visitor string, p *pending) (engine.SignIn, bool, error) {
	old, step, err := d.resume(ctx, visitor, engine.StepCode)
	if collector.KindOf(err) == collector.SignInExpired {
		return engine.SignIn{}, false, nil
	}
	if err != nil {
		return engine.SignIn{}, false, err
	}
	same := old.Phone == p.Phone && old.Source == p.Source && old.APIID == p.APIID && old.APIHash == p.APIHash
	return step, same && time.Since(step.SentAt) < resendAfter, nil
}

func (d *Desk) dialPending(ctx context.Context, p *pending) error {
	o, err := d.ClientOptions(&p.Credentials, p)
	if err != nil {
		return err
	}
	o.SigningIn = true
	o.Interactive = true
	if p.QR {
		o.OnScanned = func() { p.scanned.Store(true) }
	}
	p.client, err = client.Dial(ctx, o)
	return err
}

// putStep seals a sign-in and stores its step.
func (d *Desk) putStep(ctx context.Context, visitor string, p *pending, step engine.SignIn) (engine.SignIn, error) {
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
	step.Sealed = d.o.Keys.Seal(b, signInPurpose+visitor)
	return step, d.o.Engine.PutSignIn(ctx, visitor, step)
}

// resume returns a visitor's sign-in at a step: from memory or, after a restart, from the
// sealed record, with a new connection.
func (d *Desk) resume(ctx context.Context, visitor, step string) (*pending, engine.SignIn, error) {
	stored, err := d.o.Engine.SignIn(ctx, visitor)
	if err != nil {
		return nil, stored, fmt.Errorf("find the sign-in: %w", err)
	}
	if stored.Step != step || time.Now().After(stored.Expires) {
		return nil, stored, &collector.Error{Kind: collector.SignInExpired}
	}
	d.mu.Lock()
	p := d.byVisitor[visitor]
	d.mu.Unlock()
	if p != nil && !p.client.Ended() {
		return p, stored, nil
	}
	if p != nil {
		d.drop(visitor, p)
	}
	b, err := d.o.Keys.Open(stored.Sealed, signInPurpose+visitor)
	if err != nil {
		return nil, stored, &collector.Error{Kind: collector.SignInExpired, Err: err}
	}
	p = &pending{}
	if err := json.Unmarshal(b, p); err != nil {
		return nil, stored, fmt.Errorf("read the sign-in: %w", err)
	}
	err = d.dialPending(ctx, p)
	if collector.KindOf(err) == collector.SignedOut { // Telegram has forgotten the key that it was begun with
		return nil, stored, &collector.Error{Kind: collector.SignInExpired, Err: err}
	}
	if err != nil {
		return nil, stored, err
	}
	d.holdOpen(visitor, p)
	return p, stored, nil
}

// ResendCode sends another code, in the next way that Telegram offers.
func (d *Desk) ResendCode(ctx context.Context, visitor string) (engine.SignIn, error) {
	end, ok := d.begin(visitor)
	if !ok {
		return engine.SignIn{}, errBusy()
	}
	defer end()
	p, step, err := d.resume(ctx, visitor, engine.StepCode)
	if err != nil {
		return engine.SignIn{}, err
	}
	if time.Now().Before(step.ResendAt) {
		return engine.SignIn{}, &collector.Error{Kind: collector.Flood, RetryAt: step.ResendAt}
	}
	sent, err := d.sending(p, func() (sent client.SentCode, err error) {
		err = d.ask(p.Phone, func() (err error) {
			sent, err = p.anotherCode(ctx)
			return err
		})
		return sent, err
	})
	if err != nil {
		return engine.SignIn{}, err
	}
	p.Hash, p.Spent = sent.Hash, false
	return d.putStep(ctx, visitor, p, codeStep(step, sent))
}

// anotherCode asks for the code in the next way, or, if the attempt is over or there is no
// other way, for a new code.
func (p *pending) anotherCode(ctx context.Context) (client.SentCode, error) {
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

// EnterCode signs in with a code, or continues with the step for the password.
func (d *Desk) EnterCode(ctx context.Context, in engine.EnterCode) (engine.SignedIn, error) {
	end, ok := d.begin(in.Visitor)
	if !ok {
		return engine.SignedIn{}, errBusy()
	}
	defer end()
	p, step, err := d.resume(ctx, in.Visitor, engine.StepCode)
	if err != nil {
		return engine.SignedIn{}, err
	}
	var password bool
	var hint string
	err = d.ask("code "+p.Phone, func() (err error) {
		password, hint, err = p.client.EnterCode(ctx, p.Phone, client.SentCode{Hash: p.Hash, Via: step.CodeVia}, strings.TrimSpace(in.Code))
		return err
	})
	if err != nil {
		p.Spent = collector.KindOf(err) == collector.CodeExpired
		return engine.SignedIn{}, d.beginAgain(ctx, in.Visitor, p, step, err)
	}
	d.proved(p.number())
	if !password {
		return d.finish(ctx, in.Visitor, p)
	}
	step.Step, step.Hint = engine.StepPassword, hint
	_, err = d.putStep(ctx, in.Visitor, p, step)
	return engine.SignedIn{Password: true, Hint: hint}, err
}

// EnterPassword signs in with the password of two-step verification.
func (d *Desk) EnterPassword(ctx context.Context, in engine.EnterPassword) (engine.SignedIn, error) {
	end, ok := d.begin(in.Visitor)
	if !ok {
		return engine.SignedIn{}, errBusy()
	}
	defer end()
	p, step, err := d.resume(ctx, in.Visitor, engine.StepPassword)
	if err != nil {
		return engine.SignedIn{}, err
	}
	// A sign-in by QR code has no number: use the visitor.
	err = d.ask("password "+cmp.Or(p.Phone, in.Visitor), func() error { return p.client.EnterPassword(ctx, in.Password) })
	if err != nil {
		return engine.SignedIn{}, d.beginAgain(ctx, in.Visitor, p, step, err)
	}
	return d.finish(ctx, in.Visitor, p)
}

// beginAgain restarts a sign-in if err says that Telegram asks for it: it sends another code,
// or shows another QR code. If no code may be sent yet, the step waits for the person to ask
// for one. It returns the error to show.
func (d *Desk) beginAgain(ctx context.Context, visitor string, p *pending, step engine.SignIn, err error) error {
	if collector.KindOf(err) != collector.SignInRestarted {
		return err
	}
	out := &collector.Error{Kind: collector.SignInRestarted, Word: collector.AsError(err).Word, Err: err}
	if p.QR {
		p.code = qrCode{}
		_, err := d.turn(ctx, visitor, p, engine.SignIn{}, false)
		return cmp.Or[error](err, out)
	}
	p.Spent = true
	sent, failed := d.sending(p, func() (sent client.SentCode, err error) {
		err = d.ask(p.Phone, func() (err error) {
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
		_, err := d.finish(ctx, visitor, p)
		return cmp.Or[error](err, out)
	default:
		p.Hash, p.Spent, out.Detail = sent.Hash, false, "sent"
		again = codeStep(again, sent)
	}
	if _, err := d.putStep(ctx, visitor, p, again); err != nil {
		return err
	}
	return out
}

// finish stores the session in the account's workspace and puts the visitor into that. A
// session that cannot be stored is logged out: nobody could end it later.
func (d *Desk) finish(ctx context.Context, visitor string, p *pending) (engine.SignedIn, error) {
	w, brought, err := d.adopt(ctx, visitor, p)
	if err != nil {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		defer cancel()
		err = errors.Join(err, d.endSession(late, &p.Credentials), d.o.Engine.DropSignIn(late, visitor))
	}
	return engine.SignedIn{Workspace: w, Brought: brought}, err
}

// adoptTimeout is how long the records of one sign-in may take to write.
const adoptTimeout = 30 * time.Second

// adopt does the work of finish.
func (d *Desk) adopt(ctx context.Context, visitor string, p *pending) (w engine.Workspace, brought engine.Brought, err error) {
	user, err := p.client.Self(ctx)
	d.drop(visitor, p) // the holder opens the session; it must never be open twice
	if err != nil {
		return w, brought, err
	}
	server := d.o.Servers[p.Source]
	owner := strconv.FormatInt(user, 10)
	if server.Shared {
		owner = "visitor " + visitor
	}
	w = engine.Workspace{ID: d.o.Keys.Workspace(server.Identity, owner), Source: p.Source, Label: server.Label}
	from, err := d.along(ctx, cmp.Or(p.From, visitor), p.Source)
	if err != nil {
		return w, brought, err
	}
	if err := d.o.Owner.FinishDeletion(ctx, w.ID); err != nil { // else what is new would go with it
		return w, brought, err
	}
	err = d.o.Owner.WithLease(ctx, w.ID, func(ctx context.Context, lease *engine.Lease) error {
		if err := d.LogOut(ctx, w.ID); err != nil { // the session that this one takes the place of
			d.o.Logger.Info("logging out a replaced session failed", "workspace", w.ID, "error", err)
		}
		// What follows belongs together: a lease lost in its middle would leave the visitor
		// in a workspace without a session.
		whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), adoptTimeout)
		defer cancel()
		// The step goes first: it holds the session too.
		if err := d.o.Engine.DropSignIn(whole, visitor); err != nil {
			return fmt.Errorf("end the sign-in: %w", err)
		}
		if from != "" { // before the visitor, who would not find the way back
			if err := d.o.Engine.PutMerge(whole, from, w.ID); err != nil {
				return err
			}
		}
		if err := d.o.Engine.SetWorkspace(whole, visitor, w); err != nil {
			return fmt.Errorf("give the visitor the workspace: %w", err)
		}
		if p.From != "" {
			if err := d.o.Engine.ForgetVisitor(whole, p.From); err != nil {
				return err
			}
		}
		if err := d.PutCredentials(whole, w.ID, p.Credentials); err != nil {
			return err
		}
		if from != "" {
			brought = d.o.Owner.Bring(ctx, w.ID, lease)
		}
		return nil
	})
	if err != nil && from != "" {
		err = errors.Join(err, d.o.Engine.DropMerge(context.WithoutCancel(ctx), from, w.ID))
	}
	return w, brought, err
}
