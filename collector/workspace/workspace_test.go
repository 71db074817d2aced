package workspace_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/intake"
	"telegramtrac/collector/keyring"
	"telegramtrac/collector/preview"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/signin"
	"telegramtrac/collector/spool"
	"telegramtrac/collector/telegram/client"
	"telegramtrac/collector/telegram/telegramtest"
	"telegramtrac/collector/workspace"
)

// bench is a host over a sandbox with one channel of 6,000 messages, @bulk.
type bench struct {
	t      *testing.T
	dir    string
	server *sandboxtest.Server
	engine *engine.Engine
	data   func(workspace string) (*dataset.Dataset, error)
	reader intake.Program                        // of uploads
	wrap   func(workspace.Store) workspace.Store // what comes between the loop and the dataset
	stop   func()

	host     func() *workspace.Host // makes one
	stopHost func()                 // of the first one
	running  *workspace.Host        // the last one that was run

	now      func() time.Time // of the leases
	leaseTTL time.Duration    // 0: the engine's own
	identity string           // of the server that stands for Telegram
	flooding atomic.Bool
	logger   *slog.Logger
	secrets  string // SECRET_KEY; "": a file
	keys     *keyring.Keys
	previews map[string]*preview.Site
	dies     func(step string) error  // fails a step of a merge, as if the process ended there
	options  func(*workspace.Options) // changes those of every host
	entered  map[string]bool          // phones that signIn has used
	unsealed bool                     // secrets are kept as they are, for a search to find
}

// bulkWorld is one channel of 6,000 messages, @bulk.
func bulkWorld() *world.World { return sandboxtest.Bulk("bulk", 6000, 80) }

func textOf(m tg.MessageClass) string {
	if m, ok := m.(*tg.Message); ok {
		return m.Message
	}
	return ""
}

func newBench(t *testing.T) *bench { return newBenchIn(t, t.TempDir()) }

func newBenchIn(t *testing.T, dir string) *bench {
	t.Helper()
	b := newBenchOf(t, dir, bulkWorld())
	b.start()
	return b
}

// identity is the record of a sandbox's keys, which take time to make.
var identity = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "identity")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := sandboxtest.Start(context.Background(), sandbox.Options{World: world.New(), Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	s.Close()
	return os.ReadFile(filepath.Join(dir, "server", "identity.json"))
})

// shareIdentity gives a sandbox the keys that all have in these tests, unless it has some.
func shareIdentity(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "server", "identity.json")
	if _, err := os.Stat(path); err == nil {
		return
	}
	b, err := identity()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// newBenchOf makes a bench over a world, which is started by itself.
func newBenchOf(t *testing.T, dir string, w *world.World) *bench {
	t.Helper()
	o := sandbox.Options{World: w, Dir: filepath.Join(dir, "sandbox"), Logger: slog.New(slog.DiscardHandler)}
	shareIdentity(t, o.Dir)
	s, err := sandboxtest.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.Hooks().SetFloodSlack(300 * time.Millisecond) // for an answer to be read on a busy machine
	b := &bench{t: t, dir: dir, server: s, identity: "telegram", wrap: func(s workspace.Store) workspace.Store { return s }}
	b.logger, b.stop = logOf(t), func() {}
	t.Cleanup(func() { b.stop() })
	return b
}

// logOf is a logger whose lines are shown if the test fails.
func logOf(t *testing.T) *slog.Logger {
	log := &logLines{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(log)
		}
	})
	return slog.New(slog.NewTextHandler(log, nil))
}

