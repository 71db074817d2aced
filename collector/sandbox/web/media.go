package web

import (
	"bytes"
	"fmt"

	"github.com/gotd/td/tg"
)

// unsupported replaces what the page cannot show.
const unsupported = "<div class=\"message_media_not_supported_wrap\"><div class=\"message_media_not_supported\"><div " +
	"class=\"message_media_not_supported_label\">Please open Telegram to view this post</div></div></div>\n"

// writeMedia writes a message's media.
func writeMedia(b *bytes.Buffer, m *tg.Message, href string, inAlbum bool) {
	class := ""
	if inAlbum {
		class = " grouped_media_wrap"
	}
	switch media := m.Media.(type) {
	case nil, *tg.MessageMediaEmpty, *tg.MessageMediaWebPage:
	case *tg.MessageMediaPhoto:
		id := int64(0)
		if p, ok := media.Photo.(*tg.Photo); ok {
			id = p.ID
		}
		fmt.Fprintf(b, "<a class=\"tgme_widget_message_photo_wrap%s %d\" href=\"%s\" style=\"width:800px\"><div "+
			"class=\"tgme_widget_message_photo\" style=\"padding-top:60%%\"></div></a>\n", class, id, href)
	case *tg.MessageMediaDocument:
		if d, ok := media.Document.(*tg.Document); ok {
			writeDocument(b, d, href, class)
		}
	case *tg.MessageMediaPoll:
		writePoll(b, media, href)
	case *tg.MessageMediaGeo:
		writePoint(b, media.Geo, href, "", "")
	case *tg.MessageMediaVenue:
		writePoint(b, media.Geo, href, media.Title, media.Address)
	case *tg.MessageMediaContact:
		fmt.Fprintf(b, "<div class=\"tgme_widget_message_contact_wrap\"><div class=\"tgme_widget_message_contact_name\">%s</div><div "+
			"class=\"tgme_widget_message_contact_phone\">+%s</div></div>\n",
			esc(media.FirstName+" "+media.LastName), esc(media.PhoneNumber))
	default:
		b.WriteString(unsupported)
	}
}

// facts are a document's attributes.
type facts struct {
	name, title, performer string
	seconds                int
	w, h                   int
	voice, round           bool
	audio, video, animated bool
	sticker                bool
}

func factsOf(d *tg.Document) facts {
	var f facts
	for _, a := range d.Attributes {
		switch a := a.(type) {
		case *tg.DocumentAttributeFilename:
			f.name = a.FileName
		case *tg.DocumentAttributeVideo:
			f.video, f.round, f.seconds, f.w, f.h = true, a.RoundMessage, int(a.Duration), a.W, a.H
		case *tg.DocumentAttributeAudio:
			f.audio, f.voice, f.seconds, f.title, f.performer = true, a.Voice, a.Duration, a.Title, a.Performer
		case *tg.DocumentAttributeAnimated:
			f.animated = true
		case *tg.DocumentAttributeSticker:
			f.sticker = true
		}
	}
	return f
}

