package archive_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

func ptr[T any](v T) *T { return &v }

func unix(s int64) time.Time { return time.Unix(s, 0).UTC() }

// desktopChat is a chat as Telegram Desktop exports it.
func desktopChat(kind string, messages ...string) string {
	return `{
 "name": "Quay News",
 "type": "` + kind + `",
 "id": 1234,
 "messages": [
  ` + strings.Join(messages, ",\n  ") + `
 ]
}`
}

// desktopCases are messages of result.json, written for this test after
// export_output_json.cpp, and their rows.
var desktopCases = []struct {
	name, json string
	want       collector.Message
}{
	{"text with parts", `{"id":7,"type":"message","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","edited":"2024-03-01T15:00:00","edited_unixtime":"1709298000",
	  "from":"Quay News","from_id":"channel1234","author":"Ann","text":["👩‍👩‍👧 see ",{"type":"mention","text":"@pier"},", ",{"type":"hashtag","text":"#tide"}," and ",{"type":"text_link","text":"this","href":"https://t.me/pier/5"},{"type":"bold","text":"!"}],
	  "text_entities":[],"reactions":[{"type":"emoji","count":12,"emoji":"👍","recent":[{"from":"Bob","from_id":"user77"}]},{"type":"paid","count":3}]}`,
		collector.Message{ID: 7, Kind: "message", Date: unix(1709294400), EditDate: ptr(unix(1709298000)),
			Text: "👩‍👩‍👧 see @pier, #tide and this!",
			Entities: []collector.Entity{{Type: "MessageEntityMention", Offset: 13, Length: 5},
				{Type: "MessageEntityHashtag", Offset: 20, Length: 5},
				{Type: "MessageEntityTextUrl", Offset: 30, Length: 4, URL: "https://t.me/pier/5"}, {Type: "MessageEntityBold", Offset: 34, Length: 1}},
			Mentions: []string{"pier"}, Hashtags: []string{"tide"}, Links: []string{"https://t.me/pier/5"},
			TMeLinks:  []collector.TMeLink{{Username: "pier", MessageID: 5}},
			Reactions: []collector.Reaction{{Emoji: "👍", Count: 12}}, ReactionsTotal: ptr[int64](12), Stars: ptr[int64](3)}},
	{"a forward with a photo", `{"id":8,"type":"message","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","from":"Quay News","from_id":"channel1234",
	  "forwarded_from":"Pier","forwarded_from_id":"channel99","reply_to_message_id":7,"photo":"(File not included. Change data exporting settings to download.)","width":800,"height":600,"text":""}`,
		collector.Message{ID: 8, Kind: "message", Date: unix(1709294400), ForwardFromType: "channel", ForwardFromID: 99, ForwardFromName: "Pier",
			ReplyToMessageID: 7,
			MediaType:        "MessageMediaPhoto", Width: ptr[int32](800), Height: ptr[int32](600)}},
	{"a forward of somebody", `{"id":9,"type":"message","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","forwarded_from":"Bob Miller","text":"hi"}`,
		collector.Message{ID: 9, Kind: "message", Date: unix(1709294400), Text: "hi"}},
	{"a video", `{"id":10,"type":"message","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","file":"video_files/ferry.mp4","thumbnail":"t.jpg","media_type":"video_file","mime_type":"video/mp4","duration_seconds":65,"width":1280,"height":720,"text":"ferry"}`,
		collector.Message{ID: 10, Kind: "message", Date: unix(1709294400), Text: "ferry", MediaType: "MessageMediaDocument",
			FileName: "ferry.mp4", MIMEType: "video/mp4", Duration: ptr(65.0), Width: ptr[int32](1280), Height: ptr[int32](720)}},
	{"a file with its size", `{"id":11,"type":"message","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","file":"(File exceeds maximum size.)","file_name":"map.pdf","file_size":123456,"mime_type":"application/pdf","text":""}`,
		collector.Message{ID: 11, Kind: "message", Date: unix(1709294400), MediaType: "MessageMediaDocument", FileName: "map.pdf",
			FileSize: ptr[int64](123456), MIMEType: "application/pdf"}},
	{"a poll", `{"id":12,"type":"message","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","poll":{"question":"Which pier?","closed":false,"total_voters":5,"answers":[{"text":"Old","voters":3,"chosen":false},{"text":"New","voters":2,"chosen":true}]},"text":""}`,
		collector.Message{ID: 12, Kind: "message", Date: unix(1709294400), MediaType: "MessageMediaPoll", PollQuestion: "Which pier?",
			PollVoters:  ptr[int64](5),
			PollResults: []collector.PollResult{{Text: "Old", Voters: ptr[int64](3)}, {Text: "New", Voters: ptr[int64](2)}}}},
	{"a poll of which nothing is known",
		`{"id":13,"type":"message","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","poll":{"question":"?","closed":false,"total_voters":0,"answers":[{"text":"a","voters":0,"chosen":false}]},"text":""}`,
		collector.Message{ID: 13, Kind: "message", Date: unix(1709294400), MediaType: "MessageMediaPoll", PollQuestion: "?",
			PollResults: []collector.PollResult{{Text: "a"}}}},
	{"a place", `{"id":14,"type":"message","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","place_name":"Café","address":"Quay 1","location_information":{"latitude":1.5,"longitude":-2.25},"text":""}`,
		collector.Message{ID: 14, Kind: "message", Date: unix(1709294400), MediaType: "MessageMediaVenue", GeoType: "MessageMediaVenue",
			Latitude: ptr(1.5), Longitude: ptr(-2.25), VenueTitle: "Café", VenueAddress: "Quay 1"}},
	{"a contact", `{"id":15,"type":"message","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","contact_information":{"first_name":"Bob","last_name":"Miller","phone_number":"+44 7700 900123"},"text":""}`,
		collector.Message{ID: 15, Kind: "message", Date: unix(1709294400), MediaType: "MessageMediaContact"}},
	{"a service message", `{"id":16,"type":"service","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","actor":"Quay News","actor_id":"channel1234","action":"pin_message","message_id":7,"text":"","text_entities":[]}`,
		collector.Message{ID: 16, Kind: "service", Action: "MessageActionPinMessage", Date: unix(1709294400), ReplyToMessageID: 7}},
	{"an unknown action", `{"id":17,"type":"service","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","actor":"Bob","actor_id":"user77","action":"fly","text":""}`,
		collector.Message{ID: 17, Kind: "service", Date: unix(1709294400), FromType: "user", FromID: 77}},
	{"a local time, control characters", `{"id":18,"type":"message","date":"2020-01-02T03:04:05","from_id":4321,"text":"a\x0Bb\\x41"}`,
		collector.Message{ID: 18, Kind: "message", Date: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), Text: "a\vb\\x41", FromType: "user",
			FromID: 4321}},
	{"named by id", `{"id":19,"type":"message","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","from":"Bob","from_id":"user77","via_bot":"@gif","text":[{"type":"mention_name","text":"Carl","user_id":88}]}`,
		collector.Message{ID: 19, Kind: "message", Date: unix(1709294400), FromType: "user", FromID: 77, Text: "Carl",
			Entities: []collector.Entity{{Type: "MessageEntityMentionName", Length: 4}}}},
}

