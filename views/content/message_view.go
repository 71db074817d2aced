package content

import (
	"cmp"
	"fmt"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// Teller makes messages into items of a page, with names and links.
type Teller struct {
	Known   names
	At      views.Links
	topics  map[int64]string // titles of the topics of the one channel that is shown
	Wrote   map[catalog.PeerKey]catalog.Sender
	Looked  int64 // the message asked for, 0: none
	IsWhole bool  // its text is shown whole
	room    int   // bytes left on the page for texts, links and the like
}

// shown is how many characters of a message's text are shown: few if the page has no more
// room.
func (t *Teller) shown(id int64) int {
	switch {
	case t.whole(id):
		return textWhole
	case t.room <= 0:
		return textShort
	}
	return textShown
}

// whole reports whether all of a message's text is shown.
func (t *Teller) whole(id int64) bool { return t.IsWhole && t.Looked != 0 && id == t.Looked }

// item is a message as the page shows it: short if the page has no more room.
func (t *Teller) item(m *collector.Message, withChannel bool) views.MessageItem {
	item := t.tell(m, withChannel)
	size := sizeOf(&item)
	if t.room > 0 && size > t.room && t.shown(m.ID) != textWhole {
		t.room = 0
		return t.tell(m, withChannel)
	}
	t.room -= size
	return item
}

func (t *Teller) tell(all *collector.Message, withChannel bool) views.MessageItem {
	few, cut := sized(*all, t.shown(all.ID))
	m := &few
	item := views.MessageItem{
		Message: few, Href: t.At.Message(m.ChannelUsername, m.ChannelID, m.ID), Author: views.Name(m.PostAuthor),
		Text: t.At.Text(views.Spans(m.Text, m.Entities)), Media: MediaLine(m), Preview: preview(m), Poll: poll(m),
	}
	if withChannel {
		item.Channel = cmp.Or(views.Name(m.ChannelTitle), views.ChannelName(m.ChannelUsername, m.ChannelID))
	}
	item.From = t.from(m)
	item.Cut, item.All = cut, allOf(m)
	item.Looked = t.Looked != 0 && all.ID == t.Looked
	if t.whole(all.ID) {
		item.Left = left(all.Text)
	}
	if item.Topic = topicName(m.TopicID, views.Name(views.Shorten(cmp.Or(m.TopicTitle, t.topics[m.TopicID]), nameShown))); item.Topic != "" {
		item.TopicTo = fmt.Sprintf("/tabs/messages?channel=%d&topic=%d", m.ChannelID, m.TopicID)
	}
	item.Anchor = fmt.Sprintf("m-%d-%d", m.ChannelID, m.ID)
	item.Forward, item.ForwardTo = t.forward(m)
	item.Reply, item.ReplyTo = t.reply(m)
	if m.ForwardFromType == collector.PeerChannel {
		item.Original = t.here(m.ForwardFromID, m.ForwardMessageID)
	}
	item.Answered = t.here(cmp.Or(m.ReplyToChannelID, m.ChannelID), m.ReplyToMessageID)
	if m.Kind == collector.KindService {
		item.Service = ServiceLine(m)
	}
	if m.Kind == collector.KindUnreadable {
		item.Service = fmt.Sprintf("This version of telegramtrac cannot read message #%d. A newer one will ask for it again.", m.ID)
	}
	return item
}

// from names who wrote a message: by name and username if personal data was stored, else by
// number. It is "" for the channel itself.
func (t *Teller) from(m *collector.Message) string {
	if m.FromID == 0 || m.FromType == collector.PeerChannel && m.FromID == m.ChannelID {
		return ""
	}
	who := t.Wrote[catalog.SenderKey(m)]
	name := views.Name(views.Shorten(who.Name, nameShown))
	if ch, ok := t.Known[m.FromID]; ok && m.FromType == collector.PeerChannel && name == "" {
		name, who.Username = views.Name(views.Shorten(ch.Title, nameShown)), ch.Username
	}
	who.Username = views.Shorten(who.Username, nameShown)
	switch {
	case name != "" && who.Username != "":
		return name + " · @" + who.Username
	case name != "":
		return name
	case who.Username != "":
		return "@" + who.Username
	}
	word, ok := map[string]string{collector.PeerUser: "person", collector.PeerChat: "group", collector.PeerChannel: "channel"}[m.FromType]
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s %d", word, m.FromID)
}

// here is the address of a message in this workspace, "" if its channel was not collected or
// the message is outside the collected range.
func (t *Teller) here(channelID, id int64) string {
	ch, ok := t.Known[channelID]
	if !ok || id == 0 || id < ch.Lo || id > ch.Hi {
		return ""
	}
	return fmt.Sprintf("/tabs/messages?channel=%d&at=%d#m-%d-%d", channelID, id, channelID, id)
}

// forward names whom a message was forwarded from.
func (t *Teller) forward(m *collector.Message) (name, href string) {
	username, title := m.ForwardFromUsername, views.Name(m.ForwardFromName)
	switch m.ForwardFromType {
	case collector.PeerChannel:
		if ch, ok := t.Known[m.ForwardFromID]; ok {
			username, title = cmp.Or(username, ch.Username), cmp.Or(title, views.Name(ch.Title))
		}
		name = cmp.Or(title, views.ChannelName(username, m.ForwardFromID))
		if username != "" && title != "" {
			name = title + " · @" + username
		}
		return name, t.At.Message(username, m.ForwardFromID, m.ForwardMessageID)
	case collector.PeerUser:
		return cmp.Or(title, "a person"), ""
	case collector.PeerChat:
		return cmp.Or(title, "a group"), ""
	}
	if m.ForwardDate != nil || title != "" {
		return cmp.Or(title, "somebody who hides their name"), ""
	}
	return "", ""
}

// reply says which message a message answers.
func (t *Teller) reply(m *collector.Message) (says, href string) {
	if m.ReplyToMessageID == 0 {
		return "", ""
	}
	if m.ReplyToChannelID == 0 || m.ReplyToChannelID == m.ChannelID {
		return fmt.Sprintf("Reply to #%d", m.ReplyToMessageID), t.At.Message(m.ChannelUsername, m.ChannelID, m.ReplyToMessageID)
	}
	username := t.Known[m.ReplyToChannelID].Username
	return fmt.Sprintf("Reply to #%d of %s", m.ReplyToMessageID, views.ChannelName(username, m.ReplyToChannelID)),
		t.At.Message(username, m.ReplyToChannelID, m.ReplyToMessageID)
}

// MediaLine lists what a message carries, as parts of one line; nil for only text, a link or a
// poll, which the page shows themselves. Each part is a separate string, so that a name's
// direction marks do not move the others.
func MediaLine(m *collector.Message) []string {
	if m.MediaType == "" || words.ShownThemselves[m.MediaType] != "" {
		return nil
	}
	name, ok := words.MediaNames[m.MediaType]
	if !ok {
		name = strings.TrimPrefix(m.MediaType, "MessageMedia")
	}
	if m.MediaType == "MessageMediaDocument" {
		name = documentName(m.MIMEType)
	}
	parts := []string{name}
	if m.FileName != "" {
		parts = append(parts, views.Name(m.FileName))
	}
	if m.Duration != nil && *m.Duration > 0 {
		parts = append(parts, views.Seconds(*m.Duration))
	}
	if m.Width != nil && m.Height != nil && *m.Width > 0 {
		parts = append(parts, fmt.Sprintf("%d × %d", *m.Width, *m.Height))
	}
	if m.FileSize != nil {
		parts = append(parts, about(m.FileSizeRounded)+views.Bytes(*m.FileSize))
	}
	if m.VenueTitle != "" {
		parts = append(parts, views.Name(m.VenueTitle))
	}
	for _, detail := range mediaDetails(m) {
		parts = append(parts, views.Name(views.Shorten(detail, nameShown)))
	}
	if all := richMedia(m); all != "" {
		parts = append(parts, all+" in all")
	}
	return parts
}

func documentName(mime string) string {
	kind, sub, _ := strings.Cut(mime, "/")
	switch {
	case kind == "video":
		return "Video"
	case kind == "audio":
		return "Audio"
	case sub == "webp", sub == "x-tgsticker":
		return "Sticker"
	case kind == "image":
		return "Image"
	}
	return "File"
}

func preview(m *collector.Message) *views.LinkPreview {
	href := views.Web(m.URL)
	if href == "" || m.URLTitle == "" && m.URLDescription == "" {
		return nil
	}
	return &views.LinkPreview{Href: href, Domain: views.Name(cmp.Or(m.Domain, href)), Title: views.Name(m.URLTitle),
		Description: views.Shorten(m.URLDescription, 240)}
}

func poll(m *collector.Message) (answers []views.PollAnswer) {
	for _, r := range m.PollResults {
		a := views.PollAnswer{PollResult: r}
		switch {
		case r.Percent != nil:
			a.Percent = new(int64(*r.Percent))
		case r.Voters != nil && m.PollVoters != nil && *m.PollVoters > 0:
			a.Percent = new(min(100, (*r.Voters*100+*m.PollVoters/2) / *m.PollVoters))
		}
		answers = append(answers, a)
	}
	return answers
}

// about marks a number as rounded.
func about(rounded bool) string {
	if rounded {
		return "about "
	}
	return ""
}

// ServiceLine says what happened to the channel.
func ServiceLine(m *collector.Message) string {
	says, ok := words.Actions[m.Action]
	if !ok {
		says = strings.TrimPrefix(m.Action, "MessageAction")
	}
	if says == "" {
		says = "Something happened to the channel"
	}
	if m.Text != "" {
		return says + ": " + views.Shorten(m.Text, 120)
	}
	if more := actionDetail(m); more != "" {
		says += ": " + views.Shorten(more, 120)
	}
	return says
}
