package telethon

import (
	"encoding/json"
	"regexp"
	"strings"
)

// modernize converts an object of an older layer to its current form, as far as that can
// represent it. testdata/layers.tl has the forms; TestEveryLayer tests them. A current object
// is not changed.
func modernize(m map[string]any) {
	class, _ := m["_"].(string)
	if change, ok := older[class]; ok {
		change(m)
	}
}

// older are the classes with obsolete forms, and the conversion of each.
var older = map[string]func(m map[string]any){
	"Message":                              oldMessage,
	"MessageService":                       oldMessage,
	"MessageFwdHeader":                     oldForward,
	"MessageReplyStoryHeader":              userToPeer("user_id", "peer"),
	"MessageMediaStory":                    userToPeer("user_id", "peer"),
	"WebPageAttributeStory":                userToPeer("user_id", "peer"),
	"TodoCompletion":                       userToPeer("completed_by", "completed_by"),
	"MessageMediaDocument":                 toList("alt_document", "alt_documents"),
	"MessageActionRequestedPeer":           toList("peer", "peers"),
	"StickerSet":                           toList("thumb", "thumbs"),
	"MessageReactions":                     rename("recent_reactons", "recent_reactions"), // spelled this way for a while
	"MessageUserReaction":                  oldUserReaction,
	"ReactionCount":                        func(m map[string]any) { m["reaction"] = oldReaction(m["reaction"]) },
	"MessagePeerReaction":                  func(m map[string]any) { m["reaction"] = oldReaction(m["reaction"]) },
	"PollResults":                          oldVoters,
	"MessageActionSetChatTheme":            oldTheme,
	"MessageActionSetSameChatWallPaper":    renamed("MessageActionSetChatWallPaper", "same"),
	"MessageActionAttachMenuBotAllowed":    renamed("MessageActionBotAllowed", "attach_menu"),
	"EmojiStatusUntil":                     renamed("EmojiStatus", ""),
	"PhoneCallDiscardReasonAllowGroupCall": renamed("PhoneCallDiscardReasonMigrateConferenceCall", ""),
	"StarGiftAttributeModel":               oldRarity,
	"StarGiftAttributePattern":             oldRarity,
	"StarGiftAttributeBackdrop":            oldRarity,
	"PageFull":                             oldPage(""),
	"PagePart":                             oldPage("part"),
	"PeerNotifySettingsEmpty":              renamed("PeerNotifySettings", ""),
	"ChannelAdminRights":                   renamed("ChatAdminRights", ""),
	"ChannelBannedRights":                  renamed("ChatBannedRights", ""),
	"Document":                             toList("thumb", "thumbs"),
	"WebPage":                              oldWebPage,
	"Channel":                              oldPeer,
	"User":                                 oldPeer,
	"ChannelFull":                          oldAvailable,
	"ChatFull":                             oldAvailable,
	"ReplyInlineMarkup":                    oldInlineMarkup,
	"ReplyKeyboardMarkup":                  oldKeyboard,
}

func object(class string, pairs ...any) map[string]any {
	m := map[string]any{"_": class}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}

// isNumber reports whether a value is a number, as users' ids were.
func isNumber(v any) bool {
	_, ok := v.(json.Number)
	return ok
}

// move moves a value to another key, unless that has a value.
func move(m map[string]any, from, to string) {
	v, ok := m[from]
	if !ok || v == nil || m[to] != nil {
		return
	}
	m[to] = v
	delete(m, from)
}

func rename(from, to string) func(map[string]any) {
	return func(m map[string]any) { move(m, from, to) }
}

// renamed changes an object's class, and sets a flag that marks the old class.
func renamed(class, flag string) func(map[string]any) {
	return func(m map[string]any) {
		m["_"] = class
		if flag != "" {
			m[flag] = true
		}
	}
}

// oldPage: a stored page had its videos in a separate list (to layer 84).
func oldPage(flag string) func(map[string]any) {
	return func(m map[string]any) {
		renamed("Page", flag)(m)
		move(m, "videos", "documents")
	}
}

// toList replaces a single value with a list.
func toList(from, to string) func(map[string]any) {
	return func(m map[string]any) {
		if one, ok := m[from].(map[string]any); ok && saysNothing(m[to]) {
			m[to] = []any{one}
			delete(m, from)
		}
	}
}

// userToPeer replaces a user's id with a peer, as before channels had stories and lists.
func userToPeer(from, to string) func(map[string]any) {
	return func(m map[string]any) {
		if isNumber(m[from]) && (from == to || m[to] == nil) {
			id := m[from]
			delete(m, from)
			m[to] = object("PeerUser", "user_id", id)
		}
	}
}

// oldMessage: to_id was peer_id, from_id a user's number (to layer 118),
// reply_to_msg_id had no header (to 118), and photos and documents had a caption
// instead of the message's text (to 74).
func oldMessage(m map[string]any) {
	move(m, "to_id", "peer_id")
	userToPeer("from_id", "from_id")(m)
	if isNumber(m["reply_to_msg_id"]) && m["reply_to"] == nil {
		m["reply_to"] = object("MessageReplyHeader", "reply_to_msg_id", m["reply_to_msg_id"])
		delete(m, "reply_to_msg_id")
	}
	media, ok := m["media"].(map[string]any)
	if !ok || m["_"] != "Message" {
		return
	}
	caption, ok := media["caption"].(string)
	if text, _ := m["message"].(string); ok && text == "" {
		m["message"] = caption
		delete(media, "caption")
	}
}

