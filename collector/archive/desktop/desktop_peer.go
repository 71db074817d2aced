package desktop

import (
	"encoding/json"
	"strconv"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

// desktopID is a peer: user123, chat123 or channel123. Versions before mid-2021 wrote numbers,
// see numericID.
type desktopID struct {
	Kind string // one of collector's Peer constants
	Id   int64
}

// UnmarshalJSON reads either form. Anything else is the zero peer.
func (d *desktopID) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		if peer, ok := ParseID(text); ok {
			*d = peer
		}
		return nil
	}
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		*d = numericID(n)
	}
	return nil
}

// How old versions encoded the kind of a peer in its number: until early 2021 in the bits
// above the 32 that ids had, then for some months in those above 48.
const (
	oldChat, oldChannel = 1 << 32, 1 << 33
	peerBits            = 48
)

// numericID decodes a peer that old versions wrote as a number.
func numericID(n int64) desktopID {
	kinds := [...]string{collector.PeerUser, collector.PeerChat, collector.PeerChannel}
	switch top := n >> peerBits; {
	case n <= 0 || top >= int64(len(kinds)):
		return desktopID{}
	case top > 0:
		return desktopID{kinds[top], n & (1<<peerBits - 1)}
	case n > oldChannel:
		return desktopID{collector.PeerChannel, n - oldChannel}
	case n > oldChat && n < oldChannel:
		return desktopID{collector.PeerChat, n - oldChat}
	}
	return desktopID{collector.PeerUser, n}
}

// chatID returns the bare id of a chat that is a channel.
func chatID(n int64) (int64, error) {
	if peer := numericID(n); peer.Kind == collector.PeerChannel {
		return peer.Id, nil
	}
	return input.BareID(n)
}

func ParseID(text string) (desktopID, bool) {
	for _, kind := range []string{collector.PeerChannel, collector.PeerChat, collector.PeerUser} {
		if digits, ok := strings.CutPrefix(text, kind); ok {
			id, err := strconv.ParseInt(digits, 10, 64)
			return desktopID{kind, id}, err == nil && id > 0
		}
	}
	return desktopID{}, false
}
