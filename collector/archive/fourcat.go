package archive

import (
	"encoding/json"
	"strings"

	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/tl"
)

// from4CAT converts a message of 4CAT's NDJSON to Telethon's form: 4CAT puts the class of
// objects under _type and adds the channel, the sender and its own notes. The channel's name
// is added to names.
func from4CAT(v json.RawMessage, names map[int64]tl.Name) json.RawMessage {
	var all map[string]any
	if input.Decode(v, &all) != nil || all == nil {
		return v // the reader reports what is wrong
	}
	if chat, ok := all["_chat"].(map[string]any); ok {
		n, _ := chat["id"].(json.Number)
		id, err := n.Int64()
		username, _ := chat["username"].(string)
		title, _ := chat["title"].(string)
		if err == nil && id > 0 {
			names[id] = tl.Name{Username: username, Title: title}
		}
	}
	for key := range all {
		if key != "_type" && strings.HasPrefix(key, "_") || strings.HasPrefix(key, "4CAT") {
			delete(all, key)
		}
	}
	return input.Encode(classesOf(all))
}

// classesOf moves all classes inside v to Telethon's key.
func classesOf(v any) any {
	switch v := v.(type) {
	case []any:
		for i, x := range v {
			v[i] = classesOf(x)
		}
	case map[string]any:
		for key, x := range v {
			v[key] = classesOf(x)
		}
		if class, ok := v["_type"]; ok {
			delete(v, "_type")
			v["_"] = class
		}
	}
	return v
}
