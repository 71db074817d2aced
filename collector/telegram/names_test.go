package telegram_test

import (
	"strconv"
	"testing"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/loop"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/telegram/telegramtest"
)

// Usernames change hands while a workspace exists: the known channel is still found, and
// nothing of another one is collected before the person confirms it.
func TestNamesChangeHands(t *testing.T) {
	t.Parallel()
	w, rows := telegramtest.Pier(t)
	telegramtest.Truth(t, w, 5020, "ferry_news", 30)
	s := telegramtest.Start(t, w)
	m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	lease := uint64(0)
	collect := func(reference string) collector.Progress {
		t.Helper()
		lease++
		conn, _ := telegramtest.Connect(t, s, m, nil)
		defer conn.Close()
		progress, err := loop.Collect(t.Context(), loop.Run{
			ID: strconv.FormatUint(lease, 10), Source: conn.Source(nil), Store: d.Writer(lease),
			Request: collector.Request{Channels: []string{reference}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return progress[0]
	}
	rename := func(id int64, username string) {
		t.Helper()
		if err := s.Rename(id, username, "Title of "+username); err != nil {
			t.Fatal(err)
		}
	}
	whole := func(p collector.Progress, id int64, username string, renamed bool) {
		t.Helper()
		if p.State != collector.Done || p.ChannelID != id || p.Username != username || p.Renamed != renamed {
			t.Errorf("%s: %s, error %q, channel %d @%s, renamed %v; want done, channel %d @%s, renamed %v",
				p.Reference, p.State, p.Error, p.ChannelID, p.Username, p.Renamed, id, username, renamed)
		}
	}
	held := func(id int64) int64 {
		ch, err := d.Channel(t.Context(), strconv.FormatInt(id, 10))
		if err != nil {
			return 0
		}
		return ch.Count.Messages + ch.Count.Service
	}

	whole(collect("@pier_news"), 5001, "pier_news", false)
	rename(5001, "quay_news") // @pier_news is free
	p := collect("@pier_news")
	whole(p, 5001, "quay_news", true)
	if p.New != 0 || p.Messages+p.Service != int64(len(rows)) {
		t.Errorf("%d new, %d messages; want none new of %d", p.New, p.Messages+p.Service, len(rows))
	}
	whole(collect("@quay_news"), 5001, "quay_news", false)

	rename(5020, "pier_news") // @pier_news belongs to another channel
	p = collect("@pier_news")
	moved, err := collector.ParseMoved(p.Detail)
	if p.State != collector.Failed || p.Error != collector.OtherChannel || err != nil || moved.Before != 5001 || moved.Now != 5020 {
		t.Errorf("ended as %+v, %v; want failed, another channel's name", p, err)
	}
	if n := held(5020); n != 0 {
		t.Errorf("%d messages of the other channel were collected unasked", n)
	}
	whole(collect("5001"), 5001, "quay_news", false)
	whole(collect("5020"), 5020, "pier_news", false)
	if n := held(5020); n != 30 {
		t.Errorf("%d messages of the other channel, want 30", n)
	}
	whole(collect("@pier_news"), 5020, "pier_news", false) // the person now means this channel

	rename(5020, "")
	whole(collect("@pier_news"), 5020, "", true)
	w.AddUser(&tg.User{ID: 79, FirstName: "Pia", Username: "pier_news"})
	whole(collect("@pier_news"), 5020, "", true)

	states, err := d.States(t.Context(), 5001)
	if err != nil || len(states) != 2 || states[0].Username != "pier_news" || states[1].Username != "quay_news" || !states[1].Current {
		t.Errorf("states %+v, %v; want @pier_news and then @quay_news", states, err)
	}
}

// The account's memory of a username is not needed: the dataset has it.
func TestNameKnownToTheDataset(t *testing.T) {
	t.Parallel()
	w, _ := telegramtest.Pier(t)
	s := telegramtest.Start(t, w)
	m := telegramtest.SignedIn(t, s, sandbox.PhonePlain)
	d, err := dataset.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	conn, _ := telegramtest.Connect(t, s, m, nil)
	request := collector.Request{Channels: []string{"@pier_news"}, DetailsOnly: true}
	run := func(id string, lease uint64) collector.Progress {
		progress, err := loop.Collect(t.Context(), loop.Run{ID: id, Source: conn.Source(nil), Store: d.Writer(lease), Request: request})
		if err != nil {
			t.Fatal(err)
		}
		return progress[0]
	}
	run("a", 1)
	if err := s.Rename(5001, "quay_news", "Quay"); err != nil {
		t.Fatal(err)
	}
	m.ForgetPeer("name.pier_news") // as if another channel had been seen with it
	if p := run("b", 2); p.State != collector.Done || p.ChannelID != 5001 || !p.Renamed {
		t.Errorf("ended as %+v; want channel 5001, renamed", p)
	}
}
