package desktop

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/tl/telethon"
)

// desktopRow makes the row of a message. Text, entities and their links are converted like
// Telegram's own objects; the rest is filled in as far as the export has it. What it lacks
// (views, forwards, albums, ids of files) stays null.
func desktopRow(r *input.Reader, c chat, m *desktopMessage, raw json.RawMessage) (collector.Message, error) {
	msg := &tg.Message{ID: int(m.ID), PeerID: &tg.PeerChannel{ChannelID: c.id}, Message: m.Text.text(), Entities: m.Text.entities()}
	msg.PostAuthor = m.Author
	desktopOrigin(r, c, m, msg)
	row, _ := r.Conv.Message(msg, nil)
	row.ID, row.ChannelTitle, row.Source = m.ID, c.name, collector.SourceDesktop
	if m.Forwarded != nil && m.ForwardID.Kind == collector.PeerChannel {
		row.ForwardFromName = *m.Forwarded
	}
	row.Date, _ = desktopDate(m.Unix, m.Date)
	row.EditDate, row.EditHidden = m.editDate(), nil // Desktop does not export edit_hidden
	if m.Type == "service" {
		row.Kind, row.Action = collector.KindService, desktopActions[m.Action]
		switch {
		case row.Action != "":
		case m.Action != "":
			r.Report.Dropped["the action "+input.Short(m.Action)]++
		case m.Information != "": // the service's own text
			row.Action = "MessageActionCustomAction"
		}
		row.Text, row.Entities = "", nil
	}
	input.SetReactions(&row, m.reactions())
	setButtons(r, m, &row)
	desktopMedia(r, m, &row)
	row.Raw = string(Raw(r, raw))
	return row, nil
}

// setButtons adds the addresses of a message's buttons, after the links of its text.
func setButtons(r *input.Reader, m *desktopMessage, row *collector.Message) {
	var rows [][]desktopButton
	if input.There(m.Buttons) && json.Unmarshal(m.Buttons, &rows) != nil {
		r.Report.Dropped["inline_bot_buttons"]++
	}
	for _, b := range slices.Concat(rows...) {
		if addressed[b.Type] {
			r.AddButton(row, b.Data)
		}
	}
}

// addressed are the kinds of buttons whose data is an address.
var addressed = input.Words("url auth web_view simple_web_view")

// desktopOrigin fills in sender, forward and reply.
func desktopOrigin(r *input.Reader, c chat, m *desktopMessage, msg *tg.Message) {
	from := m.FromID
	if m.Type == "service" {
		from = m.ActorID
	}
	// Messages of a broadcast channel are its own: Telegram gives them no sender.
	if own := from.Kind == collector.PeerChannel && from.Id == c.id; !own || strings.HasSuffix(c.kind, "supergroup") {
		if peer := from.peer(); peer != nil {
			msg.SetFromID(peer)
		}
	}
	if m.Forwarded != nil || m.ForwardID.Kind != "" {
		fwd := tg.MessageFwdHeader{FromID: m.ForwardID.peer()}
		if fwd.FromID == nil && m.Forwarded != nil {
			fwd.FromName = *m.Forwarded // probably a person's
		}
		msg.SetFwdFrom(fwd)
	}
	if to := max(m.ReplyTo, m.Pins, m.InGame, m.OfInvoice); to > 0 {
		reply := &tg.MessageReplyHeader{ReplyToMsgID: int(to)}
		if peer := m.ReplyPeer.peer(); peer != nil {
			reply.ReplyToPeerID = peer
		}
		msg.SetReplyTo(reply)
	}
}

func (d desktopID) peer() tg.PeerClass {
	switch d.Kind {
	case collector.PeerChannel:
		return &tg.PeerChannel{ChannelID: d.Id}
	case collector.PeerChat:
		return &tg.PeerChat{ChatID: d.Id}
	case collector.PeerUser:
		return &tg.PeerUser{UserID: d.Id}
	}
	return nil
}

func (m *desktopMessage) reactions() (out []collector.Reaction) {
	for _, re := range m.Reactions {
		one := collector.Reaction{Emoji: re.Emoji, Count: re.Count, Paid: re.Type == "paid"}
		if re.Type == "custom_emoji" {
			one.Emoji = ""
			one.CustomEmojiID, _ = strconv.ParseInt(re.Document, 10, 64) // newer exports have a file path here
		}
		out = append(out, one)
	}
	return out
}