// logLines is what was logged.
type logLines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logLines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// start opens the engine and runs a host; stop ends both.
func (b *bench) start() {
	b.t.Helper()
	logger := b.logger
	e, err := engine.Open(b.t.Context(), engine.Options{Dir: filepath.Join(b.dir, "engine"), Logger: logger, Now: b.now, LeaseTTL: b.leaseTTL})
	if err != nil {
		b.t.Fatal(err)
	}
	keys, err := keyring.Open(b.dir, b.secrets, false)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.unsealed {
		keys = keyring.New([]byte("an identity that is not secret"), keyring.Box{AEAD: openBox{}})
	}
	b.keys = keys
	e.SealWith(keys)
	var mu sync.Mutex
	open := map[string]*dataset.Dataset{}
	b.engine = e
	b.data = func(workspace string) (*dataset.Dataset, error) {
		mu.Lock()
		defer mu.Unlock()
		if d := open[workspace]; d != nil {
			return d, nil
		}
		d, err := dataset.Open(filepath.Join(b.dir, "workspaces", workspace))
		open[workspace] = d
		return d, err
	}
	server := client.Server{DC: 2, DCs: b.server.DCOptions(), Keys: []*rsa.PublicKey{b.server.PublicKey()}}
	b.host = func() *workspace.Host {
		o := workspace.Options{
			Engine: e, Keys: keys, MaxInFlight: 4, Logger: logger, Previews: b.previews, Spool: spool.Open(filepath.Join(b.dir, "uploads")),
			Reader: b.reader,
			Data: func(w string) (*dataset.Dataset, error) { // as the contract says: opening makes the folder
				if _, err := os.Stat(filepath.Join(b.dir, "workspaces", w)); errors.Is(err, os.ErrNotExist) {
					return nil, nil
				}
				return b.data(w)
			},
			Store: func(w string, lease uint64) (workspace.Store, error) {
				d, err := b.data(w)
				if err != nil {
					return nil, err
				}
				return b.wrap(mortal{d.Writer(lease), b}), nil
			},
			RemoveData: func(w string) error {
				d, err := b.data(w)
				if err = cmp.Or(err, b.die("before the data")); err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				delete(open, w)
				return cmp.Or(d.Remove(), b.die("after the data"))
			},
			Servers: map[string]signin.Server{
				"telegram": {Server: server, Identity: b.identity, Label: "Telegram account"},
				"sandbox":  {Server: server, Identity: "sandbox", Label: "Sandbox", Shared: true},
			},
		}
		if b.options != nil {
			b.options(&o)
		}
		return workspace.New(o)
	}
	b.stopHost = b.run()
	b.stop = func() {
		b.stopHost()
		e.Close()
		b.stop = func() {}
	}
}

// mortal is a store that may die around a merge.
type mortal struct {
	*staging.Writer
	bench *bench
}

func (m mortal) Merge(ctx context.Context, from *catalog.Catalog, now time.Time) ([]collector.Imported, error) {
	if err := m.bench.die("before the rows"); err != nil {
		return nil, err
	}
	done, err := m.Writer.Merge(ctx, from, now)
	return done, cmp.Or(err, m.bench.die("after the rows"))
}

func (b *bench) die(step string) error {
	if b.dies == nil {
		return nil
	}
	return b.dies(step)
}

// run runs another host on the engine until stop, which may be called twice.
func (b *bench) run() (stop func()) {
	h := b.host()
	b.running = h
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Run(ctx)
	}()
	<-h.Ready()
	return func() {
		cancel()
		<-done
	}
}

