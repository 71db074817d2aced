package desktop

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector/archive/input"
)

// desktopMessage is a message of result.json, with the values that have columns.
// https://github.com/telegramdesktop/tdesktop, export_output_json.cpp
type desktopMessage struct {
	ID          int64      `json:"id"`
	Type        string     `json:"type"`
	Date        string     `json:"date"`
	Unix        unixTime   `json:"date_unixtime"`
	Edited      string     `json:"edited"`
	EditedUnix  unixTime   `json:"edited_unixtime"`
	FromID      desktopID  `json:"from_id"`
	ActorID     desktopID  `json:"actor_id"`
	Author      string     `json:"author"`
	Action      string     `json:"action"`
	Information string     `json:"information_text"` // of an action without a name
	Title       string     `json:"title"`            // of a new topic, or of a song
	Text        textParts  `json:"text"`
	Forwarded   *string    `json:"forwarded_from"`
	ForwardID   desktopID  `json:"forwarded_from_id"`
	ReplyTo     int64      `json:"reply_to_message_id"`
	ReplyPeer   desktopID  `json:"reply_to_peer_id"`
	Pins        int64      `json:"message_id"` // of a service message: the message it refers to
	InGame      int64      `json:"game_message_id"`
	OfInvoice   int64      `json:"invoice_message_id"`
	Reactions   []reaction `json:"reactions"`

	Photo     *string         `json:"photo"`
	PhotoSize *int64          `json:"photo_file_size"`
	File      *string         `json:"file"`
	FileName  string          `json:"file_name"`
	FileSize  *int64          `json:"file_size"`
	MediaType string          `json:"media_type"`
	MIMEType  string          `json:"mime_type"`
	Duration  *float64        `json:"duration_seconds"`
	Width     *int32          `json:"width"`
	Height    *int32          `json:"height"`
	Contact   *Contact        `json:"contact_information"`
	Location  *Location       `json:"location_information"`
	Live      *int64          `json:"live_location_period_seconds"`
	Place     *string         `json:"place_name"`
	Address   string          `json:"address"`
	Poll      *desktopPoll    `json:"poll"`
	Game      *string         `json:"game_title"`
	Invoice   json.RawMessage `json:"invoice_information"`
	Todo      json.RawMessage `json:"todo_list"`
	Buttons   json.RawMessage `json:"inline_bot_buttons"`
	Giveaway  json.RawMessage `json:"giveaway_information"`
	Results   json.RawMessage `json:"giveaway_results"`
	Paid      json.RawMessage `json:"paid_stars_amount"`

	dropped []string // the keys of unreadable values
}

// desktopRequired are the keys whose values must be readable.
var desktopRequired = input.Words("id type date date_unixtime edited edited_unixtime text")

type desktopButton struct {
	Type string `json:"type"`
	Data string `json:"data"`
}

type Contact struct {
	First string `json:"first_name"`
	Last  string `json:"last_name"`
	Phone string `json:"phone_number"`
}

type Location struct {
	Latitude  *float64 `json:"latitude"`
	Longitude *float64 `json:"longitude"`
}

type desktopPoll struct {
	Question textParts `json:"question"`
	Voters   int64     `json:"total_voters"`
	Answers  []struct {
		Text   textParts `json:"text"`
		Voters int64     `json:"voters"`
	} `json:"answers"`
}

type reaction struct {
	Type     string `json:"type"`
	Emoji    string `json:"emoji"`
	Document string `json:"document_id"`
	Count    int64  `json:"count"`
}

// parseDesktop reads a message and checks the values that a row requires.
func parseDesktop(s *input.Stream, v json.RawMessage) (*desktopMessage, error) {
	var m desktopMessage
	var err error
	if m.dropped, err = input.Loosely(v, &m, desktopRequired); err != nil {
		return nil, s.BadValue(err, v)
	}
	switch m.Type {
	case "message", "service", "unsupported":
	default:
		return nil, s.Bad("type", fmt.Sprintf("%.40q is no type of a message", m.Type), v)
	}
	if m.leftOut() != "" {
		return &m, nil
	}
	if m.ID <= 0 {
		return nil, s.Bad("id", "a message of a channel has an id above 0", v)
	}
	if _, err := desktopDate(m.Unix, m.Date); err != nil {
		return nil, s.Bad("date", input.Plain(err), v)
	}
	if m.Edited != "" {
		if _, err := desktopDate(m.EditedUnix, m.Edited); err != nil {
			return nil, s.Bad("edited", input.Plain(err), v)
		}
	}
	return &m, nil
}

// migrated is what Telegram Desktop adds to message ids of the basic group that a supergroup
// was before, since that group has its own numbering.
const migrated = -1_000_000_000

// leftOut returns why a message has no row, "" when it has one.
func (m *desktopMessage) leftOut() string {
	switch {
	case m.Type == "unsupported":
		return "messages that Telegram Desktop could not export"
	case m.ID > migrated && m.ID < 0:
		return "messages of the group that this one was before"
	}
	return ""
}

// newest returns the message's date or last edit, and whether it is in UTC.
func (m *desktopMessage) newest() (at time.Time, sure bool) {
	if m.leftOut() != "" {
		return time.Time{}, true
	}
	at, _ = desktopDate(m.Unix, m.Date)
	if edited := m.editDate(); edited != nil && edited.After(at) {
		at = *edited
	}
	return at, m.Unix != 0
}

func (m *desktopMessage) editDate() *time.Time {
	if m.EditedUnix == 0 && m.Edited == "" {
		return nil
	}
	at, err := desktopDate(m.EditedUnix, m.Edited)
	if err != nil || at.Year() < 2013 { // old versions write 1970 for no edit
		return nil
	}
	return &at
}

// desktopDate returns the time in UTC where the export has it (since 2022), else the local
// time of the exporting machine.
func desktopDate(unix unixTime, local string) (time.Time, error) {
	if unix != 0 {
		return time.Unix(int64(unix), 0).UTC(), nil
	}
	at, err := time.Parse("2006-01-02T15:04:05", local)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is not a date", local)
	}
	return at, nil
}

// unixTime is seconds since 1970, written as a string or a number.
type unixTime int64

// UnmarshalJSON reads a string or a number.
func (u *unixTime) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "null" || text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1<<32-1 {
		return input.BadField("date_unixtime", fmt.Sprintf("%.40s is not a time in seconds since 1970", text))
	}
	*u = unixTime(n)
	return nil
}
