package tl

import (
	"bytes"
	"strings"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl/telethon"
)

// setMedia sets the columns of a message's media.
func (c Converter) setMedia(msg *collector.Message, media tg.MessageMediaClass) {
	if _, empty := media.(*tg.MessageMediaEmpty); media == nil || empty {
		return
	}
	msg.MediaType = telethon.ClassOf(media)
	switch m := media.(type) {
	case *tg.MessageMediaWebPage:
		setWebPage(msg, m.Webpage)
	case *tg.MessageMediaPoll:
		setPoll(msg, m)
	case *tg.MessageMediaGeo:
		setGeo(msg, m.Geo)
	case *tg.MessageMediaGeoLive:
		setGeo(msg, m.Geo)
	case *tg.MessageMediaVenue:
		setGeo(msg, m.Geo)
		setVenue(msg, m)
	case *tg.MessageMediaContact:
		c.setContact(msg, m)
	default:
		setFile(msg, media)
	}
}

// setFile sets the photo or document of a media, including behind a paywall.
func setFile(msg *collector.Message, media tg.MessageMediaClass) {
	switch m := media.(type) {
	case *tg.MessageMediaPhoto:
		setPhoto(msg, m.Photo)
	case *tg.MessageMediaDocument:
		setDocument(msg, m.Document)
	case *tg.MessageMediaInvoice:
		setExtended(msg, m.ExtendedMedia)
	case *tg.MessageMediaPaidMedia:
		if len(m.ExtendedMedia) > 0 {
			setExtended(msg, m.ExtendedMedia[0])
		}
	}
}

func setExtended(msg *collector.Message, media tg.MessageExtendedMediaClass) {
	switch m := media.(type) {
	case *tg.MessageExtendedMedia:
		setFile(msg, m.Media)
	case *tg.MessageExtendedMediaPreview:
		if w, ok := m.GetW(); ok {
			setDimensions(msg, w, m.H)
		}
		if d, ok := m.GetVideoDuration(); ok {
			setDuration(msg, float64(d))
		}
	}
}

// setPhoto sets a photo with its largest size.
func setPhoto(msg *collector.Message, photo tg.PhotoClass) {
	switch p := photo.(type) {
	case *tg.PhotoEmpty:
		msg.PhotoID = p.ID
	case *tg.Photo:
		msg.PhotoID = p.ID
		if w, h, size := largest(p.Sizes); w > 0 {
			setDimensions(msg, w, h)
			msg.FileSize = count(size, true)
		}
	}
}

// largest is the size of a photo with the most pixels: width and height in
// pixels, size in bytes.
func largest(sizes []tg.PhotoSizeClass) (w, h, size int) {
	for _, s := range sizes {
		var sw, sh, n int
		switch s := s.(type) {
		case *tg.PhotoSize:
			sw, sh, n = s.W, s.H, s.Size
		case *tg.PhotoCachedSize:
			sw, sh, n = s.W, s.H, len(s.Bytes)
		case *tg.PhotoSizeProgressive:
			sw, sh = s.W, s.H
			for _, part := range s.Sizes {
				n = max(n, part)
			}
		}
		if int64(sw)*int64(sh) > int64(w)*int64(h) {
			w, h, size = sw, sh, n
		}
	}
	return w, h, size
}

func setDocument(msg *collector.Message, document tg.DocumentClass) {
	switch d := document.(type) {
	case *tg.DocumentEmpty:
		msg.DocumentID = d.ID
	case *tg.Document:
		msg.DocumentID = d.ID
		msg.MIMEType = clean(d.MimeType)
		size := d.Size
		msg.FileSize = &size
		for _, a := range d.Attributes {
			setAttribute(msg, a)
		}
	}
}