// signIn puts a visitor into an account's workspace. The first time it does so without the
// conversation, whose exchange of keys takes seconds of a processor; then as signInByCode.
func (b *bench) signIn(visitor, source, phone, password string) engine.Workspace {
	b.t.Helper()
	if source != "telegram" || b.entered[phone] {
		return b.signInByCode(visitor, source, phone, password)
	}
	if b.entered == nil {
		b.entered = map[string]bool{}
	}
	b.entered[phone] = true
	account := telegramtest.SignedIn(b.t, b.server, phone)
	c, err := client.Dial(b.t.Context(), telegramtest.Options(b.server, account))
	if err != nil {
		b.t.Fatal(err)
	}
	user, err := c.Self(b.t.Context())
	c.Close()
	secret, _ := account.Load(b.t.Context())
	w := engine.Workspace{ID: b.keys.Workspace(b.identity, strconv.FormatInt(user, 10)), Source: source, Label: "Telegram account"}
	if err == nil {
		err = b.running.PutCredentials(b.t.Context(), w.ID, signin.Credentials{
			Source: source, Server: b.identity, APIID: sandbox.APIID, APIHash: sandbox.APIHash, Session: secret,
		})
	}
	if err == nil {
		err = b.engine.SetWorkspace(b.t.Context(), visitor, w)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return w
}

// signInByCode signs a visitor in and returns the workspace.
func (b *bench) signInByCode(visitor, source, phone, password string) engine.Workspace {
	b.t.Helper()
	ask(b, engine.Accounts.SendCode,
		engine.SendCode{Visitor: visitor, Source: source, APIID: sandbox.APIID, APIHash: sandbox.APIHash, Phone: phone})
	in := ask(b, engine.Accounts.EnterCode, engine.EnterCode{Visitor: visitor, Code: " 22222 "})
	if in.Password {
		in = ask(b, engine.Accounts.EnterPassword, engine.EnterPassword{Visitor: visitor, Password: password})
	}
	if in.Workspace.ID == "" {
		b.t.Fatalf("signed in without a workspace: %+v", in)
	}
	return in.Workspace
}

// ask asks the host for something, which must work.
func ask[In, Out any](b *bench, method func(engine.Accounts, context.Context, In) (Out, error), in In) Out {
	b.t.Helper()
	out, err := method(b.engine.Accounts(), b.t.Context(), in)
	if err != nil {
		b.t.Fatalf("%T: %v", in, err)
	}
	return out
}

// do is ask where nothing comes back.
func do(b *bench, method func(engine.Accounts, context.Context, string) error, visitor string) {
	b.t.Helper()
	if err := method(b.engine.Accounts(), b.t.Context(), visitor); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) submit(w engine.Workspace, r collector.Request) string {
	b.t.Helper()
	id, err := b.engine.Submit(b.t.Context(), w.ID, r)
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// patience is how long anything is waited for: it only ends what hangs, for a
// busy machine may be many times slower than this one.
const patience = 10 * time.Minute

// until follows a collection until its record is as wanted.
func (b *bench) until(w engine.Workspace, id string, wanted func(collector.Collection) bool) collector.Collection {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	events, stop, err := b.engine.Subscribe(ctx, id)
	if err != nil {
		b.t.Fatal(err)
	}
	defer stop()
	for {
		c, err := b.engine.Collection(ctx, w.ID, id)
		if err != nil {
			b.t.Fatal(err)
		}
		if wanted(c) {
			return c
		}
		select {
		case <-events:
		case <-time.After(200 * time.Millisecond): // a change of want is no event
		case <-ctx.Done():
			b.t.Fatalf("collection stays %+v", c)
		}
	}
}

func is(states ...collector.State) func(collector.Collection) bool {
	return func(c collector.Collection) bool {
		for _, s := range states {
			if c.State == s {
				return true
			}
		}
		return false
	}
}

// slow makes @bulk take seconds, so that something can happen in its middle.
const slow = 150 * time.Millisecond

var bulk = collector.Request{Channels: []string{"@bulk"}}

// collected holds a done collection of @bulk to what the sandbox serves.
func (b *bench) collected(w engine.Workspace, c collector.Collection) {
	b.t.Helper()
	d, err := b.data(w.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	seen := map[int64]bool{}
	for m, err := range d.Scan(b.t.Context(), 0) {
		if err != nil {
			b.t.Fatal(err)
		}
		if seen[m.ID] {
			b.t.Errorf("message %d is there twice", m.ID)
		}
		seen[m.ID] = true
	}
	p := c.Channels[0]
	if c.State != collector.Done || len(seen) != 6000 || p.Accounted() != p.Span() {
		b.t.Errorf("%d messages, record %+v; want 6000 and every id accounted for", len(seen), c)
	}
}

func TestWorkspaces(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.signInByCode("ann", "telegram", sandbox.PhonePassword, sandbox.Password)
	annElsewhere := b.signInByCode("annsphone", "telegram", sandbox.PhonePassword, sandbox.Password)
	if ann != annElsewhere {
		t.Errorf("the same account from another browser: %+v, want %+v", annElsewhere, ann)
	}
	ben := b.signInByCode("ben", "telegram", sandbox.PhonePlain, "")
	trying := b.signInByCode("ann", "sandbox", sandbox.PhonePlain, "")
	alsoTrying := b.signInByCode("ben", "sandbox", sandbox.PhonePlain, "")
	ids := map[string]bool{ann.ID: true, ben.ID: true, trying.ID: true, alsoTrying.ID: true}
	if len(ids) != 4 {
		t.Errorf("workspaces meet: %v %v %v %v", ann, ben, trying, alsoTrying)
	}
}

func TestPauseResumeCancel(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.server.Hooks().SetLatency(slow)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, bulk)
	b.until(w, id, func(c collector.Collection) bool { return c.Messages > 0 })
	if err := b.engine.Ask(t.Context(), w.ID, id, engine.Pause); err != nil {
		t.Fatal(err)
	}
	b.until(w, id, is(collector.Paused))
	second := b.submit(w, bulk)                                                               // a paused collection holds up nobody
	b.until(w, second, func(c collector.Collection) bool { return c.Channels[0].Absent > 0 }) // a range was put
	if err := b.engine.Ask(t.Context(), w.ID, second, engine.Cancel); err != nil {
		t.Fatal(err)
	}
	canceled := b.until(w, second, func(c collector.Collection) bool {
		return c.State == collector.Canceled && c.Channels[0].FinishedAt != nil
	})
	if canceled.Channels[0].State != collector.Partial || canceled.FinishedAt == nil || canceled.Channels[0].FinishedAt == nil {
		t.Errorf("canceled: %+v", canceled)
	}
	b.server.Hooks().SetLatency(0)
	if err := b.engine.Ask(t.Context(), w.ID, id, engine.Run); err != nil {
		t.Fatal(err)
	}
	b.collected(w, b.until(w, id, is(collector.Done)))
}

// A session that Telegram ended stops nothing for good: after signing in again
// the collection goes on where it stopped.
func TestSignedOutElsewhere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.server.Hooks().SetLatency(slow)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, bulk)
	b.until(w, id, func(c collector.Collection) bool { return c.Messages > 500 })
	if err := b.server.Revoke(7_996_620_001, "SESSION_REVOKED"); err != nil {
		t.Fatal(err)
	}
	waiting := b.until(w, id, is(collector.Waiting))
	if waiting.Waits != collector.SignedOut {
		t.Errorf("waits for %q, want %q", waiting.Waits, collector.SignedOut)
	}
	b.stop() // also over a restart
	b.start()
	b.until(w, id, is(collector.Waiting))
	b.server.Hooks().SetLatency(0)
	if again := b.signIn("ann", "telegram", sandbox.PhonePlain, ""); again != w {
		t.Errorf("signed in again to %+v, want %+v", again, w)
	}
	b.collected(w, b.until(w, id, is(collector.Done)))
}

