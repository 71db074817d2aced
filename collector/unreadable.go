package collector

import (
	"encoding/json"
	"time"
)

// unread is the Raw of a message that could not be read.
type unread struct {
	Class string `json:"_"`
	ID    int64  `json:"id"`
	Layer int    `json:"layer"` // the layer that could not read it
	Why   string `json:"error,omitempty"`
}

// NewUnreadable makes the row of a message that exists but could not be read with a layer. The
// date is its own, or that of a message next to it.
func NewUnreadable(channelID, id int64, date time.Time, layer int, why string) Message {
	raw, err := json.Marshal(unread{"MessageUnreadable", id, layer, why})
	if err != nil {
		raw = []byte("{}") // plain fields: cannot fail
	}
	return Message{ChannelID: channelID, ID: id, Kind: KindUnreadable, Date: date.UTC(), Raw: string(raw)}
}

// UnreadableLayer returns the layer that could not read a message; 0: unknown.
func UnreadableLayer(raw string) int {
	var u unread
	if json.Unmarshal([]byte(raw), &u) != nil {
		return 0
	}
	return u.Layer
}
