package web

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world"
)

// writeBlock writes a message, or the messages of an album.
func (h *Handler) writeBlock(b *bytes.Buffer, c *world.Channel, parts []tg.MessageClass) {
	name := c.Name()
	first := parts[0]
	view := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"c":-%d,"p":%d,"t":1,"h":"0"}`, c.TL.ID, first.GetID()))
	m, ok := first.(*tg.Message)
	class := ""
	if !ok {
		class = "service_message "
	}
	fmt.Fprintf(b, "<div class=\"tgme_widget_message_wrap js-widget_message_wrap\"><div class=\"tgme_widget_message %sjs-widget_message\" "+
		"data-post=\"%s/%d\" data-view=\"%s\">\n<div class=\"tgme_widget_message_bubble\">\n",
		class, name, first.GetID(), view)
	fmt.Fprintf(b, "<div class=\"tgme_widget_message_author accent_color\"><a class=\"tgme_widget_message_owner_name\" "+
		"href=\"https://t.me/%s\"><span dir=\"auto\">%s</span></a>", name, esc(c.TL.Title))
	if ok && m.ViaBotID != 0 {
		if bot, found := h.world.User(m.ViaBotID); found {
			fmt.Fprintf(b, "&nbsp;via&nbsp;<a class=\"tgme_widget_message_via_bot\" href=\"https://t.me/%[1]s\">@%[1]s</a>", esc(bot.Username))
		}
	}
	b.WriteString("</div>\n")
	if !ok {
		service(b, name, first.(*tg.MessageService))
	} else {
		h.writeMessage(b, c, name, m, parts)
	}
	b.WriteString("</div>\n</div></div>\n")
}

func service(b *bytes.Buffer, name string, m *tg.MessageService) {
	words := "Service message"
	switch a := m.Action.(type) {
	case *tg.MessageActionChannelCreate:
		words = "Channel created"
	case *tg.MessageActionChatEditPhoto:
		words = "Channel photo updated"
	case *tg.MessageActionChatEditTitle:
		words = "Channel name was changed to «" + a.Title + "»"
	case *tg.MessageActionPinMessage:
		words = "Somebody pinned a message"
	}
	if words == "Service message" {
		fmt.Fprintf(b, "<div class=\"message_media_not_supported_wrap\"><div class=\"message_media_not_supported\"><div "+
			"class=\"message_media_not_supported_label\">%s</div></div></div>\n", words)
	} else {
		fmt.Fprintf(b, "<div class=\"tgme_widget_message_text js-message_text\" dir=\"auto\">%s</div>\n", esc(words))
	}
	footer(b, name, m.ID, m.Date, "", "", false)
}

func (h *Handler) writeMessage(b *bytes.Buffer, c *world.Channel, name string, m *tg.Message, parts []tg.MessageClass) {
	h.writeForward(b, m)
	if header, ok := m.ReplyTo.(*tg.MessageReplyHeader); ok {
		h.writeReply(b, c, name, header)
	}
	if len(parts) > 1 {
		b.WriteString("<div class=\"tgme_widget_message_grouped_wrap js-message_grouped_wrap\"><div class=\"tgme_widget_message_grouped " +
			"js-message_grouped\"><div class=\"tgme_widget_message_grouped_layer js-message_grouped_layer\">\n")
	}
	caption := m
	for _, part := range parts {
		p, ok := part.(*tg.Message)
		if !ok {
			continue
		}
		if p.Message != "" && caption.Message == "" {
			caption = p
		}
		href := fmt.Sprintf("https://t.me/%s/%d", name, p.ID)
		if len(parts) > 1 {
			href += "?single"
		}
		writeMedia(b, p, href, len(parts) > 1)
	}
	if len(parts) > 1 {
		b.WriteString("</div></div></div>\n")
	}
	if !m.RichMessage.Zero() { // how t.me shows these is not known
		b.WriteString(unsupported)
	}
	if caption.Message != "" {
		fmt.Fprintf(b, "<div class=\"tgme_widget_message_text js-message_text\" dir=\"auto\">%s</div>\n", rich(caption.Message, caption.Entities))
	}
	writeLinkPreview(b, m)
	writeReactions(b, m)
	views := ""
	if n, ok := m.GetViews(); ok {
		views = short(int64(n))
	}
	_, edited := m.GetEditDate()
	footer(b, name, m.ID, m.Date, views, m.PostAuthor, edited && !m.EditHide)
}

func footer(b *bytes.Buffer, name string, id, date int, views, author string, edited bool) {
	b.WriteString("<div class=\"tgme_widget_message_footer compact js-message_footer\"><div class=\"tgme_widget_message_info short " +
		"js-message_info\">")
	if views != "" {
		fmt.Fprintf(b, "<span class=\"tgme_widget_message_views\">%s</span><span class=\"copyonly\"> views</span>", views)
	}
	b.WriteString("<span class=\"tgme_widget_message_meta\">")
	if author != "" {
		fmt.Fprintf(b, "<span class=\"tgme_widget_message_from_author\" dir=\"auto\">%s</span>,&nbsp;", esc(author))
	}
	if edited {
		b.WriteString("edited &nbsp;")
	}
	at := time.Unix(int64(date), 0).UTC()
	fmt.Fprintf(b, "<a class=\"tgme_widget_message_date\" href=\"https://t.me/%s/%d\"><time datetime=\"%s\" "+
		"class=\"time\">%s</time></a></span></div></div>\n",
		name, id, at.Format("2006-01-02T15:04:05-07:00"), at.Format("15:04"))
}

// writeForward writes the origin of a message: channels with a link to the message, people
// with a link where they have a username, others without.
func (h *Handler) writeForward(b *bytes.Buffer, m *tg.Message) {
	from, ok := m.GetFwdFrom()
	if !ok {
		return
	}
	name, href := from.FromName, ""
	switch p := from.FromID.(type) {
	case *tg.PeerChannel:
		if c, ok := h.world.Channel(p.ChannelID); ok {
			name = c.TL.Title
			if c.Name() != "" {
				href = fmt.Sprintf("https://t.me/%s/%d", c.Name(), from.ChannelPost)
			}
		}
	case *tg.PeerUser:
		if u, ok := h.world.User(p.UserID); ok {
			name = u.FirstName
			if u.Username != "" {
				href = "https://t.me/" + u.Username
			}
		}
	}
	b.WriteString("<div class=\"tgme_widget_message_forwarded_from accent_color\">Forwarded from&nbsp;")
	if href != "" {
		fmt.Fprintf(b, "<a class=\"tgme_widget_message_forwarded_from_name\" href=\"%s\"><span dir=\"auto\">%s</span></a>", esc(href), esc(name))
	} else {
		fmt.Fprintf(b, "<span class=\"tgme_widget_message_forwarded_from_name\"><span dir=\"auto\">%s</span></span>", esc(name))
	}
	if from.PostAuthor != "" {
		fmt.Fprintf(b, "&nbsp;<span class=\"tgme_widget_message_forwarded_from_author\" dir=\"auto\">(%s)</span>", esc(from.PostAuthor))
	}
	b.WriteString("</div>\n")
}

func (h *Handler) writeReply(b *bytes.Buffer, c *world.Channel, name string, header *tg.MessageReplyHeader) {
	if p, ok := header.ReplyToPeerID.(*tg.PeerChannel); ok && p.ChannelID != c.TL.ID {
		other, found := h.world.Channel(p.ChannelID)
		if !found || other.Name() == "" {
			return
		}
		name, c = other.Name(), other
	}
	if i := c.Log.Search(header.ReplyToMsgID); i >= c.Log.Len() || c.Log.ID(i) != header.ReplyToMsgID {
		return // the message it answers was deleted
	}
	fmt.Fprintf(b, "<a class=\"tgme_widget_message_reply\" href=\"https://t.me/%s/%d\"><div class=\"tgme_widget_message_author "+
		"accent_color\"><span class=\"tgme_widget_message_author_name\" dir=\"auto\">%s</span></div><div class=\"tgme_widget_message_text "+
		"js-message_reply_text\" dir=\"auto\">…</div></a>\n",
		name, header.ReplyToMsgID, esc(c.TL.Title))
}

func writeLinkPreview(b *bytes.Buffer, m *tg.Message) {
	media, ok := m.Media.(*tg.MessageMediaWebPage)
	if !ok {
		return
	}
	page, ok := media.Webpage.(*tg.WebPage)
	if !ok {
		return
	}
	fmt.Fprintf(b, "<a class=\"tgme_widget_message_link_preview\" href=\"%s\"><div class=\"link_preview_site_name accent_color\" "+
		"dir=\"auto\">%s</div><div class=\"link_preview_title\" dir=\"auto\">%s</div><div class=\"link_preview_description\" "+
		"dir=\"auto\">%s</div></a>\n",
		esc(page.URL), esc(page.SiteName), esc(page.Title), lines(page.Description))
}

func writeReactions(b *bytes.Buffer, m *tg.Message) {
	r, ok := m.GetReactions()
	if !ok {
		return
	}
	b.WriteString("<div class=\"tgme_widget_message_reactions js-message_reactions\">")
	for _, x := range r.Results {
		switch kind := x.Reaction.(type) {
		case *tg.ReactionEmoji:
			fmt.Fprintf(b, "<span class=\"tgme_reaction\"><i class=\"emoji\"><b>%s</b></i>%s</span>", esc(kind.Emoticon), short(int64(x.Count)))
		case *tg.ReactionCustomEmoji:
			fmt.Fprintf(b, "<span class=\"tgme_reaction\"><tg-emoji emoji-id=\"%d\"></tg-emoji>%s</span>", kind.DocumentID, short(int64(x.Count)))
		case *tg.ReactionPaid:
			fmt.Fprintf(b, "<span class=\"tgme_reaction tgme_reaction_paid\"><i class=\"icon icon-telegram-stars\"></i>%s</span>",
				short(int64(x.Count)))
		}
	}
	b.WriteString("</div>\n")
}