// A data centre that does not know the key for a moment, or an answer that nobody is
// signed in, signs nobody out: the collection says so and goes on by itself.
func TestRefusedForAMoment(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"-404", "401"} {
		t.Run(how, func(t *testing.T) {
			b := newBench(t)
			w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
			sealed, err := b.engine.Session(t.Context(), w.ID)
			if err != nil || sealed == nil {
				t.Fatal(sealed, err)
			}
			var left atomic.Int32
			left.Store(3)
			refuses := func(account int64) bool { return account != 0 && left.Add(-1) >= 0 }
			if how == "-404" {
				b.server.Hooks().SetForgotten(refuses)
			} else {
				b.server.Hooks().SetRefusal(func(account int64, _ string) (int, string) {
					if refuses(account) {
						return 401, "AUTH_KEY_UNREGISTERED"
					}
					return 0, ""
				})
			}
			b.collected(w, b.until(w, b.submit(w, bulk), is(collector.Done)))
			if left.Load() >= 0 {
				t.Error("it was not refused")
			}
			if n := b.server.Hooks().Requests("auth.sendCode"); n != 0 {
				t.Errorf("%d codes were sent", n)
			}
		})
	}
}

// Signing in again while a collection runs takes the old session's place: the
// old one is logged out, and the collection goes on with the new one.
func TestSessionReplaced(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.server.Hooks().SetLatency(slow)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, bulk)
	b.until(w, id, func(c collector.Collection) bool { return c.Messages > 0 })
	b.signIn("annsphone", "telegram", sandbox.PhonePlain, "")
	b.collected(w, b.until(w, id, is(collector.Done)))
	if n := b.server.Hooks().Requests("auth.logOut"); n != 1 {
		t.Errorf("%d sessions were logged out, want the old one", n)
	}
	if n := b.server.Hooks().SecondHolders(); n != 0 {
		t.Errorf("a session was open twice %d times", n)
	}
}

// A flood wait is shown, and kept over a restart: no request is sent before its time.
func TestFloodWaitOverRestart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.server.Hooks().SetFlood(func(_ int64, method string) int {
		if method == "messages.getHistory" {
			return 3600
		}
		return 0
	})
	id := b.submit(w, bulk)
	c := b.until(w, id, is(collector.Waiting))
	if c.Waits != collector.Flood || c.WaitsMethod != "messages.getHistory" || c.RetryAt == nil || time.Until(*c.RetryAt) < 40*time.Minute {
		t.Errorf("waiting: %+v", c)
	}
	b.stop()
	sent := b.server.Hooks().Requests("messages.getHistory")
	b.start()
	again := b.until(w, id, is(collector.Waiting))
	if !again.RetryAt.Equal(*c.RetryAt) {
		t.Errorf("after the restart it waits until %v, want %v", again.RetryAt, c.RetryAt)
	}
	if n := b.server.Hooks().Requests("messages.getHistory"); n != sent || b.server.Hooks().Hasty() != 0 {
		t.Errorf("%d requests were sent after the restart, %d early of any method", n-sent, b.server.Hooks().Hasty())
	}
}

// A flood wait and a stop of the guard outlive the workspace, also over a restart:
// who deletes everything and signs in again has the same account. They are kept
// under a name that is neither the account's nor the workspace's.
func TestWaitsOutliveDeletion(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		seconds int
		later   time.Duration // before the person collects again
		want    collector.Kind
	}{
		"flood wait":            {3600, 0, collector.Flood},
		"stop":                  {13 * 3600, 0, collector.Guarded},
		"stop after its wait":   {13 * 3600, 14 * time.Hour, collector.Guarded},
		"flood wait that ended": {3600, 25 * time.Hour, ""}, // and its look-up is a day old
		"stop of long ago":      {13 * 3600, 31 * aDay, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAging(t)
			w := a.signIn("ann", "telegram", sandbox.PhonePlain, "")
			a.server.Hooks().SetFlood(func(_ int64, method string) int {
				if method == "messages.getHistory" {
					return tt.seconds
				}
				return 0
			})
			a.until(w, a.submit(w, bulk), is(collector.Waiting))
			a.server.Hooks().SetFlood(nil)
			ask(a.bench, engine.Accounts.Delete, "ann")
			if !a.carried(w) {
				t.Error("nothing is carried over")
			}
			aging := a.options
			a.options = func(o *workspace.Options) { aging(o); o.Keep = 0 } // the new workspace stays
			a.restart()
			if name != "stop" { // that one goes through the whole conversation
				a.entered = nil
			}
			if again := a.signIn("ann", "telegram", sandbox.PhonePlain, ""); again != w {
				t.Fatal("the account has another workspace")
			}
			a.later(tt.later)
			if got := a.carried(w); got != (tt.want != "") {
				t.Errorf("carried after %v: %v", tt.later, got)
			}
			sent := a.server.Hooks().Requests("messages.getHistory")
			if tt.want == "" {
				a.until(w, a.submit(w, collector.Request{Channels: []string{"@bulk"}, Last: 10}), is(collector.Done))
				return
			}
			c := a.until(w, a.submit(w, bulk), is(collector.Waiting))
			if n := a.server.Hooks().Requests("messages.getHistory") - sent; n != 0 || c.Waits != tt.want {
				t.Errorf("%d requests were sent, waiting: %+v", n, c)
			}
		})
	}
}

