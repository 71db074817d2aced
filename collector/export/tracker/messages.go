// Package tracker writes the files of telegram-tracker, as it, Telethon and networkx write them, so
// that no notebook made for them breaks.
package tracker

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/export/reading"
	"telegramtrac/collector/export/relay"
	"telegramtrac/collector/export/sheet"
	"telegramtrac/collector/tl/telethon"
)

// trackerColumns are the columns of msgs_dataset.csv, in the original's order.
var trackerColumns = []string{
	"signature", "channel_id", "channel_name", "msg_id", "message", "cleaned_message", "date", "msg_link", "msg_from_peer", "msg_from_id",
	"views", "number_replies", "number_forwards",
	"is_forward", "forward_msg_from_peer_type", "forward_msg_from_peer_id", "forward_msg_from_peer_name", "forward_msg_date",
	"forward_msg_date_string", "forward_msg_link",
	"is_reply", "reply_to_msg_id", "reply_msg_link",
	"contains_media", "media_type", "has_url", "url", "domain", "url_title", "url_description",
	"document_type", "document_id", "document_video_duration", "document_filename",
	"poll_id", "poll_question", "poll_total_voters", "poll_results",
	"contact_phone_number", "contact_name", "contact_userid",
	"geo_type", "lat", "lng", "venue_id", "venue_type", "venue_title", "venue_address", "venue_provider",
}

// trackerMessage is what msgs_dataset.csv tells of a message. The whole object
// says what no column does: which kind of thing a duration or an address is of.
type trackerMessage struct {
	ID       int64     `parquet:"message_id"`
	Kind     string    `parquet:"kind,dict"`
	Date     time.Time `parquet:"date,timestamp(microsecond)"`
	Text     string    `parquet:"text"`
	FromType string    `parquet:"from_type,optional,dict"`
	FromID   int64     `parquet:"from_id,optional"`
	Views    *int64    `parquet:"views,optional"`
	Forwards *int64    `parquet:"forwards,optional"`
	Replies  *int64    `parquet:"replies,optional"`

	ForwardFromType     string     `parquet:"forward_from_type,optional,dict"`
	ForwardFromID       int64      `parquet:"forward_from_id,optional"`
	ForwardFromUsername string     `parquet:"forward_from_username,optional"`
	ForwardFromName     string     `parquet:"forward_from_name,optional"`
	ForwardMessageID    int64      `parquet:"forward_message_id,optional"`
	ForwardDate         *time.Time `parquet:"forward_date,optional,timestamp(microsecond)"`
	ReplyToMessageID    int64      `parquet:"reply_to_message_id,optional"`
	ReplyToChannelID    int64      `parquet:"reply_to_channel_id,optional"`

	MediaType      string   `parquet:"media_type,optional,dict"`
	MIMEType       string   `parquet:"mime_type,optional,dict"`
	FileName       string   `parquet:"file_name,optional"`
	Duration       *float64 `parquet:"duration,optional"`
	DocumentID     int64    `parquet:"document_id,optional"`
	URL            string   `parquet:"url,optional"`
	Domain         string   `parquet:"domain,optional"`
	URLTitle       string   `parquet:"url_title,optional"`
	URLDescription string   `parquet:"url_description,optional"`
	PollID         int64    `parquet:"poll_id,optional"`
	PollQuestion   string   `parquet:"poll_question,optional"`
	PollVoters     *int64   `parquet:"poll_total_voters,optional"`
	GeoType        string   `parquet:"geo_type,optional,dict"`
	Latitude       *float64 `parquet:"latitude,optional"`
	Longitude      *float64 `parquet:"longitude,optional"`
	VenueID        string   `parquet:"venue_id,optional"`
	VenueType      string   `parquet:"venue_type,optional"`
	VenueTitle     string   `parquet:"venue_title,optional"`
	VenueAddress   string   `parquet:"venue_address,optional"`
	VenueProvider  string   `parquet:"venue_provider,optional"`
	ContactPhone   string   `parquet:"contact_phone_number,optional"`
	ContactName    string   `parquet:"contact_name,optional"`
	ContactUserID  int64    `parquet:"contact_user_id,optional"`
	Raw            string   `parquet:"raw"`
}

