package page

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
)

// Reader converts posts to rows, private or personal like the collection.
type Reader struct {
	Personal  bool
	Pseudonym collector.Pseudonym // for links to people; nil when personal
	Names     []string            // the channel's usernames, to recognize its own messages
}

// Rows are the messages of a post, ascending by id.
func (r Reader) Rows(p post) ([]collector.Message, error) {
	out := make([]collector.Message, len(p.ids))
	for i, id := range p.ids {
		if p.unread != "" { // layer 0: an account may ask for it later
			out[i] = collector.NewUnreadable(p.channelID, id, p.date, 0, p.unread)
			continue
		}
		m, err := r.row(p, i, id)
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", id, err)
		}
		out[i] = m
	}
	return out, nil
}

// row makes one message of a post. An album's text, counters and reactions are shown once; they
// go to its first message, because the page does not say to which they belong.
func (r Reader) row(p post, i int, id int64) (collector.Message, error) {
	m := collector.Message{ChannelID: p.channelID, ID: id, Kind: collector.KindMessage, Date: p.date}
	if p.Service {
		m.Kind, m.Action = collector.KindService, actionOf(p.text)
	}
	if r.Personal {
		m.PostAuthor = p.author
	}
	r.setOrigin(&m, p, i)
	if i < len(p.media) {
		r.setMedia(&m, p.media[i])
	}
	if i == 0 {
		r.setWords(&m, p)
		setCounts(&m, p)
	}
	raw, err := json.Marshal(r.raw(m, p, i))
	m.Raw = string(raw)
	return m, err
}

// setWords sets the text. The page's own text in place of a service message goes to raw only.
func (r Reader) setWords(m *collector.Message, p post) {
	if p.Service {
		return
	}
	m.Text, m.Entities = p.text, slices.Clone(p.entities)
	for i, e := range m.Entities {
		e.URL = collector.PrivateLink(e.URL, r.Pseudonym)
		m.Entities[i].URL = e.URL
		span := cut(p.text, e.Offset, e.Length)
		switch e.Type {
		case "MessageEntityTextUrl":
			addLink(m, e.URL)
		case "MessageEntityUrl":
			addLink(m, span)
		case "MessageEntityMention":
			m.Mentions = append(m.Mentions, strings.TrimPrefix(span, "@"))
		case "MessageEntityHashtag":
			m.Hashtags = append(m.Hashtags, strings.TrimPrefix(span, "#"))
		}
	}
	for _, address := range p.buttons { // after the text's own, as tl has them
		if address = collector.PrivateLink(address, r.Pseudonym); !slices.Contains(m.Links, address) {
			addLink(m, address)
		}
	}
	if l := p.preview; l != nil {
		m.URL, m.Domain, m.URLTitle, m.URLDescription = l.url, collector.Domain(l.url), l.title, l.description
		if m.MediaType == "" {
			m.MediaType = "MessageMediaWebPage"
		}
	}
	if p.poll != nil {
		setPoll(m, p.poll)
	}
}

func addLink(m *collector.Message, address string) {
	if address == "" {
		return
	}
	m.Links = append(m.Links, address)
	if link, ok := collector.ParseTMe(address); ok {
		m.TMeLinks = append(m.TMeLinks, link)
	}
}

func setPoll(m *collector.Message, p *poll) {
	m.MediaType, m.PollQuestion = "MessageMediaPoll", p.question
	if p.voters != nil {
		n := p.voters.n
		m.PollVoters, m.PollVotersRounded = &n, p.voters.rounded
	}
	for _, o := range p.options {
		m.PollResults = append(m.PollResults, collector.PollResult{Text: o.text, Percent: o.percent})
	}
}

