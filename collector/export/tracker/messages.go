// Package tracker writes the files of telegram-tracker, as it, Telethon and networkx write them, so
// that no notebook made for them breaks.
package tracker

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/export/reading"
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

// isForward is true of what the filter for forwards finds.
func (m *trackerMessage) isForward() bool {
	return m.ForwardDate != nil || m.ForwardFromType != "" || m.ForwardFromName != "" || collector.IsForward(m.Raw)
}

func (m *trackerMessage) isReply() bool {
	if m.ReplyToMessageID != 0 {
		return true // most: their objects need not be decoded
	}
	_, is := collector.RepliesTo(m.Raw)
	return is
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
	out := csv.NewWriter(w)
	if err := out.Write(trackerColumns); err != nil {
		return err
	}
	for _, ch := range channels {
		idx := -1
		for m, err := range fold.ScanDown[trackerMessage](ctx, d.Dataset.Rows, ch.ID) {
			if err != nil {
				return err
			}
			if idx++; m.Kind != collector.KindMessage {
				continue
			}
			if err := out.Write(m.cells(idx, ch.Channel, names)); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// cells are the message's values in the order of trackerColumns; idx counts the
// channel's messages, newest first, service messages included.
func (m *trackerMessage) cells(idx int, ch collector.Channel, names map[int64]string) []string {
	name := cmp.Or(ch.Username, strconv.FormatInt(ch.ID, 10))
	out := make([]string, 0, len(trackerColumns))
	out = append(out,
		fmt.Sprintf("msg_iteration.%d.user.%s.post.%d", idx, name, m.ID), decimal(ch.ID), name, decimal(m.ID),
		sheet.Storable(m.Text), sheet.Storable(strings.Join(strings.FieldsFunc(m.Text, isPythonSpace), " ")),
		m.Date.UTC().Format(pythonTime), collector.Address(ch.Username, ch.ID, m.ID),
		peerClass(m.FromType), idOrEmpty(m.FromID), count(m.Views), count(m.Replies), count(m.Forwards))
	out = append(out, m.forwardCells(names)...)
	out = append(out, m.replyCells(ch, names)...)
	out = append(out, m.mediaCells()...)
	for i := range out {
		out[i] = sheet.Storable(out[i])
	}
	return out
}

func (m *trackerMessage) forwardCells(names map[int64]string) []string {
	if !m.isForward() {
		return []string{"0", "", "", "", "", "", ""}
	}
	name := m.ForwardFromUsername
	if name == "" && m.ForwardFromType == collector.PeerChannel {
		name = names[m.ForwardFromID]
	}
	date, day, link := "", "", ""
	if m.ForwardDate != nil {
		date, day = m.ForwardDate.UTC().Format(time.DateTime), m.ForwardDate.UTC().Format(time.DateOnly)
	}
	if name != "" && m.ForwardMessageID != 0 {
		link = collector.Address(name, 0, m.ForwardMessageID)
	}
	return []string{"1", peerClass(m.ForwardFromType), idOrEmpty(m.ForwardFromID), name, date, day, link}
}

func (m *trackerMessage) replyCells(ch collector.Channel, names map[int64]string) []string {
	switch {
	case !m.isReply():
		return []string{"0", "", ""}
	case m.ReplyToMessageID == 0:
		if id, _ := collector.RepliesTo(m.Raw); id != 0 {
			return []string{"1", decimal(id), collector.Address(ch.Username, ch.ID, id)}
		}
		return []string{"1", "", ""} // to a story, or to what nobody may see
	case m.ReplyToChannelID != 0:
		return []string{"1", decimal(m.ReplyToMessageID), collector.Address(names[m.ReplyToChannelID], m.ReplyToChannelID, m.ReplyToMessageID)}
	}
	return []string{"1", decimal(m.ReplyToMessageID), collector.Address(ch.Username, ch.ID, m.ReplyToMessageID)}
}

func (m *trackerMessage) mediaCells() []string {
	out := []string{zeroOne(m.MediaType != ""), m.MediaType}
	if m.MediaType == "MessageMediaWebPage" && m.URL != "" && (m.Raw == "" || collector.HasWebPage(m.Raw)) {
		out = append(out, "1", m.URL, m.Domain, m.URLTitle, m.URLDescription)
	} else {
		out = append(out, "0", "", "", "", "")
	}
	if m.MediaType == "MessageMediaDocument" {
		duration := ""
		if m.Duration != nil && collector.IsVideo(m.Raw) {
			duration = seconds(*m.Duration)
		}
		out = append(out, m.MIMEType, idOrEmpty(m.DocumentID), duration, m.FileName)
	} else {
		out = append(out, "", "", "", "")
	}
	if m.MediaType == "MessageMediaPoll" {
		out = append(out, decimal(m.PollID), m.PollQuestion, orEmpty(m.PollVoters), m.pollResults())
	} else {
		out = append(out, "", "", "", "")
	}
	if m.MediaType == "MessageMediaContact" {
		out = append(out, m.ContactPhone, m.ContactName, decimal(m.ContactUserID))
	} else {
		out = append(out, "", "", "")
	}
	return append(out, m.GeoType, floatOrEmpty(m.Latitude), floatOrEmpty(m.Longitude),
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
	var object struct {
		Media struct {
			Results struct{ Results []pollVotes }
		}
	}
	spelled, err := telethon.Respell(nil, m.Raw, telethon.Python)
	if err != nil || json.Unmarshal(spelled, &object) != nil || object.Media.Results.Results == nil {
		return ""
	}
	return literal(sheet.JSON(object.Media.Results.Results))
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

// count is a counter, 0 where Telegram has none.
func count(n *int64) string {
	if n == nil {
		return "0"
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