// wholeObject is a message's whole object, looked into once, and read where it may say something.
type wholeObject struct {
	marks collector.Marks
	whole collector.Whole
	read  bool
}

// of reads the object if it has one of some marks.
func (o *wholeObject) of(raw string, marks collector.Marks) *collector.Whole {
	if !o.read && o.marks&marks != 0 {
		o.whole, o.read = collector.ReadWhole(raw), true
	}
	return &o.whole
}

// isForward is true of what the filter for forwards finds.
func (m *trackerMessage) isForward(o *wholeObject) bool {
	return m.ForwardDate != nil || m.ForwardFromType != "" || m.ForwardFromName != "" ||
		o.of(m.Raw, collector.MarkForward|collector.MarkHidden).IsForward(o.marks)
}

// Messages writes msgs_dataset.csv: channel by channel, messages
// newest first, without service messages.
func Messages(ctx context.Context, w io.Writer, d reading.Data) error {
	channels, err := d.Channels(ctx)
	if err != nil {
		return err
	}
	names, err := usernames(ctx, d)
	if err != nil {
		return err
	}
	head := csv.NewWriter(w)
	if err := head.Write(trackerColumns); err != nil {
		return err
	}
	head.Flush()
	if err := head.Error(); err != nil {
		return err
	}
	for _, ch := range channels {
		if err := channelMessages(ctx, w, d, ch.Channel, names); err != nil {
			return err
		}
	}
	return nil
}

// channelMessages writes a channel's lines. They are read, made and written side by side.
func channelMessages(ctx context.Context, w io.Writer, d reading.Data, ch collector.Channel, names map[int64]string) error {
	idle := relay.NewBuffers()
	rows := fold.BatchesDown[trackerMessage](ctx, d.Dataset.Rows, ch.ID)
	return relay.Run(ctx, d.Workers(), rows, func(b *fold.Batch[trackerMessage]) ([]byte, error) {
		defer b.Done()
		out := line{dst: idle.Take()}
		number := int(b.First)
		for i := range slices.Backward(b.Rows) {
			if m := &b.Rows[i]; m.Kind == collector.KindMessage {
				m.line(&out, number, ch, names)
			}
			number++
		}
		return out.dst, nil
	}, func(out []byte) error {
		_, err := w.Write(out)
		idle.Give(out)
		return err
	})
}

// line is lines of CSV that are being made.
type line struct {
	dst     []byte
	within  bool // the line has a cell
	scratch []byte
}

// text appends a cell.
func (l *line) text(s string) {
	l.scratch = append(l.scratch[:0], sheet.Storable(s)...)
	l.cell(l.scratch)
}

func (l *line) cell(s []byte) {
	if l.within {
		l.dst = append(l.dst, ',')
	}
	l.within = true
	l.dst = sheet.AppendCSV(l.dst, s, ',')
}

func (l *line) texts(all ...string) {
	for _, s := range all {
		l.text(s)
	}
}

// empty appends cells without anything.
func (l *line) empty(n int) {
	for range n {
		l.cell(nil)
	}
}

// number appends a number.
func (l *line) number(n int64) {
	l.scratch = strconv.AppendInt(l.scratch[:0], n, 10)
	l.cell(l.scratch)
}

// id appends an id, nothing where there is none.
func (l *line) id(id int64) {
	if id == 0 {
		l.cell(nil)
		return
	}
	l.number(id)
}

// count appends a counter, 0 where Telegram has none.
func (l *line) count(n *int64) {
	if n == nil {
		l.number(0)
		return
	}
	l.number(*n)
}

