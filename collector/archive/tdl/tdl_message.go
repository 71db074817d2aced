package tdl

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/archive/input"
)

// tdlMessage is a message of such an export.
type tdlMessage struct {
	ID   int64  `json:"id"`
	Type string `json:"type"`
	File string `json:"file"`
	Date int64  `json:"date"`
	Text string `json:"text"`
	Raw  tdlRaw `json:"raw"`

	dropped []string // the keys of unreadable values
}

// tdlRequired and goRequired are the keys whose values must be readable.
var (
	tdlRequired = input.Words("id date text")
	goRequired  = input.Words("ID Date EditDate Message Flags PeerID")
)

// tdlRaw is tg.Message as encoding/json writes it. The bits of Flags show which optional
// fields are set.
type tdlRaw struct {
	Flags      uint32
	ID         int64
	Post       bool
	Pinned     bool
	Noforwards bool
	EditHide   bool
	PeerID     goPeer
	FromID     goPeer
	Date       int64
	EditDate   int64
	Message    string
	PostAuthor string
	ViaBotID   int64
	GroupedID  int64
	Views      int
	Forwards   int
	FwdFrom    struct {
		FromID      goPeer
		FromName    string
		Date        int
		ChannelPost int
		PostAuthor  string
	}
	ReplyTo struct {
		ForumTopic    bool
		ReplyToMsgID  int
		ReplyToTopID  int
		ReplyToPeerID goPeer
	}
	Replies struct {
		Comments  bool
		Replies   int
		ChannelID int64
	}
	Reactions struct {
		Results []struct {
			Reaction struct {
				Emoticon   string
				DocumentID int64
			}
			Count int
		}
	}
	Entities    []goEntity
	Media       goMedia
	ReplyMarkup struct {
		Rows []struct{ Buttons []goButton }
	}
	RichMessage goRich
}

// The bits of Flags: https://core.telegram.org/constructor/message
const (
	flagForward   = 1 << 2
	flagReply     = 1 << 3
	flagViews     = 1 << 10
	flagReactions = 1 << 20
	flagReplies   = 1 << 23
)

// inTopic reports whether the message is marked as one of a forum's topics.
func (r *tdlRaw) inTopic() bool { return r.Flags&flagReply != 0 && r.ReplyTo.ForumTopic }

type goPeer struct{ UserID, ChatID, ChannelID int64 }

func (p goPeer) peer() tg.PeerClass {
	switch {
	case p.ChannelID != 0:
		return &tg.PeerChannel{ChannelID: p.ChannelID}
	case p.ChatID != 0:
		return &tg.PeerChat{ChatID: p.ChatID}
	case p.UserID != 0:
		return &tg.PeerUser{UserID: p.UserID}
	}
	return nil
}

// goButton is a button below a message. Since layer 229, its action is in Type.
type goButton struct {
	URL  string
	Type struct{ URL string }
}

type goEntity struct {
	Offset, Length int
	URL            string
	UserID         int64
	DocumentID     int64
}

// goMedia is a message's media, whose kind follows from the fields that are set.
type goMedia struct {
	Photo *struct {
		ID    int64
		Sizes []struct {
			W, H, Size int
			Sizes      []int
		}
	}
	Document *struct {
		ID         int64
		MimeType   string
		Size       int64
		Attributes []struct {
			FileName string
			Duration float64
			W, H     int
		}
	}
	Webpage *struct{ URL, Title, Description string }
}

func (m *tdlMessage) date() int64 { return max(m.Date, m.Raw.Date) }

func parseTDL(s *input.Stream, v json.RawMessage) (*tdlMessage, error) {
	var m tdlMessage
	if err := json.Unmarshal(v, &m); err != nil {
		var raw struct{ Raw json.RawMessage }
		if json.Unmarshal(v, &raw) != nil || !input.There(raw.Raw) {
			return nil, s.BadValue(err, v)
		}
		without, also := input.Loosely(v, &m, tdlRequired)
		inside, wrong := input.Loosely(raw.Raw, &m.Raw, goRequired)
		if also != nil || wrong != nil {
			return nil, s.BadValue(err, v)
		}
		m.dropped = append(slices.DeleteFunc(without, func(key string) bool { return key == "raw" }), inside...)
	}
	switch {
	case m.ID <= 0:
		return nil, s.Bad("id", "a message of a channel has an id above 0", v)
	case m.date() <= 0:
		return nil, s.Bad("date", "this message has no date: export the chat with --with-content or --raw, and with --all", v)
	case m.date() > 1<<32-1 || m.Raw.EditDate > 1<<32-1:
		return nil, s.Bad("date", fmt.Sprintf("%d is not a time in seconds since 1970", max(m.date(), m.Raw.EditDate)), v)
	}
	return &m, nil
}
