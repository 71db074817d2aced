package tl_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl/telethon"
)

// said is a message with more keys; fields may replace those of it.
func said(fields string) string {
	return `{"_":"Message","id":7,"to_id":{"_":"PeerChannel","channel_id":5},"date":"2019-05-01T10:00:00+00:00","message":"hi",` + fields + `}`
}

// decoded is the row of a message in JSON.
func decoded(t *testing.T, line string) (collector.Message, map[string]int) {
	t.Helper()
	obj, report, err := telethon.DecodeTelethon([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	row, ok := personal.DecodedMessage(obj.(tg.MessageClass), report, nil)
	if !ok {
		t.Fatal("no row")
	}
	if !json.Valid([]byte(row.Raw)) {
		t.Fatalf("raw is no JSON: %s", row.Raw)
	}
	return row, report.Dropped
}

func pointer[T any](v T) *T { return &v }

func TestOldFields(t *testing.T) {
	for _, tt := range []struct {
		name, fields string
		get          func(m collector.Message) any
		want         any
		raw          string // part of it
	}{
		{"from_id as a number", `"from_id":4242`, func(m collector.Message) any { return []any{m.FromType, m.FromID} },
			[]any{collector.PeerUser, int64(4242)}, `"from_id":{"_":"PeerUser","user_id":4242}`},
		{"to_id", `"from_id":null`, func(m collector.Message) any { return m.ChannelID }, int64(5),
			`"peer_id":{"_":"PeerChannel","channel_id":5}`},
		{"reply_to_msg_id", `"reply_to_msg_id":5`, func(m collector.Message) any { return m.ReplyToMessageID }, int64(5), `"reply_to_msg_id":5`},
		{"reply_to_msg_id null", `"reply_to_msg_id":null`, func(m collector.Message) any { return m.ReplyToMessageID }, int64(0),
			`"reply_to":null`},
		{"forward of a channel", `"fwd_from":{"_":"MessageFwdHeader","date":1,"from_id":9,"channel_id":6,"channel_post":17,"post_author":"A"}`,
			func(m collector.Message) any {
				return []any{m.ForwardFromType, m.ForwardFromID, m.ForwardMessageID, m.ForwardPostAuthor}
			},
			[]any{collector.PeerChannel, int64(6), int64(17), "A"}, `"from_id":{"_":"PeerChannel","channel_id":6}`},
		{"forward of a person", `"fwd_from":{"_":"MessageFwdHeader","date":1,"from_id":9,"channel_id":null}`,
			func(m collector.Message) any { return []any{m.ForwardFromType, m.ForwardFromID} }, []any{collector.PeerUser, int64(9)}, `"user_id":9`},
		{"caption of a photo", `"message":"","media":{"_":"MessageMediaPhoto","photo":{"_":"PhotoEmpty","id":1},"caption":"low tide"}`,
			func(m collector.Message) any { return m.Text }, "low tide", `"message":"low tide"`},
		{"caption of a document", `"message":"","media":{"_":"MessageMediaDocument","document":{"_":"DocumentEmpty","id":1},"caption":"high tide"}`,
			func(m collector.Message) any { return m.Text }, "high tide", `"message":"high tide"`},
		{"views without forwards", `"views":120,"forwards":null`, func(m collector.Message) any { return []any{m.Views, m.Forwards} },
			[]any{pointer(int64(120)), (*int64)(nil)}, `"views":120,"forwards":null`},
		{"no views and no forwards", `"views":0,"forwards":0`, func(m collector.Message) any { return []any{m.Views, m.Forwards} },
			[]any{pointer(int64(0)), pointer(int64(0))}, `"views":0,"forwards":0`},
		{"reaction as text", `"reactions":{"_":"MessageReactions","results":[{"_":"ReactionCount","reaction":"👍","count":3,"chosen":false}],"recent_reactons":[{"_":"MessageUserReaction","user_id":8,"reaction":"👍"}]}`,
			func(m collector.Message) any { return m.Reactions }, []collector.Reaction{{Emoji: "👍", Count: 3}},
			`"peer_id":{"_":"PeerUser","user_id":8}`},
		{"story", `"media":{"_":"MessageMediaStory","user_id":8,"id":3},"reply_to":{"_":"MessageReplyStoryHeader","user_id":8,"story_id":4}`,
			func(m collector.Message) any { return m.MediaType }, "MessageMediaStory",
			`"reply_to":{"_":"MessageReplyStoryHeader","peer":{"_":"PeerUser","user_id":8},"story_id":4}`},
		{"recent voters", `"media":{"_":"MessageMediaPoll","poll":{"_":"Poll","id":1,"question":"?","answers":[]},"results":{"_":"PollResults","recent_voters":[44]}}`,
			func(m collector.Message) any { return m.PollQuestion }, "?", `"recent_voters":[{"_":"PeerUser","user_id":44}]`},
		{"unknown media keeps its name", `"media":{"_":"MessageMediaHologram","depth":3}`, func(m collector.Message) any { return m.MediaType },
			"MessageMediaHologram", `"media":{"_":"MessageMediaHologram"}`},
		{"a name that is none", `"media":{"_":"</script>"}`, func(m collector.Message) any { return m.MediaType }, "", `"media":null`},
		{"number as text", `"grouped_id":"13000000000000001"`, func(m collector.Message) any { return m.AlbumID }, int64(13000000000000001),
			`"grouped_id":13000000000000001`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line := said(tt.fields)
			if strings.Contains(tt.fields, `"message":""`) {
				line = strings.Replace(line, `"message":"hi",`, "", 1)
			}
			row, _ := decoded(t, line)
			if diff := cmp.Diff(tt.want, tt.get(row)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(row.Raw, tt.raw) {
				t.Errorf("raw has no %s: %s", tt.raw, row.Raw)
			}
		})
	}
}

// TestLosses: a value that cannot be read is dropped alone, and reported.
func TestLosses(t *testing.T) {
	for _, tt := range []struct {
		name, fields string
		want         map[string]int
		raw          string
	}{
		{"class in a list", `"entities":[{"_":"MessageEntityGlow","offset":0,"length":1},{"_":"MessageEntityBold","offset":1,"length":1}]`,
			map[string]int{"MessageEntityGlow": 1}, `"entities":[{"_":"MessageEntityBold","offset":1,"length":1}]`},
		{"number in another form", `"edit_date":"yesterday"`, map[string]int{"Message.edit_date": 1}, `"edit_date":null`},
		{"inside what is required", `"media":{"_":"MessageMediaGeo","geo":{"_":"GeoPoint","long":"x","lat":1,"access_hash":2}}`,
			map[string]int{"MessageMediaGeo.geo": 1}, `"media":{"_":"MessageMediaGeo","geo":{"_":"GeoPointEmpty"}}`},
		{"nothing said", `"new_flag":false,"new_list":[],"new_text":"","new_value":null`, nil, `"message":"hi"`},
		{"something said", `"new_flag":true,"new_list":[1],"new_number":0`,
			map[string]int{"Message.new_flag": 1, "Message.new_list": 1, "Message.new_number": 1}, `"message":"hi"`},
		{"a dropped value takes its patches along",
			`"media":{"_":"MessageMediaGame","game":{"_":"Game","id":1,"title":["t"],"short_name":"s","description":"d","photo":{"_":"PhotoNovel"}}}`,
			map[string]int{"MessageMediaGame.game": 1, "PhotoNovel": 1}, `"_":"PhotoEmpty"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			row, dropped := decoded(t, said(tt.fields))
			if diff := cmp.Diff(tt.want, dropped); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(row.Raw, tt.raw) {
				t.Errorf("raw has no %s: %s", tt.raw, row.Raw)
			}
		})
	}
	t.Run("action", func(t *testing.T) {
		row, dropped := decoded(t, `{"_":"MessageService","id":4,"peer_id":{"_":"PeerChannel","channel_id":5},"date":1,"action":{"_":"MessageActionTeleport","to":1}}`)
		if row.Action != "MessageActionTeleport" || dropped["MessageActionTeleport"] != 1 ||
			!strings.Contains(row.Raw, `"action":{"_":"MessageActionTeleport"}`) {
			t.Errorf("got action %q, dropped %v, raw %s", row.Action, dropped, row.Raw)
		}
	})
	t.Run("restriction", func(t *testing.T) {
		obj, _, err := telethon.DecodeTelethon([]byte(`{"_":"Channel","id":5,"title":"x","photo":{"_":"ChatPhotoEmpty"},"date":1,"restriction_reason":"android-ios-terms: Not shown: here"}`))
		if err != nil {
			t.Fatal(err)
		}
		want := []tg.RestrictionReason{{Platform: "android-ios", Reason: "terms", Text: "Not shown: here"}}
		if diff := cmp.Diff(want, obj.(*tg.Channel).RestrictionReason); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestPollBytes: votes are matched to answers by their bytes, in every form of these; if the
// bytes cannot be read, there are no votes.
func TestPollBytes(t *testing.T) {
	nine, two := pointer(int64(9)), pointer(int64(2))
	for _, tt := range []struct {
		name, first, second string
		want                []*int64
	}{
		{"base64", `"MA=="`, `"MQ=="`, []*int64{nine, two}},
		{"base64 without padding", `"MA"`, `"MQ"`, []*int64{nine, two}},
		{"numbers", `[48]`, `[49]`, []*int64{nine, two}},
		{"Python's repr", `"b'0'"`, `"b'1'"`, []*int64{nine, two}},
		{"Node's buffer", `{"type":"Buffer","data":[48]}`, `{"type":"Buffer","data":[49]}`, []*int64{nine, two}},
		{"null", `null`, `null`, []*int64{nil, nil}},
		{"another form", `"0"`, `"1"`, []*int64{nil, nil}},
		{"the same", `"MA=="`, `"MA=="`, []*int64{nil, nil}},
		{"one is lost", `"MA=="`, `null`, []*int64{nine, nil}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			row, _ := decoded(t, said(`"media":{"_":"MessageMediaPoll","poll":{"_":"Poll","id":77,"question":"Which pier?","answers":[
				{"_":"PollAnswer","text":"North","option":`+tt.first+`},{"_":"PollAnswer","text":"South","option":`+tt.second+`}]},
				"results":{"_":"PollResults","results":[{"_":"PollAnswerVoters","option":`+tt.first+`,"voters":9},{"_":"PollAnswerVoters","option":`+
				tt.second+`,"voters":2}]}}`))
			var got []*int64
			for _, r := range row.PollResults {
				got = append(got, r.Voters)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestButtons: in every layer a button's text and address are preserved, and the address is a
// link.
func TestButtons(t *testing.T) {
	for _, tt := range []struct{ name, class, row, button, want string }{
		{"of layers to 227", "ReplyInlineMarkup", "KeyboardButtonRow", `{"_":"KeyboardButtonUrl","text":"Shop","url":"https://t.me/shop/5"}`,
			`{"_":"KeyboardInlineButton","text":"Shop","type":{"_":"InlineButtonTypeUrl","url":"https://t.me/shop/5"}`},
		{"that logs in", "ReplyInlineMarkup", "KeyboardButtonRow",
			`{"_":"KeyboardButtonUrlAuth","text":"Shop","url":"https://t.me/shop/5","button_id":3,"fwd_text":null}`,
			`{"_":"InlineButtonTypeUrlAuth","url":"https://t.me/shop/5","button_id":3,"fwd_text":null}`},
		{"of today", "ReplyInlineMarkup", "KeyboardInlineButtonRow",
			`{"_":"KeyboardInlineButton","text":"Shop","type":{"_":"InlineButtonTypeUrl","url":"https://t.me/shop/5"}}`,
			`"type":{"_":"InlineButtonTypeUrl","url":"https://t.me/shop/5"}`},
		{"of a layer to come", "ReplyInlineMarkup", "KeyboardInlineButtonRow",
			`{"_":"KeyboardInlineButton","text":"Shop","type":{"_":"InlineButtonTypePortal","url":"https://t.me/shop/5"}}`,
			`"type":{"_":"InlineButtonTypeUrl","url":"https://t.me/shop/5"}`},
		{"of a kind that was to come", "ReplyInlineMarkup", "KeyboardButtonRow",
			`{"_":"KeyboardButtonPortal","text":"Shop","url":"https://t.me/shop/5"}`,
			`"text":"Shop","type":{"_":"InlineButtonTypeUrl","url":"https://t.me/shop/5"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			row, _ := decoded(t, said(`"reply_markup":{"_":"`+tt.class+`","rows":[{"_":"`+tt.row+`","buttons":[`+tt.button+`]}]}`))
			if !strings.Contains(row.Raw, tt.want) || !strings.Contains(row.Raw, `"text":"Shop"`) {
				t.Errorf("raw has no %s: %s", tt.want, row.Raw)
			}
			if diff := cmp.Diff([]string{"https://t.me/shop/5"}, row.Links); diff != "" {
				t.Errorf("links (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]collector.TMeLink{{Username: "shop", MessageID: 5}}, row.TMeLinks); diff != "" {
				t.Errorf("tme_links (-want +got):\n%s", diff)
			}
		})
	}
	row, _ := decoded(t, said(`"entities":[{"_":"MessageEntityTextUrl","offset":0,"length":2,"url":"https://a.example/"}],"reply_markup":{"_":"ReplyInlineMarkup","rows":[{"_":"KeyboardButtonRow","buttons":[
		{"_":"KeyboardButtonUrl","text":"A","url":"https://a.example/"},{"_":"KeyboardButtonCallback","text":"B","data":"MA=="},{"_":"KeyboardButtonPortal","text":"C"},{"_":"KeyboardButtonWebView","text":"D","url":"https://d.example/"}]}]}`))
	if diff := cmp.Diff([]string{"https://a.example/", "https://d.example/"}, row.Links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	for _, text := range []string{`"text":"B"`, `"text":"C"`} {
		if !strings.Contains(row.Raw, text) {
			t.Errorf("raw has no %s: %s", text, row.Raw)
		}
	}
}
