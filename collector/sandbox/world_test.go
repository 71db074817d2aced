package sandbox_test

import (
	"testing"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/world"
)

// Every public channel of the default world can be found, described and read to its end, and
// its answers describe the peers that they refer to.
func TestGeneratedWorld(t *testing.T) {
	t.Parallel()
	w := world.Generate(1)
	srv := start(t, sandbox.Options{World: w})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	if len(w.Public()) == 0 {
		t.Fatal("no public channels")
	}
	for _, want := range w.Public() {
		c := resolve(t, api, want.Name())
		if c.ID != want.TL.ID {
			t.Errorf("@%s: got channel %d, want %d", want.Name(), c.ID, want.TL.ID)
		}
		full, err := api.ChannelsGetFullChannel(t.Context(), c.AsInput())
		if err != nil {
			t.Errorf("@%s: %v", want.Name(), err)
			continue
		}
		if got := full.FullChat.GetID(); got != c.ID {
			t.Errorf("@%s: got full channel %d", want.Name(), got)
		}
		got, last := 0, 0
		for {
			m := page(t, api, &tg.MessagesGetHistoryRequest{Peer: peer(c), OffsetID: last, Limit: 100})
			if len(m.Messages) == 0 {
				break
			}
			wantAuthors(t, m)
			got += len(m.Messages)
			last = m.Messages[len(m.Messages)-1].GetID()
		}
		if got != want.Log.Len() {
			t.Errorf("@%s: got %d messages, want %d", want.Name(), got, want.Log.Len())
		}
	}
}

// wantAuthors checks that the authors of the messages are described.
func wantAuthors(t *testing.T, page *tg.MessagesChannelMessages) {
	t.Helper()
	known := map[int64]bool{}
	for _, u := range page.Users {
		known[u.GetID()] = true
	}
	for _, c := range page.Chats {
		known[c.GetID()] = true
	}
	for _, message := range page.Messages {
		m, ok := message.(*tg.Message)
		if !ok {
			continue
		}
		switch from := m.FromID.(type) {
		case *tg.PeerUser:
			if !known[from.UserID] {
				t.Errorf("message %d: user %d is not described", m.ID, from.UserID)
			}
		case *tg.PeerChannel:
			if !known[from.ChannelID] {
				t.Errorf("message %d: channel %d is not described", m.ID, from.ChannelID)
			}
		}
	}
}
