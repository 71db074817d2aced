package pyrogram

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector/archive/input"
)

// pyroButton is a button below a message. If it signs in or opens an app, its address is in an
// object.
type pyroButton struct {
	URL    string       `json:"url"`
	SignIn looseAddress `json:"login_url"`
	WebApp looseAddress `json:"web_app"`
}

// looseAddress is an address, or an object that contains one; anything else is "".
type looseAddress string

// UnmarshalJSON reads an address or an object.
func (l *looseAddress) UnmarshalJSON(b []byte) error {
	var object struct {
		URL string `json:"url"`
	}
	if json.Unmarshal(b, &object) == nil {
		*l = looseAddress(object.URL)
		return nil
	}
	_ = json.Unmarshal(b, (*string)(l))
	return nil
}

// pyroKind is the kind of a reaction in forks: a word, or an object with the emoji.
type pyroKind struct {
	Class  string  `json:"_"`
	Emoji  string  `json:"emoji"`
	Custom looseID `json:"custom_emoji_id"`
}

// UnmarshalJSON reads a word or an object.
func (k *pyroKind) UnmarshalJSON(b []byte) error {
	type object pyroKind
	if json.Unmarshal(b, (*object)(k)) != nil {
		_ = json.Unmarshal(b, &k.Class) // anything else stays empty
	}
	return nil
}

// pyroTopic is the topic of a message in forks.
type pyroTopic struct {
	ID    int64
	Title string
}

// UnmarshalJSON reads a topic's object. Anything else is ignored.
func (p *pyroTopic) UnmarshalJSON(b []byte) error {
	var object struct {
		ID    int64  `json:"id"`
		Title string `json:"title"`
	}
	if json.Unmarshal(b, &object) == nil {
		*p = pyroTopic(object)
	}
	return nil
}

// pyroReactions are a list, or a list in an object.
type pyroReactions []pyroReaction

// UnmarshalJSON reads either form.
func (p *pyroReactions) UnmarshalJSON(b []byte) error {
	var inside struct {
		Reactions []pyroReaction `json:"reactions"`
	}
	if json.Unmarshal(b, &inside) == nil {
		*p = inside.Reactions
		return nil
	}
	return json.Unmarshal(b, (*[]pyroReaction)(p))
}

// looseID is a number, or a string of one. Anything else is 0.
type looseID int64

// UnmarshalJSON reads a number or a string.
func (l *looseID) UnmarshalJSON(b []byte) error {
	n, _ := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	*l = looseID(n)
	return nil
}

// loosePart is a text, or an object that contains one.
type loosePart string

// UnmarshalJSON reads a text or an object.
func (l *loosePart) UnmarshalJSON(b []byte) error {
	var object struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(b, &object) == nil {
		*l = loosePart(object.Text)
		return nil
	}
	return json.Unmarshal(b, (*string)(l))
}

// pyroTime is a time as Pyrogram prints it: since version 2 local, without a zone; before,
// seconds since 1970.
type pyroTime struct {
	at    time.Time
	local bool
}

// UnmarshalJSON reads either form. Null is the zero time.
func (p *pyroTime) UnmarshalJSON(b []byte) error {
	var seconds int64
	var text string
	switch {
	case string(b) == "null":
		return nil
	case json.Unmarshal(b, &seconds) == nil:
		if seconds < 0 || seconds > 1<<32-1 {
			return input.BadField("date", fmt.Sprintf("%d is not a time in seconds since 1970", seconds))
		}
		p.at = time.Unix(seconds, 0).UTC()
		return nil
	case json.Unmarshal(b, &text) != nil:
		return input.BadField("date", fmt.Sprintf("%.40s is not a date", b))
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			*p = pyroTime{at, true}
			return nil
		}
		if at, err := time.Parse(layout+"Z07:00", text); err == nil {
			*p = pyroTime{at.UTC(), false}
			return nil
		}
	}
	return input.BadField("date", fmt.Sprintf("%.40q is not a date", text))
}
