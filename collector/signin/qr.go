package signin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/telegram/client"
)

// qrFor is how long QR codes are shown to somebody who scans none.
const qrFor = 5 * time.Minute

// Times of one code: it is renewed shortly before it expires, and Telegram is asked at most
// every askAfter whether it was scanned, unless it announces a scan.
const (
	renewBefore = 5 * time.Second
	askAfter    = 3 * time.Second
)

// qrCode is the code on the page. It stays in memory: whoever has it can let a stranger's
// session into an account.
type qrCode struct {
	link, number   string
	asked, renewAt time.Time
}

// fresh reports whether the code can be shown without asking Telegram.
func (p *pending) fresh(ask bool) bool {
	now := time.Now()
	switch {
	case p.code.link == "" || p.scanned.Load() || !now.Before(p.code.renewAt):
		return false
	case ask:
		return now.Before(p.code.asked.Add(askAfter))
	}
	return true
}

// ShowQR begins a sign-in by a QR code. The same person with the same api_id gets the current
// code again.
func (d *Desk) ShowQR(ctx context.Context, in engine.ShowQR) (engine.QR, error) {
	end, err := d.await(ctx, in.Visitor)
	if err != nil {
		return engine.QR{}, err
	}
	defer end()
	if in.Held {
		if in, err = d.ofWaiting(ctx, in); err != nil {
			return engine.QR{}, err
		}
	}
	p := &pending{QR: true, From: in.From,
		Credentials: Credentials{Source: in.Source, Server: d.o.Servers[in.Source].Identity, APIID: in.APIID, APIHash: in.APIHash}}
	old, step, err := d.resume(ctx, in.Visitor, engine.StepQR)
	if err == nil && old.Source == p.Source && old.APIID == p.APIID && old.APIHash == p.APIHash {
		return d.turn(ctx, in.Visitor, old, step, false)
	}
	if err := d.mayAsk(p.qrName()); err != nil {
		return engine.QR{}, err
	}
	if err := d.dialPending(ctx, p); err != nil {
		return engine.QR{}, err
	}
	out, err := d.turn(ctx, in.Visitor, p, engine.SignIn{}, false)
	if err != nil {
		d.drop(in.Visitor, p)
	}
	return out, err
}

// ofWaiting copies source and api_id of the unfinished sign-in, whose code did not arrive.
func (d *Desk) ofWaiting(ctx context.Context, in engine.ShowQR) (engine.ShowQR, error) {
	step, err := d.o.Engine.SignIn(ctx, in.Visitor)
	if err != nil {
		return in, fmt.Errorf("find the sign-in: %w", err)
	}
	p, _, err := d.resume(ctx, in.Visitor, step.Step)
	if err != nil {
		return in, err
	}
	in.Source, in.APIID, in.APIHash, in.From = p.Source, p.APIID, p.APIHash, p.From
	return in, nil
}

// passing reports whether asking for a QR code again may succeed. Other errors end the
// sign-in, because the page would ask for the same every few seconds.
func passing(err error) bool {
	e := collector.AsError(err)
	switch e.Kind {
	case collector.Network, collector.Flood, collector.CodeExpired, collector.Internal:
		return true
	}
	return e.Detail == collector.RefusedFailing
}

// AskQR returns the state of a sign-in by QR code. Two pages of one person wait for each
// other.
func (d *Desk) AskQR(ctx context.Context, in engine.AskQR) (engine.QR, error) {
	end, err := d.await(ctx, in.Visitor)
	if err != nil {
		return engine.QR{}, err
	}
	defer end()
	p, step, err := d.resume(ctx, in.Visitor, engine.StepQR)
	if err != nil {
		return engine.QR{}, err
	}
	return d.turn(ctx, in.Visitor, p, step, in.Now)
}

// turn returns the current code, or asks Telegram for the next one, which also signs in if the
// code was scanned.
func (d *Desk) turn(ctx context.Context, visitor string, p *pending, step engine.SignIn, ask bool) (engine.QR, error) {
	if p.fresh(ask) {
		return p.shown(step), nil
	}
	var got client.QR
	err := d.ask(p.qrName(), func() (err error) {
		p.scanned.Store(false) // a scan announced during the request sets it again
		if got, err = p.client.QR(ctx); err != nil {
			p.scanned.Store(p.code.link != "") // it may have been
		}
		return err
	})
	switch {
	case err != nil && step.Step == engine.StepQR && !passing(err):
		d.drop(visitor, p)
		return engine.QR{}, errors.Join(err, d.o.Engine.DropSignIn(ctx, visitor))
	case err != nil:
		return engine.QR{}, err
	case got.SignedIn:
		in, err := d.finish(ctx, visitor, p)
		return engine.QR{SignedIn: in}, err
	case got.Password:
		p.code = qrCode{}
		d.holdOpen(visitor, p)
		step, err := d.putStep(ctx, visitor, p, engine.SignIn{Step: engine.StepPassword, Hint: got.Hint})
		return engine.QR{SignIn: step, SignedIn: engine.SignedIn{Password: true, Hint: got.Hint}}, err
	}
	now := time.Now()
	p.code = qrCode{link: got.Link, number: rand.Text()[:8], asked: now, renewAt: now.Add(max(got.For-renewBefore, got.For/2))}
	if step.Step == "" {
		d.holdOpen(visitor, p)
		if step, err = d.putStep(ctx, visitor, p, engine.SignIn{Step: engine.StepQR}); err != nil {
			return engine.QR{}, err
		}
	}
	return p.shown(step), nil
}

func (p *pending) shown(step engine.SignIn) engine.QR {
	step.Sealed = nil
	return engine.QR{SignIn: step, Link: p.code.link, Number: p.code.number}
}

// qrName is the key by which refusals are remembered: there is no phone number.
func (p *pending) qrName() string { return "qr " + p.Source + " " + strconv.Itoa(p.APIID) }

// CancelSignIn deletes an unfinished sign-in.
func (d *Desk) CancelSignIn(ctx context.Context, visitor string) error {
	end, err := d.await(ctx, visitor)
	if err != nil {
		return err
	}
	defer end()
	d.forget(visitor)
	return d.o.Engine.DropSignIn(ctx, visitor)
}