// time appends a time by a layout.
func (l *line) time(at time.Time, layout string) {
	l.scratch = at.UTC().AppendFormat(l.scratch[:0], layout)
	l.cell(l.scratch)
}

func (l *line) end() { l.dst, l.within = append(l.dst, '\n'), false }

// line appends the message's values in the order of trackerColumns; number counts the
// channel's messages, newest first, service messages included.
func (m *trackerMessage) line(l *line, number int, ch collector.Channel, names map[int64]string) {
	name := cmp.Or(ch.Username, strconv.FormatInt(ch.ID, 10))
	o := wholeObject{marks: collector.MarksOf(m.Raw)}
	l.text("msg_iteration." + strconv.Itoa(number) + ".user." + name + ".post." + decimal(m.ID))
	l.number(ch.ID)
	l.text(name)
	l.number(m.ID)
	l.text(m.Text)
	l.scratch = appendWords(l.scratch[:0], sheet.Storable(m.Text))
	l.cell(l.scratch)
	l.time(m.Date, pythonTime)
	l.text(collector.Address(ch.Username, ch.ID, m.ID))
	l.text(peerClass(m.FromType))
	l.id(m.FromID)
	l.count(m.Views)
	l.count(m.Replies)
	l.count(m.Forwards)
	m.forwardCells(l, &o, names)
	m.replyCells(l, &o, ch, names)
	m.mediaCells(l, &o)
	l.end()
}