func writeDocument(b *bytes.Buffer, d *tg.Document, href, class string) {
	f := factsOf(d)
	length := fmt.Sprintf("%d:%02d", f.seconds/60, f.seconds%60)
	switch {
	case f.sticker:
		b.WriteString("<div class=\"tgme_widget_message_sticker_wrap media_supported_cont\"><i class=\"tgme_widget_message_sticker " +
			"js-sticker_image\" data-webp=\"/file/sticker.webp\"></i></div>\n")
	case f.round:
		fmt.Fprintf(b, "<a class=\"tgme_widget_message_roundvideo_player js-message_roundvideo_player\" href=\"%s\"><video "+
			"src=\"/file/round.mp4\" class=\"tgme_widget_message_roundvideo js-message_roundvideo\"></video><time "+
			"class=\"tgme_widget_message_roundvideo_duration js-message_roundvideo_duration\">%s</time></a>\n", href, length)
	case f.video:
		fmt.Fprintf(b, "<a class=\"tgme_widget_message_video_player%s js-message_video_player\" href=\"%s\"><div "+
			"class=\"tgme_widget_message_video_wrap\" style=\"width:%dpx;padding-top:%.10f%%\"><video src=\"/file/video.mp4\" "+
			"class=\"tgme_widget_message_video js-message_video\"></video></div>", class, href, f.w, 100*float64(f.h)/float64(max(f.w, 1)))
		if !f.animated {
			fmt.Fprintf(b, "<time class=\"message_video_duration js-message_video_duration\">%s</time>", length)
		}
		b.WriteString("</a>\n")
	case f.voice:
		fmt.Fprintf(b, "<a class=\"tgme_widget_message_voice_player js-message_voice_player\" href=\"%s\"><audio "+
			"class=\"tgme_widget_message_voice js-message_voice\" src=\"/file/voice.ogg\"></audio><time class=\"tgme_widget_message_voice_duration "+
			"js-message_voice_duration\">%s</time></a>\n", href, length)
	case f.audio:
		document(b, href, " audio", f.title, f.performer)
	default:
		document(b, href, "", f.name, size(d.Size))
	}
}

func document(b *bytes.Buffer, href, icon, title, extra string) {
	fmt.Fprintf(b, "<a class=\"tgme_widget_message_document_wrap\" href=\"%s\"><div class=\"tgme_widget_message_document_icon "+
		"accent_bg%s\"></div><div class=\"tgme_widget_message_document\"><div class=\"tgme_widget_message_document_title accent_color\" "+
		"dir=\"auto\">%s</div><div class=\"tgme_widget_message_document_extra\" dir=\"auto\">%s</div></div></a>\n",
		href, icon, esc(title), esc(extra))
}

// size formats bytes as the preview does.
func size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

func writePoint(b *bytes.Buffer, point tg.GeoPointClass, href, title, address string) {
	if g, ok := point.(*tg.GeoPoint); ok {
		href = fmt.Sprintf("https://maps.google.com/maps?q=%[1]f,%[2]f&amp;ll=%[1]f,%[2]f&amp;z=16", g.Lat, g.Long)
	}
	fmt.Fprintf(b, "<a class=\"tgme_widget_message_location_wrap\" href=\"%s\"><div class=\"tgme_widget_message_location\"></div>", href)
	if title != "" {
		fmt.Fprintf(b, "<div class=\"tgme_widget_message_location_info\"><div class=\"tgme_widget_message_location_title\">%s</div><div "+
			"class=\"tgme_widget_message_location_address\">%s</div></div>", esc(title), esc(address))
	}
	b.WriteString("</a>\n")
}

func writePoll(b *bytes.Buffer, m *tg.MessageMediaPoll, href string) {
	kind := "Anonymous Poll"
	if m.Poll.Quiz {
		kind = "Quiz"
	}
	fmt.Fprintf(b, "<div class=\"tgme_widget_message_poll js-poll\"><div class=\"tgme_widget_message_poll_question\">%s</div><div "+
		"class=\"tgme_widget_message_poll_type\">%s</div><a class=\"tgme_widget_message_poll_options\" href=\"%s\">", esc(m.Poll.Question.Text),
		kind, href)
	total := max(m.Results.TotalVoters, 1)
	for i, a := range m.Poll.Answers {
		answer, ok := a.(*tg.PollAnswer)
		if !ok {
			continue
		}
		percent := 0
		if i < len(m.Results.Results) {
			voters, _ := m.Results.Results[i].GetVoters()
			percent = 100 * voters / total
		}
		fmt.Fprintf(b, "<div class=\"tgme_widget_message_poll_option\"><div class=\"tgme_widget_message_poll_option_percent\">%d%%</div><div "+
			"class=\"tgme_widget_message_poll_option_value\"><div class=\"tgme_widget_message_poll_option_text\">%s</div></div></div>", percent,
			esc(answer.Text.Text))
	}
	fmt.Fprintf(b, "</a></div><div class=\"tgme_widget_message_voters\">%s</div>\n", short(int64(m.Results.TotalVoters)))
}