// desktopMedia fills in a message's media.
func desktopMedia(r *input.Reader, m *desktopMessage, row *collector.Message) {
	if m.Type == "service" {
		return
	}
	row.MediaType = m.mediaClass()
	switch row.MediaType {
	case "MessageMediaPhoto":
		row.Width, row.Height, row.FileSize = m.Width, m.Height, m.PhotoSize
	case "MessageMediaDocument":
		row.Width, row.Height, row.FileSize, row.Duration, row.MIMEType = m.Width, m.Height, m.FileSize, m.Duration, m.MIMEType
		if row.FileName = m.FileName; row.FileName == "" && !strings.HasPrefix(*m.File, "(") {
			row.FileName = path.Base(strings.ReplaceAll(*m.File, `\`, "/"))
		}
	case "MessageMediaContact":
		r.SetContact(row, m.Contact.Phone, m.Contact.First, m.Contact.Last)
	case "MessageMediaGeo", "MessageMediaGeoLive", "MessageMediaVenue":
		m.setPlace(row)
	case "MessageMediaPoll":
		m.setPoll(row)
	}
}

// mediaClass returns Telethon's name for the message's media.
func (m *desktopMessage) mediaClass() string {
	switch {
	case m.Photo != nil:
		return "MessageMediaPhoto"
	case m.File != nil:
		return "MessageMediaDocument"
	case m.Contact != nil:
		return "MessageMediaContact"
	case m.Place != nil:
		return "MessageMediaVenue"
	case m.Live != nil:
		return "MessageMediaGeoLive"
	case m.Location != nil:
		return "MessageMediaGeo"
	case m.Poll != nil:
		return "MessageMediaPoll"
	case input.There(m.Todo):
		return "MessageMediaToDo"
	case m.Game != nil:
		return "MessageMediaGame"
	case input.There(m.Invoice):
		return "MessageMediaInvoice"
	case input.There(m.Giveaway):
		return "MessageMediaGiveaway"
	case input.There(m.Results):
		return "MessageMediaGiveawayResults"
	case input.There(m.Paid):
		return "MessageMediaPaidMedia"
	}
	return ""
}

func (m *desktopMessage) setPlace(row *collector.Message) {
	if m.Location != nil {
		input.SetPoint(row, m.Location.Latitude, m.Location.Longitude)
	}
	if m.Place != nil {
		row.VenueTitle, row.VenueAddress = *m.Place, m.Address
	}
}

// setPoll fills in a poll. The export also writes 0 where Telegram sent no result: without any
// votes, the result is not known.
func (m *desktopMessage) setPoll(row *collector.Message) {
	row.PollQuestion = m.Poll.Question.text()
	var sum int64
	for _, a := range m.Poll.Answers {
		sum += a.Voters
	}
	if m.Poll.Voters > 0 {
		row.PollVoters = &m.Poll.Voters
	}
	for _, a := range m.Poll.Answers {
		result := collector.PollResult{Text: a.Text.text()}
		if voters := a.Voters; sum > 0 {
			result.Voters = &voters
		}
		row.PollResults = append(row.PollResults, result)
	}
}

// textParts is a text: a plain one, or parts, some of which are entities.
type textParts []textPart

type textPart struct {
	Type string `json:"type"`
	Text string `json:"text"`
	Href string `json:"href"`
}

// UnmarshalJSON reads a text, or a list of texts and parts.
func (t *textParts) UnmarshalJSON(b []byte) error {
	var parts []json.RawMessage
	if json.Unmarshal(b, &parts) != nil {
		parts = []json.RawMessage{b}
	}
	*t = (*t)[:0]
	for _, b := range parts {
		var p textPart
		if json.Unmarshal(b, &p.Text) != nil {
			if err := json.Unmarshal(b, &p); err != nil {
				return input.BadField("text", fmt.Sprintf("%.40s is not a part of a text", b))
			}
		}
		*t = append(*t, p)
	}
	return nil
}

func (t textParts) text() string {
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.Text)
	}
	return b.String()
}

// entities returns the parts that are entities.
func (t textParts) entities() []tg.MessageEntityClass {
	var out []tg.MessageEntityClass
	at := 0
	for _, p := range t {
		n := len(utf16.Encode([]rune(p.Text)))
		if e := Entity(p.Type, at, n, p.Href); e != nil && n > 0 {
			out = append(out, e)
		}
		at += n
	}
	return out
}

// entityClasses are Telethon's names for the types of parts that are entities.
var entityClasses = map[string]string{
	"mention": "MessageEntityMention", "hashtag": "MessageEntityHashtag", "bot_command": "MessageEntityBotCommand",
	"link": "MessageEntityUrl", "email": "MessageEntityEmail", "bold": "MessageEntityBold", "italic": "MessageEntityItalic",
	"code": "MessageEntityCode", "pre": "MessageEntityPre", "text_link": "MessageEntityTextUrl",
	"mention_name": "MessageEntityMentionName", "phone": "MessageEntityPhone", "cashtag": "MessageEntityCashtag",
	"underline": "MessageEntityUnderline", "strikethrough": "MessageEntityStrike", "blockquote": "MessageEntityBlockquote",
	"bank_card": "MessageEntityBankCard", "spoiler": "MessageEntitySpoiler", "custom_emoji": "MessageEntityCustomEmoji",
}

// Entity returns the entity of a type of parts, nil for a plain or an unknown one.
func Entity(kind string, offset, length int, href string) tg.MessageEntityClass {
	return telethon.Entity(entityClasses[kind], offset, length, href)
}

// desktopActions are Telethon's names for the actions of service messages.
var desktopActions = map[string]string{
	"create_group": "MessageActionChatCreate", "edit_group_title": "MessageActionChatEditTitle",
	"edit_group_photo":   "MessageActionChatEditPhoto",
	"delete_group_photo": "MessageActionChatDeletePhoto", "invite_members": "MessageActionChatAddUser",
	"remove_members":     "MessageActionChatDeleteUser",
	"join_group_by_link": "MessageActionChatJoinedByLink", "join_group_by_request": "MessageActionChatJoinedByRequest",
	"create_channel": "MessageActionChannelCreate", "migrate_to_supergroup": "MessageActionChatMigrateTo",
	"migrate_from_group": "MessageActionChannelMigrateFrom",
	"pin_message":        "MessageActionPinMessage", "clear_history": "MessageActionHistoryClear", "score_in_game": "MessageActionGameScore",
	"send_payment": "MessageActionPaymentSent", "phone_call": "MessageActionPhoneCall", "take_screenshot": "MessageActionScreenshotTaken",
	"attach_menu_bot_allowed": "MessageActionBotAllowed", "allow_sending_messages": "MessageActionBotAllowed",
	"web_app_bot_allowed": "MessageActionBotAllowed",
	"joined_telegram":     "MessageActionContactSignUp", "proximity_reached": "MessageActionGeoProximityReached",
	"group_call":           "MessageActionGroupCall",
	"invite_to_group_call": "MessageActionInviteToGroupCall", "group_call_scheduled": "MessageActionGroupCallScheduled",
	"set_messages_ttl": "MessageActionSetMessagesTTL",
	"edit_chat_theme":  "MessageActionSetChatTheme", "send_webview_data": "MessageActionWebViewDataSent",
	"send_premium_gift": "MessageActionGiftPremium",
	"topic_created":     "MessageActionTopicCreate", "topic_edit": "MessageActionTopicEdit",
	"suggest_profile_photo": "MessageActionSuggestProfilePhoto",
	"requested_peer":        "MessageActionRequestedPeer", "set_chat_wallpaper": "MessageActionSetChatWallPaper",
	"set_same_chat_wallpaper": "MessageActionSetChatWallPaper",
	"gift_code_prize":         "MessageActionGiftCode", "giveaway_launch": "MessageActionGiveawayLaunch",
	"giveaway_results": "MessageActionGiveawayResults",
	"boost_apply":      "MessageActionBoostApply", "send_star_gift": "MessageActionStarGift", "stars_prize": "MessageActionPrizeStars",
	"todo_completions": "MessageActionTodoCompletions", "todo_append_tasks": "MessageActionTodoAppendTasks",
	"process_suggested_post": "MessageActionSuggestedPostApproval", "suggested_post_success": "MessageActionSuggestedPostSuccess",
	"suggested_post_refund": "MessageActionSuggestedPostRefund", "paid_messages_price_change": "MessageActionPaidMessagesPrice",
	"paid_messages_refund": "MessageActionPaidMessagesRefunded", "refunded_payment": "MessageActionPaymentRefunded",
	"send_stars_gift": "MessageActionGiftStars", "send_ton_gift": "MessageActionGiftTon", "conference_call": "MessageActionConferenceCall",
	"send_passport_values": "MessageActionSecureValuesSent",
	"suggest_birthday":     "MessageActionSuggestBirthday", "no_forwards_toggle": "MessageActionNoForwardsToggle",
	"no_forwards_request": "MessageActionNoForwardsRequest",
	"new_creator_pending": "MessageActionNewCreatorPending", "change_creator": "MessageActionChangeCreator",
	"managed_bot_created": "MessageActionManagedBotCreated",
	"poll_append_answer":  "MessageActionPollAppendAnswer", "poll_delete_answer": "MessageActionPollDeleteAnswer",
	"join_group_via_community": "MessageActionChatJoinedViaCommunity",
}
