package telegramtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox/world"
)

// Truth makes a channel of n messages with gaps, an hour apart, and adds it to the world.
func Truth(tb testing.TB, w *world.World, id int64, username string, n int) []collector.Message {
	tb.Helper()
	ch := &world.Channel{TL: tg.Channel{ID: id, Title: "Title of " + username, Username: username, Broadcast: true}, Log: new(world.Log)}
	rng := rand.New(rand.NewPCG(7, 7))
	var rows []collector.Message
	mid := 0
	for i := range n {
		mid += 1 + rng.IntN(3)
		if i == n/3 {
			mid += 1500
		}
		date := time.Date(2024, 5, 1, i, 0, 0, 0, time.UTC)
		m := collector.Message{ChannelID: id, ID: int64(mid), Kind: collector.KindMessage, Date: date,
			Text: fmt.Sprintf("Сообщение %d 🌊 of @%s", mid, username)}
		var obj tg.MessageClass = &tg.Message{ID: mid, PeerID: &tg.PeerChannel{ChannelID: id}, Date: int(date.Unix()), Message: m.Text,
			Post: true}
		if i%17 == 0 {
			m.Kind, m.Text = collector.KindService, ""
			obj = &tg.MessageService{ID: mid, PeerID: &tg.PeerChannel{ChannelID: id}, Date: int(date.Unix()), Action: &tg.MessageActionPinMessage{},
				Post: true}
		}
		if err := ch.Log.Append(obj); err != nil {
			tb.Fatal(err)
		}
		rows = append(rows, m)
	}
	w.AddChannel(ch)
	return rows
}

// Pier is a world with one channel of each sort.
func Pier(tb testing.TB) (*world.World, []collector.Message) {
	w := world.New()
	rows := Truth(tb, w, 5001, "pier_news", 900)
	w.AddChannel(&world.Channel{TL: tg.Channel{ID: 5002, Title: "Empty", Username: "void_pier", Broadcast: true}})
	w.AddChannel(&world.Channel{TL: tg.Channel{ID: 5003, Title: "Closed", Username: "closed_pier", Broadcast: true}, Private: true})
	w.AddUser(&tg.User{ID: 77, FirstName: "Mara", Username: "mara_pier"})
	w.AddUser(&tg.User{ID: 78, FirstName: "Bot", Username: "pier_bot", Bot: true})
	return w, rows
}

// Collect collects one channel into a store in memory.
func Collect(ctx context.Context, src collector.Source, store *collectortest.Store, channels ...string) ([]collector.Progress, error) {
	return loop.Collect(ctx, loop.Run{Source: src, Store: store, MaxInFlight: 4, Request: collector.Request{Channels: channels}})
}

// Complete fails unless the store holds just the rows, each once.
func Complete(tb testing.TB, store *collectortest.Store, rows []collector.Message) {
	tb.Helper()
	got := store.Rows(rows[0].ChannelID)
	if len(got) != len(rows) || store.Doubled() != 0 {
		tb.Errorf("%d messages, %d of them twice; want %d", len(got), store.Doubled(), len(rows))
	}
	for _, m := range rows {
		if got[m.ID].Text != m.Text {
			tb.Errorf("message %d: %q, want %q", m.ID, got[m.ID].Text, m.Text)
			return
		}
	}
}