// appendWords appends the words of a text, with a blank between them, as Python's
// " ".join(text.split()) has them.
func appendWords(dst []byte, s string) []byte {
	begin := len(dst)
	word := 0 // where it begins
	end := func(at int) {
		if at == word {
			return
		}
		if len(dst) > begin {
			dst = append(dst, ' ')
		}
		dst = append(dst, s[word:at]...)
	}
	for i := 0; i < len(s); {
		if c := s[i]; c > ' ' && c < 0xc2 || c > 0xe3 { // most: no white space begins so
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if isPythonSpace(r) {
			end(i)
			word = i + size
		}
		i += size
	}
	end(len(s))
	return dst
}

func (m *trackerMessage) forwardCells(l *line, o *wholeObject, names map[int64]string) {
	if !m.isForward(o) {
		l.text("0")
		l.empty(6)
		return
	}
	name := m.ForwardFromUsername
	if name == "" && m.ForwardFromType == collector.PeerChannel {
		name = names[m.ForwardFromID]
	}
	l.texts("1", peerClass(m.ForwardFromType))
	l.id(m.ForwardFromID)
	l.text(name)
	if m.ForwardDate == nil {
		l.empty(2)
	} else {
		l.time(*m.ForwardDate, time.DateTime)
		l.time(*m.ForwardDate, time.DateOnly)
	}
	if name == "" || m.ForwardMessageID == 0 {
		l.empty(1)
		return
	}
	l.text(collector.Address(name, 0, m.ForwardMessageID))
}

func (m *trackerMessage) replyCells(l *line, o *wholeObject, ch collector.Channel, names map[int64]string) {
	if m.ReplyToMessageID == 0 {
		m.replyInObject(l, o, ch)
		return
	}
	l.text("1")
	l.number(m.ReplyToMessageID)
	if m.ReplyToChannelID != 0 {
		l.text(collector.Address(names[m.ReplyToChannelID], m.ReplyToChannelID, m.ReplyToMessageID))
		return
	}
	l.text(collector.Address(ch.Username, ch.ID, m.ReplyToMessageID))
}

// replyInObject appends what the object alone says of what the message answers.
func (m *trackerMessage) replyInObject(l *line, o *wholeObject, ch collector.Channel) {
	switch id, is := o.of(m.Raw, collector.MarkReply).RepliesTo(o.marks); {
	case !is:
		l.text("0")
		l.empty(2)
	case id == 0: // to a story, or to what nobody may see
		l.text("1")
		l.empty(2)
	default:
		l.text("1")
		l.number(id)
		l.text(collector.Address(ch.Username, ch.ID, id))
	}
}

func (m *trackerMessage) mediaCells(l *line, o *wholeObject) {
	l.texts(zeroOne(m.MediaType != ""), m.MediaType)
	page := m.MediaType == "MessageMediaWebPage" && m.URL != ""
	if page && (m.Raw == "" || o.of(m.Raw, collector.MarkWebPage).HasWebPage(o.marks)) {
		l.texts("1", m.URL, m.Domain, m.URLTitle, m.URLDescription)
	} else {
		l.text("0")
		l.empty(4)
	}
	if m.MediaType == "MessageMediaDocument" {
		duration := ""
		if m.Duration != nil && collector.IsVideo(m.Raw) {
			duration = seconds(*m.Duration)
		}
		l.texts(m.MIMEType, idOrEmpty(m.DocumentID), duration, m.FileName)
	} else {
		l.empty(4)
	}
	if m.MediaType == "MessageMediaPoll" {
		l.texts(decimal(m.PollID), m.PollQuestion, orEmpty(m.PollVoters), m.pollResults())
	} else {
		l.empty(4)
	}
	if m.MediaType == "MessageMediaContact" {
		l.texts(m.ContactPhone, m.ContactName, decimal(m.ContactUserID))
	} else {
		l.empty(3)
	}
	l.texts(m.GeoType, floatOrEmpty(m.Latitude), floatOrEmpty(m.Longitude),
		m.VenueID, m.VenueType, m.VenueTitle, m.VenueAddress, m.VenueProvider)
}

// pollVotes are an answer's votes, in the order that the original's version of
// Telethon gives their keys: what every object has, then what has a flag.
type pollVotes struct {
	Class   json.RawMessage `json:"_"`
	Option  json.RawMessage `json:"option"`
	Voters  json.RawMessage `json:"voters"`
	Chosen  json.RawMessage `json:"chosen"`
	Correct json.RawMessage `json:"correct"`
}

// pollResults are the votes as the original reads them from its file: a list of
// dictionaries, the options as the text b'…'.
func (m *trackerMessage) pollResults() string {
	var told struct {
		Media struct {
			Results struct{ Results []pollVotes }
		}
	}
	spelled, err := telethon.Respell(nil, m.Raw, telethon.Python)
	if err != nil || json.Unmarshal(spelled, &told) != nil || told.Media.Results.Results == nil {
		return ""
	}
	return literal(sheet.JSON(told.Media.Results.Results))
}

// isPythonSpace is what Python's str.split takes for white space: Unicode's, and
// four separators.
func isPythonSpace(r rune) bool { return unicode.IsSpace(r) || '\x1c' <= r && r <= '\x1f' }

func peerClass(kind string) string {
	switch kind {
	case collector.PeerUser:
		return "PeerUser"
	case collector.PeerChat:
		return "PeerChat"
	case collector.PeerChannel:
		return "PeerChannel"
	}
	return ""
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func idOrEmpty(id int64) string {
	if id == 0 {
		return ""
	}
	return decimal(id)
}

func orEmpty(n *int64) string {
	if n == nil {
		return ""
	}
	return decimal(*n)
}

func zeroOne(is bool) string {
	if is {
		return "1"
	}
	return "0"
}

func floatOrEmpty(f *float64) string {
	if f == nil {
		return ""
	}
	return pythonFloat(*f)
}

// seconds is a duration: a whole number where it is one, as Telegram told it when
// the original was written.
func seconds(f float64) string { return strings.TrimSuffix(pythonFloat(f), ".0") }

// pythonFloat is Python's repr of a float: with an exponent below 0.0001 and from
// 1e+16 on.
func pythonFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'f', -1, 64)), "+")
	case f != 0 && (math.Abs(f) < 1e-4 || math.Abs(f) >= 1e16):
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
