package signin

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/telegram/client"
)

// pendingFor is how long a sign-in waits for its next step.
const pendingFor = 15 * time.Minute

// resendAfter is how soon another code may be asked for at the earliest.
const resendAfter = 20 * time.Second

// codesAnHour is how many codes are sent to one number, whoever asks: strangers must
// not have a person's phone ring all day, nor the number refused by Telegram.
const codesAnHour = 5

const signInPurpose = "signin\x00"

// pending is a sign-in between two steps: what is sealed in engine.SignIn, and
// the connection, which is kept open so that the steps are quick.
type pending struct {
	Credentials
	Phone string `json:"phone"`
	QR    bool   `json:"qr"` // by QR code, without a phone number
	Hash  string `json:"hash"`
	From  string `json:"from,omitempty"` // the visitor who began it, where another is signed in
	Spent bool   `json:"spent"`          // the attempt that Hash names takes no code any more

	code    qrCode // that is shown; only one step of a visitor uses it at a time
	scanned atomic.Bool

	mu     sync.Mutex
	client *client.Client
	expiry *time.Timer
}

// Load returns the session of the sign-in so far.
func (p *pending) Load(context.Context) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Session, nil
}

// Store keeps it in memory; it is sealed with the step.
func (p *pending) Store(_ context.Context, secret []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Session = secret
	return nil
}

func (p *pending) close() {
	if p.expiry != nil {
		p.expiry.Stop()
	}
	if p.client != nil {
		p.client.Close()
	}
}

// Close ends every connection; the steps themselves survive in the engine.
func (d *Desk) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for visitor, p := range d.byVisitor {
		p.close()
		delete(d.byVisitor, visitor)
	}
}

// keep holds a sign-in's connection open until the next step or its expiry.
func (d *Desk) keep(visitor string, p *pending) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if old := d.byVisitor[visitor]; old != nil && old != p {
		old.close()
	}
	d.byVisitor[visitor] = p
	if p.expiry != nil {
		p.expiry.Stop()
	}
	p.expiry = time.AfterFunc(pendingFor, func() { d.drop(visitor, p) })
}

// drop closes a sign-in's connection.
func (d *Desk) drop(visitor string, p *pending) {
	d.mu.Lock()
	if d.byVisitor[visitor] == p {
		delete(d.byVisitor, visitor)
	}
	d.mu.Unlock()
	p.close()
}

// refused remembers that Telegram asked to wait before it is asked the same again,
// such as another code for a number: asking early counts against it.
func (d *Desk) refused(name string, err error) {
	if err == nil {
		return
	}
	e := collector.AsError(err)
	if e.Kind != collector.Flood {
		return
	}
	if e.RetryAt.IsZero() { // of a number that was used too often Telegram tells no time
		e.RetryAt = time.Now().Add(untoldWait)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.notBefore, func(_ string, until time.Time) bool { return time.Now().After(until) })
	d.notBefore[name] = e.RetryAt
}

// untoldWait is how long is waited where Telegram asks to wait and does not say
// how long.
const untoldWait = time.Hour

// ask asks Telegram, unless a refusal to what has the same name still stands.
func (d *Desk) ask(name string, do func() error) error {
	if err := d.mayAsk(name); err != nil {
		return err
	}
	err := do()
	d.refused(name, err)
	return err
}

// mayAsk is the refusal that still stands for what has the name.
func (d *Desk) mayAsk(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if until := d.notBefore[name]; time.Now().Before(until) {
		return &collector.Error{Kind: collector.Flood, RetryAt: until}
	}
	return nil
}

// pace counts a code that is about to be sent to a number, unless it comes too soon
// after the last or is one too many. Where none was sent after all, undo it.
func (d *Desk) pace(number string, now time.Time) (undo func(), err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := func(at time.Time) bool { return now.Sub(at) >= time.Hour }
	maps.DeleteFunc(d.sent, func(_ string, at []time.Time) bool { return old(at[len(at)-1]) })
	sent := slices.DeleteFunc(slices.Clone(d.sent[number]), old)
	var next time.Time
	if n := len(sent); n > 0 {
		next = sent[n-1].Add(resendAfter)
	}
	if n := len(sent); n >= codesAnHour {
		next = sent[n-codesAnHour].Add(time.Hour)
	}
	if now.Before(next) {
		return nil, &collector.Error{Kind: collector.Flood, RetryAt: next}
	}
	d.sent[number] = append(sent, now)
	return func() { d.unpace(number, now) }, nil
}

func (d *Desk) unpace(number string, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(d.sent[number]), at.Equal)
	if d.sent[number] = left; len(left) == 0 {
		delete(d.sent, number)
	}
}

// proved forgets the codes of a number whose owner has entered one.
func (d *Desk) proved(number string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sent, number)
}

// sending sends a code, at the pace of its number. The sandbox's numbers are
// everybody's and nobody's.
func (d *Desk) sending(p *pending, send func() (client.SentCode, error)) (client.SentCode, error) {
	undo := func() {}
	if !d.o.Servers[p.Source].Shared {
		var err error
		if undo, err = d.pace(p.number(), time.Now()); err != nil {
			return client.SentCode{}, err
		}
	}
	sent, err := send()
	if err != nil || sent.SignedIn {
		undo()
	}
	return sent, err
}

// number is what the codes of a sign-in are counted by.
func (p *pending) number() string { return p.Source + " " + p.Phone }

// begin lets one step of a visitor run at a time: two pressed at once would
// send two codes.
func (d *Desk) begin(visitor string) (end func(), ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy[visitor] != nil {
		return nil, false
	}
	done := make(chan struct{})
	d.busy[visitor] = done
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.busy, visitor)
		close(done)
	}, true
}

// await is begin for a step that may wait for another.
func (d *Desk) await(ctx context.Context, visitor string) (end func(), err error) {
	for {
		if end, ok := d.begin(visitor); ok {
			return end, nil
		}
		d.mu.Lock()
		done := d.busy[visitor]
		d.mu.Unlock()
		if done == nil {
			continue
		}
		select {
		case <-done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// forget closes a visitor's connection, if there is one.
func (d *Desk) forget(visitor string) {
	d.mu.Lock()
	p := d.byVisitor[visitor]
	d.mu.Unlock()
	if p != nil {
		d.drop(visitor, p)
	}
}