func TestDesktop(t *testing.T) {
	var all []string
	for _, tt := range desktopCases {
		all = append(all, tt.json)
	}
	all = append(all, `{"id":20,"type":"unsupported"}`)
	rows, report := readAll(t, input.Options{Pseudonym: hidden}, map[string]string{"result.json": desktopChat("public_channel", all...)})
	if len(rows) != len(desktopCases) || !report.LocalDay || len(report.Dropped) != 2 || report.Dropped["the action fly"] != 1 {
		t.Fatalf("%d rows, %+v", len(rows), report)
	}
	for i, tt := range desktopCases {
		want, got := tt.want, rows[i]
		want.ChannelID, want.ChannelTitle, want.Source = 1234, "Quay News", collector.SourceDesktop
		if want.FromID != 0 {
			want.FromID = hidden(want.FromID)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(collector.Message{}, "Raw", "LastSeenAt")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if !got.LastSeenAt.Equal(unix(1709298000)) {
			t.Errorf("%s: seen at %v", tt.name, got.LastSeenAt)
		}
		for _, secret := range []string{"Bob", "Ann", "Miller", "7700", `"user77"`, `:88}`, "Carl\",\"user_id\":88"} {
			if strings.Contains(got.Raw, secret) {
				t.Errorf("%s: raw keeps %q: %s", tt.name, secret, got.Raw)
			}
		}
	}
}

func TestDesktopPersonal(t *testing.T) {
	var all []string
	for _, tt := range desktopCases {
		all = append(all, tt.json)
	}
	rows, _ := readAll(t, input.Options{}, map[string]string{"result.json": desktopChat("public_channel", all...)})
	if rows[0].PostAuthor != "Ann" || rows[2].ForwardFromName != "Bob Miller" || rows[8].ContactPhone != "+44 7700 900123" ||
		rows[8].ContactName != "Bob Miller" || rows[12].FromID != 77 {
		t.Errorf("rows: %+v", rows)
	}
	if want := `{"id":9,"type":"message","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","forwarded_from":"Bob Miller","text":"hi"}`; rows[2].Raw != want {
		t.Errorf("raw %s, want %s", rows[2].Raw, want)
	}
}

// Of a whole account's export, public channels are read and the other chats are reported.
func TestDesktopAccount(t *testing.T) {
	message := desktopCases[2].json
	text := fmt.Sprintf(`{"about":"Here is…","personal_information":{"user_id":5,"phone_number":"+1"},"contacts":{"list":[{"first_name":"x"}]},
	 "chats":{"about":"…","list":[%s,%s,%s,{"type":"saved_messages","id":5,"messages":[{"id":-1}]}]},
	 "left_chats":{"about":"…","list":[%s]}}`,
		desktopChat("public_channel", message), strings.Replace(desktopChat("private_channel", message), "1234", "55", 1),
		strings.Replace(desktopChat("personal_chat", `{"broken":true}`), "1234", "66", 1),
		strings.Replace(desktopChat("public_supergroup", message), "1234", "-1000000001300", 1))
	rows, report := readAll(t, input.Options{}, map[string]string{"result.json": text})
	if len(rows) != 2 || rows[0].ChannelID != 1234 || rows[1].ChannelID != 1300 || len(report.LeftOut) != 3 {
		t.Errorf("rows %+v, %+v", rows, report)
	}
}

// In a supergroup, messages can be sent as the channel itself, so that sender is stored.
func TestDesktopGroup(t *testing.T) {
	rows, _ := readAll(t, input.Options{}, map[string]string{"result.json": desktopChat("private_supergroup", desktopCases[0].json)})
	if rows[0].FromType != "channel" || rows[0].FromID != 1234 {
		t.Errorf("from %s %d", rows[0].FromType, rows[0].FromID)
	}
}

// The export of a supergroup that was a basic group has that group's messages too; they have
// other ids and are left out.
func TestDesktopMigrated(t *testing.T) {
	old := strings.NewReplacer(`"id":9`, `"id":-999999990`, "1709294400", "1809294400", "hi", "old").Replace(desktopCases[2].json)
	edge := strings.Replace(old, "-999999990", "-1", 1)
	answer := strings.Replace(desktopCases[2].json, `"text"`, `"reply_to_message_id":-999999990,"text"`, 1)
	rows, report := readAll(t, input.Options{}, map[string]string{"result.json": desktopChat("public_supergroup", old, edge, answer)})
	if len(rows) != 1 || rows[0].ID != 9 || rows[0].Text != "hi" || rows[0].ReplyToMessageID != 0 ||
		!rows[0].LastSeenAt.Equal(unix(1709294400)) {
		t.Errorf("rows %+v", rows)
	}
	if want := map[string]int{"messages of the group that this one was before": 2}; !maps.Equal(report.Dropped, want) ||
		report.Files[0].Messages != 1 {
		t.Errorf("report %+v, want dropped %v", report, want)
	}
	_, _, err := read(t, input.Options{},
		map[string]string{"result.json": desktopChat("public_supergroup", strings.Replace(old, "-999999990", "-1000000000", 1))})
	if e := fileError(t, err); e.Field != "id" {
		t.Errorf("an id below all: %v", e)
	}
}

func TestDesktopBad(t *testing.T) {
	good := desktopCases[2].json
	for _, tt := range []struct {
		name, text string
		line       int64
		field      string
	}{
		{"cut off", desktopChat("public_channel", good)[:120], 6, ""},
		{"a person", desktopChat("personal_chat", good), 0, ""},
		{"a date", desktopChat("public_channel", good, strings.Replace(good, `"1709294400"`, `"soon"`, 1)), 7, "date_unixtime"},
		{"no date", desktopChat("public_channel", good, `{"id":3,"type":"message","text":"x"}`), 7, "date"},
		{"an id", desktopChat("public_channel", strings.Replace(good, `"id":9`, `"id":"nine"`, 1)), 6, "id"},
		{"a type", desktopChat("public_channel", strings.Replace(good, `"type":"message"`, `"type":"letter"`, 1)), 6, "type"},
		{"a text", desktopChat("public_channel", strings.Replace(good, `"text":"hi"`, `"text":[7]`, 1)), 6, "text"},
		{"an id of the chat", strings.Replace(desktopChat("public_channel", good), "1234", "-5", 1), 5, "id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := read(t, input.Options{}, map[string]string{"result.json": tt.text})
			if e := fileError(t, err); e.Line != tt.line || e.Field != tt.field {
				t.Errorf("got %s, want line %d, field %q", e, tt.line, tt.field)
			}
		})
	}
}

