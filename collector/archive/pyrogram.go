package archive

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
)

// pyroMessage is a message as Pyrogram and its forks print it: str(message), with
// classes under _, and the Bot API's words for what Telegram calls otherwise.
// https://docs.pyrogram.org/api/types/Message
type pyroMessage struct {
	ID        int64         `json:"id"`
	OldID     int64         `json:"message_id"` // to version 1
	Date      pyroTime      `json:"date"`
	Edited    pyroTime      `json:"edit_date"`
	Chat      pyroChat      `json:"chat"`
	From      pyroUser      `json:"from_user"`
	Sender    pyroChat      `json:"sender_chat"`
	Text      string        `json:"text"`
	Caption   string        `json:"caption"`
	Marks     []pyroMark    `json:"entities"`
	Captioned []pyroMark    `json:"caption_entities"`
	Views     *int64        `json:"views"`
	Forwards  *int64        `json:"forwards"`
	Author    string        `json:"author_signature"`
	Album     looseID       `json:"media_group_id"`
	ViaBot    pyroUser      `json:"via_bot"`
	Protected bool          `json:"has_protected_content"`
	ReplyTo   int64         `json:"reply_to_message_id"`
	ReplyTop  int64         `json:"reply_to_top_message_id"`
	Service   string        `json:"service"`
	Reactions pyroReactions `json:"reactions"`

	// What forks tell besides.
	EditHidden *bool     `json:"edit_hidden"`
	Thread     int64     `json:"message_thread_id"`
	InTopic    bool      `json:"is_topic_message"`
	OfTopic    bool      `json:"topic_message"`
	Topic      pyroTopic `json:"topic"`

	Markup struct {
		Rows [][]pyroButton `json:"inline_keyboard"`
	} `json:"reply_markup"`

	ForwardFrom   pyroUser `json:"forward_from"`
	ForwardName   string   `json:"forward_sender_name"`
	ForwardChat   pyroChat `json:"forward_from_chat"`
	ForwardID     int64    `json:"forward_from_message_id"`
	ForwardAuthor string   `json:"forward_signature"`
	ForwardDate   pyroTime `json:"forward_date"`

	Photo     *pyroFile `json:"photo"`
	Video     *pyroFile `json:"video"`
	Document  *pyroFile `json:"document"`
	Audio     *pyroFile `json:"audio"`
	Voice     *pyroFile `json:"voice"`
	Animation *pyroFile `json:"animation"`
	Sticker   *pyroFile `json:"sticker"`
	VideoNote *pyroFile `json:"video_note"`
	WebPage   *struct {
		URL         string `json:"url"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"web_page"`
	Poll *struct {
		ID       looseID   `json:"id"`
		Question loosePart `json:"question"`
		Voters   *int64    `json:"total_voter_count"`
		Options  []struct {
			Text   loosePart `json:"text"`
			Voters *int64    `json:"voter_count"`
		} `json:"options"`
	} `json:"poll"`
	Location *desktopLocation `json:"location"`
	Venue    *struct {
		Location desktopLocation `json:"location"`
		Title    string          `json:"title"`
		Address  string          `json:"address"`
		ID       string          `json:"foursquare_id"`
		Type     string          `json:"foursquare_type"`
	} `json:"venue"`
	Contact *desktopContact `json:"contact"`

	dropped []string // the keys of values that do not read
}

// pyroRequired are the keys that a message cannot be without.
var pyroRequired = words("id message_id date edit_date chat text caption")

// pyroButton is a button below a message. One that signs in or opens an app has its
// address in an object.
type pyroButton struct {
	URL    string       `json:"url"`
	SignIn looseAddress `json:"login_url"`
	WebApp looseAddress `json:"web_app"`
}

// looseAddress is an object that holds an address, or the address. What is neither is
// none.
type looseAddress string

// UnmarshalJSON reads it.
func (l *looseAddress) UnmarshalJSON(b []byte) error {
	var object struct {
		URL string `json:"url"`
	}
	if json.Unmarshal(b, &object) == nil {
		*l = looseAddress(object.URL)
		return nil
	}
	_ = json.Unmarshal(b, (*string)(l))
	return nil
}

type pyroChat struct {
	ID       int64  `json:"id"`
	Type     string `json:"type"`
	Title    string `json:"title"`
	Username string `json:"username"`
	Forum    bool   `json:"is_forum"` // only forks tell
}

// channel is the bare id of a chat that is a channel or supergroup, 0 of others.
func (c pyroChat) channel() int64 {
	id, err := bareID(c.ID)
	if err != nil || c.ID > 0 {
		return 0
	}
	return id
}

type pyroUser struct {
	ID int64 `json:"id"`
}

type pyroFile struct {
	Name     string   `json:"file_name"`
	MIME     string   `json:"mime_type"`
	Size     *int64   `json:"file_size"`
	Duration *float64 `json:"duration"`
	Width    *int32   `json:"width"`
	Height   *int32   `json:"height"`
	Length   *int32   `json:"length"` // of a round video: both
}

type pyroMark struct {
	Type   string   `json:"type"` // MessageEntityType.TEXT_LINK, before version 2 text_link
	Offset int      `json:"offset"`
	Length int      `json:"length"`
	URL    string   `json:"url"`
	User   pyroUser `json:"user"`
	Emoji  looseID  `json:"custom_emoji_id"`
	Lang   string   `json:"language"`
}

type pyroReaction struct {
	Emoji  string   `json:"emoji"`
	Custom looseID  `json:"custom_emoji_id"`
	Count  int64    `json:"count"`
	Paid   bool     `json:"is_paid"`
	Kind   pyroKind `json:"type"` // only forks have it
}

// pyroKind is the kind of a reaction in forks: a word, or an object that has the emoji.
type pyroKind struct {
	Class  string  `json:"_"`
	Emoji  string  `json:"emoji"`
	Custom looseID `json:"custom_emoji_id"`
}

// UnmarshalJSON reads either.
func (k *pyroKind) UnmarshalJSON(b []byte) error {
	type object pyroKind
	if json.Unmarshal(b, (*object)(k)) != nil {
		_ = json.Unmarshal(b, &k.Class) // of what is neither nothing is known
	}
	return nil
}

// pyroTopic is the topic of a message in forks.
type pyroTopic struct {
	ID    int64
	Title string
}

// UnmarshalJSON reads it. What is no such object tells nothing.
func (p *pyroTopic) UnmarshalJSON(b []byte) error {
	var object struct {
		ID    int64  `json:"id"`
		Title string `json:"title"`
	}
	if json.Unmarshal(b, &object) == nil {
		*p = pyroTopic(object)
	}
	return nil
}

// pyroReactions are a list, or a list in an object.
type pyroReactions []pyroReaction

// UnmarshalJSON reads either.
func (p *pyroReactions) UnmarshalJSON(b []byte) error {
	var inside struct {
		Reactions []pyroReaction `json:"reactions"`
	}
	if json.Unmarshal(b, &inside) == nil {
		*p = inside.Reactions
		return nil
	}
	return json.Unmarshal(b, (*[]pyroReaction)(p))
}

// looseID is a number, or one written as a text. What is neither is 0.
type looseID int64

// UnmarshalJSON reads it.
func (l *looseID) UnmarshalJSON(b []byte) error {
	n, _ := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	*l = looseID(n)
	return nil
}

// loosePart is a text, or an object that holds one.
type loosePart string

// UnmarshalJSON reads it.
func (l *loosePart) UnmarshalJSON(b []byte) error {
	var object struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(b, &object) == nil {
		*l = loosePart(object.Text)
		return nil
	}
	return json.Unmarshal(b, (*string)(l))
}

// pyroTime is a time as Pyrogram prints it: local, without a zone, since version 2, and
// seconds since 1970 before.
type pyroTime struct {
	at    time.Time
	local bool
}

// UnmarshalJSON reads it. Null is the zero time.
func (p *pyroTime) UnmarshalJSON(b []byte) error {
	var seconds int64
	var text string
	switch {
	case string(b) == "null":
		return nil
	case json.Unmarshal(b, &seconds) == nil:
		if seconds < 0 || seconds > 1<<32-1 {
			return &fieldError{"date", fmt.Sprintf("%d is not a time in seconds since 1970", seconds)}
		}
		p.at = time.Unix(seconds, 0).UTC()
		return nil
	case json.Unmarshal(b, &text) != nil:
		return &fieldError{"date", fmt.Sprintf("%.40s is not a date", b)}
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			*p = pyroTime{at, true}
			return nil
		}
		if at, err := time.Parse(layout+"Z07:00", text); err == nil {
			*p = pyroTime{at.UTC(), false}
			return nil
		}
	}
	return &fieldError{"date", fmt.Sprintf("%.40q is not a date", text)}
}

