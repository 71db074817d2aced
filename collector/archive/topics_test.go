package archive_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

type placed struct {
	Topic int64
	Title string
	Reply int64
}

func places(rows []collector.Message) map[int64]placed {
	out := map[int64]placed{}
	for _, m := range rows {
		out[m.ID] = placed{m.TopicID, m.TopicTitle, m.ReplyToMessageID}
	}
	return out
}

const telethonForum = `{"_":"MessageService","id":2,"peer_id":{"_":"PeerChannel","channel_id":1500},"date":"2024-03-05T10:00:00+00:00","action":{"_":"MessageActionChannelCreate","title":"Forum"}}
{"_":"MessageService","id":10,"peer_id":{"_":"PeerChannel","channel_id":1500},"date":"2024-03-05T10:00:00+00:00","action":{"_":"MessageActionTopicCreate","title":"Boats","icon_color":1}}
{"_":"Message","id":12,"peer_id":{"_":"PeerChannel","channel_id":1500},"date":"2024-03-05T10:00:00+00:00","message":"A boat came in","reply_to":{"_":"MessageReplyHeader","forum_topic":true,"reply_to_msg_id":10}}
{"_":"Message","id":13,"peer_id":{"_":"PeerChannel","channel_id":1500},"date":"2024-03-05T10:00:00+00:00","message":"What colour?","reply_to":{"_":"MessageReplyHeader","forum_topic":true,"reply_to_msg_id":12,"reply_to_top_id":10}}
{"_":"Message","id":15,"peer_id":{"_":"PeerChannel","channel_id":1500},"date":"2024-03-05T10:00:00+00:00","message":"General talk"}
{"_":"Message","id":16,"peer_id":{"_":"PeerChannel","channel_id":1500},"date":"2024-03-05T10:00:00+00:00","message":"General reply","reply_to":{"_":"MessageReplyHeader","reply_to_msg_id":15}}
{"_":"MessageService","id":17,"peer_id":{"_":"PeerChannel","channel_id":1500},"date":"2024-03-05T10:00:00+00:00","action":{"_":"MessageActionTopicEdit","title":"Big boats"},"reply_to":{"_":"MessageReplyHeader","forum_topic":true,"reply_to_msg_id":10}}
{"_":"Message","id":3,"peer_id":{"_":"PeerChannel","channel_id":1600},"date":"2024-03-05T10:00:00+00:00","message":"of another channel"}
`

// tdl writes objects as Go does, without service messages.
const tdlForum = `{"id":1500,"messages":[
 {"id":16,"type":"message","file":"","date":1709632800,"text":"General reply","raw":{"Flags":8,"ID":16,"PeerID":{"ChannelID":1500},"Date":1709632800,"Message":"General reply","ReplyTo":{"Flags":16,"ForumTopic":false,"ReplyToMsgID":15,"ReplyToPeerID":null,"ReplyToTopID":0}}},
 {"id":15,"type":"message","file":"","date":1709632800,"text":"General talk","raw":{"Flags":0,"ID":15,"PeerID":{"ChannelID":1500},"Date":1709632800,"Message":"General talk","ReplyTo":null}},
 {"id":13,"type":"message","file":"","date":1709632800,"text":"What colour?","raw":{"Flags":8,"ID":13,"PeerID":{"ChannelID":1500},"Date":1709632800,"Message":"What colour?","ReplyTo":{"Flags":26,"ForumTopic":true,"ReplyToMsgID":12,"ReplyToTopID":10}}},
 {"id":12,"type":"message","file":"","date":1709632800,"text":"A boat came in","raw":{"Flags":8,"ID":12,"PeerID":{"ChannelID":1500},"Date":1709632800,"Message":"A boat came in","ReplyTo":{"Flags":24,"ForumTopic":true,"ReplyToMsgID":10,"ReplyToTopID":0}}}
]}`

func desktopForum() string {
	service := func(id, more string) string {
		return `{"id":` + id + `,"type":"service","date":"2024-03-05T10:00:00","date_unixtime":"1709632800","actor":"Ann","actor_id":"user7","text":"",` + more + `}`
	}
	said := func(id, more string) string {
		return `{"id":` + id + `,"type":"message","date":"2024-03-05T10:00:00","date_unixtime":"1709632800","from":"Ann","from_id":"user7","text":"said"` + more + `}`
	}
	return desktopChat("public_supergroup",
		service("2", `"action":"create_channel","title":"Forum"`),
		service("10", `"action":"topic_created","title":"Boats"`),
		said("12", `,"reply_to_message_id":10`), said("13", `,"reply_to_message_id":12`), said("14", `,"reply_to_message_id":11`),
		said("15", ``), said("16", `,"reply_to_message_id":15`),
		service("17", `"action":"topic_edit","new_title":"Big boats"`), service("18", `"action":"pin_message","message_id":13`))
}

