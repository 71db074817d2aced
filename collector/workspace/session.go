package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/telegram"
	"telegramtrac/collector/telegram/client"
)

// storedPeers are telegram.Peers in the engine.
type storedPeers struct {
	host      *Host
	workspace string
}

// Peer returns the value stored under a key.
func (p storedPeers) Peer(ctx context.Context, key string) ([]byte, error) {
	return p.host.Engine.Peer(ctx, p.workspace, key)
}

// PutPeer stores a value under a key.
func (p storedPeers) PutPeer(ctx context.Context, key string, value []byte) error {
	return p.host.Engine.PutPeer(ctx, p.workspace, key, value)
}

// openSession is a holder's connection to Telegram. It is opened at first use and serves all
// collections that the holder runs.
type openSession struct {
	host        *Host
	workspace   string
	interactive bool // a person waits: see client.Options
	client      *client.Client
	name        string // of the source

	mu     sync.Mutex
	onWait func(collector.Wait)
	last   collector.Wait // the current one; zero: none
}

// open connects, or returns the open connection.
func (s *openSession) open(ctx context.Context) (*client.Client, error) {
	if s.client != nil {
		return s.client, nil
	}
	c, err := s.host.Credentials(ctx, s.workspace)
	if err != nil {
		return nil, err
	}
	memory, err := s.host.memory(ctx, s.workspace)
	if err != nil {
		return nil, err
	}
	o, err := s.host.ClientOptions(c, s.host.Session(s.workspace, c))
	if err != nil {
		return nil, err
	}
	o.Interactive = s.interactive
	o.LookUpsADay = s.host.LookUpsADay
	o.Memory = memory
	o.Save = func(m gate.Memory) { s.host.remember(ctx, s.workspace, m) }
	o.OnWait = s.wait
	s.name = c.Source
	s.client, err = client.Dial(ctx, o)
	return s.client, err
}

// telegram returns a source over the session's connection.
func (s *openSession) telegram(ctx context.Context, p collector.Pseudonym) (*telegram.Source, error) {
	c, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	return telegram.NewSource(c, telegram.Options{Name: s.name, Peers: storedPeers{s.host, s.workspace}, Pseudonym: p}), nil
}

// clock returns the clock for the times in rows, coverage and receipts: Telegram's if a client
// is connected, as the computer's may be wrong; nil means the computer's.
func (s *openSession) clock() func() time.Time {
	if s.client == nil {
		return nil
	}
	return s.client.Now
}

// memory reads what is stored of an account's requests and flood waits; for a new workspace,
// what was carried over from a deleted one of the same account.
func (h *Host) memory(ctx context.Context, workspace string) (gate.Memory, error) {
	var m gate.Memory
	b, err := h.Engine.Flood(ctx, workspace)
	if err == nil && b == nil {
		b, err = h.Engine.CarriedOver(ctx, h.carriedName(workspace))
	}
	if err != nil || b == nil {
		return m, err
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("read what is remembered of the account: %w", err)
	}
	return m, nil
}

// stopCarried is how long a stop of the guard outlives a deleted workspace. Only a person
// ends a stop, so that it has no end of its own.
const stopCarried = 30 * 24 * time.Hour

// carriedName names what is carried over for a workspace's account. It differs from the
// workspace's name, so that it does not show which workspace was deleted.
func (h *Host) carriedName(workspace string) string { return h.Keys.Workspace("owed", workspace) }

// carryOver keeps what is to outlive a workspace of its account's memory: whoever signs in
// again has the same account, and Telegram has not forgotten.
func (h *Host) carryOver(ctx context.Context, workspace string) error {
	m, err := h.memory(ctx, workspace)
	if err != nil {
		return err
	}
	m, until := outliving(m, h.now())
	if until.IsZero() {
		return h.Engine.DropCarriedOver(ctx, h.carriedName(workspace))
	}
	b, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write what is carried over: %w", err)
	}
	return h.Engine.PutCarriedOver(ctx, h.carriedName(workspace), until, b)
}

// outliving returns what outlives a workspace, and until when: an active flood wait, a stop,
// and the look-ups of the last day. The time is zero if there is none of them.
func outliving(m gate.Memory, now time.Time) (gate.Memory, time.Time) {
	until := m.NotBefore
	if stop := now.Add(stopCarried); m.Stopped != "" && until.Before(stop) {
		until = stop
	}
	if lookUps := m.LookUps.Until(); lookUps.After(until) {
		until = lookUps
	}
	if !now.Before(until) {
		return gate.Memory{}, time.Time{}
	}
	return gate.Memory{
		NotBefore: m.NotBefore, Since: m.Since, Method: m.Method, Stopped: m.Stopped, Waits: m.Waits, Paces: m.Paces, LookUps: m.LookUps,
		Stranger: m.Stranger,
	}, until
}

// remember stores an account's memory, so that a restart does not send a request before
// Telegram allows it.
func (h *Host) remember(ctx context.Context, workspace string, m gate.Memory) {
	h.storeMemory(ctx, h.Engine.PutFlood, workspace, m)
}

// storeMemory writes a memory with put, also after the run that met the wait was stopped.
func (h *Host) storeMemory(ctx context.Context, put func(context.Context, string, []byte) error, name string, m any) {
	ctx, cancel := saving(ctx)
	defer cancel()
	b, err := json.Marshal(m)
	if err == nil {
		err = put(ctx, name, b)
	}
	if err != nil {
		h.Logger.Error("keeping what is remembered of waits failed", "workspace", name, "error", err)
	}
}

// wait remembers the current wait and passes it to the listener.
func (s *openSession) wait(w collector.Wait) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = w
	if s.onWait != nil {
		s.onWait(w)
	}
}

// notify sets the listener for waits (nil removes it) and calls it at once with the
// current wait, which may have begun while another collection listened. Where none is on
// it is called with the zero wait, which ends the wait for a connection.
func (s *openSession) notify(f func(collector.Wait)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onWait = f
	if f != nil {
		f(s.last)
	}
}

// close ends the connection, if there is one, and what it waits for.
func (s *openSession) close() {
	if s.client != nil {
		s.client.Close()
		s.client = nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = collector.Wait{}
}
