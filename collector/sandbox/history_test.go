package sandbox_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
)

// model answers a history request by brute force, step by step as
// https://core.telegram.org/api/offsets describes: from the list, newest first,
// skip up to the offset, cut the page, then filter.
func model(req *tg.MessagesGetHistoryRequest) []int {
	type message struct{ id, date int }
	var list []message
	for i := newsCount; i >= 1; i-- {
		list = append(list, message{3 * i, epoch + 60*i})
	}
	offset := 0
	for _, m := range list {
		if req.OffsetID > 0 && m.id >= req.OffsetID || req.OffsetDate > 0 && m.date >= req.OffsetDate {
			offset++
		}
	}
	limit := min(req.Limit, 100)
	if limit == 0 {
		limit = 20
	}
	got := []int{}
	for i := offset + req.AddOffset; i < offset+req.AddOffset+limit; i++ {
		if i < 0 || i >= len(list) {
			continue
		}
		if id := list[i].id; (req.MaxID == 0 || id < req.MaxID) && (req.MinID == 0 || id > req.MinID) {
			got = append(got, id)
		}
	}
	return got
}

func TestHistoryRules(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	news := peer(resolve(t, api, "news"))
	check := func(t *testing.T, req *tg.MessagesGetHistoryRequest) {
		t.Helper()
		req.Peer = news
		if diff := cmp.Diff(model(req), ids(page(t, api, req).Messages)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", req, diff)
		}
	}
	tests := map[string]tg.MessagesGetHistoryRequest{
		"newest":                       {Limit: 100},
		"the default limit":            {},
		"never more than 100":          {Limit: 1000},
		"one":                          {Limit: 1},
		"below an id":                  {OffsetID: 300, Limit: 10},
		"below an id that is absent":   {OffsetID: 301, Limit: 10},
		"below the first":              {OffsetID: 3, Limit: 10},
		"above the last":               {OffsetID: 5000, Limit: 10},
		"older":                        {OffsetID: 300, AddOffset: 5, Limit: 10},
		"newer":                        {OffsetID: 300, AddOffset: -10, Limit: 10},
		"around":                       {OffsetID: 300, AddOffset: -5, Limit: 10},
		"newer than the newest":        {OffsetID: 900, AddOffset: -10, Limit: 10},
		"beyond the newest":            {AddOffset: -15, Limit: 10},
		"beyond the oldest":            {AddOffset: 300, Limit: 10},
		"up to the oldest":             {AddOffset: 295, Limit: 10},
		"before a date":                {OffsetDate: epoch + 60*50, Limit: 3},
		"before a date between two":    {OffsetDate: epoch + 60*50 + 1, Limit: 3},
		"before the first":             {OffsetDate: epoch, Limit: 3},
		"id and date":                  {OffsetID: 600, OffsetDate: epoch + 60*50, Limit: 3},
		"above an id":                  {OffsetID: 301, MinID: 290, Limit: 100},
		"exclusive on both sides":      {OffsetID: 301, MinID: 294, MaxID: 300, Limit: 100},
		"filters come after the slice": {MaxID: 300, Limit: 100},
		"min above the slice":          {OffsetID: 300, MinID: 600, Limit: 100},
	}
	for name, req := range tests {
		t.Run(name, func(t *testing.T) { check(t, &req) })
	}
	t.Run("at random", func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		some := func(n int) int {
			if r.IntN(2) == 0 {
				return 0
			}
			return r.IntN(n)
		}
		for range 500 {
			check(t, &tg.MessagesGetHistoryRequest{
				OffsetID: some(950), OffsetDate: some(2) * (epoch + r.IntN(60*320)),
				AddOffset: r.IntN(120) - 60, Limit: some(130), MaxID: some(950), MinID: some(950),
			})
		}
	})
}

