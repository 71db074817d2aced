package web

import (
	"fmt"

	"github.com/gotd/td/tg"
)

// tile is what the template shows of a message's media.
type tile struct {
	Kind         string // "": nothing to show
	Href, Class  string
	ID           int64
	Title, Extra string
	Length       string
	Width        int
	Ratio        float64 // height in percent of the width
	Options      []option
	Count        int64
}

// option is one answer of a poll.
type option struct {
	Percent int
	Text    string
}

// show fills in the media.
func (t *tile) show(media tg.MessageMediaClass) {
	switch media := media.(type) {
	case nil, *tg.MessageMediaEmpty, *tg.MessageMediaWebPage:
	case *tg.MessageMediaPhoto:
		t.Kind = "photo"
		if p, ok := media.Photo.(*tg.Photo); ok {
			t.ID = p.ID
		}
	case *tg.MessageMediaDocument:
		if d, ok := media.Document.(*tg.Document); ok {
			t.document(d)
		}
	case *tg.MessageMediaPoll:
		t.poll(media)
	case *tg.MessageMediaGeo:
		t.point(media.Geo)
	case *tg.MessageMediaVenue:
		t.Title, t.Extra = media.Title, media.Address
		t.point(media.Geo)
	case *tg.MessageMediaContact:
		t.Kind, t.Title, t.Extra = "contact", media.FirstName+" "+media.LastName, media.PhoneNumber
	default:
		t.Kind = "unsupported"
	}
}

// document fills in a document by its attributes; of several, the most telling counts.
func (t *tile) document(d *tg.Document) {
	t.Kind, t.Extra = "document", size(d.Size)
	var sticker, animated bool
	length := func(seconds int) string { return fmt.Sprintf("%d:%02d", seconds/60, seconds%60) }
	for _, a := range d.Attributes {
		switch a := a.(type) {
		case *tg.DocumentAttributeFilename:
			if t.Kind == "document" {
				t.Title = a.FileName
			}
		case *tg.DocumentAttributeVideo:
			t.Kind, t.Length, t.Width = "video", length(int(a.Duration)), a.W
			t.Ratio = 100 * float64(a.H) / float64(max(a.W, 1))
			if a.RoundMessage {
				t.Kind = "round"
			}
		case *tg.DocumentAttributeAudio:
			t.Kind, t.Length, t.Title, t.Extra = "audio", length(a.Duration), a.Title, a.Performer
			if a.Voice {
				t.Kind = "voice"
			}
		case *tg.DocumentAttributeAnimated:
			animated = true
		case *tg.DocumentAttributeSticker:
			sticker = true
		}
	}
	if animated && t.Kind == "video" {
		t.Length = ""
	}
	if sticker {
		t.Kind = "sticker"
	}
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

func (t *tile) point(point tg.GeoPointClass) {
	t.Kind = "point"
	if g, ok := point.(*tg.GeoPoint); ok {
		t.Href = fmt.Sprintf("https://maps.google.com/maps?q=%[1]f,%[2]f&amp;ll=%[1]f,%[2]f&amp;z=16", g.Lat, g.Long)
	}
}

func (t *tile) poll(m *tg.MessageMediaPoll) {
	t.Kind, t.Title, t.Extra, t.Count = "poll", m.Poll.Question.Text, "Anonymous Poll", int64(m.Results.TotalVoters)
	if m.Poll.Quiz {
		t.Extra = "Quiz"
	}
	for i, a := range m.Poll.Answers {
		answer, ok := a.(*tg.PollAnswer)
		if !ok {
			continue
		}
		o := option{Text: answer.Text.Text}
		if i < len(m.Results.Results) {
			voters, _ := m.Results.Results[i].GetVoters()
			o.Percent = 100 * voters / max(m.Results.TotalVoters, 1)
		}
		t.Options = append(t.Options, o)
	}
}
