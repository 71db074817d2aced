package workspace_test

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/crypto/chacha20poly1305"
)

// records reads every record of an engine's folder, which nobody uses any more.
// Those of workspaces are sealed with keys that lie beside them: whoever has the
// folder can read them, and so can this.
func records(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	js := openRecords(t, dir)
	out := map[string][]byte{}
	for info := range js.ListStreams(t.Context()).Info() {
		stream, err := js.Stream(t.Context(), info.Config.Name)
		if err != nil {
			t.Fatal(err)
		}
		for seq := info.State.FirstSeq; seq <= info.State.LastSeq; seq++ {
			m, err := stream.GetMsg(t.Context(), seq)
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			out[m.Subject] = m.Data
		}
	}
	return opened(t, out)
}

func openRecords(t *testing.T, dir string) jetstream.JetStream {
	t.Helper()
	s, err := server.NewServer(&server.Options{ServerName: "telegramtrac", DontListen: true, NoSigs: true, JetStream: true, StoreDir: dir,
		MaxPayload: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("the server for the records is not ready")
	}
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// opened opens the records that the workspaces' own keys seal.
func opened(t *testing.T, all map[string][]byte) map[string][]byte {
	t.Helper()
	var keys []cipher.AEAD
	for subject, secret := range all {
		if strings.HasPrefix(subject, "keys.") {
			key, err := hkdf.Key(sha256.New, secret, nil, "telegramtrac records", chacha20poly1305.KeySize)
			if err != nil {
				t.Fatal(err)
			}
			aead, err := chacha20poly1305.NewX(key)
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, aead)
		}
	}
	out := map[string][]byte{}
	for subject, value := range all {
		box, sealed := bytes.CutPrefix(value, []byte("\x00tt1"))
		for _, key := range keys {
			if !sealed {
				break
			}
			nonce, rest := box[:chacha20poly1305.NonceSizeX], box[chacha20poly1305.NonceSizeX:]
			if b, err := key.Open(nil, nonce, rest, []byte(strings.TrimPrefix(subject, "$KV."))); err == nil {
				value, sealed = b, false
			}
		}
		if sealed {
			t.Errorf("no key opens the record %s", subject)
		}
		out[subject] = value
	}
	if len(keys) == 0 || len(out) < 5 {
		t.Errorf("only %d records and %d keys were found", len(out), len(keys))
	}
	return out
}
