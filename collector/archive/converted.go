package archive

import (
	"encoding/json"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/desktop"
	"telegramtrac/collector/archive/input"
)

// fromConverted converts a message that telegram-download-chat made from an export of Telegram
// Desktop to Telethon's form: such messages have no class, and senders who are not users have
// Desktop's spelling under user_id.
// https://github.com/popstas/telegram-download-chat
func fromConverted(v json.RawMessage) json.RawMessage {
	var all map[string]any
	if input.Decode(v, &all) != nil || all == nil {
		return v // the reader reports what is wrong
	}
	if all["_"] == nil {
		all["_"] = "Message"
	}
	if from, ok := all["from_id"].(map[string]any); ok {
		if text, ok := from["user_id"].(string); ok {
			peer, known := desktop.ParseID(text)
			switch {
			case !known:
				delete(all, "from_id") // no known sender
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
