package workspace_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/world"
)

// What is mistyped while signing in, so that what becomes of a mistake is searched
// as well. It is like nothing else.
const (
	typedCode     = "c0de-typed-once-55"
	typedPassword = "a password typed once 7d1f"
)

// phoneScanned has an account that only ever signs in by QR code.
const phoneScanned = "+9996620003"

// importedUser wrote the messages that are imported.
const importedUser = 777_000_111_222

// hidden is one value in one form that must not be kept.
type hidden struct {
	name string
	form []byte
	word bool // it is short: found only where no letter or digit is beside it, and not as the name of a field
	// The product keeps it nowhere, sealed or not, so the canary has to put it where
	// the product keeps a sign-in that waits.
	planted bool
}

// TestNothingSecretIsKept: after a full run every column, record, blob and log
// line is searched for what must not be there. The canary, without sealing and
// with personal data, finds every single one: the search can fail.
func TestNothingSecretIsKept(t *testing.T) {
	t.Parallel()
	for _, canary := range []bool{false, true} {
		t.Run(map[bool]string{false: "default", true: "canary"}[canary], func(t *testing.T) {
			t.Parallel()
			for name, where := range searchAfterRun(t, canary) {
				if canary && len(where) == 0 {
					t.Errorf("the search does not find %s", name)
				}
				if !canary && len(where) > 0 {
					t.Errorf("%s was kept in %v", name, where)
				}
			}
		})
	}
}

// searchAfterRun signs in by code and by QR code, collects, imports, leaves a
// second sign-in half way, stops, and tells for each secret where it was found.
func searchAfterRun(t *testing.T, canary bool) map[string][]string {
	t.Helper()
	w := world.Generate(1)
	channel, users := talkative(t, w)
	var log lines
	b := newBenchOf(t, t.TempDir(), w)
	b.logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.unsealed = canary
	b.start()
	b.mistype("ann")
	ws := b.signInByCode("ann", "telegram", sandbox.PhonePassword, sandbox.Password)
	c := b.until(ws, b.submit(ws, collector.Request{Channels: []string{channel}, Last: mostRecent, Personal: canary}), collectionEnded)
	if c.State != collector.Done || c.Messages == 0 {
		t.Fatalf("the collection ended as %+v", c)
	}
	scanned, token := b.signInByQR("cleo", phoneScanned)
	b.importOf("cleo", scanned, canary)
	ask(b, engine.Accounts.SendCode,
		engine.SendCode{Visitor: "bob", Source: "telegram", APIID: sandbox.APIID, APIHash: sandbox.APIHash, Phone: sandbox.PhonePlain})
	half := engine.SendCode{Visitor: "dora", Source: "telegram", APIID: sandbox.APIID, APIHash: sandbox.APIHash, Phone: sandbox.PhonePassword}
	ask(b, engine.Accounts.SendCode, half)
	var in engine.SignedIn
	if in = ask(b, engine.Accounts.EnterCode, engine.EnterCode{Visitor: "dora", Code: sandbox.CodePlain}); !in.Password {
		t.Fatal("nobody waits for a password")
	}
	secrets := slices.Concat(userIDs(append(users, importedUser), false),
		userIDs([]int64{ownerOf(t, sandbox.PhonePassword), ownerOf(t, phoneScanned)}, true), []hidden{
			{name: "the phone of who signed in", form: []byte(sandbox.PhonePassword[1:])},
			{name: "the phone of who is half way", form: []byte(sandbox.PhonePlain[1:])},
			{name: "the right code", form: []byte(sandbox.CodePlain), word: true, planted: true},
			{name: "the right password", form: []byte(sandbox.Password), word: true, planted: true},
			{name: "the wrong code", form: []byte(typedCode), planted: true},
			{name: "the wrong password", form: []byte(typedPassword), planted: true},
			{name: "what the QR code says", form: token, planted: true},
			{name: "the hint to a password", form: []byte(sandbox.PasswordHint)},
			{name: "the last digits of a phone", form: fmt.Appendf(nil, `"phone_hint":%q`, sandbox.PhonePlain[len(sandbox.PhonePlain)-2:])},
			{name: "the api_id", form: fmt.Appendf(nil, `"api_id":%d,`, sandbox.APIID)},
			{name: "the api_hash", form: []byte(sandbox.APIHash)},
			{name: "the key of the session", form: b.authKey(ws)},
			{name: "the key of the scanned session", form: b.authKey(scanned)},
		})
	if canary {
		b.plant(secrets)
	}
	b.stop()
	return b.search(secrets, log.bytes())
}

