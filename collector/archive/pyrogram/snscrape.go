package pyrogram

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

// snPost is a post as snscrape's Telegram module writes it, from the web preview. It names the
// channel only by username, see collector.MadeID.
// https://github.com/JustAnotherArchivist/snscrape
type snPost struct {
	URL       string   `json:"url"` // https://t.me/s/name/1
	Date      string   `json:"date"`
	Content   *string  `json:"content"`
	Outlinks  []string `json:"outlinks"`
	Mentions  []string `json:"mentions"`
	Hashtags  []string `json:"hashtags"`
	Forwarded string   `json:"forwardedUrl"`
	Preview   *struct {
		Href        string `json:"href"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"linkPreview"`
	Channel struct {
		Title string `json:"title"`
	} `json:"channel"`

	username string
	id       int64
	at       time.Time
	dropped  []string // the keys of unreadable values
}

// snRequired are the keys whose values must be readable.
var snRequired = input.Words("url date content")

func parsePost(s *input.Stream, v json.RawMessage) (*snPost, error) {
	var p snPost
	var err error
	if p.dropped, err = input.Loosely(v, &p, snRequired); err != nil {
		return nil, s.BadValue(err, v)
	}
	username, id, ok := postOf(p.URL)
	if !ok {
		return nil, s.Bad("url", fmt.Sprintf("%.80q is no address of a message", p.URL), v)
	}
	var date pyroTime
	if err := date.UnmarshalJSON(input.Encode(p.Date)); err != nil || date.at.Unix() <= 0 {
		return nil, s.Bad("date", fmt.Sprintf("%.40q is not a date", p.Date), v)
	}
	p.username, p.id, p.at = username, id, date.at
	return &p, nil
}

// postOf returns the channel and message of an address like t.me/s/name/1.
func postOf(address string) (username string, id int64, ok bool) {
	link, ok := collector.ParseTMe(address)
	return link.Username, link.MessageID, ok && link.Username != "" && link.MessageID > 0 && link.MessageID < 1<<31
}

// ReadSnscrape reads posts, one a line or in a list.
func ReadSnscrape(r *input.Reader, m *input.Member) error {
	seen := map[int64]time.Time{}
	err := r.Values(m, func(s *input.Stream, v json.RawMessage) error {
		p, err := parsePost(s, v)
		if err == nil {
			input.Newer(seen, collector.MadeID(p.username), p.at)
		}
		return err
	})
	if err != nil {
		return err
	}
	b := r.Batch(seen)
	err = r.Values(m, func(s *input.Stream, v json.RawMessage) error {
		p, err := parsePost(s, v)
		if err != nil {
			return err
		}
		r.DropKeys(p.dropped)
		return b.Put(snRow(r, p, v))
	})
	if err != nil {
		return err
	}
	return b.End(m, input.KindSnscrape)
}

func snRow(r *input.Reader, p *snPost, raw json.RawMessage) collector.Message {
	row := collector.Message{ChannelID: collector.MadeID(p.username), ChannelUsername: p.username, ChannelTitle: p.Channel.Title,
		ID: p.id, Kind: collector.KindMessage, Date: p.at, Source: collector.SourceSnscrape, Mentions: p.Mentions, Hashtags: p.Hashtags}
	if p.Content != nil {
		row.Text = *p.Content
	}
	for _, address := range p.Outlinks {
		r.AddButton(&row, address) // each once, where the text has it
	}
	if username, id, ok := postOf(p.Forwarded); ok {
		row.ForwardFromType, row.ForwardFromUsername, row.ForwardMessageID = collector.PeerChannel, username, id
	}
	if p.Preview != nil {
		input.SetWebPage(&row, p.Preview.Href, p.Preview.Title, p.Preview.Description)
	}
	row.Raw = string(SnscrapeRaw(r, raw))
	return row
}

// snKept are the keys of a post that reveal nothing about a person.
var snKept = strings.Fields("_type url date content outlinks mentions hashtags forwardedUrl linkPreview channel media views")

// SnscrapeRaw returns the column raw for a post: the object unchanged; in a private import,
// only keys that are known to reveal no person.
func SnscrapeRaw(r *input.Reader, raw json.RawMessage) []byte {
	raw = input.Paired(raw)
	var all map[string]json.RawMessage
	if r.Conv.Pseudonym == nil || json.Unmarshal(raw, &all) != nil {
		return input.Compact(raw)
	}
	for key := range all {
		if !slices.Contains(snKept, key) {
			delete(all, key)
		}
	}
	return input.Encode(all)
}
