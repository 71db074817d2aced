package archive

import (
	"bytes"
	"encoding/json"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/desktop"
	"telegramtrac/collector/archive/input"
)

// fromConverted is a message as telegram-download-chat makes it of an export of
// Telegram Desktop, as Telethon has it: it names no class, and whoever is no user
// stands as Desktop spells it under the key of users.
// https://github.com/popstas/telegram-download-chat
func fromConverted(v json.RawMessage) json.RawMessage {
	dec := json.NewDecoder(bytes.NewReader(v))
	dec.UseNumber()
	var all map[string]any
	if dec.Decode(&all) != nil || all == nil {
		return v // what is wrong with it is told by who reads it
	}
	if all["_"] == nil {
		all["_"] = "Message"
	}
	if from, ok := all["from_id"].(map[string]any); ok {
		if text, ok := from["user_id"].(string); ok {
			peer, known := desktop.ParseID(text)
			switch {
			case !known:
				delete(all, "from_id") // nobody
			case peer.Kind == collector.PeerChannel:
				all["from_id"] = map[string]any{"_": "PeerChannel", "channel_id": peer.Id}
			case peer.Kind == collector.PeerChat:
				all["from_id"] = map[string]any{"_": "PeerChat", "chat_id": peer.Id}
			default:
				all["from_id"] = map[string]any{"_": "PeerUser", "user_id": peer.Id}
			}
		}
	}
	return input.Encode(all)
}
