package world

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world/voices"
)

// attachment makes one kind of media. Some kinds have no caption.
type attachment struct {
	weight    int
	captioned bool
	make      func(*scene) tg.MessageMediaClass
}

// scene is the input for making media.
type scene struct {
	r     *rand.Rand
	voice *voices.Voice
	id    int64 // derived from channel and message
	date  int
}

var attachments = []attachment{
	{50, true, (*scene).photo},
	{14, true, (*scene).video},
	{8, true, (*scene).file},
	{6, true, (*scene).gif},
	{4, true, (*scene).voiceNote},
	{4, true, (*scene).song},
	{3, false, (*scene).round},
	{3, false, (*scene).sticker},
	{5, false, (*scene).poll},
	{3, false, (*scene).quiz},
	{2, false, (*scene).place},
	{2, false, (*scene).venue},
	{1, false, (*scene).contact},
	{1, false, (*scene).dice},
	{1, false, (*scene).story},
	{1, false, (*scene).unsupported},
}

// attach picks a kind of media by weight.
func attach(r *rand.Rand) attachment {
	total := 0
	for _, a := range attachments {
		total += a.weight
	}
	n := r.IntN(total)
	for _, a := range attachments {
		if n -= a.weight; n < 0 {
			return a
		}
	}
	return attachments[0]
}

func (s *scene) picture() *tg.Photo {
	w, h := 800+s.r.IntN(480), 600+s.r.IntN(680)
	return &tg.Photo{
		ID: s.id, AccessHash: hash64("photo access", s.id), FileReference: s.reference(), Date: s.date, DCID: 2,
		Sizes: []tg.PhotoSizeClass{
			&tg.PhotoSize{Type: "m", W: w / 4, H: h / 4, Size: w * h / 90},
			&tg.PhotoSizeProgressive{Type: "y", W: w, H: h, Sizes: []int{w * h / 40, w * h / 20, w * h / 9}},
		},
	}
}

func (s *scene) document(mime string, size int64, attributes ...tg.DocumentAttributeClass) *tg.Document {
	return &tg.Document{
		ID: s.id, AccessHash: hash64("document access", s.id), FileReference: s.reference(), Date: s.date, DCID: 2,
		MimeType: mime, Size: size, Attributes: attributes,
	}
}

func (s *scene) reference() []byte {
	return binary.BigEndian.AppendUint64([]byte{1}, uint64(hash64("reference", s.id)))
}

func (s *scene) photo() tg.MessageMediaClass {
	return &tg.MessageMediaPhoto{Photo: s.picture(), Spoiler: voices.Chance(s.r, .02)}
}

func (s *scene) video() tg.MessageMediaClass {
	seconds := 5 + s.r.Float64()*400
	d := s.document("video/mp4", int64(seconds*180_000),
		&tg.DocumentAttributeVideo{Duration: seconds, W: 1280, H: 720, SupportsStreaming: true},
		&tg.DocumentAttributeFilename{FileName: fmt.Sprintf("clip_%d.mp4", s.id%100_000)})
	d.Thumbs = []tg.PhotoSizeClass{&tg.PhotoSize{Type: "m", W: 320, H: 180, Size: 9000 + s.r.IntN(9000)}}
	return &tg.MessageMediaDocument{Document: d, Video: true}
}