func TestHistoryAnswer(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	news := resolve(t, api, "news")
	m := page(t, api, &tg.MessagesGetHistoryRequest{Peer: peer(news), OffsetID: 3*165 + 1, Limit: 10})
	if m.Count != newsCount || m.Pts == 0 {
		t.Errorf("got count %d and pts %d, want %d and some", m.Count, m.Pts, newsCount)
	}
	for i, got := range m.Messages {
		if want := newsMessage(165 - i); !bytes.Equal(bytesOf(t, got), bytesOf(t, want)) {
			t.Errorf("message %d: got %v, want %v", got.GetID(), got, want)
		}
	}
	chats := map[int64]*tg.Channel{}
	for _, c := range m.Chats {
		chats[c.GetID()] = c.(*tg.Channel)
	}
	if chats[newsID] == nil || chats[sourceID] == nil || len(chats) != 2 {
		t.Errorf("got chats %v, want the channel and the forward's", chats)
	}
	if len(m.Users) != 1 || m.Users[0].GetID() != botID {
		t.Errorf("got users %v, want the bot", m.Users)
	}
	if got := page(t, api, &tg.MessagesGetHistoryRequest{Peer: peer(chats[sourceID]), Limit: 1}); got.Count != 0 {
		t.Errorf("the forward's channel: got %d messages", got.Count)
	}

	srv.Hooks().SetMinPeers(true)
	m = page(t, api, &tg.MessagesGetHistoryRequest{Peer: peer(news), OffsetID: 3*165 + 1, Limit: 10})
	for _, c := range m.Chats {
		c := c.(*tg.Channel)
		if got, want := c.Min, c.ID != newsID; got != want {
			t.Errorf("channel %d: min %v, want %v", c.ID, got, want)
		}
		_, err := api.MessagesGetHistory(t.Context(), &tg.MessagesGetHistoryRequest{Peer: peer(c), Limit: 1})
		if c.Min {
			wantError(t, err, 400, "CHANNEL_INVALID")
		}
	}
	from := func(msgID int, channel int64) *tg.InputChannelFromMessage {
		return &tg.InputChannelFromMessage{Peer: peer(news), MsgID: msgID, ChannelID: channel}
	}
	forwarding := 0
	for _, m := range m.Messages {
		if m, ok := m.(*tg.Message); ok && m.FwdFrom.FromID != nil {
			forwarding = m.ID
		}
	}
	full, err := api.ChannelsGetFullChannel(t.Context(), from(forwarding, sourceID))
	if err != nil {
		t.Fatalf("the message that names it does not open the channel: %v", err)
	}
	if c, ok := full.Chats[0].(*tg.Channel); !ok || c.Min || c.AccessHash != chats[sourceID].AccessHash {
		t.Errorf("got %v, want the channel with its access hash", full.Chats[0])
	}
	in := &tg.InputPeerChannelFromMessage{Peer: peer(news), MsgID: forwarding, ChannelID: sourceID}
	if _, err := api.MessagesGetHistory(t.Context(), &tg.MessagesGetHistoryRequest{Peer: in, Limit: 1}); err != nil {
		t.Errorf("history through the message: %v", err)
	}
	_, err = api.ChannelsGetFullChannel(t.Context(), from(forwarding+1, sourceID))
	wantError(t, err, 400, "MESSAGE_ID_INVALID")
	_, err = api.ChannelsGetFullChannel(t.Context(), from(forwarding, newsID+1000))
	wantError(t, err, 400, "CHANNEL_INVALID")
}

func TestHistoryNotModified(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	news := peer(resolve(t, api, "news"))
	var h uint64 // the hash as a client computes it
	for _, id := range ids(page(t, api, &tg.MessagesGetHistoryRequest{Peer: news, Limit: 5}).Messages) {
		h ^= h >> 21
		h ^= h << 35
		h ^= h >> 4
		h += uint64(id)
	}
	answer, err := api.MessagesGetHistory(t.Context(), &tg.MessagesGetHistoryRequest{Peer: news, Limit: 5, Hash: int64(h)})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := answer.(*tg.MessagesMessagesNotModified); !ok {
		t.Errorf("got %T", answer)
	}
	if _, err := api.MessagesGetHistory(t.Context(), &tg.MessagesGetHistoryRequest{Peer: news, Limit: 6, Hash: int64(h)}); err != nil {
		t.Fatal(err)
	}
}

// all pages through a channel as a collector does.
func all(t *testing.T, api *tg.Client, in tg.InputPeerClass) (got []int, requests int) {
	t.Helper()
	offset := 0
	for {
		requests++
		m := ids(page(t, api, &tg.MessagesGetHistoryRequest{Peer: in, OffsetID: offset, Limit: 100}).Messages)
		if len(m) == 0 {
			return got, requests
		}
		got = append(got, m...)
		offset = m[len(m)-1]
	}
}