func TestTDL(t *testing.T) {
	raw := `{"Flags":1051916,"ID":5,"Post":true,"PeerID":{"ChannelID":1234},"FromID":null,"FwdFrom":{"FromID":{"ChannelID":99},"Date":1709290000,"ChannelPost":3},
	 "Date":1709294400,"EditDate":1709298000,"EditHide":true,"RichMessage":{"Blocks":[{"Text":{"Text":"unnamed"}}]},"Message":"see @pier https://x.org #a","ReplyMarkup":{"Rows":[{"Buttons":[{"Text":"Open","URL":"https://t.me/mole/5"},{"Text":"Call back","Data":"eA=="}]},{"Buttons":[{"Text":"Shop","Type":{"URL":"https://shop.example/x"}},{"Text":"Who","UserID":77}]}]},"Views":0,"Forwards":4,"GroupedID":77,"ViaBotID":66,
	 "ReplyTo":{"ReplyToMsgID":4},"Media":{"Document":{"ID":5550,"AccessHash":1,"FileReference":"eHg=","MimeType":"video/mp4","Size":900,"Attributes":[{"Duration":2.5,"W":3,"H":4},{"FileName":"a.mp4"}]}},
	 "Entities":[{"Offset":4,"Length":5},{"Offset":10,"Length":13},{"Offset":24,"Length":2},{"Offset":0,"Length":3},{"Offset":9000,"Length":3}],
	 "Reactions":{"Results":[{"Reaction":{"Emoticon":"👍"},"Count":2},{"Reaction":{},"Count":50}],"RecentReactions":[{"PeerID":{"UserID":77}}]}}`
	text := `{"id":-1000000001234,"messages":[{"id":6,"type":"message","file":"x.jpg","date":1709294401,"text":"plain"},
	 {"id":5,"type":"message","file":"a.mp4","raw":` + raw + `}]}`
	rows, _ := readAll(t, input.Options{Pseudonym: hidden}, map[string]string{"tdl-export.json": text})
	want := []collector.Message{
		{ID: 6, Kind: "message", Date: unix(1709294401), Text: "plain", MediaType: "MessageMediaPhoto"},
		{ID: 5, Kind: "message", Date: unix(1709294400), EditDate: ptr(unix(1709298000)), Text: "see @pier https://x.org #a\n\nunnamed",
			AlbumID: 77, ViaBotID: hidden(66),
			Views: ptr[int64](0), Forwards: ptr[int64](4), ForwardFromType: "channel", ForwardFromID: 99, ForwardMessageID: 3,
			ForwardDate: ptr(unix(1709290000)), ReplyToMessageID: 4,
			MediaType: "MessageMediaDocument", MIMEType: "video/mp4", FileName: "a.mp4", FileSize: ptr[int64](900), Duration: ptr(2.5),
			Width: ptr[int32](3), Height: ptr[int32](4), DocumentID: 5550,
			Entities: []collector.Entity{{Type: "MessageEntityMention", Offset: 4, Length: 5}, {Type: "MessageEntityUrl", Offset: 10, Length: 13},
				{Type: "MessageEntityHashtag", Offset: 24, Length: 2}, {Type: "MessageEntityUnknown", Length: 3}},
			Mentions: []string{"pier"}, Links: []string{"https://x.org", "https://t.me/mole/5", "https://shop.example/x"},
			TMeLinks: []collector.TMeLink{{Username: "mole", MessageID: 5}}, Hashtags: []string{"a"},
			Reactions: []collector.Reaction{{Emoji: "👍", Count: 2}}, ReactionsTotal: ptr[int64](2), Stars: ptr[int64](50), EditHidden: ptr(true),
			Rich: "whole"},
	}
	for i := range want {
		want[i].ChannelID, want[i].Source, want[i].LastSeenAt = 1234, collector.SourceTDL, unix(1709298000)
	}
	if diff := cmp.Diff(want, rows, cmpopts.IgnoreFields(collector.Message{}, "Raw")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for _, secret := range []string{"AccessHash", "FileReference", "RecentReactions", `"ViaBotID":66`, `"UserID":77`} {
		if strings.Contains(rows[1].Raw, secret) {
			t.Errorf("raw keeps %s: %s", secret, rows[1].Raw)
		}
	}
	if raw := rows[1].Raw; !strings.Contains(raw, `"Text":"Shop"`) || !strings.Contains(raw, `"URL":"https://shop.example/x"`) {
		t.Errorf("raw lost a button: %s", raw)
	}
	for name, tt := range map[string]struct{ text, field string }{
		"no date":     {`{"id":5,"messages":[{"id":1,"type":"message","file":"x"}]}`, "date"},
		"of a person": {`{"id":5,"messages":[{"id":1,"date":1,"raw":{"PeerID":{"UserID":5}}}]}`, ""},
		"no chat":     {`{"messages":[{"id":1,"date":1}]}`, "id"},
		"an id":       {`{"id":5,"messages":[{"id":"x","date":1}]}`, "id"},
	} {
		_, _, err := read(t, input.Options{}, map[string]string{"tdl.json": tt.text})
		if e := fileError(t, err); e.Field != tt.field {
			t.Errorf("%s: %v", name, e)
		}
	}
}

// Peers as numbers: the bits above an id encode its kind.
func TestDesktopNumbers(t *testing.T) {
	for number, want := range map[string]string{
		"500123": "user 500123", "4294967295": "user 4294967295", "4294967301": "chat 5", "10289934593": "channel 1700000001",
		"562949953421317": "channel 5", "281474976710661": "chat 5", "-1": " 0", "844424930131973": " 0", "1.5": " 0", "null": " 0",
		`"user7"`: "user 7", `"channel0"`: " 0",
	} {
		rows, _ := readAll(t, input.Options{},
			map[string]string{"result.json": desktopChat("public_supergroup",
				`{"id":1,"type":"message","date":"2021-01-02T03:04:05","from_id":`+number+`,"text":"x"}`)})
		if got := fmt.Sprint(rows[0].FromType, " ", rows[0].FromID); got != want {
			t.Errorf("%s: got %q, want %q", number, got, want)
		}
	}
	for id, want := range map[string]int64{"1234": 1234, "8589935826": 1234, "562949953422546": 1234, "-1000000001234": 1234,
		"4500000000": 4500000000} {
		rows, _ := readAll(t, input.Options{},
			map[string]string{"result.json": strings.Replace(desktopChat("public_channel", desktopCases[2].json), "1234", id, 1)})
		if got := rows[0].ChannelID; got != want {
			t.Errorf("%s: got %d, want %d", id, got, want)
		}
	}
}

// A whole account's export without a public channel is refused with instructions.
func TestDesktopNothingPublic(t *testing.T) {
	text := `{"about":"…","chats":{"list":[` + desktopChat("personal_chat", `{}`) + `]}}`
	_, _, err := read(t, input.Options{}, map[string]string{"result.json": text})
	if e := fileError(t, err); !strings.Contains(e.Problem, "export it by itself") {
		t.Errorf("got %s", e)
	}
}

// Every action that Telegram Desktop 7.2.10 writes maps to Telethon's name, except one that no
// layer has; those about a message refer to it.
func TestDesktopActions(t *testing.T) {
	var all []string
	for i, action := range strings.Fields(`create_group edit_group_title edit_group_photo delete_group_photo invite_members remove_members join_group_by_link
		join_group_by_request create_channel migrate_to_supergroup migrate_from_group pin_message clear_history score_in_game send_payment refunded_payment phone_call
		conference_call take_screenshot attach_menu_bot_allowed web_app_bot_allowed allow_sending_messages send_passport_values joined_telegram proximity_reached
		group_call invite_to_group_call group_call_scheduled set_messages_ttl edit_chat_theme join_group_via_community send_webview_data send_premium_gift topic_created
		topic_edit suggest_profile_photo requested_peer set_chat_wallpaper set_same_chat_wallpaper gift_code_prize giveaway_launch giveaway_results boost_apply
		send_stars_gift send_ton_gift stars_prize send_star_gift paid_messages_refund paid_messages_price_change todo_completions todo_append_tasks
		process_suggested_post suggested_post_success suggested_post_refund suggest_birthday no_forwards_toggle no_forwards_request new_creator_pending change_creator
		managed_bot_created poll_append_answer poll_delete_answer requested_phone_number`) {
		all = append(all, fmt.Sprintf(`{"id":%d,"type":"service","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","action":%q,"text":""}`, i+1, action))
	}
	rows, report := readAll(t, input.Options{}, map[string]string{"result.json": desktopChat("public_supergroup", all...)})
	for _, m := range rows[:len(rows)-1] {
		if m.Kind != collector.KindService || m.Action == "" {
			t.Errorf("no name: %s", m.Raw)
		}
	}
	if diff := cmp.Diff(map[string]int{"the action requested_phone_number": 1}, report.Dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
	for key, action := range map[string]string{"message_id": "pin_message", "game_message_id": "score_in_game",
		"invoice_message_id": "send_payment"} {
		rows, _ := readAll(t, input.Options{Pseudonym: hidden},
			map[string]string{"result.json": desktopChat("public_supergroup",
				`{"id":9,"type":"service","date":"2024-03-01T14:00:00","date_unixtime":"1709294400","action":"`+action+`","`+key+`":7}`)})
		if rows[0].ReplyToMessageID != 7 || !strings.Contains(rows[0].Raw, key) {
			t.Errorf("%s: about %d: %s", action, rows[0].ReplyToMessageID, rows[0].Raw)
		}
	}
}
