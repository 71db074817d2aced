package words

// SearchChoices are what the values of has: and is: are called in the form that builds a search.
var SearchChoices = map[string]string{
	"has:link": "a link", "has:media": "media", "has:poll": "a poll", "has:reply": "a message that it answers", "has:comments": "comments",
	"has:geo":    "a place",
	"is:forward": "forwarded", "is:edited": "edited", "is:gone": "gone from Telegram", "is:pinned": "pinned",
	"is:service": "a service message",
	"is:album":   "part of an album", "is:comment": "a comment",
}