// oldForward: a channel had a separate key, and from_id was a user's number: with a channel the
// author's, of whom only the name can be represented today.
func oldForward(m map[string]any) {
	if !isNumber(m["channel_id"]) {
		userToPeer("from_id", "from_id")(m)
		return
	}
	if isNumber(m["from_id"]) {
		m["author_id"] = m["from_id"] // not in the layer, so it is counted as dropped
		delete(m, "from_id")
	}
	if m["from_id"] == nil {
		m["from_id"] = object("PeerChannel", "channel_id", m["channel_id"])
		delete(m, "channel_id")
	}
}

// oldReaction: a reaction was an emoji (layers 136 to 144).
func oldReaction(v any) any {
	if emoji, ok := v.(string); ok {
		return object("ReactionEmoji", "emoticon", emoji)
	}
	return v
}

func oldUserReaction(m map[string]any) {
	m["_"] = "MessagePeerReaction"
	userToPeer("user_id", "peer_id")(m)
	m["reaction"] = oldReaction(m["reaction"])
}

// oldVoters: voters were users' numbers (to layer 158).
func oldVoters(m map[string]any) {
	list, _ := m["recent_voters"].([]any)
	for i, v := range list {
		if isNumber(v) {
			list[i] = object("PeerUser", "user_id", v)
		}
	}
}

// oldWebPage: a theme's files were outside its attributes (layers 105 and 106).
func oldWebPage(m map[string]any) {
	if files, ok := m["documents"].([]any); ok && saysNothing(m["attributes"]) {
		m["attributes"] = []any{object("WebPageAttributeTheme", "documents", files)}
		delete(m, "documents")
	}
}

func oldTheme(m map[string]any) {
	if emoji, ok := m["emoticon"].(string); ok && m["theme"] == nil {
		m["theme"] = object("ChatTheme", "emoticon", emoji)
		delete(m, "emoticon")
	}
}

func oldRarity(m map[string]any) {
	if isNumber(m["rarity_permille"]) && m["rarity"] == nil {
		m["rarity"] = object("StarGiftAttributeRarity", "permille", m["rarity_permille"])
		delete(m, "rarity_permille")
	}
}

// oldReason is how a restriction was written: "platforms-reason: text".
var oldReason = regexp.MustCompile(`(?s)^([\w-]*?)-?(\w+): ?(.*)$`)

// oldPeer: channels and users had their restriction as a text (to layer 103), a
// colour as a number (166), and the newest story as a number (to 214).
func oldPeer(m map[string]any) {
	if text, ok := m["restriction_reason"].(string); ok {
		delete(m, "restriction_reason")
		if parts := oldReason.FindStringSubmatch(text); parts != nil {
			m["restriction_reason"] = []any{object("RestrictionReason", "platform", parts[1], "reason", parts[2], "text", parts[3])}
		} else if text != "" {
			m["restriction_reason"] = []any{object("RestrictionReason", "platform", "", "reason", "", "text", text)}
		}
	}
	if color, emoji := m["color"], m["background_emoji_id"]; isNumber(color) || isNumber(emoji) {
		m["color"] = object("PeerColor", "color", color, "background_emoji_id", emoji)
		delete(m, "background_emoji_id")
	}
	if isNumber(m["stories_max_id"]) {
		m["stories_max_id"] = object("RecentStory", "max_id", m["stories_max_id"])
	}
}

// oldAvailable: a channel's reactions were a list of emojis (layers 136 to 144).
func oldAvailable(m map[string]any) {
	list, ok := m["available_reactions"].([]any)
	if !ok {
		return
	}
	some := make([]any, len(list))
	for i, v := range list {
		some[i] = oldReaction(v)
	}
	m["available_reactions"] = object("ChatReactionsSome", "reactions", some)
}

// oldInlineMarkup: the buttons below a message were of the same classes as those
// of a keyboard (to layer 227).
func oldInlineMarkup(m map[string]any) {
	eachButton(m, func(row, button map[string]any) {
		row["_"] = "KeyboardInlineButtonRow"
		oldButton(button, "KeyboardInlineButton", "InlineButtonType")
	})
}

func oldKeyboard(m map[string]any) {
	eachButton(m, func(_, button map[string]any) { oldButton(button, "KeyboardButton", "ButtonType") })
}

func eachButton(markup map[string]any, do func(row, button map[string]any)) {
	rows, _ := markup["rows"].([]any)
	for _, r := range rows {
		row, _ := r.(map[string]any)
		buttons, _ := row["buttons"].([]any)
		for _, b := range buttons {
			if button, ok := b.(map[string]any); ok {
				do(row, button)
			}
		}
	}
}

// oldButton: what a button does was its class, as KeyboardButtonUrl was, and is
// now a type inside it. What such a type says besides goes with it. A type that is
// not known keeps its address.
func oldButton(button map[string]any, class, prefix string) {
	typ, ok := button["type"].(map[string]any)
	if !ok {
		was, _ := button["_"].(string)
		kind, ok := strings.CutPrefix(strings.TrimPrefix(was, "Input"), "KeyboardButton")
		if !ok {
			return
		}
		typ = map[string]any{"_": buttonType(prefix, kind)}
		for key, v := range button {
			if key != "_" && key != "text" && key != "style" {
				typ[key] = v
				delete(button, key)
			}
		}
	}
	button["_"], button["type"] = class, typ
	kind, _ := typ["_"].(string)
	if address, ok := typ["url"].(string); ok && classes()[kind] == nil && prefix == "InlineButtonType" {
		button["type"] = object("InlineButtonTypeUrl", "url", address, kind, true) // the last has no place: it is counted
	}
}

// buttonType is the class of what a button does. One that does nothing but say
// its text has a type that says so.
func buttonType(prefix, kind string) string {
	switch {
	case kind != "":
		return prefix + kind
	case prefix == "InlineButtonType":
		return "InlineButtonTypeDisabled"
	}
	return "ButtonTypeDefault"
}