// search looks for secrets in all that is kept and in the log, and tells where
// they are.
func (b *bench) search(secrets []hidden, log []byte) map[string][]string {
	b.t.Helper()
	out := map[string][]string{}
	for _, s := range secrets {
		out[s.name] = nil
	}
	look := func(where string, data []byte) {
		for view := range views(data, 3) {
			for _, s := range secrets {
				if s.in(view) && !slices.Contains(out[s.name], where) {
					out[s.name] = append(out[s.name], where)
				}
			}
		}
	}
	parquets := 0
	for path, data := range kept(b.t, b.dir) {
		look(path, data)
		if strings.HasSuffix(path, ".parquet") {
			look(path+" decoded", columns(b.t, data))
			parquets++
		}
	}
	for subject, value := range records(b.t, filepath.Join(b.dir, "engine")) {
		look("the record "+subject, value)
	}
	look("the log", log)
	if parquets < 2 || len(log) == 0 {
		b.t.Fatalf("%d Parquet files and %d bytes of log were searched", parquets, len(log))
	}
	return out
}

func (s hidden) in(data []byte) bool {
	for at := 0; ; {
		i := bytes.Index(data[at:], s.form)
		if i < 0 {
			return false
		}
		from := at + i
		to := from + len(s.form)
		if !s.word || (from == 0 || !isLetter[data[from-1]]) && (to == len(data) || !isLetter[data[to]]) &&
			!bytes.HasPrefix(data[to:], []byte(`":`)) {
			return true
		}
		at = from + 1
	}
}

// ownerOf is the user id of an account.
func ownerOf(t *testing.T, phone string) int64 {
	t.Helper()
	id, ok := sandbox.AccountID(phone)
	if !ok {
		t.Fatalf("%s has no account", phone)
	}
	return id
}

// userIDs are ids written out and as stored in eight bytes.
func userIDs(ids []int64, planted bool) (out []hidden) {
	for _, id := range ids {
		out = append(out,
			hidden{name: fmt.Sprintf("user id %d as text", id), form: strconv.AppendInt(nil, id, 10), planted: planted},
			hidden{name: fmt.Sprintf("user id %d in eight bytes", id), form: binary.LittleEndian.AppendUint64(nil, uint64(id)), planted: planted})
	}
	return out
}

// plant stores the values that the product itself keeps nowhere, as if a sign-in
// that waits held them.
func (b *bench) plant(secrets []hidden) {
	b.t.Helper()
	held := map[string][]byte{}
	for _, s := range secrets {
		if s.planted {
			held[s.name] = s.form
		}
	}
	value, err := json.Marshal(held)
	if err != nil {
		b.t.Fatal(err)
	}
	step := engine.SignIn{Step: engine.StepCode, Source: "telegram", Sealed: b.keys.Seal(value, "planted"), Expires: time.Now().Add(time.Hour)}
	if err := b.engine.PutSignIn(b.t.Context(), "planted", step); err != nil {
		b.t.Fatal(err)
	}
}

// signInByQR signs a visitor in with a code that a phone scans, and returns what
// the code said as well.
func (b *bench) signInByQR(visitor, phone string) (engine.Workspace, []byte) {
	b.t.Helper()
	qr := b.showQR(visitor)
	if err := b.scan(qr.Link, phone); err != nil {
		b.t.Fatal(err)
	}
	return b.untilQR(visitor, inside).Workspace, tokenIn(b.t, qr.Link)
}