func TestPagination(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	news := peer(resolve(t, api, "news"))
	var want []int
	for i := newsCount; i >= 1; i-- {
		want = append(want, 3*i)
	}
	tests := []struct {
		pages sandboxtest.Pages
		least int // requests
	}{
		{sandboxtest.Pages{}, 4},
		{sandboxtest.Pages{Max: 30}, 11},
		{sandboxtest.Pages{Shorter: 0.5, Seed: 7}, 5},
	}
	for _, test := range tests {
		srv.Hooks().SetPages(test.pages)
		got, requests := all(t, api, news)
		if !slices.Equal(got, want) {
			t.Errorf("%+v: got %d messages, want %d", test.pages, len(got), len(want))
		}
		if requests < test.least {
			t.Errorf("%+v: got %d requests, want %d or more", test.pages, requests, test.least)
		}
	}
	if got, _ := all(t, api, peer(resolve(t, api, "empty"))); len(got) != 0 {
		t.Errorf("empty channel: got %v", got)
	}
}

func TestGetMessages(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	news := resolve(t, api, "news").AsInput()
	get := func(ids ...int) (*tg.MessagesChannelMessages, error) {
		req := &tg.ChannelsGetMessagesRequest{Channel: news}
		for _, id := range ids {
			req.ID = append(req.ID, &tg.InputMessageID{ID: id})
		}
		m, err := api.ChannelsGetMessages(t.Context(), req)
		got, _ := m.(*tg.MessagesChannelMessages)
		return got, err
	}
	m, err := get(300, 301, 3, 9999)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{300, 301, 3, 9999}, ids(m.Messages)); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	for i, empty := range []bool{false, true, false, true} {
		if _, ok := m.Messages[i].(*tg.MessageEmpty); ok != empty {
			t.Errorf("message %d: got %T", m.Messages[i].GetID(), m.Messages[i])
		}
	}
	_, err = get()
	wantError(t, err, 400, "MESSAGE_IDS_EMPTY")
}

func TestReplies(t *testing.T) {
	t.Parallel()
	srv := start(t, sandbox.Options{World: testWorld(t)})
	api := signedIn(t, srv, sandbox.PhonePlain).API()
	news, group := peer(resolve(t, api, "news")), peer(resolve(t, api, "newstalk"))
	tests := []struct {
		name string
		req  tg.MessagesGetRepliesRequest
		want []int
	}{
		{"of the channel's message", tg.MessagesGetRepliesRequest{Peer: news, MsgID: 3, Limit: 100}, []int{14, 12, 11}},
		{"of the group's message", tg.MessagesGetRepliesRequest{Peer: group, MsgID: 10, Limit: 100}, []int{14, 12, 11}},
		{"below an id", tg.MessagesGetRepliesRequest{Peer: news, MsgID: 3, OffsetID: 14, Limit: 100}, []int{12, 11}},
		{"above an id", tg.MessagesGetRepliesRequest{Peer: news, MsgID: 3, MinID: 11, Limit: 100}, []int{14, 12}},
		{"one", tg.MessagesGetRepliesRequest{Peer: news, MsgID: 3, Limit: 1}, []int{14}},
		{"without any", tg.MessagesGetRepliesRequest{Peer: group, MsgID: 13, Limit: 100}, []int{}},
	}
	for _, test := range tests {
		answer, err := api.MessagesGetReplies(t.Context(), &test.req)
		if err != nil {
			t.Fatal(err)
		}
		m := answer.(*tg.MessagesChannelMessages)
		if diff := cmp.Diff(test.want, ids(m.Messages)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if got, want := m.Count, 3; test.name != "without any" && got != want {
			t.Errorf("%s: got count %d, want %d", test.name, got, want)
		}
		if test.req.Peer == news && len(m.Chats) != 2 {
			t.Errorf("%s: got %d chats, want channel and group", test.name, len(m.Chats))
		}
		if len(test.want) > 0 && (len(m.Users) != 1 || m.Users[0].GetID() != authorID) {
			t.Errorf("%s: got users %v, want the author", test.name, m.Users)
		}
	}
	_, err := api.MessagesGetReplies(t.Context(), &tg.MessagesGetRepliesRequest{Peer: news, MsgID: 6, Limit: 1})
	wantError(t, err, 400, "MSG_ID_INVALID")
}
