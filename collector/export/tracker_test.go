package export

import (
	"testing"
	"time"
)

// TestForwardsAndReplies: what is_forward and is_reply are true of.
func TestForwardsAndReplies(t *testing.T) {
	for name, tt := range map[string]struct {
		message        trackerMessage
		forward, reply bool
	}{
		"plain":                    {trackerMessage{Raw: `{"_":"Message","fwd_from":null,"reply_to":null}`}, false, false},
		"forward":                  {trackerMessage{Raw: `{"_":"Message","fwd_from":{"_":"MessageFwdHeader","date":1}}`}, true, false},
		"its date alone":           {trackerMessage{ForwardDate: new(time.Time)}, true, false},
		"its name alone":           {trackerMessage{ForwardFromName: "Somebody"}, true, false},
		"hidden on the web":        {trackerMessage{Raw: `{"_":"Message","preview":{"forwarded_from":{}}}`}, true, false},
		"said to be forwarded":     {trackerMessage{Raw: `{"_":"Message","message":"\"forwarded_from\":{} \"fwd_from\":{"}`}, false, false},
		"with a forwarded story":   {trackerMessage{Raw: `{"_":"Message","media":{"_":"MessageMediaStory","story":{"_":"StoryItem","fwd_from":{"_":"StoryFwdHeader"}}}}`}, false, false},
		"reply":                    {trackerMessage{Raw: `{"_":"Message","reply_to":{"_":"MessageReplyHeader","reply_to_msg_id":4}}`}, false, true},
		"reply to a story":         {trackerMessage{Raw: `{"_":"Message","reply_to":{"_":"MessageReplyStoryHeader"}}`}, false, true},
		"an answer within a draft": {trackerMessage{Raw: `{"_":"Message","x":{"reply_to":{"_":"InputReplyToMessage"}}}`}, false, false},
	} {
		if got := tt.message.isForward(); got != tt.forward {
			t.Errorf("%s: is a forward: %v", name, got)
		}
		if got := tt.message.isReply(); got != tt.reply {
			t.Errorf("%s: is a reply: %v", name, got)
		}
	}
}