func (s *scene) file() tg.MessageMediaClass {
	types := [][2]string{{"application/pdf", "pdf"}, {"text/csv", "csv"}, {"application/zip", "zip"},
		{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"}}
	kind := voices.Pick(s.r, types)
	name := s.voice.Say(s.r, voices.Pick(s.r, s.voice.Tags)) + "_" + fmt.Sprint(s.id%1000) + "." + kind[1]
	return &tg.MessageMediaDocument{Document: s.document(kind[0], 2000+s.r.Int64N(9_000_000), &tg.DocumentAttributeFilename{FileName: name})}
}

func (s *scene) gif() tg.MessageMediaClass {
	return &tg.MessageMediaDocument{Document: s.document("video/mp4", 40_000+s.r.Int64N(900_000),
		&tg.DocumentAttributeVideo{Duration: 2 + s.r.Float64()*5, W: 480, H: 270, Nosound: true},
		&tg.DocumentAttributeFilename{FileName: "animation.gif.mp4"}, &tg.DocumentAttributeAnimated{})}
}

func (s *scene) voiceNote() tg.MessageMediaClass {
	seconds := 3 + s.r.IntN(90)
	return &tg.MessageMediaDocument{Voice: true, Document: s.document("audio/ogg", int64(seconds)*4000,
		&tg.DocumentAttributeAudio{Voice: true, Duration: seconds, Waveform: s.reference()})}
}

func (s *scene) song() tg.MessageMediaClass {
	seconds := 60 + s.r.IntN(300)
	return &tg.MessageMediaDocument{Document: s.document("audio/mpeg", int64(seconds)*30_000,
		&tg.DocumentAttributeAudio{Duration: seconds, Title: s.voice.Headline(s.r), Performer: "Gull Rock Trio"},
		&tg.DocumentAttributeFilename{FileName: "song.mp3"})}
}

func (s *scene) round() tg.MessageMediaClass {
	seconds := 4 + s.r.Float64()*50
	return &tg.MessageMediaDocument{Video: true, Round: true, Document: s.document("video/mp4", int64(seconds*60_000),
		&tg.DocumentAttributeVideo{RoundMessage: true, Duration: seconds, W: 384, H: 384})}
}

func (s *scene) sticker() tg.MessageMediaClass {
	return &tg.MessageMediaDocument{Document: s.document("image/webp", 9000+s.r.Int64N(30_000),
		&tg.DocumentAttributeImageSize{W: 512, H: 512},
		&tg.DocumentAttributeSticker{Alt: voices.Pick(s.r, voices.Emoji), Stickerset: &tg.InputStickerSetID{ID: 77, AccessHash: 78}},
		&tg.DocumentAttributeFilename{FileName: "sticker.webp"})}
}

func (s *scene) poll() tg.MessageMediaClass { return s.ask(false) }
func (s *scene) quiz() tg.MessageMediaClass { return s.ask(true) }

// ask makes a poll with its results; each voter has one vote in a single-choice poll.
func (s *scene) ask(quiz bool) tg.MessageMediaClass {
	q := s.voice.Polls[0]
	if quiz {
		q = s.voice.Polls[1]
	}
	m := &tg.MessageMediaPoll{Poll: tg.Poll{ID: s.id, Quiz: quiz, Closed: voices.Chance(s.r, .4),
		MultipleChoice: !quiz && voices.Chance(s.r, .2),
		PublicVoters:   voices.Chance(s.r, .1), Question: tg.TextWithEntities{Text: q.Text, Entities: []tg.MessageEntityClass{}}}}
	for i, answer := range q.Answers {
		option, voters := []byte{byte('0' + i)}, s.r.IntN(900)
		m.Poll.Answers = append(m.Poll.Answers,
			&tg.PollAnswer{Option: option, Text: tg.TextWithEntities{Text: answer, Entities: []tg.MessageEntityClass{}}})
		counted := tg.PollAnswerVoters{Option: option, Correct: quiz && i == 0}
		counted.SetVoters(voters)
		m.Results.Results = append(m.Results.Results, counted)
		m.Results.TotalVoters += voters
	}
	if m.Poll.MultipleChoice {
		m.Results.TotalVoters = m.Results.TotalVoters * 2 / 3
		for i := range m.Results.Results {
			m.Results.Results[i].SetVoters(min(m.Results.Results[i].Voters, m.Results.TotalVoters))
		}
	}
	m.Results.SetTotalVoters(m.Results.TotalVoters)
	if quiz {
		m.Results.SetSolution(s.voice.Sentence(s.r))
		m.Results.SetSolutionEntities([]tg.MessageEntityClass{})
	}
	return m
}

func (s *scene) point() *tg.GeoPoint {
	return &tg.GeoPoint{Lat: 36.2 + s.r.Float64()/10, Long: -31.4 - s.r.Float64()/10, AccessHash: hash64("geo access", s.id)}
}

func (s *scene) place() tg.MessageMediaClass { return &tg.MessageMediaGeo{Geo: s.point()} }

func (s *scene) venue() tg.MessageMediaClass {
	return &tg.MessageMediaVenue{Geo: s.point(), Title: s.voice.Word(s.r, "place"), Address: fmt.Sprintf("Ropewalk %d", 1+s.r.IntN(90)),
		Provider: "foursquare", VenueID: fmt.Sprintf("v%x", s.id&0xffffff), VenueType: "food/default"}
}

// contact has a phone number from Telegram's range for tests.
func (s *scene) contact() tg.MessageMediaClass {
	return &tg.MessageMediaContact{PhoneNumber: fmt.Sprintf("999662%04d", s.r.IntN(10_000)), FirstName: "Harbour", LastName: "Office"}
}

func (s *scene) dice() tg.MessageMediaClass {
	return &tg.MessageMediaDice{Emoticon: "🎲", Value: 1 + s.r.IntN(6)}
}

func (s *scene) story() tg.MessageMediaClass {
	return &tg.MessageMediaStory{Peer: &tg.PeerChannel{ChannelID: cast[0].id}, ID: 1 + s.r.IntN(60)}
}

func (s *scene) unsupported() tg.MessageMediaClass { return &tg.MessageMediaUnsupported{} }

// preview is the card under a message with a link.
func (s *scene) preview(address, site string) tg.MessageMediaClass {
	kind := "article"
	if site == "Telegram" {
		kind = "telegram_message"
	}
	page := &tg.WebPage{ID: s.id, URL: address, DisplayURL: display(address), Type: kind, SiteName: site, Title: s.voice.Headline(s.r)}
	if voices.Chance(s.r, .7) {
		page.Description = s.voice.Sentence(s.r)
	}
	if voices.Chance(s.r, .5) {
		page.Photo = s.picture()
	}
	return &tg.MessageMediaWebPage{Webpage: page}
}
