package world

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"
)

func TestLookups(t *testing.T) {
	w := New()
	w.AddChannel(&Channel{TL: tg.Channel{ID: 1, Title: "One", Username: "First_Name"}})
	w.AddChannel(&Channel{TL: tg.Channel{ID: 2, Title: "Two", Usernames: []tg.Username{
		{Username: "oldname"}, {Active: true, Username: "Two"}, {Active: true, Username: "Second"},
	}}})
	w.AddChannel(&Channel{TL: tg.Channel{ID: 3, Title: "Secret", Username: "secret"}, Private: true})
	w.AddChannel(&Channel{TL: tg.Channel{ID: 4, Title: "Nameless"}})
	w.AddUser(&tg.User{ID: 5, FirstName: "Ann", Username: "Ann_Reads"})
	w.AddUser(&tg.User{ID: 6, FirstName: "Bot", Username: "count_bot", Bot: true})

	for name, want := range map[string]tg.PeerClass{
		"FIRST_NAME": &tg.PeerChannel{ChannelID: 1},
		"two":        &tg.PeerChannel{ChannelID: 2},
		"second":     &tg.PeerChannel{ChannelID: 2},
		"oldname":    nil,
		"secret":     &tg.PeerChannel{ChannelID: 3},
		"ann_reads":  &tg.PeerUser{UserID: 5},
		"count_bot":  &tg.PeerUser{UserID: 6},
		"":           nil,
	} {
		got, _ := w.Username(name)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Username(%q): %s", name, diff)
		}
	}
	var public []string
	for _, c := range w.Public() {
		public = append(public, c.Name())
	}
	if diff := cmp.Diff([]string{"First_Name", "Two"}, public); diff != "" {
		t.Errorf("Public(): %s", diff)
	}
	if u, ok := w.User(6); !ok || !u.Bot || u.AccessHash == 0 {
		t.Errorf("User(6) = %v, %t", u, ok)
	}
	if _, ok := w.User(1); ok {
		t.Error("a channel answered as a user")
	}
}

func TestReplacing(t *testing.T) {
	w := New()
	w.AddChannel(&Channel{TL: tg.Channel{ID: 1, Username: "before"}})
	w.AddChannel(&Channel{TL: tg.Channel{ID: 1, Username: "after"}})
	w.AddUser(&tg.User{ID: 2, Username: "was"})
	w.AddUser(&tg.User{ID: 2, Username: "is"})
	for _, gone := range []string{"before", "was"} {
		if _, ok := w.Username(gone); ok {
			t.Errorf("@%s still leads somewhere", gone)
		}
	}
	if got := w.Public(); len(got) != 1 || got[0].Name() != "after" {
		t.Errorf("Public() = %v", got)
	}
}

func TestBareChannelEncodes(t *testing.T) {
	w := New()
	w.AddChannel(&Channel{TL: tg.Channel{ID: 1, Title: "Bare"}})
	c, _ := w.Channel(1)
	encoded(t, &c.TL)
	encoded(t, &c.Full)
	if c.TL.AccessHash == 0 || c.Log.Len() != 0 || c.Full.ID != 1 {
		t.Errorf("channel is not complete: %+v", c)
	}
}