// pyrogram reads messages of Pyrogram, in a list or one after the other.
func (r *reader) pyrogram(m *member) error {
	seen, local := map[int64]time.Time{}, false
	others := 0
	err := r.values(m, func(s *stream, v json.RawMessage) error {
		msg, err := s.pyroMessage(v)
		if err != nil || msg == nil {
			return err
		}
		if msg.Chat.channel() == 0 {
			others++
			return nil
		}
		for _, at := range []pyroTime{msg.Date, msg.Edited} {
			when := at.at
			if at.local { // a local time of any zone
				when, local = when.Add(-14*time.Hour), true
			}
			if when.After(seen[msg.Chat.channel()]) {
				seen[msg.Chat.channel()] = when
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if others > 0 && len(seen) == 0 {
		return r.notOfChannels(m)
	}
	if others > 0 {
		r.report.Dropped[ofOtherChats] += others
	}
	batches := map[int64]*batch{}
	var all int64
	err = r.values(m, func(s *stream, v json.RawMessage) error {
		msg, err := s.pyroMessage(v)
		if err != nil || msg == nil || msg.Chat.channel() == 0 {
			return err
		}
		id := msg.Chat.channel()
		if batches[id] == nil {
			batches[id] = r.batch(seen[id])
		}
		all++
		r.dropKeys(msg.dropped)
		return batches[id].put(r.pyroRow(msg, v))
	})
	if err != nil {
		return err
	}
	for id, b := range batches {
		if err := b.flush(); err != nil {
			return err
		}
		r.saw(id, seen[id])
	}
	r.report.LocalDay = r.report.LocalDay || local
	r.read(m, kindPyrogram, all)
	m.skip()
	return nil
}

// pyroMessage reads a message and checks what no row can be without: nil for an empty
// one.
func (s *stream) pyroMessage(v json.RawMessage) (*pyroMessage, error) {
	var m pyroMessage
	var empty struct {
		Empty bool `json:"empty"`
	}
	if json.Unmarshal(v, &empty) == nil && empty.Empty {
		return nil, nil
	}
	var err error
	if m.dropped, err = loosely(v, &m, pyroRequired); err != nil {
		return nil, s.badValue(err, v)
	}
	m.ID = max(m.ID, m.OldID)
	switch {
	case m.Chat.channel() == 0:
		return &m, nil // the caller leaves it out
	case m.ID <= 0:
		return nil, s.bad("id", "a message of a channel has an id above 0", v)
	case m.Date.at.Unix() <= 0:
		return nil, s.bad("date", "this message has no date", v)
	}
	return &m, nil
}

// pyroRow makes the row of a message. Text, entities, forwards and replies go the way
// that Telegram's own objects go.
func (r *reader) pyroRow(m *pyroMessage, raw json.RawMessage) collector.Message {
	id := m.Chat.channel()
	text, marks := m.Text, m.Marks
	if text == "" {
		text, marks = m.Caption, m.Captioned
	}
	msg := &tg.Message{ID: int(m.ID), PeerID: &tg.PeerChannel{ChannelID: id}, Date: int(m.Date.at.Unix()), Message: text, Entities: pyroEntities(marks),
		PostAuthor: m.Author, ViaBotID: m.ViaBot.ID, GroupedID: int64(m.Album), Noforwards: m.Protected}
	if !m.Edited.at.IsZero() {
		msg.SetEditDate(int(m.Edited.at.Unix()))
	}
	if peer := m.speaker(id); peer != nil {
		msg.SetFromID(peer)
	}
	if fwd, ok := m.forward(); ok {
		msg.SetFwdFrom(fwd)
	}
	if m.ReplyTo > 0 {
		msg.SetReplyTo(&tg.MessageReplyHeader{ReplyToMsgID: int(m.ReplyTo), ReplyToTopID: int(m.ReplyTop)})
	}
	row, _ := r.conv.Message(msg, nil)
	row.ID, row.ChannelUsername, row.ChannelTitle, row.Source = m.ID, m.Chat.Username, m.Chat.Title, collector.SourcePyrogram
	row.Views, row.Forwards, row.EditHidden = m.Views, m.Forwards, m.EditHidden
	m.setTopic(&row)
	if row.ForwardFromType == collector.PeerChannel {
		row.ForwardFromUsername, row.ForwardFromName = m.ForwardChat.Username, m.ForwardChat.Title
	}
	if m.Service != "" {
		row.Kind, row.Action, row.EditHidden = collector.KindService, pyroActions[lastWord(m.Service)], nil
		if row.Action == "" {
			r.report.Dropped["the action "+short(m.Service)]++
		}
	}
	m.setReactions(&row)
	r.pyroMedia(m, &row)
	for _, line := range m.Markup.Rows {
		for _, b := range line {
			for _, address := range []string{b.URL, string(b.SignIn), string(b.WebApp)} {
				addButton(&row, collector.PrivateLink(address, r.conv.Pseudonym))
			}
		}
	}
	row.Raw = string(r.pyroRaw(raw))
	return row
}

// setTopic fills in which topic of a forum a message is in. What answers a topic's
// first message answers nobody. https://core.telegram.org/api/forum
func (m *pyroMessage) setTopic(row *collector.Message) {
	switch {
	case m.InTopic, m.OfTopic, m.Topic.ID > 0:
		row.TopicID, row.TopicTitle = cmp.Or(m.Thread, m.Topic.ID, collector.General), m.Topic.Title
	case m.Chat.Forum:
		row.TopicID = collector.General
	}
	if row.TopicID != 0 && row.ReplyToMessageID == row.TopicID {
		row.ReplyToMessageID = 0
	}
}

// speaker is who said it: nobody where it is the channel itself.
func (m *pyroMessage) speaker(channelID int64) tg.PeerClass {
	switch sender := m.Sender.channel(); {
	case m.From.ID > 0:
		return &tg.PeerUser{UserID: m.From.ID}
	case sender != 0 && (sender != channelID || !strings.EqualFold(lastWord(m.Chat.Type), "channel")):
		return &tg.PeerChannel{ChannelID: sender}
	}
	return nil
}

func (m *pyroMessage) forward() (tg.MessageFwdHeader, bool) {
	fwd := tg.MessageFwdHeader{FromName: m.ForwardName, ChannelPost: int(m.ForwardID), PostAuthor: m.ForwardAuthor}
	if !m.ForwardDate.at.IsZero() {
		fwd.Date = int(m.ForwardDate.at.Unix())
	}
	switch {
	case m.ForwardChat.channel() != 0:
		fwd.FromID = &tg.PeerChannel{ChannelID: m.ForwardChat.channel()}
	case m.ForwardFrom.ID > 0:
		fwd.FromID = &tg.PeerUser{UserID: m.ForwardFrom.ID}
	}
	return fwd, fwd.FromID != nil || fwd.FromName != "" || fwd.Date != 0
}

func (m *pyroMessage) setReactions(row *collector.Message) {
	var total int64
	for _, re := range m.Reactions {
		if re.Paid || strings.Contains(strings.ToLower(re.Kind.Class), "paid") {
			stars := re.Count
			row.Stars = &stars
			continue
		}
		row.Reactions = append(row.Reactions, collector.Reaction{Emoji: cmp.Or(re.Emoji, re.Kind.Emoji), CustomEmojiID: int64(cmp.Or(re.Custom, re.Kind.Custom)), Count: re.Count})
		total += re.Count
	}
	if len(m.Reactions) > 0 {
		row.ReactionsTotal = &total
	}
}

// addButton adds the address of a button to a row's links, after those of its text.
func addButton(row *collector.Message, address string) {
	for _, have := range row.Links {
		if have == address {
			return
		}
	}
	if address == "" {
		return
	}
	row.Links = append(row.Links, address)
	if link, ok := collector.ParseTMe(address); ok {
		row.TMeLinks = append(row.TMeLinks, link)
	}
}

// pyroMedia fills in what a message carries.
func (r *reader) pyroMedia(m *pyroMessage, row *collector.Message) {
	if row.Kind == collector.KindService {
		return
	}
	switch {
	case m.Photo != nil:
		row.MediaType = "MessageMediaPhoto"
		row.Width, row.Height, row.FileSize = m.Photo.Width, m.Photo.Height, m.Photo.Size
	case m.file() != nil:
		f := m.file()
		row.MediaType = "MessageMediaDocument"
		row.FileName, row.MIMEType, row.FileSize, row.Duration, row.Width, row.Height = path.Base("/"+f.Name), f.MIME, f.Size, f.Duration, f.Width, f.Height
		if f.Name == "" {
			row.FileName = ""
		}
		if f.Length != nil && f.Width == nil {
			row.Width, row.Height = f.Length, f.Length
		}
	case m.Poll != nil:
		row.MediaType = "MessageMediaPoll"
		row.PollID, row.PollQuestion, row.PollVoters = int64(m.Poll.ID), string(m.Poll.Question), m.Poll.Voters
		for _, o := range m.Poll.Options {
			row.PollResults = append(row.PollResults, collector.PollResult{Text: string(o.Text), Voters: o.Voters})
		}
	case m.Venue != nil:
		row.MediaType = "MessageMediaVenue"
		row.VenueTitle, row.VenueAddress, row.VenueID, row.VenueType = m.Venue.Title, m.Venue.Address, m.Venue.ID, m.Venue.Type
		setPoint(row, &m.Venue.Location)
	case m.Location != nil:
		row.MediaType = "MessageMediaGeo"
		setPoint(row, m.Location)
	case m.Contact != nil:
		row.MediaType = "MessageMediaContact"
		if r.conv.Pseudonym == nil {
			row.ContactPhone, row.ContactName = m.Contact.Phone, strings.TrimSpace(m.Contact.First+" "+m.Contact.Last)
		}
	case m.WebPage != nil:
		row.MediaType = "MessageMediaWebPage"
		row.URL, row.URLTitle, row.URLDescription = m.WebPage.URL, m.WebPage.Title, m.WebPage.Description
		row.Domain = collector.Domain(row.URL)
	}
}

func setPoint(row *collector.Message, at *desktopLocation) {
	if at.Latitude != nil && at.Longitude != nil {
		row.GeoType, row.Latitude, row.Longitude = row.MediaType, at.Latitude, at.Longitude
	}
}

func (m *pyroMessage) file() *pyroFile {
	for _, f := range []*pyroFile{m.Video, m.Document, m.Audio, m.Voice, m.Animation, m.Sticker, m.VideoNote} {
		if f != nil {
			return f
		}
	}
	return nil
}

// lastWord is the name of a value of an enumeration: CHANNEL of ChatType.CHANNEL.
func lastWord(s string) string { return s[strings.LastIndexByte(s, '.')+1:] }

// pyroEntities are the marks of a text. Those of a kind that is not known mark nothing.
func pyroEntities(marks []pyroMark) []tg.MessageEntityClass {
	var out []tg.MessageEntityClass
	for _, e := range marks {
		p := textPart{Type: strings.ToLower(lastWord(e.Type)), Href: e.URL, Language: e.Lang, UserID: json.Number(strconv.FormatInt(e.User.ID, 10)), DocumentID: strconv.FormatInt(int64(e.Emoji), 10)}
		switch p.Type { // these have other names in Telegram Desktop
		case "url":
			p.Type = "link"
		case "text_mention":
			p.Type = "mention_name"
		case "phone_number":
			p.Type = "phone"
		}
		if entity := p.entity(e.Offset, e.Length); entity != nil && e.Length > 0 {
			out = append(out, entity)
		}
	}
	return out
}

// pyroActions are Telethon's names of what service messages tell.
var pyroActions = map[string]string{
	"NEW_CHAT_MEMBERS": "MessageActionChatAddUser", "LEFT_CHAT_MEMBERS": "MessageActionChatDeleteUser", "LEFT_CHAT_MEMBER": "MessageActionChatDeleteUser", "NEW_CHAT_TITLE": "MessageActionChatEditTitle",
	"NEW_CHAT_PHOTO": "MessageActionChatEditPhoto", "DELETE_CHAT_PHOTO": "MessageActionChatDeletePhoto", "GROUP_CHAT_CREATED": "MessageActionChatCreate",
	"CHANNEL_CHAT_CREATED": "MessageActionChannelCreate", "SUPERGROUP_CHAT_CREATED": "MessageActionChannelCreate", "MIGRATE_TO_CHAT_ID": "MessageActionChatMigrateTo",
	"MIGRATE_FROM_CHAT_ID": "MessageActionChannelMigrateFrom", "PINNED_MESSAGE": "MessageActionPinMessage", "GAME_HIGH_SCORE": "MessageActionGameScore",
	"VIDEO_CHAT_STARTED": "MessageActionGroupCall", "VIDEO_CHAT_ENDED": "MessageActionGroupCall", "VIDEO_CHAT_SCHEDULED": "MessageActionGroupCallScheduled",
	"VIDEO_CHAT_MEMBERS_INVITED": "MessageActionInviteToGroupCall", "WEB_APP_DATA": "MessageActionWebViewDataSent",
}

// pyroPrivate are the keys of a message, and of the objects in it, that say nothing of a
// person. Files' keys open something; nothing keeps them.
var (
	pyroKept = words(`_ id message_id date edit_date chat sender_chat forward_from_chat type title username text caption entities caption_entities offset length url language
		custom_emoji_id views forwards media media_group_id has_protected_content has_media_spoiler reply_to_message_id reply_to_top_message_id service new_chat_title
		reactions emoji count is_paid edit_hidden message_thread_id is_topic_message topic_message topic is_forum reply_markup inline_keyboard login_url web_app forward_from_message_id forward_date outgoing mentioned scheduled from_scheduled
		photo video document audio voice animation sticker video_note file_name mime_type file_size duration width height supports_streaming ttl_seconds thumbs
		web_page description site_name display_url poll question options voter_count total_voter_count is_closed is_anonymous allows_multiple_answers
		location latitude longitude venue address foursquare_id foursquare_type is_verified is_scam is_fake is_restricted is_creator`)
	pyroSecrets = words("file_id file_unique_id access_hash file_reference small_file_id big_file_id")
)

// pyroRaw is what the column raw keeps of a message of Pyrogram: the object as it is,
// without what opens files; in a private import without people.
func (r *reader) pyroRaw(raw json.RawMessage) []byte {
	var v any
	dec := json.NewDecoder(strings.NewReader(string(paired(raw))))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return []byte("{}")
	}
	return encode(r.pyroValue(v))
}

func (r *reader) pyroValue(v any) any {
	switch v := v.(type) {
	case []any:
		for i, x := range v {
			v[i] = r.pyroValue(x)
		}
	case map[string]any:
		for key, x := range v {
			text, isText := x.(string)
			switch {
			case pyroSecrets[key], r.conv.Pseudonym != nil && !pyroKept[key]:
				delete(v, key)
			case key == "url" && isText:
				v[key] = collector.PrivateLink(text, r.conv.Pseudonym)
			default:
				v[key] = r.pyroValue(x)
			}
		}
	}
	return v
}