// A stop that the person ended is not carried over any more.
func TestResumedIsNotCarriedOver(t *testing.T) {
	t.Parallel()
	a := newAging(t)
	a.server.Hooks().SetFlood(func(_ int64, method string) int {
		if method == "messages.getHistory" {
			return 13 * 3600
		}
		return 0
	})
	for _, resumed := range []bool{false, true} {
		a.entered = nil
		w := a.signIn("ann", "telegram", sandbox.PhonePlain, "")
		a.until(w, a.submit(w, bulk), is(collector.Waiting))
		if resumed {
			a.later(25 * time.Hour) // its look-up is carried over for a day
			do(a.bench, engine.Accounts.GoOn, "ann")
		}
		ask(a.bench, engine.Accounts.Delete, "ann")
		if got := a.carried(w); got == resumed {
			t.Errorf("resumed %v: carried %v", resumed, got)
		}
	}
}

// The server may be away for a while; the collection says so and goes on.
func TestServerAway(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.server.Hooks().SetLatency(slow)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, bulk)
	b.until(w, id, func(c collector.Collection) bool { return c.Messages > 0 })
	b.server.Hooks().SetAway(true)
	b.server.CutConnections()
	b.stop()
	b.start() // so that it cannot even connect
	c := b.until(w, id, func(c collector.Collection) bool { return c.State == collector.Waiting })
	if c.Waits != collector.Network {
		t.Errorf("waits for %q, want %q", c.Waits, collector.Network)
	}
	b.server.Hooks().SetAway(false)
	// … and it no longer says so.
	c = b.until(w, id, func(again collector.Collection) bool {
		return again.State.Final() || again.State == collector.Running && again.Messages > c.Messages
	})
	if c.State != collector.Running || c.Waits != "" || c.RetryAt != nil || c.Channels[0].State != collector.Collecting {
		t.Errorf("reached again: %+v", c)
	}
	b.server.Hooks().SetLatency(0)
	b.collected(w, b.until(w, id, is(collector.Done)))
}

// A flood wait is shown by the collection that comes next on the same connection,
// and is over for both.
func TestFloodWaitOfTheOneBefore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.server.Hooks().SetFlood(func(_ int64, method string) int {
		if method == "messages.getHistory" {
			return 3600
		}
		return 0
	})
	first, second := b.submit(w, bulk), b.submit(w, bulk)
	before := b.until(w, first, is(collector.Waiting))
	if err := b.engine.Ask(t.Context(), w.ID, first, engine.Pause); err != nil {
		t.Fatal(err)
	}
	c := b.until(w, second, is(collector.Waiting))
	if c.Waits != collector.Flood || c.WaitsMethod != "messages.getHistory" || c.RetryAt == nil || !c.RetryAt.Equal(*before.RetryAt) {
		t.Errorf("the second one: %+v, want it to wait until %v", c, before.RetryAt)
	}
	if paused := b.until(w, first, is(collector.Paused)); paused.Waits != "" || paused.RetryAt != nil {
		t.Errorf("the first one: %+v", paused)
	}
}

