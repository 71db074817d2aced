package page

import (
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// media is what is attached to one message.
type media struct {
	kind      string // one of the constants below
	file      string // address of the picture or file; it expires
	photoID   int64
	name      string // of a document, or the track's title
	performer string
	size      *int64
	rounded   bool // size is
	duration  *float64
	width     int32
	height    int32
	latitude  *float64
	longitude *float64
	title     string // of a place
	address   string
	contact   string // a contact's name …
	phone     string // … and number
}

// Kinds of media.
const (
	photo     = "photo"
	video     = "video"
	animation = "animation" // a video without a length: it plays automatically
	round     = "round video"
	voice     = "voice"
	audio     = "audio"
	document  = "document"
	sticker   = "sticker"
	location  = "location"
	venue     = "venue"
	contact   = "contact"
)

// mediaElements are the elements of one attachment each.
const mediaElements = `.tgme_widget_message_photo_wrap, .tgme_widget_message_video_player, .tgme_widget_message_roundvideo_player,
	.tgme_widget_message_voice_player, .tgme_widget_message_document_wrap, .tgme_widget_message_sticker_wrap, .tgme_widget_message_location_wrap,
	.tgme_widget_message_venue_wrap, .tgme_widget_message_contact_wrap`

// parseMedia reads the attachments, in the order of ids for an album. An album's message that
// the page does not show has a medium without a kind.
func parseMedia(s *goquery.Selection, ids []int64) []media {
	byID := map[int64]media{}
	name, _, _ := strings.Cut(s.AttrOr("data-post", ""), "/")
	s.Find(mediaElements).Each(func(_ int, e *goquery.Selection) {
		if e.Closest(".tgme_widget_message_reply").Length() > 0 {
			return
		}
		id, ok := singleID(e.AttrOr("href", ""), name)
		if !ok {
			id = ids[0]
		}
		if _, taken := byID[id]; !taken {
			byID[id] = parseOne(e)
		}
	})
	if len(byID) == 0 {
		return nil
	}
	out := make([]media, len(ids))
	for i, id := range ids {
		out[i] = byID[id]
	}
	return out
}

func parseOne(e *goquery.Selection) media {
	switch {
	case e.HasClass("tgme_widget_message_photo_wrap"):
		return media{kind: photo, file: background(e), photoID: photoID(e)}
	case e.HasClass("tgme_widget_message_video_player"):
		return parseVideo(e)
	case e.HasClass("tgme_widget_message_roundvideo_player"):
		m := media{kind: round, file: e.Find("video").First().AttrOr("src", "")}
		m.duration = durationOf(e.Find(".tgme_widget_message_roundvideo_duration, .js-message_roundvideo_duration, time"))
		return m
	case e.HasClass("tgme_widget_message_voice_player"):
		return media{kind: voice, file: e.Find("audio").First().AttrOr("src", ""),
			duration: durationOf(e.Find(".tgme_widget_message_voice_duration"))}
	case e.HasClass("tgme_widget_message_document_wrap"):
		return parseDocument(e)
	case e.HasClass("tgme_widget_message_sticker_wrap"):
		return media{kind: sticker, file: e.Find("[data-webp]").First().AttrOr("data-webp", "")}
	case e.HasClass("tgme_widget_message_contact_wrap"):
		return media{kind: contact, contact: trimmed(e.Find(".tgme_widget_message_contact_name")),
			phone: trimmed(e.Find(".tgme_widget_message_contact_phone"))}
	}
	return parsePlace(e)
}

func parseVideo(e *goquery.Selection) media {
	m := media{kind: video, file: e.Find("video.js-message_video").First().AttrOr("src", "")}
	if m.duration = durationOf(e.Find(".message_video_duration")); m.duration == nil {
		m.kind = animation
	}
	if !e.HasClass("grouped_media_wrap") { // the tiles of an album are cut to fit
		m.width, m.height = frame(e.Find(".tgme_widget_message_video_wrap").First().AttrOr("style", ""))
	}
	return m
}

func parseDocument(e *goquery.Selection) media {
	m := media{kind: document, name: trimmed(e.Find(".tgme_widget_message_document_title"))}
	extra := trimmed(e.Find(".tgme_widget_message_document_extra"))
	if e.Find(".tgme_widget_message_document_icon.audio").Length() > 0 {
		m.kind, m.performer = audio, extra
		return m
	}
	if n, rounded, ok := parseSize(extra); ok {
		m.size, m.rounded = &n, rounded
	}
	return m
}

// parsePlace reads a point from the address of its map.
func parsePlace(e *goquery.Selection) media {
	m := media{
		kind: location, title: trimmed(e.Find(".tgme_widget_message_location_title")),
		address: trimmed(e.Find(".tgme_widget_message_location_address")),
	}
	if m.title != "" || e.HasClass("tgme_widget_message_venue_wrap") {
		m.kind = venue
	}
	u, err := url.Parse(e.AttrOr("href", ""))
	if err != nil {
		return m
	}
	for _, key := range []string{"ll", "q", "daddr"} {
		lat, long, ok := strings.Cut(u.Query().Get(key), ",")
		if y, x, valid := point(lat, long); ok && valid {
			m.latitude, m.longitude = &y, &x
			break
		}
	}
	return m
}

func point(lat, long string) (y, x float64, ok bool) {
	y, errY := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	x, errX := strconv.ParseFloat(strings.TrimSpace(long), 64)
	return y, x, errY == nil && errX == nil && math.Abs(y) <= 90 && math.Abs(x) <= 180
}

func durationOf(e *goquery.Selection) *float64 {
	if d, ok := parseDuration(e.First().Text()); ok {
		return &d
	}
	return nil
}

var (
	backgroundForm = regexp.MustCompile(`background-image:\s*url\(['"]?([^'")]+)['"]?\)`)
	photoIDForm    = regexp.MustCompile(`^[0-9]{12,19}$`)
	frameForm      = regexp.MustCompile(`width:\s*([0-9]{1,5})px;\s*padding-top:\s*([0-9]{1,4}(?:\.[0-9]+)?)%`)
)

func background(e *goquery.Selection) string {
	if m := backgroundForm.FindStringSubmatch(e.AttrOr("style", "")); m != nil {
		return m[1]
	}
	return ""
}

// photoID reads the id from the classes; 0 if it is too long.
func photoID(e *goquery.Selection) int64 {
	for _, class := range strings.Fields(e.AttrOr("class", "")) {
		if photoIDForm.MatchString(class) {
			if id, err := strconv.ParseInt(class, 10, 64); err == nil {
				return id
			}
		}
	}
	return 0
}

// frame reads a video's size from the style of its frame.
func frame(style string) (width, height int32) {
	m := frameForm.FindStringSubmatch(style)
	if m == nil {
		return 0, 0
	}
	w, _ := strconv.ParseInt(m[1], 10, 32)
	percent, err := strconv.ParseFloat(m[2], 64)
	h := math.Round(float64(w) * percent / 100)
	if err != nil || w == 0 || h < 1 || h > 99999 {
		return 0, 0
	}
	return int32(w), int32(h)
}