func setAttribute(msg *collector.Message, attribute tg.DocumentAttributeClass) {
	switch a := attribute.(type) {
	case *tg.DocumentAttributeFilename:
		msg.FileName = clean(a.FileName)
	case *tg.DocumentAttributeVideo:
		setDuration(msg, a.Duration)
		setDimensions(msg, a.W, a.H)
	case *tg.DocumentAttributeAudio:
		setDuration(msg, float64(a.Duration))
	case *tg.DocumentAttributeImageSize:
		if msg.Width == nil { // an animation has both: the video's hold
			setDimensions(msg, a.W, a.H)
		}
	}
}

func setDuration(msg *collector.Message, seconds float64) { msg.Duration = &seconds }

func setDimensions(msg *collector.Message, w, h int) {
	w32, h32 := int32(w), int32(h)
	msg.Width, msg.Height = &w32, &h32
}

// setWebPage sets the link preview. The text's own addresses are in Links.
func setWebPage(msg *collector.Message, page tg.WebPageClass) {
	switch p := page.(type) {
	case *tg.WebPage:
		msg.URL = clean(p.URL)
		msg.URLTitle = clean(p.Title)
		msg.URLDescription = clean(p.Description)
	case *tg.WebPagePending:
		msg.URL = clean(p.URL)
	case *tg.WebPageEmpty:
		msg.URL = clean(p.URL)
	}
	msg.Domain = collector.Domain(msg.URL)
}

// setPoll sets a poll. The voters of its answers are known once Telegram shows them: after a
// vote, or when the poll is closed.
func setPoll(msg *collector.Message, m *tg.MessageMediaPoll) {
	msg.PollID = m.Poll.ID
	msg.PollQuestion = clean(m.Poll.Question.Text)
	msg.PollVoters = count(m.Results.GetTotalVoters())
	for _, answer := range m.Poll.Answers {
		a, ok := answer.(*tg.PollAnswer)
		if !ok {
			continue
		}
		result := collector.PollResult{Text: clean(a.Text.Text)}
		if r := votersOf(m, a.Option); r != nil {
			result.Voters = count(r.GetVoters())
			result.Correct = r.Correct
		}
		msg.PollResults = append(msg.PollResults, result)
	}
}

// votersOf returns an answer's votes, nil if unknown or if the answer's option is not unique,
// as in files whose writer lost the bytes.
func votersOf(m *tg.MessageMediaPoll, option []byte) *tg.PollAnswerVoters {
	if len(option) == 0 {
		return nil
	}
	answers := 0
	for _, answer := range m.Poll.Answers {
		if a, ok := answer.(*tg.PollAnswer); ok && bytes.Equal(a.Option, option) {
			answers++
		}
	}
	var found *tg.PollAnswerVoters
	for i := range m.Results.Results {
		if r := &m.Results.Results[i]; bytes.Equal(r.Option, option) {
			if found != nil {
				return nil
			}
			found = r
		}
	}
	if answers != 1 {
		return nil
	}
	return found
}

func setGeo(msg *collector.Message, geo tg.GeoPointClass) {
	g, ok := geo.(*tg.GeoPoint)
	if !ok {
		return // an empty point
	}
	lat, long := g.Lat, g.Long
	msg.GeoType = msg.MediaType
	msg.Latitude, msg.Longitude = &lat, &long
}

func setVenue(msg *collector.Message, v *tg.MessageMediaVenue) {
	msg.VenueID = clean(v.VenueID)
	msg.VenueType = clean(v.VenueType)
	msg.VenueTitle = clean(v.Title)
	msg.VenueAddress = clean(v.Address)
	msg.VenueProvider = clean(v.Provider)
}

func (c Converter) setContact(msg *collector.Message, m *tg.MessageMediaContact) {
	msg.ContactPhone = c.personal(m.PhoneNumber)
	msg.ContactName = c.personal(fullName(m.FirstName, m.LastName))
	msg.ContactUserID = c.userID(m.UserID)
}

func fullName(first, last string) string { return strings.TrimSpace(first + " " + last) }