func TestSignInErrorsCross(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, tt := range map[string]struct {
		in   engine.SendCode
		want collector.Kind
	}{
		"phone": {engine.SendCode{Visitor: "v", Source: "sandbox", APIID: sandbox.APIID, APIHash: sandbox.APIHash, Phone: "abc"},
			collector.PhoneInvalid},
		"api id": {engine.SendCode{Visitor: "v", Source: "sandbox", APIID: 5, APIHash: sandbox.APIHash, Phone: sandbox.PhonePlain},
			collector.BadCredentials},
	} {
		_, err := b.engine.Accounts().SendCode(t.Context(), tt.in)
		if got := collector.KindOf(err); got != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	_, err := b.engine.Accounts().EnterCode(t.Context(), engine.EnterCode{Visitor: "stranger", Code: "1"})
	if got := collector.KindOf(err); got != collector.SignInExpired {
		t.Errorf("a code without a sign-in: %v", err)
	}
}

// A restart between the steps is not noticed.
func TestSignInOverRestart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ask(b, engine.Accounts.SendCode,
		engine.SendCode{Visitor: "v", Source: "telegram", APIID: sandbox.APIID, APIHash: sandbox.APIHash, Phone: "00 999 662-0002"})
	b.stop()
	b.start()
	in := ask(b, engine.Accounts.EnterCode, engine.EnterCode{Visitor: "v", Code: "22222"})
	if !in.Password || in.Hint == "" {
		t.Fatalf("after the code: %+v", in)
	}
	b.stop()
	b.start()
	in = ask(b, engine.Accounts.EnterPassword, engine.EnterPassword{Visitor: "v", Password: sandbox.Password})
	if in.Workspace.ID == "" || strings.Contains(in.Workspace.ID, "799662") {
		t.Errorf("workspace %+v", in.Workspace)
	}
}

// A machine that slept for longer than the lease lasts takes the work up again.
func TestLeaseLostWhileAsleep(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var slept atomic.Int64
	b.now = func() time.Time { return time.Now().Add(time.Duration(slept.Load())) }
	b.stop()
	b.start()
	b.server.Hooks().SetLatency(slow)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, bulk)
	b.until(w, id, func(c collector.Collection) bool { return c.Messages > 0 })
	slept.Store(int64(time.Hour))
	b.server.Hooks().SetLatency(0)
	b.collected(w, b.until(w, id, is(collector.Done)))
	if n := b.server.Hooks().SecondHolders(); n != 0 {
		t.Errorf("the session was open twice %d times", n)
	}
}

// A deletion whose lease is lost in the middle is finished at once.
func TestDeletionOverALostLease(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var slept atomic.Int64
	b.now = func() time.Time { return time.Now().Add(time.Duration(slept.Load())) }
	b.leaseTTL = 3 * time.Second
	b.stop()
	b.start()
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.dies = func(step string) error {
		if step == "before the data" && slept.CompareAndSwap(0, int64(time.Hour)) {
			time.Sleep(b.leaseTTL) // until that is noticed
		}
		return nil
	}
	if _, err := b.engine.Accounts().Delete(t.Context(), "ann"); err == nil {
		t.Error("the lease was not lost")
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		k, err := b.engine.Retention(t.Context(), w.ID)
		if err == nil && !k.Deleting {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v, %v: want it deleted", k, err)
		}
	}
	b.gone(w)
}

// Of two hosts on one engine the second waits for the first one's lease, and takes
// over when that is given back. The account is never in use twice.
func TestTwoHosts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.server.Hooks().SetLatency(slow)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, bulk)
	b.until(w, id, func(c collector.Collection) bool { return c.Messages > 0 })
	defer b.run()()
	half := b.until(w, id, func(c collector.Collection) bool { return c.Messages > 2000 }) // with both there
	if half.State.Final() || half.Resumed != 0 {
		t.Fatalf("while the first works: %+v", half)
	}
	b.stopHost()
	b.server.Hooks().SetLatency(0)
	c := b.until(w, id, is(collector.Done, collector.Failed))
	b.collected(w, c)
	if c.Resumed != 1 {
		t.Errorf("taken up again %d times, want once", c.Resumed)
	}
	if n := b.server.Hooks().SecondHolders(); n != 0 {
		t.Errorf("the session was open twice %d times", n)
	}
}

// lateText is what a holder writes that has lost its lease.
const lateText = "late, of the first"

// frozenStore belongs to a holder that stands still: from its third part on nothing
// is put until it goes on, and then as if nothing had happened.
type frozenStore struct {
	workspace.Store
	puts   *atomic.Int32
	frozen chan collector.Range // gets the range of the first part that was held
	goOn   chan struct{}
	late   chan error // gets what became of it
}

func (s frozenStore) PutPart(ctx context.Context, p collector.Part) error {
	n := s.puts.Add(1)
	if n < 3 {
		return s.Store.PutPart(ctx, p)
	}
	if n == 3 {
		s.frozen <- p.Range
	}
	<-s.goOn
	for i := range p.Messages {
		p.Messages[i].Text = lateText
	}
	err := s.Store.PutPart(context.WithoutCancel(ctx), p)
	if n == 3 {
		s.late <- err
	}
	return err
}

// watchedStore tells which ranges were put.
type watchedStore struct {
	workspace.Store
	put chan collector.Range
}

func (s watchedStore) PutPart(ctx context.Context, p collector.Part) error {
	err := s.Store.PutPart(ctx, p)
	if err == nil {
		s.put <- p.Range
	}
	return err
}

