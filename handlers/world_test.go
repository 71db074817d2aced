package handlers_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/network"
)

const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`

// world is a small dataset with one message of every kind.
func world() ([]collector.Channel, []collector.Message) {
	channels := []collector.Channel{
		{ID: 1001, Username: "alpha", Usernames: []string{"alpha", "alphanews"}, Title: "Alpha News",
			About: "Daily news.\nSecond line with t.me/beta", Kind: collector.Broadcast,
			Participants: ptr[int64](48210), CreatedAt: ptr(noon.AddDate(-3, 0, 0)), LinkedChannelID: 1003, Verified: true, Source: "telegram",
			FirstSeenAt: noon, LastSeenAt: noon, Reference: "@alpha",
			Raw: `{"_":"ChatFull","full_chat":{"about":"Daily news.","participants_count":48210}}`},
		{ID: 1002, Username: "beta", Title: "Бета — новости", Kind: collector.Broadcast, Participants: ptr[int64](1200), Source: "telegram",
			FirstSeenAt: noon, LastSeenAt: noon, Raw: `{"_":"ChatFull"}`},
		{ID: 1003, Title: "قناة الأخبار " + hostile, About: hostile, Kind: collector.Supergroup, Source: "telegram", FirstSeenAt: noon,
			LastSeenAt: noon, Raw: `{"_":"ChatFull","about":"` + `\u003cscript\u003e` + `"}`},
	}
	messages := []collector.Message{
		{ChannelID: 1001, ID: 130, Text: "👩‍👩‍👧 Bold, a link and #tag — then @beta and https://example.org/a?b=1&c=2\nSecond line.",
			Entities: []collector.Entity{
				{Type: "MessageEntityBold", Offset: 9, Length: 4},
				{Type: "MessageEntityTextUrl", Offset: 15, Length: 6, URL: "https://example.org/long"},
				{Type: "MessageEntityHashtag", Offset: 26, Length: 4}, {Type: "MessageEntityMention", Offset: 38, Length: 5},
				{Type: "MessageEntityUrl", Offset: 48, Length: 29},
			},
			Views: ptr[int64](12480), Forwards: ptr[int64](312), Replies: ptr[int64](41), Mentions: []string{"beta"},
			Reactions:      []collector.Reaction{{Emoji: "👍", Count: 210}, {Emoji: "🔥", Count: 32}, {Paid: true, Count: 3}},
			ReactionsTotal: ptr[int64](245), Pinned: true},
		{ChannelID: 1001, ID: 129, Text: "What others say about it, in full length and with more than one line of text so that wrapping shows " +
			"on a narrow screen.", ForwardFromType: "channel", ForwardFromID: 1002, ForwardMessageID: 7, ForwardDate: ptr(noon.Add(-3 * time.Hour)),
			Views: ptr[int64](9100)},
		{ChannelID: 1001, ID: 128, MediaType: "MessageMediaPhoto", PhotoID: 5, Width: ptr[int32](1280), Height: ptr[int32](853), AlbumID: 77,
			Text: "Two photos from the square", Views: ptr[int64](8000)},
		{ChannelID: 1001, ID: 127, MediaType: "MessageMediaDocument", MIMEType: "video/mp4", FileName: "march.mp4",
			FileSize: ptr[int64](18_400_000), Duration: ptr(125.0), Width: ptr[int32](1920), Height: ptr[int32](1080), AlbumID: 77,
			Views: ptr[int64](8000)},
		{ChannelID: 1001, ID: 126, Kind: collector.KindService, Action: "MessageActionPinMessage"},
		{ChannelID: 1001, ID: 125, Text: "Which one?", MediaType: "MessageMediaPoll", PollID: 9,
			PollQuestion: "Do you read more than one channel?", PollVoters: ptr[int64](300),
			PollResults: []collector.PollResult{{Text: "Yes", Voters: ptr[int64](200), Correct: true}, {Text: "No", Voters: ptr[int64](100)}}},
		{ChannelID: 1001, ID: 124, Text: "Read this: example.org/story", MediaType: "MessageMediaWebPage", URL: "https://example.org/story",
			Domain: "example.org", URLTitle: "A long story about very small things",
			URLDescription: "It begins where the other one ended, and goes on for a while.", ReplyToMessageID: 120},
		{ChannelID: 1001, ID: 123, Text: hostile,
			Entities: []collector.Entity{{Type: "MessageEntityTextUrl", Offset: 0, Length: 8, URL: "javascript:alert(1)"}}, EditDate: ptr(noon)},
		{ChannelID: 1002, ID: 8, Text: "Сегодня в выпуске: погода, дороги, театр.", ForwardFromType: "user", Views: ptr[int64](410)},
		{ChannelID: 1002, ID: 7, Text: "Исходное сообщение", Views: ptr[int64](900)},
		{ChannelID: 1003, ID: 5, Text: "مرحبا بالعالم، هذه رسالة طويلة قليلا مع رابط t.me/alpha في وسطها",
			TMeLinks: []collector.TMeLink{{Username: "alpha"}}, FromType: "channel", FromID: 1003},
	}
	for id := int64(122); id > 60; id-- {
		messages = append(messages, collector.Message{ChannelID: 1001, ID: id, Text: fmt.Sprintf("Message number %d of the day.", id),
			Views: ptr(id * 70)})
	}
	for i := range messages {
		m := &messages[i]
		if m.Kind == "" {
			m.Kind = collector.KindMessage
		}
		for _, ch := range channels {
			if ch.ID == m.ChannelID {
				m.ChannelUsername, m.ChannelTitle = ch.Username, ch.Title
			}
		}
		m.Date, m.Source, m.FirstSeenAt, m.LastSeenAt, m.Raw = noon.Add(-time.Duration(i)*17*time.Minute), "telegram", noon, noon, "{}"
	}
	return channels, messages
}

// fill puts the small world into a workspace.
func (s *site) fill(t *testing.T, workspace string) {
	t.Helper()
	ctx := context.Background()
	d, err := s.dataset(t.TempDir(), workspace)
	if err != nil {
		t.Fatal(err)
	}
	channels, messages := world()
	w := d.Writer(1)
	for _, ch := range channels {
		if err := w.PutChannel(ctx, ch); err != nil {
			t.Fatal(err)
		}
		part := collector.Part{ChannelID: ch.ID, Source: "telegram", ObservedAt: noon}
		for _, m := range messages {
			if m.ChannelID == ch.ID {
				part.Messages = append(part.Messages, m)
				part.Range = collector.Range{Lo: 1, Hi: max(part.Range.Hi, m.ID)}
			}
		}
		if err := w.PutPart(ctx, part); err != nil {
			t.Fatal(err)
		}
	}
	s.graph = worldGraph(t, channels)
}

func worldGraph(t *testing.T, channels []collector.Channel) *network.Graph {
	t.Helper()
	evidence := func(yield func(*network.Evidence, error) bool) {
		for i := range 40 {
			from, to := channels[i%3], fmt.Sprintf("named_%d", i%11)
			e := network.Evidence{ChannelID: from.ID, ID: int64(i + 1), Kind: collector.KindMessage, Date: noon.Add(time.Duration(i) * time.Hour),
				Mentions: []string{to}}
			if i%4 == 0 {
				e.ForwardFromType, e.ForwardFromID, e.Mentions = "channel", channels[(i+1)%3].ID, nil
			}
			if !yield(&e, nil) {
				return
			}
		}
	}
	var all iter.Seq2[*network.Evidence, error] = evidence
	g, err := network.From(context.Background(), network.Input{Channels: channels, Messages: all})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// running makes a collection one under way, with a channel in every state.
func running(c *collector.Collection) {
	c.State, c.StartedAt = collector.Running, ptr(noon.Add(-time.Minute))
	c.Channels = []collector.Progress{
		{Reference: "@alpha", ChannelID: 1001, Username: "alpha", Title: "Alpha News", State: collector.Collecting, Messages: 5200, Service: 10,
			New: 5200, Expected: ptr[int64](9800), Lo: 1, Hi: 11000, Absent: 300},
		{Reference: "t.me/beta", ChannelID: 1002, Username: "beta", Title: "Бета — новости", State: collector.Done, Messages: 7270, Service: 12,
			New: 7270, Expected: ptr[int64](7282), Lo: 1, Hi: 7323, Absent: 41, WaitedSeconds: 18},
		{Reference: "1003", ChannelID: 1003, Title: "قناة الأخبار", State: collector.Queued},
		{Reference: "@durov", State: collector.Failed, Error: collector.NotAChannel, Detail: "person"},
		{Reference: "@nobody_there", State: collector.Failed, Error: collector.NotFound},
	}
	c.Requested.Channels = strings.Fields("@alpha t.me/beta 1003 @durov @nobody_there")
	c.Messages = 12470
}
