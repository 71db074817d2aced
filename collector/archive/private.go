package archive

import (
	"encoding/json"
	"strings"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl"
)

// private makes a row of this product's own files one of a private import. A row
// that is private already stays as it is.
func (r *reader) private(m collector.Message) collector.Message {
	p := r.conv.Pseudonym
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
	obj, _, err := tl.DecodeTelethon([]byte(m.Raw))
	msg, ok := obj.(tg.MessageClass)
	if err != nil || !ok {
		m.Raw = r.privateRaw(m.Raw)
		return m
	}
	if row, ok := r.conv.Message(msg, nil); ok { // links to people by their ids
		m.Raw, m.Entities, m.Links = row.Raw, row.Entities, row.Links
	}
	return m
}

// privateRaw makes an object private, of whatever form it is. What is none that
// is known here is left out.
func (r *reader) privateRaw(raw string) string {
	if r.conv.Pseudonym == nil {
		return raw
	}
	if obj, _, err := tl.DecodeTelethon([]byte(raw)); err == nil {
		return string(r.conv.AppendJSON(nil, obj))
	}
	return string(r.desktopRaw(json.RawMessage(raw)))
}

func (r *reader) privatePeer(p collector.Peer) collector.Peer {
	if r.conv.Pseudonym == nil {
		return p
	}
	if p.Type == collector.PeerUser {
		p.ID, p.Title = r.conv.Pseudonym(p.ID), ""
		if p.Kind != "bot" {
			p.Username = ""
		}
	}
	if strings.TrimSpace(p.Raw) != "" {
		p.Raw = r.privateRaw(p.Raw)
	}
	return p
}
