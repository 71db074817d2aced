package archive

import (
	"encoding/json"
	"slices"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/desktop"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/archive/pyrogram"
	"telegramtrac/collector/archive/tdl"
	"telegramtrac/collector/tl/telethon"
)

// private converts a row of this product's own files for a private import. Rows that are
// already private stay the same.
func private(r *input.Reader, m collector.Message) collector.Message {
	p := r.Conv.Pseudonym
	if p == nil {
		return m
	}
	m.PostAuthor, m.ForwardPostAuthor, m.ContactPhone, m.ContactName = "", "", "", ""
	if m.ForwardFromType != collector.PeerChannel {
		m.ForwardFromName, m.ForwardFromUsername = "", ""
	}
	hide := func(kind string, id *int64) {
		if kind == collector.PeerUser && *id != 0 {
			*id = p(*id)
		}
	}
	hide(m.FromType, &m.FromID)
	hide(m.ForwardFromType, &m.ForwardFromID)
	hide(collector.PeerUser, &m.ContactUserID)
	hide(collector.PeerUser, &m.ViaBotID)
	m.URL, m.Links, m.Entities = collector.PrivateLink(m.URL, p), slices.Clone(m.Links), slices.Clone(m.Entities)
	for i := range m.Links {
		m.Links[i] = collector.PrivateLink(m.Links[i], p)
	}
	for i := range m.Entities {
		m.Entities[i].URL = collector.PrivateLink(m.Entities[i].URL, p)
	}
	if m.Kind == collector.KindUnreadable {
		m.Raw = unreadRaw(m.Raw)
	} else {
		m.Raw = privateRaw(r, m.Source, m.Raw)
	}
	return m
}

// unreadRaw returns only the program's own remark on a message that it could not read.
func unreadRaw(raw string) string {
	var u struct {
		Class string `json:"_"`
		ID    int64  `json:"id"`
		Layer int    `json:"layer"`
		Why   string `json:"error,omitempty"`
	}
	if json.Unmarshal([]byte(raw), &u) != nil || u.Class != "MessageUnreadable" {
		return "{}"
	}
	return string(input.Encode(u))
}

// privateRaw makes an object of any known source private. Objects of unknown form become {}.
func privateRaw(r *input.Reader, source, raw string) string {
	if r.Conv.Pseudonym == nil || strings.TrimSpace(raw) == "" {
		return raw
	}
	switch source {
	case collector.SourcePreview:
		return privatePreview(r, raw)
	case collector.SourceTDL:
		return string(tdl.Raw(r, json.RawMessage(raw)))
	case collector.SourceDesktop:
		return string(desktop.Raw(r, json.RawMessage(raw)))
	case collector.SourcePyrogram:
		return string(pyrogram.Raw(r, json.RawMessage(raw)))
	case collector.SourceSnscrape:
		return string(pyrogram.SnscrapeRaw(r, json.RawMessage(raw)))
	}
	obj, report, err := telethon.DecodeTelethon([]byte(raw))
	if err != nil {
		return "{}"
	}
	return string(report.Amend(telethon.Encoder{Pseudonym: r.Conv.Pseudonym}.AppendJSON(nil, obj)))
}

// privatePreview makes an object of the web preview private. Although it resembles Telethon's,
// its fields are the page's own, and none are added.
func privatePreview(r *input.Reader, raw string) string {
	var all, page map[string]json.RawMessage
	if json.Unmarshal([]byte(raw), &all) != nil || all == nil || json.Unmarshal(all["preview"], &page) != nil {
		return "{}"
	}
	delete(all, "post_author")
	delete(page, "via_bot")
	if from, ok := page["forwarded_from"]; ok && !ofChannel(from) {
		page["forwarded_from"] = json.RawMessage("{}")
	}
	var buttons []string
	if json.Unmarshal(page["buttons"], &buttons) == nil {
		for i := range buttons {
			buttons[i] = collector.PrivateLink(buttons[i], r.Conv.Pseudonym)
		}
		page["buttons"] = marshal(buttons)
	}
	all["preview"] = marshal(page)
	return string(marshal(all))
}

// ofChannel reports whether the origin of a forward links to a message: in the preview, only
// channels' origins do.
func ofChannel(origin json.RawMessage) bool {
	var from struct {
		Link string `json:"link"`
	}
	if json.Unmarshal(origin, &from) != nil {
		return false
	}
	link, ok := collector.ParseTMe(from.Link)
	return ok && link.MessageID != 0
}

// marshal encodes JSON like the preview's rows.
func marshal(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("{}")
	}
	return b
}

func privatePeer(r *input.Reader, p collector.Peer) collector.Peer {
	if r.Conv.Pseudonym == nil {
		return p
	}
	if p.Type == collector.PeerUser {
		p.ID, p.Title = r.Conv.Pseudonym(p.ID), ""
		if p.Kind != "bot" {
			p.Username = ""
		}
	}
	p.Raw = privateRaw(r, "", p.Raw)
	return p
}
