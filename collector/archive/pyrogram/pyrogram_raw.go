package pyrogram

import (
	"encoding/json"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

// pyroKept are the keys of a message, and of the objects in it, that reveal nothing about a
// person. pyroSecrets open files and are never stored.
var (
	pyroKept = input.Words(`_ id message_id date edit_date chat sender_chat forward_from_chat type title username text caption entities caption_entities offset length url language
		custom_emoji_id views forwards media media_group_id has_protected_content has_media_spoiler reply_to_message_id reply_to_top_message_id service new_chat_title
		reactions emoji count is_paid edit_hidden message_thread_id is_topic_message topic_message topic is_forum reply_markup inline_keyboard login_url web_app forward_from_message_id forward_date outgoing mentioned scheduled from_scheduled
		photo video document audio voice animation sticker video_note file_name mime_type file_size duration width height supports_streaming ttl_seconds thumbs
		web_page description site_name display_url poll question options voter_count total_voter_count is_closed is_anonymous allows_multiple_answers
		location latitude longitude venue address foursquare_id foursquare_type is_verified is_scam is_fake is_restricted is_creator`)
	pyroSecrets = input.Words("file_id file_unique_id access_hash file_reference small_file_id big_file_id")
)

// Raw returns the column raw for a message of Pyrogram: the object without file keys, and in a
// private import without persons.
func Raw(r *input.Reader, raw json.RawMessage) []byte {
	var v any
	if input.Decode(input.Paired(raw), &v) != nil {
		return []byte("{}")
	}
	return input.Encode(input.Walk("_", v, func(key string, v any) (any, bool) {
		if pyroSecrets[key] || r.Conv.Pseudonym != nil && !pyroKept[key] {
			return nil, true
		}
		text, isText := v.(string)
		return collector.PrivateLink(text, r.Conv.Pseudonym), key == "url" && isText
	}))
}
