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

// resendAfter is the shortest time between two codes.
const resendAfter = 20 * time.Second

// codesAnHour limits the codes to one number, whoever asks for them: strangers must not
// make a person's phone ring all day, or have Telegram refuse the number.
const codesAnHour = 5

const signInPurpose = "signin\x00"

// pending is a sign-in between two steps. Its JSON is sealed in engine.SignIn; its
// connection stays open, so that the next step is quick.
type pending struct {
	Credentials
	Phone string `json:"phone"`
	QR    bool   `json:"qr"` // by QR code, without a phone number
	Hash  string `json:"hash"`
	From  string `json:"from,omitempty"` // the visitor who began it, where another is signed in
	Spent bool   `json:"spent"`          // the attempt that Hash names accepts no code any more

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

// Store keeps the session in memory; putStep seals it.
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

// holdOpen keeps a sign-in's connection open until it is dropped or expires.
func (d *Desk) holdOpen(visitor string, p *pending) {
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

// refused records how long Telegram wants no more requests of this name, such as a code for a
// number: a request that comes too early makes the wait longer.
func (d *Desk) refused(name string, err error) {
	if err == nil {
		return
	}
	e := collector.AsError(err)
	if e.Kind != collector.Flood {
		return
	}
	if e.RetryAt.IsZero() { // Telegram gives no time for a number that was used too often
		e.RetryAt = time.Now().Add(untoldWait)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.notBefore, func(_ string, until time.Time) bool { return time.Now().After(until) })
	d.notBefore[name] = e.RetryAt
}

// untoldWait is the wait if Telegram does not say how long.
const untoldWait = time.Hour

// ask calls do, unless Telegram has asked to wait with requests of this name. A new
// refusal is remembered.
func (d *Desk) ask(name string, do func() error) error {
	if err := d.mayAsk(name); err != nil {
		return err
	}
	err := do()
	d.refused(name, err)
	return err
}

// mayAsk returns the unexpired flood error for this name, if there is one.
func (d *Desk) mayAsk(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if until := d.notBefore[name]; time.Now().Before(until) {
		return &collector.Error{Kind: collector.Flood, RetryAt: until}
	}
	return nil
}

// countCode counts a code that is about to be sent to a number. It fails if the code is too
// soon after the last one, or one too many. Call undo if the code was not sent.
func (d *Desk) countCode(number string, now time.Time) (undo func(), err error) {
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
	return func() { d.uncountCode(number, now) }, nil
}

func (d *Desk) uncountCode(number string, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(d.sent[number]), at.Equal)
	if d.sent[number] = left; len(left) == 0 {
		delete(d.sent, number)
	}
}

// proved forgets the codes sent to a number, because its owner has entered one.
func (d *Desk) proved(number string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sent, number)
}

// sending sends a code and counts it for its number. It does not count the sandbox's numbers,
// which belong to nobody.
func (d *Desk) sending(p *pending, send func() (client.SentCode, error)) (client.SentCode, error) {
	undo := func() {}
	if !d.o.Servers[p.Source].Shared {
		var err error
		if undo, err = d.countCode(p.number(), time.Now()); err != nil {
			return client.SentCode{}, err
		}
	}
	sent, err := send()
	if err != nil || sent.SignedIn {
		undo()
	}
	return sent, err
}

// number is the key by which a sign-in's codes are counted.
func (p *pending) number() string { return p.Source + " " + p.Phone }

// begin marks that a step of a visitor is being worked on, and fails if one is already: a
// button pressed twice must not send two codes.
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

// await is begin for a step that waits for the one before it.
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
