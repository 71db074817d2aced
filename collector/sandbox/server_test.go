package sandbox_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotd/td/session"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
)

func TestStartRefuses(t *testing.T) {
	for name, o := range map[string]sandbox.Options{
		"an address for everybody": {Addrs: []string{"127.0.0.1:0", "0.0.0.0:0"}},
		"no host":                  {DCs: 1, Addrs: []string{":0"}},
		"too few addresses":        {Addrs: []string{"127.0.0.1:0"}},
		"too many data centres":    {DCs: 10},
	} {
		srv, err := sandboxtest.Start(t.Context(), o)
		if err == nil {
			t.Errorf("%s: started", name)
			srv.Close()
		}
	}
}

// A client's stored session survives a restart, even with other ports.
func TestRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := sandbox.Options{Dir: dir, World: testWorld(t)}
	ctx, cancel := context.WithCancel(t.Context())
	first, err := sandboxtest.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	cancel() // the context applies to the start only
	st := new(session.StorageMemory)
	c, stop := connect(t, first, st) // with a real key exchange
	sent := sendCode(t, c, sandbox.PhonePlain)
	stop()
	issued := new(session.StorageMemory)
	if err := first.IssueSession(t.Context(), issued, sandbox.PhoneOtherDC); err != nil {
		t.Fatal(err)
	}
	i, stopIssued := connect(t, first, issued)
	news := resolve(t, i.API(), "news")
	stopIssued()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	// Leftovers of a kill -9 are removed or ignored.
	for _, kind := range []string{"keys", "codes"} {
		write(t, filepath.Join(dir, kind, ".new-123"), `{"half`)
		write(t, filepath.Join(dir, kind, "0011223344556677.json"), `{"half`)
	}
	write(t, filepath.Join(dir, "server", "torn.json"), `{"rsa":"AAAA`)

	second := start(t, o)
	if !second.PublicKey().Equal(first.PublicKey()) {
		t.Fatal("the server has another RSA key")
	}
	if second.DCOptions()[1].Port == first.DCOptions()[1].Port {
		t.Log("the same port again")
	}
	c, _ = connect(t, second, st)
	if _, err := c.Auth().SignIn(within(t), sandbox.PhonePlain, sandbox.CodePlain, sent.PhoneCodeHash); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, c, sandbox.PhonePlain)
	i, _ = connect(t, second, issued)
	wantStatus(t, i, sandbox.PhoneOtherDC)
	// Access hashes stay valid too.
	if m := page(t, i.API(), &tg.MessagesGetHistoryRequest{Peer: peer(news), Limit: 1}); len(m.Messages) != 1 {
		t.Errorf("got %d messages", len(m.Messages))
	}
	if leftover, _ := filepath.Glob(filepath.Join(dir, "*", ".new-*")); len(leftover) > 0 {
		t.Errorf("left over: %v", leftover)
	}
	wantSecret(t, dir)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantSecret checks that other users cannot read the stored keys.
