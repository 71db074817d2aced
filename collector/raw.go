package collector

import (
	"encoding/json"
	"slices"
	"strings"
)

// Whole is what of a message's whole object no column tells.
type Whole struct {
	EditHide bool            `json:"edit_hide"`
	Rich     json.RawMessage `json:"rich_message"`
	Forward  class           `json:"fwd_from"`
	Reply    struct {
		class
		MessageID int64 `json:"reply_to_msg_id"`
	} `json:"reply_to"`
	Media struct {
		WebPage  class `json:"webpage"`
		Document struct {
			Attributes []class `json:"attributes"`
		} `json:"document"`
	} `json:"media"`

	// Telegram Desktop's own object says it itself, that of the web preview within it.
	page
	Preview page `json:"preview"`
}

// class is an object's, by Telethon's name.
type class struct {
	Class string `json:"_"`
}

type page struct {
	ForwardedFrom json.RawMessage `json:"forwarded_from"`
}

// ReadRaw reads a message's Raw where it has a piece of JSON, without which it does not
// say what is asked for: to look for that is much quicker. A text has none, for there the
// quotation marks are escaped.
func ReadRaw(raw, piece string) (w Whole) {
	if strings.Contains(raw, piece) {
		_ = json.Unmarshal([]byte(raw), &w) // a field of another type, as other tools have, is left out
	}
	return w
}

// OriginHidden is the piece of JSON of an object that says that the message was forwarded
// and no more than that, see [HidesOrigin].
const OriginHidden = `"forwarded_from":{`

// HidesOrigin reports whether a message's whole object says that it was forwarded
// and no more than that. The web preview and Telegram Desktop name a hidden person
// and give no date, and the name is left out of private data.
func HidesOrigin(raw string) bool {
	w := ReadRaw(raw, OriginHidden)
	return strings.HasPrefix(string(w.ForwardedFrom), "{") || strings.HasPrefix(string(w.Preview.ForwardedFrom), "{")
}

// IsForward reports whether the object has the header of a forward. A story within the
// message may be one, which makes none of the message.
func IsForward(raw string) bool {
	return ReadRaw(raw, `"fwd_from":{`).Forward.Class == "MessageFwdHeader" || HidesOrigin(raw)
}

// RepliesTo is the number of the message that the object answers, and whether it answers
// anything.
func RepliesTo(raw string) (id int64, is bool) {
	w := ReadRaw(raw, `"reply_to":{`)
	return w.Reply.MessageID, strings.HasPrefix(w.Reply.Class, "MessageReply")
}

// IsVideo reports whether the object's document is a video.
func IsVideo(raw string) bool {
	w := ReadRaw(raw, `"DocumentAttributeVideo"`)
	return slices.Contains(w.Media.Document.Attributes, class{"DocumentAttributeVideo"})
}

// HasWebPage reports whether the object shows a page of the web, which is there.
func HasWebPage(raw string) bool { return ReadRaw(raw, `"webpage":{`).Media.WebPage.Class == "WebPage" }

// Marks are which objects a message's whole object has somewhere, maybe not where they say
// something of the message.
type Marks uint8

const (
	MarkForward Marks = 1 << iota // "fwd_from":{
	MarkHidden                    // OriginHidden
	MarkReply                     // "reply_to":{
	MarkWebPage                   // "webpage":{
)

// marked are the keys of the objects.
var marked = [...]string{`"fwd_from`, `"forwarded_from`, `"reply_to`, `"webpage`}

// MarksOf finds them all in one go: of each object that begins, it compares the key. To look
// for each of them alone took four times as long.
func MarksOf(raw string) (m Marks) {
	for rest := raw; ; {
		at := strings.Index(rest, `":{`)
		if at < 0 {
			return m
		}
		for i, key := range marked {
			if strings.HasSuffix(rest[:at], key) {
				m |= 1 << i
			}
		}
		rest = rest[at+3:]
	}
}

// ReadWhole reads a message's Raw; a field of another type, as other tools have, is left out.
func ReadWhole(raw string) (w Whole) {
	_ = json.Unmarshal([]byte(raw), &w)
	return w
}

// IsForward is the function IsForward of an object that was read, and has these marks.
func (w *Whole) IsForward(m Marks) bool {
	return m&MarkForward != 0 && w.Forward.Class == "MessageFwdHeader" ||
		m&MarkHidden != 0 && (strings.HasPrefix(string(w.ForwardedFrom), "{") || strings.HasPrefix(string(w.Preview.ForwardedFrom), "{"))
}

// RepliesTo is the function RepliesTo of an object that was read, and has these marks.
func (w *Whole) RepliesTo(m Marks) (id int64, is bool) {
	if m&MarkReply == 0 {
		return 0, false
	}
	return w.Reply.MessageID, strings.HasPrefix(w.Reply.Class, "MessageReply")
}

// HasWebPage is the function HasWebPage of an object that was read, and has these marks.
func (w *Whole) HasWebPage(m Marks) bool {
	return m&MarkWebPage != 0 && w.Media.WebPage.Class == "WebPage"
}