// A forum's topics are the same in every file that contains them.
func TestForums(t *testing.T) {
	telethon := map[int64]placed{
		2: {1, "", 0}, 10: {10, "Big boats", 0}, 12: {10, "Big boats", 0}, 13: {10, "Big boats", 12}, 15: {1, "", 0}, 16: {1, "", 15},
		17: {10, "Big boats", 0}, 3: {},
	}
	tracker := `{"_":"ChannelMessages","messages":[` + strings.ReplaceAll(strings.TrimSpace(telethonForum), "\n", ",") +
		`],"chats":[{"_":"Channel","id":1600,"title":"Another","photo":{"_":"ChatPhotoEmpty"},"date":"2024-03-05T10:00:00+00:00","forum":true}],"users":[]}`
	tracked := map[int64]placed{}
	for id, p := range telethon {
		tracked[id] = p
	}
	tracked[3] = placed{1, "", 0} // sent as the channel itself
	for name, tt := range map[string]struct {
		file, content string
		want          map[int64]placed
	}{
		"telethon": {"a.ndjson", telethonForum, telethon},
		"tracker":  {"a_messages.json", tracker, tracked},
		"tdl":      {"a.json", tdlForum, map[int64]placed{12: {10, "", 0}, 13: {10, "", 12}, 15: {1, "", 0}, 16: {1, "", 15}}},
		"desktop": {"result.json", desktopForum(), map[int64]placed{
			2: {1, "", 0}, 10: {10, "Boats", 0}, 12: {10, "Boats", 0}, 13: {10, "Boats", 12}, 14: {0, "", 11}, // message 11 is not in the file
			15: {1, "", 0}, 16: {1, "", 15}, 17: {}, 18: {10, "Boats", 13},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			rows, _ := readAll(t, input.Options{}, map[string]string{tt.file: tt.content})
			if diff := cmp.Diff(tt.want, places(rows)); diff != "" {
				t.Errorf("topics (-want +got):\n%s", diff)
			}
		})
	}
}

// A group without topics is not a forum: replies in it remain replies.
func TestNoForum(t *testing.T) {
	plain := desktopChat("public_supergroup",
		`{"id":12,"type":"message","date":"2024-03-05T10:00:00","date_unixtime":"1709632800","from_id":"user7","text":"said","reply_to_message_id":10}`)
	rows, _ := readAll(t, input.Options{}, map[string]string{"result.json": plain})
	if diff := cmp.Diff(map[int64]placed{12: {0, "", 10}}, places(rows)); diff != "" {
		t.Error(diff)
	}
}

// The forum of the shared fixtures.
func TestForumFixture(t *testing.T) {
	path := filepath.Join(filepath.Dir(fixtures(t)), "found", "worlds", "x_forumharbor.ndjson")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Skip(err)
	}
	rows, _ := readAll(t, input.Options{}, map[string]string{"x_forumharbor.ndjson": string(content)})
	want := map[int64]placed{
		1: {1, "", 0}, 10: {10, "Big boats", 0}, 11: {11, "Nets", 0}, 12: {10, "Big boats", 0}, 13: {10, "Big boats", 12},
		14: {11, "Nets", 0}, 15: {1, "", 0}, 16: {1, "", 15}, 17: {10, "Big boats", 0},
	}
	if diff := cmp.Diff(want, places(rows)); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
}

// Forks of Pyrogram export topics, stars and hidden edits; Pyrogram itself does not.
func TestPyrogramForks(t *testing.T) {
	chat := `"chat":{"_":"Chat","id":-1001500000011,"type":"ChatType.FORUM","title":"Forum","is_forum":true},"date":"2024-03-05 10:00:00"`
	content := `[{"_":"Message","id":12,` + chat +
		`,"text":"one","edit_date":"2024-03-05 11:00:00","edit_hidden":true,"message_thread_id":10,"is_topic_message":true,"reply_to_message_id":10},
	{"_":"Message","id":13,` + chat +
		`,"text":"two","message_thread_id":10,"topic_message":true,"reply_to_message_id":12,"topic":{"_":"ForumTopic","id":10,"title":"Boats"}},
	{"_":"Message","id":14,` + chat +
		`,"text":"three","reactions":{"_":"MessageReactions","reactions":[{"_":"Reaction","emoji":"🔥","count":3},{"_":"Reaction","is_paid":true,"count":50}]}},
	{"_":"Message","id":15,` + chat +
		`,"text":"four","reactions":[{"_":"Reaction","type":{"_":"ReactionTypeEmoji","emoji":"🔥"},"count":2},{"type":{"_":"ReactionTypePaid"},"count":7}]},
	{"_":"Message","id":16,` + strings.Replace(chat, `,"is_forum":true`, "", 1) + `,"text":"five"}]`
	for _, pseudonym := range []collector.Pseudonym{nil, hidden} {
		rows, _ := readAll(t, input.Options{Pseudonym: pseudonym}, map[string]string{"a.json": content})
		want := map[int64]placed{12: {10, "", 0}, 13: {10, "Boats", 12}, 14: {1, "", 0}, 15: {1, "", 0}, 16: {}}
		if diff := cmp.Diff(want, places(rows)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, m := range rows {
			if hides := m.EditHidden != nil && *m.EditHidden; hides != (m.ID == 12) || m.EditHidden != nil && m.ID != 12 {
				t.Errorf("message %d: an edit is hidden: %v", m.ID, m.EditHidden)
			}
			stars := map[int64]int64{14: 50, 15: 7}[m.ID]
			if (m.Stars == nil) != (stars == 0) ||
				stars != 0 && (*m.Stars != stars || *m.ReactionsTotal != map[int64]int64{14: 3, 15: 2}[m.ID] || m.Reactions[0].Emoji != "🔥") {
				t.Errorf("message %d: stars %v, reactions %+v", m.ID, m.Stars, m.Reactions)
			}
		}
	}
}