func wantSecret(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Close returns although clients are connected, one is silent, and a request is waiting.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	srv, err := sandboxtest.Start(t.Context(), sandbox.Options{World: testWorld(t)})
	if err != nil {
		t.Fatal(err)
	}
	silent, err := net.Dial("tcp", address(srv, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	st := new(session.StorageMemory)
	if err := srv.IssueSession(t.Context(), st, sandbox.PhonePlain); err != nil {
		t.Fatal(err)
	}
	c, stop := connect(t, srv, st)
	srv.Hooks().SetLatency(time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	waiting.Go(func() { c.API().UpdatesGetState(ctx) })
	for srv.Hooks().Requests("updates.getState") == 0 {
		runtime.Gosched()
	}
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	if err := srv.Close(); err != nil {
		t.Errorf("again: %v", err)
	}
	var stacks [1 << 20]byte
	if all := string(stacks[:runtime.Stack(stacks[:], true)]); strings.Contains(all, "sandbox.(*conn)") ||
		strings.Contains(all, "sandbox.(*Server).accept") {
		t.Errorf("still running, with %d goroutines before:\n%s", before, all)
	}
	cancel()
	waiting.Wait()
	stop()
}

func TestLatencyAndParallelRequests(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	const latency, requests = 2 * time.Second, 16 // one after the other they would take half a minute
	srv.Hooks().SetLatency(latency)
	began := time.Now()
	var wg sync.WaitGroup
	for range requests {
		wg.Go(func() {
			if _, err := api.UpdatesGetState(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if took := time.Since(began); took < latency || took >= requests*latency {
		t.Errorf("%d requests took %v at %v latency", requests, took, latency)
	}
}

func TestDroppedConnections(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	news := peer(resolve(t, api, "news"))
	for _, drop := range []sandboxtest.Drop{
		{Every: 3, Methods: []string{"messages.getHistory"}},
		{Every: 3, After: true, Methods: []string{"messages.getHistory"}},
		{Probability: 0.5, Seed: 3, Methods: []string{"messages.getHistory"}},
	} {
		srv.Hooks().ResetCounts()
		srv.Hooks().SetDrop(drop)
		failed := 0
		for offset := 900; offset > 0; offset -= 90 {
			// A client may see the error or repeat the request; every page arrives in the end.
			for {
				answer, err := api.MessagesGetHistory(within(t), &tg.MessagesGetHistoryRequest{Peer: news, OffsetID: offset + 1, Limit: 30})
				if err == nil {
					if got := answer.(*tg.MessagesChannelMessages).Messages; len(got) != 30 || got[0].GetID() != offset {
						t.Errorf("below %d: got %v", offset+1, ids(got))
					}
					break
				}
				failed++
			}
		}
		connects := srv.Hooks().Requests("help.getConfig")
		if failed == 0 && connects == 0 {
			t.Errorf("%+v: nothing was dropped", drop)
		}
	}
}

func TestAway(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	c := signedIn(t, srv, sandbox.PhonePlain)
	wantStatus(t, c, sandbox.PhonePlain)
	srv.Hooks().SetAway(true)
	conn, err := net.Dial("tcp", address(srv, 2))
	if err == nil {
		if _, err = conn.Read(make([]byte, 1)); err == nil {
			t.Error("got an answer from a server that is away")
		}
		conn.Close()
	}
	srv.Hooks().SetAway(false)
	ctx := within(t)
	for { // the client may report the broken connection first
		if _, err = c.API().UpdatesGetState(ctx); err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the client did not come back: %v", err)
		}
	}
}

func TestFloodWaits(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	other := signedIn(t, srv, sandbox.PhonePassword).API()
	me, hooks := accountID(t, sandbox.PhonePlain), srv.Hooks()
	hooks.SetFloodSlack(0)
	asked := 0
	hooks.SetFlood(func(account int64, method string) int {
		if account != me || method != "updates.getState" {
			return 0
		}
		if asked++; asked == 2 {
			return 600
		}
		return 0
	})
	state := func(api *tg.Client) error {
		_, err := api.UpdatesGetState(t.Context())
		return err
	}
	if err := state(api); err != nil {
		t.Fatal(err)
	}
	wantError(t, state(api), 420, "FLOOD_WAIT_600")
	if got := hooks.Early(); got != 0 {
		t.Errorf("got %d early requests before any", got)
	}
	wantError(t, state(api), 420, "FLOOD_WAIT_600") // the rest of it, rounded up
	if asked != 2 {
		t.Errorf("the model was asked %d times, want 2", asked)
	}
	if err := state(other); err != nil {
		t.Errorf("another account: %v", err)
	}
	if _, err := api.HelpGetNearestDC(t.Context()); err != nil {
		t.Errorf("another method: %v", err)
	}
	var got sandboxtest.Count
	for _, c := range hooks.Counts() {
		if c.Account == me && c.Method == "updates.getState" {
			got = c
		}
	}
	if got.In == 0 || got.Out == 0 {
		t.Errorf("got %d bytes in and %d out", got.In, got.Out)
	}
	got.In, got.Out = 0, 0
	if want := (sandboxtest.Count{Account: me, Method: "updates.getState", Requests: 3, Errors: 2, Floods: 2, Answers: 3, Early: 1,
		Hasty: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	hooks.SetFlood(nil)
	if err := state(api); err != nil {
		t.Errorf("after the flood: %v", err)
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	news := peer(resolve(t, api, "news"))
	size := func() int64 {
		srv.Hooks().ResetCounts()
		page(t, api, &tg.MessagesGetHistoryRequest{Peer: news, Limit: 100})
		for _, c := range srv.Hooks().Counts() {
			if c.Method == "messages.getHistory" {
				return c.Out
			}
		}
		return 0
	}
	packed := size()
	srv.Hooks().SetCompression(false)
	if plain := size(); packed == 0 || plain < 2*packed {
		t.Errorf("got %d bytes packed and %d plain", packed, plain)
	}
}