// importOf uploads what importedUser wrote and waits until it is in the dataset.
func (b *bench) importOf(visitor string, w engine.Workspace, personal bool) {
	b.t.Helper()
	written := strings.ReplaceAll(telethonLines(20), `"peer_id"`,
		fmt.Sprintf(`"from_id":{"_":"PeerUser","user_id":%d},"peer_id"`, int64(importedUser)))
	ask(b, engine.Accounts.StartImport, engine.StartImport{
		Visitor: visitor, Upload: b.spooled(w, written), Files: []collector.ImportFile{{Name: "a.ndjson"}}, Personal: personal,
	})
	if now := b.importEnd(w); now.State != collector.Done || b.rows(w) != 20 {
		b.t.Fatalf("the import ended as %+v", now)
	}
}

func collectionEnded(c collector.Collection) bool { return c.State.Final() }

// mistype begins to sign in and types a wrong code and, after the right one, a
// wrong password.
func (b *bench) mistype(visitor string) {
	b.t.Helper()
	ctx := b.t.Context()
	ask(b, engine.Accounts.SendCode,
		engine.SendCode{Visitor: visitor, Source: "telegram", APIID: sandbox.APIID, APIHash: sandbox.APIHash, Phone: sandbox.PhonePassword})
	_, err := b.engine.Accounts().EnterCode(ctx, engine.EnterCode{Visitor: visitor, Code: typedCode})
	if collector.KindOf(err) != collector.CodeWrong {
		b.t.Fatalf("a wrong code: %v", err)
	}
	ask(b, engine.Accounts.EnterCode, engine.EnterCode{Visitor: visitor, Code: sandbox.CodePlain})
	_, err = b.engine.Accounts().EnterPassword(ctx, engine.EnterPassword{Visitor: visitor, Password: typedPassword})
	if collector.KindOf(err) != collector.PasswordWrong {
		b.t.Fatalf("a wrong password: %v", err)
	}
}

// authKey is the key of the workspace's session.
func (b *bench) authKey(w engine.Workspace) []byte {
	b.t.Helper()
	credentials, err := b.running.Credentials(b.t.Context(), w.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	var session struct{ Data struct{ AuthKey []byte } }
	if err := json.Unmarshal(credentials.Session, &session); err != nil || len(session.Data.AuthKey) != 256 {
		b.t.Fatalf("no key in the session: %v", err)
	}
	return session.Data.AuthKey[:32]
}

// mostRecent is how many messages are collected.
const mostRecent = 150

// talkative finds the smallest public channel in which people write, and the
// ids of those who wrote the last messages.
func talkative(t *testing.T, w *world.World) (name string, ids []int64) {
	t.Helper()
	least := 0
	for _, ch := range w.Public() {
		if least > 0 && ch.Log.Len() > least {
			continue
		}
		users := map[int64]bool{}
		for i := max(0, ch.Log.Len()-mostRecent); i < ch.Log.Len(); i++ {
			m, err := ch.Log.Message(i)
			if err != nil {
				t.Fatal(err)
			}
			if m, ok := m.(*tg.Message); ok {
				if from, ok := m.FromID.(*tg.PeerUser); ok && from.UserID > 1e7 { // shorter numbers are found in anything
					users[from.UserID] = true
				}
			}
		}
		if len(users) >= 3 {
			name, least, ids = "@"+ch.Name(), ch.Log.Len(), slices.Sorted(maps.Keys(users))
		}
	}
	if len(ids) == 0 {
		t.Fatal("nobody writes in any channel")
	}
	return name, ids
}

// lines is a log that several goroutines write.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}

// openBox is a cipher that hides nothing.
type openBox struct{}

func (openBox) NonceSize() int { return 24 }

func (openBox) Overhead() int { return 0 }

func (openBox) Seal(dst, _, plain, _ []byte) []byte { return append(dst, plain...) }

func (openBox) Open(dst, _, sealed, _ []byte) ([]byte, error) { return append(dst, sealed...), nil }