func setCounts(m *collector.Message, p post) {
	if p.views != nil {
		n := p.views.n
		m.Views, m.ViewsRounded = &n, p.views.rounded
	}
	if len(p.reactions) == 0 {
		return
	}
	var total int64
	for _, x := range p.reactions {
		m.ReactionsRounded = m.ReactionsRounded || x.count.rounded
		if x.paid {
			stars := x.count.n
			m.Stars = &stars
			continue
		}
		m.Reactions = append(m.Reactions, collector.Reaction{Emoji: x.emoji, CustomEmojiID: x.emojiID, Count: x.count.n})
		total += x.count.n
	}
	m.ReactionsTotal = &total
}

// setOrigin sets the forward and the reply. Links to channels have a message id; links to
// people have none, or are missing.
func (r Reader) setOrigin(m *collector.Message, p post, i int) {
	if link, ok := collector.ParseTMe(p.reply); ok && r.own(link.Username, p) {
		m.ReplyToMessageID = link.MessageID
	}
	if p.forward == nil {
		return
	}
	link, ok := collector.ParseTMe(p.forward.link)
	switch {
	case ok && link.MessageID != 0:
		m.ForwardFromType, m.ForwardFromUsername, m.ForwardFromName = collector.PeerChannel, link.Username, p.forward.name
		m.ForwardFromID = link.ChannelID
		if i == 0 { // unknown for the album's other messages
			m.ForwardMessageID = link.MessageID
		}
	case ok:
		m.ForwardFromType = collector.PeerUser
	}
	if r.Personal {
		m.ForwardFromName, m.ForwardPostAuthor = p.forward.name, p.forward.author
	}
}

func (r Reader) own(username string, p post) bool {
	return strings.EqualFold(username, p.Channel) ||
		slices.ContainsFunc(r.Names, func(n string) bool { return strings.EqualFold(n, username) })
}

// telethon names the media as Telegram's own objects.
var telethon = map[string]string{
	photo: "MessageMediaPhoto", video: "MessageMediaDocument", animation: "MessageMediaDocument", round: "MessageMediaDocument",
	voice: "MessageMediaDocument", audio: "MessageMediaDocument", document: "MessageMediaDocument", sticker: "MessageMediaDocument",
	location: "MessageMediaGeo", venue: "MessageMediaVenue", contact: "MessageMediaContact",
}

func (r Reader) setMedia(m *collector.Message, x media) {
	m.MediaType, m.PhotoID = telethon[x.kind], x.photoID
	m.FileSize, m.FileSizeRounded, m.Duration = x.size, x.rounded, x.duration
	if x.kind == document {
		m.FileName = x.name
	}
	if x.width > 0 {
		m.Width, m.Height = &x.width, &x.height
	}
	if x.kind == location || x.kind == venue {
		m.GeoType, m.Latitude, m.Longitude = m.MediaType, x.latitude, x.longitude
		m.VenueTitle, m.VenueAddress = x.title, x.address
	}
	if x.kind == contact && r.Personal {
		m.ContactName, m.ContactPhone = x.contact, x.phone
	}
}

// actions map the page's text of service messages to their actions.
var actions = []struct{ words, action string }{
	{"Channel created", "MessageActionChannelCreate"},
	{"Channel photo updated", "MessageActionChatEditPhoto"},
	{"Channel photo removed", "MessageActionChatDeletePhoto"},
	{"Channel name was changed", "MessageActionChatEditTitle"},
	{" pinned ", "MessageActionPinMessage"},
	{"Live stream started", "MessageActionGroupCall"},
	{"Live stream finished", "MessageActionGroupCall"},
	{"Live stream scheduled", "MessageActionGroupCallScheduled"},
}

func actionOf(words string) string {
	for _, a := range actions {
		if strings.Contains(words, a.words) {
			return a.action
		}
	}
	return ""
}

