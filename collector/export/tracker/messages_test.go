package tracker

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
)

// TestForwardsAndReplies: what is_forward and is_reply are true of.
func TestForwardsAndReplies(t *testing.T) {
	for name, tt := range map[string]struct {
		message        trackerMessage
		forward, reply bool
	}{
		"plain":                  {trackerMessage{Raw: `{"_":"Message","fwd_from":null,"reply_to":null}`}, false, false},
		"forward":                {trackerMessage{Raw: `{"_":"Message","fwd_from":{"_":"MessageFwdHeader","date":1}}`}, true, false},
		"its date alone":         {trackerMessage{ForwardDate: new(time.Time)}, true, false},
		"its name alone":         {trackerMessage{ForwardFromName: "Somebody"}, true, false},
		"hidden on the web":      {trackerMessage{Raw: `{"_":"Message","preview":{"forwarded_from":{}}}`}, true, false},
		"said to be forwarded":   {trackerMessage{Raw: `{"_":"Message","message":"\"forwarded_from\":{} \"fwd_from\":{"}`}, false, false},
		"with a forwarded story": {trackerMessage{Raw: `{"_":"Message","media":{"_":"MessageMediaStory","story":{"_":"StoryItem","fwd_from":{"_":"StoryFwdHeader"}}}}`}, false, false},
		"reply": {trackerMessage{Raw: `{"_":"Message","reply_to":{"_":"MessageReplyHeader","reply_to_msg_id":4}}`}, false,
			true},
		"reply to a story":         {trackerMessage{Raw: `{"_":"Message","reply_to":{"_":"MessageReplyStoryHeader"}}`}, false, true},
		"an answer within a draft": {trackerMessage{Raw: `{"_":"Message","x":{"reply_to":{"_":"InputReplyToMessage"}}}`}, false, false},
	} {
		if got := tt.message.isForward(&wholeObject{marks: collector.MarksOf(tt.message.Raw)}); got != tt.forward {
			t.Errorf("%s: is a forward: %v", name, got)
		}
		if got := (&countedMessage{Raw: tt.message.Raw}).isReply(); got != tt.reply {
			t.Errorf("%s: is a reply: %v", name, got)
		}
	}
}

// TestTrackerCells: what the original's files have in cells whose form depends on its
// versions of Python and Telethon.
func TestTrackerCells(t *testing.T) {
	at := func(column string) int { return slices.Index(trackerColumns, column) }
	seconds, part, tiny, far := 3.0, 3.5, 1e-07, -1.5e-05
	const votes = `{"_":"Message","media":{"_":"MessageMediaPoll","results":{"_":"PollResults","results":[` +
		`{"_":"PollAnswerVoters","option":"MA==","chosen":false,"correct":true,"voters":9,"recent_voters":[]},{"_":"PollAnswerVoters","option":"Jw==","chosen":true,"correct":false,"voters":null,"recent_voters":[]}]}}}`
	for name, tt := range map[string]struct {
		message trackerMessage
		want    map[string]string
	}{
		"whole seconds": {trackerMessage{MediaType: "MessageMediaDocument", Duration: &seconds,
			Raw: `{"_":"Message","media":{"document":{"attributes":[{"_":"DocumentAttributeVideo"}]}}}`},
			map[string]string{"document_video_duration": "3"}},
		"parts of them": {trackerMessage{MediaType: "MessageMediaDocument", Duration: &part,
			Raw: `{"_":"Message","media":{"document":{"attributes":[{"_":"DocumentAttributeVideo"}]}}}`},
			map[string]string{"document_video_duration": "3.5"}},
		"a song": {trackerMessage{MediaType: "MessageMediaDocument", Duration: &seconds,
			Raw: `{"_":"Message","media":{"document":{"attributes":[{"_":"DocumentAttributeAudio"}]}}}`},
			map[string]string{"document_video_duration": ""}},
		"a point": {trackerMessage{GeoType: "MessageMediaGeo", Latitude: &tiny, Longitude: &far},
			map[string]string{"lat": "1e-07", "lng": "-1.5e-05", "geo_type": "MessageMediaGeo"}},
		"a poll": {trackerMessage{MediaType: "MessageMediaPoll", PollID: 77, Raw: votes}, map[string]string{
			"poll_results": `[{'_': 'PollAnswerVoters', 'option': "b'0'", 'voters': 9, 'chosen': False, 'correct': True}, {'_': 'PollAnswerVoters', 'option': 'b"\'"', 'voters': None, 'chosen': True, 'correct': False}]`}},
		"a poll nobody may see": {trackerMessage{MediaType: "MessageMediaPoll", PollID: 77,
			Raw: `{"_":"Message","media":{"results":{"results":null}}}`}, map[string]string{"poll_results": ""}},
		"a poll without votes": {trackerMessage{MediaType: "MessageMediaPoll", PollID: 77,
			Raw: `{"_":"Message","media":{"results":{"results":[]}}}`}, map[string]string{"poll_results": "[]"}},
		"a post in a topic": {trackerMessage{Raw: `{"_":"Message","reply_to":{"_":"MessageReplyHeader","forum_topic":true,"reply_to_msg_id":10,"reply_to_top_id":null}}`},
			map[string]string{"is_reply": "1", "reply_to_msg_id": "10", "reply_msg_link": "https://t.me/harbour/10"}},
		"an answer to a story": {trackerMessage{Raw: `{"_":"Message","reply_to":{"_":"MessageReplyStoryHeader","story_id":4}}`},
			map[string]string{"is_reply": "1", "reply_to_msg_id": "", "reply_msg_link": ""}},
	} {
		var out line
		tt.message.line(&out, 0, collector.Channel{ID: 1, Username: "harbour"}, nil)
		got, err := csv.NewReader(bytes.NewReader(out.dst)).Read()
		if err != nil || len(got) != len(trackerColumns) {
			t.Fatalf("%s: %d cells, %v", name, len(got), err)
		}
		for column, want := range tt.want {
			if got[at(column)] != want {
				t.Errorf("%s: %s is %s, want %s", name, column, got[at(column)], want)
			}
		}
	}
}

// FuzzWords: words are those that strings.FieldsFunc finds, and marks those that a search for
// each finds.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"", " ", "a", " a  b\tc\n", "\u00a0a\u2003b\u3000", "\x1c\x1d a", "\xe2\x80", "\xc2", "İ\u1680x", "\x85a",
		`{"fwd_from":{"reply_to":{`, `"forwarded_from":{`, `x"webpage":{}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := string(appendWords(nil, s)), strings.Join(strings.FieldsFunc(s, isPythonSpace), " "); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
		var want collector.Marks
		for i, piece := range []string{`"fwd_from":{`, collector.OriginHidden, `"reply_to":{`, `"webpage":{`} {
			if strings.Contains(s, piece) {
				want |= 1 << i
			}
		}
		if got := collector.MarksOf(s); got != want {
			t.Errorf("%q: %b, want %b", s, got, want)
		}
	})
}
