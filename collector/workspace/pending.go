package workspace

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/telegram"
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
	credentials
	Phone string `json:"phone"`
	QR    bool   `json:"qr"` // by QR code, without a phone number
	Hash  string `json:"hash"`
	From  string `json:"from,omitempty"` // the visitor who began it, where another is signed in
	Spent bool   `json:"spent"`          // the attempt that Hash names takes no code any more

	code    qrCode // that is shown; only one step of a visitor uses it at a time
	scanned atomic.Bool

	mu     sync.Mutex
	client *telegram.Client
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

// signIns are the sign-ins under way in this process, one per visitor.
type signIns struct {
	host *Host

	mu        sync.Mutex
	byVisitor map[string]*pending
	busy      map[string]chan struct{} // a step of the visitor is being worked on; closed at its end
	sent      map[string][]time.Time   // by source and number: the codes of the last hour
	notBefore map[string]time.Time     // by what was asked, such as a code for a number: Telegram asked to wait
}

func newSignIns(h *Host) *signIns {
	return &signIns{host: h, byVisitor: map[string]*pending{}, busy: map[string]chan struct{}{}, notBefore: map[string]time.Time{}, sent: map[string][]time.Time{}}
}

// close ends every connection; the steps themselves survive in the engine.
func (s *signIns) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for visitor, p := range s.byVisitor {
		p.close()
		delete(s.byVisitor, visitor)
	}
}

// keep holds a sign-in's connection open until the next step or its expiry.
func (s *signIns) keep(visitor string, p *pending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.byVisitor[visitor]; old != nil && old != p {
		old.close()
	}
	s.byVisitor[visitor] = p
	if p.expiry != nil {
		p.expiry.Stop()
	}
	p.expiry = time.AfterFunc(pendingFor, func() { s.drop(visitor, p) })
}

// drop closes a sign-in's connection.
func (s *signIns) drop(visitor string, p *pending) {
	s.mu.Lock()
	if s.byVisitor[visitor] == p {
		delete(s.byVisitor, visitor)
	}
	s.mu.Unlock()
	p.close()
}

// refused remembers that Telegram asked to wait before it is asked the same again,
// such as another code for a number: asking early counts against it.
func (s *signIns) refused(name string, err error) {
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
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.notBefore, func(_ string, until time.Time) bool { return time.Now().After(until) })
	s.notBefore[name] = e.RetryAt
}

// untoldWait is how long is waited where Telegram asks to wait and does not say
// how long.
const untoldWait = time.Hour

// ask asks Telegram, unless a refusal to what has the same name still stands.
func (s *signIns) ask(name string, do func() error) error {
	if err := s.mayAsk(name); err != nil {
		return err
	}
	err := do()
	s.refused(name, err)
	return err
}

// mayAsk is the refusal that still stands for what has the name.
func (s *signIns) mayAsk(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := s.notBefore[name]; time.Now().Before(until) {
		return &collector.Error{Kind: collector.Flood, RetryAt: until}
	}
	return nil
}

// pace counts a code that is about to be sent to a number, unless it comes too soon
// after the last or is one too many. Where none was sent after all, undo it.
func (s *signIns) pace(number string, now time.Time) (undo func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := func(at time.Time) bool { return now.Sub(at) >= time.Hour }
	maps.DeleteFunc(s.sent, func(_ string, at []time.Time) bool { return old(at[len(at)-1]) })
	sent := slices.DeleteFunc(slices.Clone(s.sent[number]), old)
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
	s.sent[number] = append(sent, now)
	return func() { s.unpace(number, now) }, nil
}

func (s *signIns) unpace(number string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(s.sent[number]), at.Equal)
	if s.sent[number] = left; len(left) == 0 {
		delete(s.sent, number)
	}
}

// proved forgets the codes of a number whose owner has entered one.
func (s *signIns) proved(number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sent, number)
}

// sending sends a code, at the pace of its number. The sandbox's numbers are
// everybody's and nobody's.
func (s *signIns) sending(p *pending, send func() (telegram.SentCode, error)) (telegram.SentCode, error) {
	undo := func() {}
	if !s.host.Servers[p.Source].Shared {
		var err error
		if undo, err = s.pace(p.number(), time.Now()); err != nil {
			return telegram.SentCode{}, err
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
func (s *signIns) begin(visitor string) (end func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[visitor] != nil {
		return nil, false
	}
	done := make(chan struct{})
	s.busy[visitor] = done
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.busy, visitor)
		close(done)
	}, true
}

// await is begin for a step that may wait for another.
func (s *signIns) await(ctx context.Context, visitor string) (end func(), err error) {
	for {
		if end, ok := s.begin(visitor); ok {
			return end, nil
		}
		s.mu.Lock()
		done := s.busy[visitor]
		s.mu.Unlock()
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
func (s *signIns) forget(visitor string) {
	s.mu.Lock()
	p := s.byVisitor[visitor]
	s.mu.Unlock()
	if p != nil {
		s.drop(visitor, p)
	}
}
