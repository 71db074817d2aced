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

// Peer returns what is known under a key.
func (p storedPeers) Peer(ctx context.Context, key string) ([]byte, error) {
	return p.host.Engine.Peer(ctx, p.workspace, key)
}

// PutPeer keeps it.
func (p storedPeers) PutPeer(ctx context.Context, key string, value []byte) error {
	return p.host.Engine.PutPeer(ctx, p.workspace, key, value)
}

// openSession is a holder's connection, made at first use and kept for all
// collections it runs.
type openSession struct {
	host        *Host
	workspace   string
	interactive bool // a person waits: see client.Options
	client      *client.Client
	name        string // of its source

	mu     sync.Mutex
	onWait func(collector.Wait)
	last   collector.Wait // that was told of; zero: none is on
}

// open connects, or returns the connection that is open.
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
	o.Save = func(m gate.Memory) { s.host.keep(ctx, s.workspace, m) }
	o.OnWait = s.wait
	s.name = c.Source
	s.client, err = client.Dial(ctx, o)
	return s.client, err
}

// telegram is a source over the session's connection.
func (s *openSession) telegram(ctx context.Context, p collector.Pseudonym) (*telegram.Source, error) {
	c, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	return telegram.NewSource(c, telegram.Options{Name: s.name, Peers: storedPeers{s.host, s.workspace}, Pseudonym: p}), nil
}

// clock is what tells the time that rows, coverage and receipts carry: Telegram, where a
// client is connected, for the computer's clock may be wrong; nil: that.
func (s *openSession) clock() func() time.Time {
	if s.client == nil {
		return nil
	}
	return s.client.Now
}

// memory is what is remembered of an account's requests and flood waits.
func (h *Host) memory(ctx context.Context, workspace string) (gate.Memory, error) {
	var m gate.Memory
	b, err := h.Engine.Flood(ctx, workspace)
	if err == nil && b == nil {
		b, err = h.Engine.Owed(ctx, h.owedName(workspace))
	}
	if err != nil || b == nil {
		return m, err
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("read what is remembered of the account: %w", err)
	}
	return m, nil
}

// stopOwed is how long a stop of the guard, which only a person ends, outlives a
// deleted workspace.
const stopOwed = 30 * 24 * time.Hour

// owedName names an account in what is owed. It is another name than the
// workspace's, so that it does not tell which was deleted.
func (h *Host) owedName(workspace string) string { return h.Keys.Workspace("owed", workspace) }

// owe keeps the wait and the stop that are on in a workspace that is about to be
// deleted, and its look-ups of the last day: whoever signs in again has the same
// account. What is not on any more is not owed.
func (h *Host) owe(ctx context.Context, workspace string) error {
	m, err := h.memory(ctx, workspace)
	if err != nil {
		return err
	}
	until := m.NotBefore
	if stop := h.now().Add(stopOwed); m.Stopped != "" && until.Before(stop) {
		until = stop
	}
	if lookUps := m.LookUps.Until(); lookUps.After(until) {
		until = lookUps
	}
	if !h.now().Before(until) {
		return h.Engine.DropOwed(ctx, h.owedName(workspace))
	}
	b, err := json.Marshal(gate.Memory{
		NotBefore: m.NotBefore, Since: m.Since, Method: m.Method, Stopped: m.Stopped, Waits: m.Waits, Paces: m.Paces, LookUps: m.LookUps, Stranger: m.Stranger,
	})
	if err != nil {
		return fmt.Errorf("write what is owed: %w", err)
	}
	return h.Engine.PutOwed(ctx, h.owedName(workspace), until, b)
}

// keep stores the memory of an account, so that no request is sent before its time
// after a restart.
func (h *Host) keep(ctx context.Context, workspace string, m gate.Memory) {
	h.keepIn(ctx, h.Engine.PutFlood, workspace, m)
}

// keepIn stores a memory whatever became of the run that met the wait.
func (h *Host) keepIn(ctx context.Context, put func(context.Context, string, []byte) error, name string, m any) {
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

// wait passes a wait on.
func (s *openSession) wait(w collector.Wait) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = w
	if s.onWait != nil {
		s.onWait(w)
	}
}

// tell passes waits to f from now on; nil: to nobody. The wait that is on is told
// at once: it may have begun while another collection listened. None is told too,
// and ends what was said while there was no connection.
func (s *openSession) tell(f func(collector.Wait)) {
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