// A holder stands still with the session open until its clock is past the lease. The
// one that waited for the lease collects what it had in hand; then the first one goes
// on, writes late, and loses. The session is never in use twice.
func TestFrozenHolder(t *testing.T) { // not in parallel: a lease of three seconds must be renewed in time
	b := newBenchOf(t, t.TempDir(), bulkWorld())
	var stood atomic.Int64
	b.now = func() time.Time { return time.Now().Add(time.Duration(stood.Load())) }
	b.leaseTTL = 3 * time.Second
	first := frozenStore{puts: new(atomic.Int32), frozen: make(chan collector.Range, 1), goOn: make(chan struct{}), late: make(chan error, 1)}
	second := watchedStore{put: make(chan collector.Range, 100)}
	var opened atomic.Int32
	b.wrap = func(s workspace.Store) workspace.Store {
		switch opened.Add(1) {
		case 1:
			first.Store = s
			return first
		case 2:
			second.Store = s
			return second
		}
		return s
	}
	b.start()
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, bulk)
	held := <-first.frozen
	defer b.run()() // the second one, which waits
	if n := opened.Load(); n != 1 {
		t.Fatalf("%d holders are at work", n)
	}
	stood.Store(int64(time.Hour))
	var again collector.Ranges // in whatever parts
	for tooLong := time.After(time.Minute); len(again.Missing(held)) > 0; {
		select {
		case put := <-second.put:
			again = again.Union(collector.Ranges{put})
		case <-tooLong:
			close(first.goOn)
			t.Fatal("the second holder does not collect what the first one had in hand")
		}
	}
	close(first.goOn)
	if err := <-first.late; err != nil {
		t.Errorf("the late part was not even put: %v", err)
	}
	c := b.until(w, id, is(collector.Done, collector.Failed))
	b.collected(w, c)
	if c.Resumed != 1 {
		t.Errorf("taken up again %d times, want once", c.Resumed)
	}
	d, err := b.data(w.ID)
	if err != nil {
		t.Fatal(err)
	}
	for m, err := range d.Scan(t.Context(), 0) {
		if err != nil || m.Text == lateText {
			t.Fatalf("message %d is %q, %v", m.ID, m.Text, err)
		}
	}
	if n := b.server.Hooks().SecondHolders(); n != 0 {
		t.Errorf("the session was open twice %d times", n)
	}
}

// A host that stops hands its lease back at once: the next one does not wait until
// it would have run out, which here would take longer than the test.
func TestLeaseIsHandedBack(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, t.TempDir(), bulkWorld())
	b.leaseTTL = time.Hour
	b.start()
	b.server.Hooks().SetLatency(slow)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, bulk)
	before := b.until(w, id, func(c collector.Collection) bool { return c.Messages > 500 })
	defer b.run()()
	b.stopHost()
	kept, err := b.engine.Collection(t.Context(), w.ID, id)
	if err != nil || kept.Messages < before.Messages {
		t.Errorf("of %d messages %d were kept at the stop, %v", before.Messages, kept.Messages, err)
	}
	b.server.Hooks().SetLatency(0)
	c := b.until(w, id, is(collector.Done, collector.Failed))
	b.collected(w, c)
	if n := b.server.Hooks().SecondHolders(); n != 0 || c.Resumed != 1 {
		t.Errorf("taken up again %d times, the session open twice %d times", c.Resumed, n)
	}
}

// A flood wait met by a holder's second collection is kept as the first one's is.
func TestFloodWaitOfASecondCollection(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	small := collector.Request{Channels: []string{"@bulk"}, Last: 10}
	b.server.Hooks().SetFlood(func(_ int64, method string) int {
		if method == "messages.getHistory" && b.flooding.Load() {
			return 3600
		}
		return 0
	})
	first, second := b.submit(w, small), b.submit(w, bulk)
	b.until(w, first, func(c collector.Collection) bool {
		b.flooding.Store(c.State == collector.Done)
		return c.State == collector.Done
	})
	b.until(w, second, is(collector.Waiting))
	b.stop()
	b.flooding.Store(false)
	sent := b.server.Hooks().Requests("messages.getHistory")
	b.start()
	b.until(w, second, is(collector.Waiting))
	if n := b.server.Hooks().Requests("messages.getHistory"); n != sent || b.server.Hooks().Hasty() != 0 {
		t.Errorf("%d requests were sent after the restart, %d early of any method", n-sent, b.server.Hooks().Hasty())
	}
}

