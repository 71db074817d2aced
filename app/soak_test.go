package main

import (
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
	"telegramtrac/collector/sandbox/world"
)

// The soak's size. Its short form runs with the tests; the long one is
//
//	go test ./app -run TestSoak -v -timeout 60m -soak.messages 200000 -soak.kills 20
var (
	soakMessages = flag.Int("soak.messages", 12_000, "messages that the soak collects")
	soakKills    = flag.Int("soak.kills", 3, "how often it kills the product")
	soakSeed     = flag.Uint64("soak.seed", 1, "of the moments, floods and drops")
)

// telegramElsewhere is a sandbox in this process that stands in for Telegram; the
// product is another process and is told of it by its settings.
func telegramElsewhere(t testing.TB, w *world.World) (*sandboxtest.Server, []string) {
	t.Helper()
	s, err := sandboxtest.Start(t.Context(), sandbox.Options{World: w, Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	key := filepath.Join(t.TempDir(), "key.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(s.PublicKey())})
	if err := os.WriteFile(key, block, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--sandbox=off", "--telegram-key", key}
	for _, dc := range s.DCOptions() {
		if dc.ID == 2 { // where the accounts live comes first
			args = append([]string{"--telegram-dc", fmt.Sprintf("%d=%s:%d", dc.ID, dc.IPAddress, dc.Port)}, args...)
		} else {
			args = append(args, "--telegram-dc", fmt.Sprintf("%d=%s:%d", dc.ID, dc.IPAddress, dc.Port))
		}
	}
	return s, args
}

// TestSoak collects a channel with gaps and empty stretches over a bad
// connection, is killed again and again, and holds the result to what is
// served: nothing missing, nothing doubled, nothing changed.
func TestSoak(t *testing.T) {
	w := sandboxtest.Bulk("bulk", *soakMessages, 250)
	s, args := telegramElsewhere(t, w)
	rng := rand.New(rand.NewPCG(*soakSeed, 2))
	floods := rand.New(rand.NewPCG(*soakSeed, 3))
	data := t.TempDir()
	base, cmd := spawn(t, data, args...)
	v := newVisitor(t, base)
	v.signInAt("telegram", sandbox.Phones()[0])
	s.Hooks().SetDrop(sandboxtest.Drop{Probability: 0.01, Seed: *soakSeed, After: true, Methods: []string{"messages.getHistory"}})
	var flooded atomic.Int64                              // when the last flood wait was decided
	s.Hooks().SetFlood(func(_ int64, method string) int { // called with the hooks locked: one at a time
		if method == "messages.getHistory" && floods.Float64() < 0.01 {
			flooded.Store(time.Now().UnixNano())
			return 1
		}
		return 0
	})
	s.Hooks().SetTrouble(sandboxtest.Trouble{Empty: 0.002, Seed: *soakSeed, Unreadable: func(_ int64, id int) sandboxtest.Unreadable {
		switch { // one message in ten thousand, in one way or the other
		case id%20_000 == 5_002:
			return sandboxtest.UnknownMedia
		case id%20_000 == 15_003:
			return sandboxtest.UnknownClass
		}
		return sandboxtest.Readable
	}})
	s.Hooks().SetLatency(25 * time.Millisecond)
	s.Hooks().SetFloodSlack(300 * time.Millisecond) // for an answer to be read on a busy machine

	began := time.Now()
	id := v.trac(url.Values{"channels": {"@bulk"}})
	unheard := 0 // kills right after a flood wait
	for _, after := range killMoments(rng) {
		c := v.watch(id, func(c collector.Collection) bool { return c.Messages >= after })
		if c.State.Final() {
			t.Fatalf("it ended before it could be killed after %d messages", after)
		}
		if time.Since(time.Unix(0, flooded.Load())) < unkept {
			unheard++
		}
		kill(cmd)
		v.base, cmd = spawn(t, data, args...)
	}
	c := v.watch(id, nil)
	took := time.Since(began)
	if c.State != collector.Done || c.Channels[0].Accounted() != c.Channels[0].Span() || c.Channels[0].Short() != 0 ||
		c.Channels[0].Unreadable == 0 {
		t.Errorf("at the end: %+v", c)
	}
	unread := checkAgainstWorld(t, rows(t, v.download("messages.parquet")), w, "bulk")
	if int64(unread) != c.Channels[0].Unreadable {
		t.Errorf("%d rows could not be read, the record says %d", unread, c.Channels[0].Unreadable)
	}

	// Each flood wait and each answer that a broken connection took away cost one
	// request more, which the server counts itself.
	const history = "messages.getHistory"
	asked, refused, lost := s.Hooks().Requests(history), s.Hooks().Floods(history), s.Hooks().Lost(history)
	needed := requestsNeeded(w)
	p := c.Channels[0]
	// Empty answers, splits and what cannot be read cost some more, by worker and message.
	beside := 20*rangesInFlight + asked/100 + 20*unread
	if again, most := asked-refused-lost-needed, *soakKills*rangesInFlight*10+beside; again > most {
		t.Errorf("%d requests for history were repeated, with %d kills: want %d at most", again, *soakKills, most)
	}
	// The product keeps a flood wait before it sends anything else. A kill between the
	// sending of one and its being kept loses it all the same, as nobody can keep what
	// has not arrived: only after such a kill may one request be early.
	if n := s.Hooks().Hasty(); n > unheard {
		t.Errorf("%d requests were sent after a flood wait was answered and before its time; %d kills came right after one", n, unheard)
	}
	if n := s.Hooks().SecondHolders(); n != 0 {
		t.Errorf("the session was open twice %d times", n)
	}
	t.Logf("%d messages, %d not readable, %d kills, %d floods, %d retries: 0 missing, 0 doubled, 0 changed; %d requests (%d without any "+
		"trouble, %d refused, %d unanswered), %d early, in %v",
		*soakMessages, unread, *soakKills, p.Waits, p.Retries, asked, needed, refused, lost, s.Hooks().Hasty(), took.Round(time.Second))
}

// rangesInFlight is how many the product collects at once.
const rangesInFlight = 8

// unkept is within what time of its arrival a request that is refused may not have
// been kept yet: the latency, and what a busy machine adds.
const unkept = 500 * time.Millisecond

// killMoments are the numbers of messages after which the product is killed.
func killMoments(rng *rand.Rand) []int64 {
	var out []int64
	for range *soakKills {
		out = append(out, rng.Int64N(int64(*soakMessages)*9/10))
	}
	slices.Sort(out)
	return out
}

// requestsNeeded is what reading the channel takes when nothing goes wrong: a
// page for each hundred messages, and one for the newest.
func requestsNeeded(w *world.World) int { return 1 + (w.Public()[0].Log.Len()+99)/100 }
