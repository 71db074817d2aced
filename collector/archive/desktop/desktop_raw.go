package desktop

import (
	"encoding/json"
	"fmt"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

// desktopKept are the keys of a message that reveal nothing about a person.
var desktopKept = input.Words(`id type date date_unixtime edited edited_unixtime action title text text_entities photo photo_file_size
	width height file file_name file_size thumbnail thumbnail_file_size media_type mime_type duration_seconds sticker_emoji performer
	media_spoiler reply_to_message_id message_id location_information live_location_period_seconds place_name address poll
	game_title game_description game_link invoice_information giveaway_information duration schedule_date period emoticon months boosts
	new_title new_icon_emoji_id self_destruct_period_seconds paid_stars_amount completed incompleted price_stars
	is_broadcast_messages_allowed price_amount_whole price_amount_nano price_currency scheduled_date rejected user_initiated messages_count stars_count
	option new_value expired is_active is_missed unclaimed stars community_id contact_vcard_file_size
	days cost amount currency amount_whole amount_nano recurring gift_id is_limited is_anonymous score distance game_message_id invoice_message_id
	giveaway_msg_id via_giveaway discard_reason reason_domain reason_app_name is_unclaimed`)

// desktopPeers are the keys that name a peer, each with the key of its name.
var desktopPeers = map[string]string{
	"from_id": "from", "actor_id": "actor", "forwarded_from_id": "forwarded_from", "reply_to_peer_id": "", "saved_from_id": "saved_from",
}

// Raw returns the column raw for a message of Telegram Desktop: the object unchanged, without
// blanks. A private import stores only keys that are known to reveal no person, and
// pseudonyms.
func Raw(r *input.Reader, raw json.RawMessage) []byte {
	raw = input.Paired(raw)
	if r.Conv.Pseudonym == nil {
		return input.Compact(raw)
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return []byte("{}")
	}
	out := map[string]json.RawMessage{}
	for key, v := range all {
		if desktopKept[key] {
			out[key] = v
		}
	}
	for key, name := range desktopPeers {
		desktopPeer(r, all, out, key, name)
	}
	for _, key := range []string{"text", "text_entities"} {
		if v, ok := out[key]; ok {
			out[key] = desktopText(r, v)
		}
	}
	for key, keep := range map[string]func(*input.Reader, json.RawMessage) json.RawMessage{
		"giveaway_results": withoutWinners, "inline_bot_buttons": desktopButtons, "todo_list": desktopTasks, "items": desktopTasks,
	} {
		if v, ok := all[key]; ok {
			out[key] = keep(r, v)
		}
	}
	if _, named := out["forwarded_from"]; !named && input.There(all["forwarded_from"]) && out["forwarded_from_id"] == nil {
		out["forwarded_from"] = json.RawMessage("{}") // collector.HidesOrigin: only that it is a forward
	}
	if v, ok := all["reactions"]; ok {
		out["reactions"] = withoutPeople(v)
	}
	return input.Encode(out)
}

// withoutWinners removes the winners from the results of a giveaway. As the action of a
// service message, the results are a number.
func withoutWinners(_ *input.Reader, v json.RawMessage) json.RawMessage {
	var all map[string]json.RawMessage
	if json.Unmarshal(v, &all) != nil {
		return json.RawMessage("null")
	}
	delete(all, "winners")
	return input.Encode(all)
}

// desktopButtons removes buttons that lead to a user by id, and makes addresses private.
func desktopButtons(r *input.Reader, v json.RawMessage) json.RawMessage {
	var rows [][]map[string]any
	if input.Decode(v, &rows) != nil {
		return json.RawMessage("[]")
	}
	for _, row := range rows {
		for _, button := range row {
			if data, ok := button["data"].(string); ok {
				button["data"] = collector.PrivateLink(data, r.Conv.Pseudonym)
			}
			if button["type"] == "user_profile" {
				delete(button, "data")
			}
		}
	}
	return input.Encode(rows)
}

// desktopTasks replaces the ids of users in a list of tasks with pseudonyms.
func desktopTasks(r *input.Reader, v json.RawMessage) json.RawMessage {
	var all any
	if input.Decode(v, &all) != nil {
		return json.RawMessage("null")
	}
	return input.Encode(withPseudonyms(r, all))
}

func withPseudonyms(r *input.Reader, v any) any {
	return input.Walk("", v, func(key string, v any) (any, bool) {
		switch x := v.(type) {
		case string:
			if key == "href" {
				return collector.PrivateLink(x, r.Conv.Pseudonym), true
			}
		case json.Number:
			if id, err := x.Int64(); key == "user_id" && err == nil && id > 0 {
				return r.Conv.Pseudonym(id), true
			}
		}
		return nil, key == "user_id"
	})
}

// desktopPeer copies a peer from all to out; a user becomes a pseudonym without a name.
func desktopPeer(r *input.Reader, all, out map[string]json.RawMessage, key, name string) {
	var peer desktopID
	if json.Unmarshal(all[key], &peer) != nil || peer.Kind == "" {
		return
	}
	if peer.Kind == collector.PeerUser {
		peer.Id = r.Conv.Pseudonym(peer.Id)
	} else if v, ok := all[name]; ok {
		out[name] = v
	}
	out[key] = input.Encode(fmt.Sprint(peer.Kind, peer.Id))
}

// desktopText replaces the ids of users in a text with pseudonyms.
func desktopText(r *input.Reader, v json.RawMessage) json.RawMessage {
	var parts []any
	if input.Decode(v, &parts) != nil {
		return v // a text without parts
	}
	return input.Encode(withPseudonyms(r, parts))
}

// withoutPeople removes the users who reacted from reactions.
func withoutPeople(v json.RawMessage) json.RawMessage {
	var list []map[string]json.RawMessage
	if json.Unmarshal(v, &list) != nil {
		return json.RawMessage("[]")
	}
	for _, re := range list {
		delete(re, "recent")
	}
	return input.Encode(list)
}