// A wait of half a day stops the account until the person says to go on; that
// holds over a restart.
func TestGuard(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	b.server.Hooks().SetFlood(func(_ int64, method string) int {
		if method == "messages.getHistory" {
			return 13 * 3600
		}
		return 0
	})
	id := b.submit(w, bulk)
	guarded := func(c collector.Collection) bool { return c.State == collector.Waiting && c.Waits == collector.Guarded }
	b.until(w, id, guarded)
	b.stop()
	b.start()
	b.until(w, id, guarded)
	b.server.Hooks().SetFlood(nil)
	s := ask(b, engine.Accounts.Standing, "ann")
	if s.Next.Why != collector.Guarded || len(s.Waits) != 1 || s.Waits[0].Seconds != 13*3600 || len(s.Methods) == 0 {
		t.Errorf("standing: %+v", s)
	}
	do(b, engine.Accounts.GoOn, "ann")
	flooded := b.until(w, id, func(c collector.Collection) bool { return c.Waits == collector.Flood })
	if flooded.RetryAt == nil || time.Until(*flooded.RetryAt) < 12*time.Hour {
		t.Errorf("after going on: %+v; want the wait to be waited for", flooded)
	}
}

// Data that was collected from one server is not presented to another one.
func TestAnotherServerNeverEndsASession(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.server.Hooks().SetLatency(slow)
	w := b.signIn("ann", "telegram", sandbox.PhonePlain, "")
	id := b.submit(w, bulk)
	b.until(w, id, func(c collector.Collection) bool { return c.Messages > 0 })
	b.stop()
	b.identity = "another server"
	b.start()
	b.until(w, id, is(collector.Waiting))
	b.stop()
	b.identity = "telegram"
	b.server.Hooks().SetLatency(0)
	b.start()
	b.collected(w, b.until(w, id, is(collector.Done)))
}

// Pressing the button again does not send a second code.
func TestOneCodeForOneNumber(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := engine.SendCode{Visitor: "v", Source: "telegram", APIID: sandbox.APIID, APIHash: sandbox.APIHash, Phone: sandbox.PhonePlain}
	for range 3 {
		ask(b, engine.Accounts.SendCode, in)
	}
	if n := b.server.Hooks().Requests("auth.sendCode"); n != 1 {
		t.Errorf("%d codes were asked for, want 1", n)
	}
	if _, err := b.engine.Accounts().ResendCode(t.Context(), "v"); collector.KindOf(err) != collector.Flood {
		t.Errorf("another code at once: %v, want to wait a little", err)
	}
	b.server.Hooks().SetFlood(func(_ int64, method string) int {
		if method == "auth.sendCode" {
			return 3600
		}
		return 0
	})
	other := in
	other.Visitor, other.Phone = "w", "+9996620077"
	asked := b.server.Hooks().Requests("auth.sendCode")
	for range 3 {
		if _, err := b.engine.Accounts().SendCode(t.Context(), other); collector.KindOf(err) != collector.Flood {
			t.Errorf("while Telegram asks to wait: %v", err)
		}
	}
	if n := b.server.Hooks().Requests("auth.sendCode") - asked; n != 1 {
		t.Errorf("%d requests were made for a number that has to wait, want 1", n)
	}
}

// TestCodeIsNotEnteredWhileWaiting: while Telegram asks to wait before another
// attempt, none is sent.
// Visitors who make themselves new ones do not have code after code sent to a
// number, at once neither.
func TestCodesOfManyVisitors(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var wg sync.WaitGroup
	var sent atomic.Int64
	for i := range 12 {
		wg.Go(func() {
			in := engine.SendCode{Visitor: "v" + strconv.Itoa(i), Source: "telegram", APIID: sandbox.APIID, APIHash: sandbox.APIHash,
				Phone: sandbox.PhonePlain}
			_, err := b.engine.Accounts().SendCode(t.Context(), in)
			if err == nil {
				sent.Add(1)
			} else if e := collector.AsError(err); e.Kind != collector.Flood || time.Until(e.RetryAt) > 20*time.Second {
				t.Errorf("%+v", e)
			}
		})
	}
	wg.Wait()
	if n := b.server.Hooks().Requests("auth.sendCode"); n != 1 || sent.Load() != 1 {
		t.Errorf("%d codes were sent, %d said to be; want 1", n, sent.Load())
	}
}

func TestCodeIsNotEnteredWhileWaiting(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ask(b, engine.Accounts.SendCode,
		engine.SendCode{Visitor: "v", Source: "telegram", APIID: sandbox.APIID, APIHash: sandbox.APIHash, Phone: sandbox.PhonePlain})
	b.server.Hooks().SetFlood(func(_ int64, method string) int {
		if method == "auth.signIn" {
			return 3600
		}
		return 0
	})
	for range 3 {
		_, err := b.engine.Accounts().EnterCode(t.Context(), engine.EnterCode{Visitor: "v", Code: "22222"})
		if collector.KindOf(err) != collector.Flood {
			t.Errorf("while Telegram asks to wait: %v", err)
		}
	}
	if n := b.server.Hooks().Requests("auth.signIn"); n != 1 {
		t.Errorf("%d attempts were sent, want 1", n)
	}
}