// raw is a message in Telethon's form, as far as the page has it, with the rest under
// "preview".
func (r Reader) raw(m collector.Message, p post, i int) map[string]any {
	class := "Message"
	if m.Kind == collector.KindService {
		class = "MessageService"
	}
	out := map[string]any{
		"_": class, "id": m.ID, "date": m.Date.Format("2006-01-02T15:04:05-07:00"), "post": true,
		"peer_id": map[string]any{"_": "PeerChannel", "channel_id": m.ChannelID},
	}
	rest := map[string]any{"username": p.Channel}
	if len(p.ids) > 1 {
		rest["album"] = p.ids
	}
	if i == 0 {
		r.rawWords(out, rest, m, p)
	}
	if r.Personal && p.author != "" {
		out["post_author"] = p.author
	}
	if r.Personal && p.viaBot != "" {
		rest["via_bot"] = p.viaBot
	}
	if m.ReplyToMessageID != 0 {
		out["reply_to"] = map[string]any{"_": "MessageReplyHeader", "reply_to_msg_id": m.ReplyToMessageID}
	} else if link, ok := collector.ParseTMe(p.reply); ok {
		rest["reply_to"] = link
	}
	if f := p.forward; f != nil {
		from := map[string]any{} // at least marks a forward
		if r.Personal || m.ForwardFromType == collector.PeerChannel {
			from["name"], from["link"] = f.name, f.link
		}
		rest["forwarded_from"] = from
	}
	if i < len(p.media) {
		rest["media"] = r.rawMedia(p.media[i])
	}
	out["preview"] = rest
	return out
}

func (r Reader) rawWords(out, rest map[string]any, m collector.Message, p post) {
	put := func(key string, value string) {
		if value != "" {
			rest[key] = value
		}
	}
	out["message"] = m.Text
	if p.Service {
		put("service", p.text)
	}
	if p.edited {
		rest["edited"] = true
	}
	if m.Views != nil {
		out["views"] = *m.Views
	}
	put("unsupported", p.unsupported)
	if len(m.Reactions) > 0 {
		rest["reactions"] = m.Reactions
	}
	if m.Stars != nil {
		rest["stars"] = *m.Stars
	}
	if p.poll != nil {
		rest["poll"] = map[string]any{"question": p.poll.question, "kind": p.poll.kind, "results": m.PollResults}
	}
	if p.preview != nil {
		rest["link_preview"] = map[string]any{"url": p.preview.url, "site_name": p.preview.site, "title": p.preview.title,
			"description": p.preview.description}
	}
	if len(p.buttons) > 0 {
		var all []string
		for _, address := range p.buttons {
			all = append(all, collector.PrivateLink(address, r.Pseudonym))
		}
		rest["buttons"] = all
	}
}

func (r Reader) rawMedia(x media) map[string]any {
	out := map[string]any{"kind": x.kind}
	for key, value := range map[string]string{"file": x.file, "name": x.name, "performer": x.performer} {
		if value != "" {
			out[key] = value
		}
	}
	return out
}

// cut returns a span of a text in UTF-16 units.
func cut(text string, offset, length int32) string {
	var at int32
	from := -1
	for i, c := range text {
		if at >= offset+length {
			return text[max(from, 0):i]
		}
		if from < 0 && at >= offset {
			from = i
		}
		at++
		if c > 0xffff {
			at++
		}
	}
	if from < 0 {
		return ""
	}
	return text[from:]
}

// Channel makes the channel from a page and the info page.
func (h header) Channel(id int64, i Info, now time.Time) (collector.Channel, error) {
	ch := collector.Channel{
		ID: id, Username: h.Username, Usernames: []string{h.Username}, Title: h.title, About: h.about,
		Kind: collector.Broadcast, Verified: h.verified || i.verified, LastSeenAt: now,
		Scam: h.scam || i.scam, Fake: h.fake || i.fake,
	}
	for _, n := range []*count{i.participants, h.participants} {
		if n != nil {
			ch.Participants, ch.ParticipantsRounded = &n.n, n.rounded
			break
		}
	}
	raw, err := json.Marshal(map[string]any{
		"_": "Channel", "id": id, "title": h.title, "username": h.Username, "verified": ch.Verified, "scam": ch.Scam, "fake": ch.Fake,
		"broadcast": true,
		"preview":   map[string]any{"about": h.about, "photo": h.Photo, "counters": h.counters},
	})
	ch.Raw = string(raw)
	return ch, err
}
