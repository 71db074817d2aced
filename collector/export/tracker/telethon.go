package tracker

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/export/reading"
	"telegramtrac/collector/export/relay"
	"telegramtrac/collector/export/sheet"
	"telegramtrac/collector/tl/telethon"
)

// pythonTime is how telegram-tracker's files spell a time.
const pythonTime = "2006-01-02 15:04:05+00:00"

// ChannelJSON writes <channel>.json: messages.ChatFull as telegram-tracker
// saves it.
func ChannelJSON(ctx context.Context, w io.Writer, d reading.Data) error {
	channels, err := d.Channels(ctx)
	if err != nil {
		return err
	}
	_, err = w.Write(details(channels[0].Channel))
	return err
}

// details is a channel's full details. Where they were not read from Telegram,
// they say what is known.
func details(ch collector.Channel) []byte {
	if b, err := telethon.Respell(nil, ch.Raw, telethon.Python); err == nil {
		return b
	}
	return object("ChatFull", "full_chat", json.RawMessage(object("ChannelFull",
		"id", ch.ID, "about", ch.About, "participants_count", ch.Participants)),
		"chats", []json.RawMessage{chatObject(ch.ID, ch.Username, ch.Title, ch.Kind)}, "users", []string{})
}

func chatObject(id int64, username, title, kind string) []byte {
	return object("Channel", "id", id, "title", title, "username", orNull(username),
		"broadcast", kind == collector.Broadcast, "megagroup", kind == collector.Supergroup, "gigagroup", kind == collector.Gigagroup)
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// object writes an object of a class: keys and values by turns.
func object(class string, pairs ...any) []byte {
	out := []byte(`{"_":"` + class + `"`)
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, `,"`+pairs[i].(string)+`":`...)
		out = append(out, sheet.JSON(pairs[i+1])...)
	}
	return append(out, '}')
}

// rawMessage is a message's whole object, and what tells of it where there is none.
type rawMessage struct {
	ID   int64     `parquet:"message_id"`
	Kind string    `parquet:"kind,dict"`
	Date time.Time `parquet:"date,timestamp(microsecond)"`
	Text string    `parquet:"text"`
	Raw  string    `parquet:"raw"`
}

// append appends the message as telegram-tracker saves it.
func (m *rawMessage) append(dst []byte, channelID int64) []byte {
	n := len(dst)
	if m.Kind == collector.KindUnreadable { // the class of a message without content
		return append(dst, object("MessageEmpty", "id", m.ID, "peer_id", json.RawMessage(object("PeerChannel", "channel_id", channelID)))...)
	}
	if strings.HasPrefix(m.Raw, `{"_":`) { // what Telegram Desktop and tdl wrote has no class
		var err error
		if dst, err = telethon.Respell(dst, m.Raw, telethon.Python); err == nil {
			return dst
		}
	}
	if m.Kind == collector.KindService {
		return append(dst[:n], object("MessageService", "id", m.ID, "peer_id", json.RawMessage(object("PeerChannel", "channel_id", channelID)),
			"date", m.Date.UTC().Format(pythonTime), "action", json.RawMessage(object("MessageActionEmpty")))...)
	}
	return append(dst[:n], object("Message", "id", m.ID, "peer_id", json.RawMessage(object("PeerChannel", "channel_id", channelID)),
		"date", m.Date.UTC().Format(pythonTime), "message", m.Text)...)
}

// MessagesJSON writes <channel>_messages.json: every message of a channel,
// newest first, and everyone they name.
func MessagesJSON(ctx context.Context, w io.Writer, d reading.Data) error {
	channels, err := d.Channels(ctx)
	if err != nil {
		return err
	}
	ch := channels[0]
	total, err := serverCount(ctx, d, ch)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, `{"_":"ChannelMessages","pts":%d,"count":%d,"messages":[`, pts(ch.Channel), total)
	named := reading.Named{}
	named.InText(ch.Raw)
	if err := writeObjects(ctx, out, d, ch.ID, named); err != nil {
		return err
	}
	if err := writeNamed(ctx, out, d, ch.Channel, named); err != nil {
		return err
	}
	return out.Flush()
}

// objects are messages as telegram-tracker saves them, each behind a comma, and whom they name.
type objects struct {
	text  []byte
	named reading.Named
}

// writeObjects writes a channel's messages, newest first, and adds whom they name. They are
// read, spelled and written side by side.
func writeObjects(ctx context.Context, out *bufio.Writer, d reading.Data, channelID int64, named reading.Named) error {
	idle := relay.NewBuffers()
	rows := fold.BatchesDown[rawMessage](ctx, d.Dataset.Rows, channelID)
	first := true
	return relay.Run(ctx, d.Workers(), rows, func(b *fold.Batch[rawMessage]) (objects, error) {
		defer b.Done()
		made := objects{idle.Take(), reading.Named{}}
		for i := range slices.Backward(b.Rows) {
			m := &b.Rows[i]
			made.named.InText(m.Raw)
			made.text = m.append(append(made.text, ','), channelID)
		}
		return made, nil
	}, func(made objects) error {
		maps.Copy(named, made.named)
		text := made.text
		if first {
			text, first = text[1:], false
		}
		_, err := out.Write(text)
		idle.Give(made.text)
		return err
	})
}

// writeNamed writes the chats and users of an answer, and its end.
func writeNamed(ctx context.Context, out *bufio.Writer, d reading.Data, ch collector.Channel, named reading.Named) error {
	known, err := d.PeerList(ctx)
	if err != nil {
		return err
	}
	named[catalog.PeerKey{Type: collector.PeerChannel, ID: ch.ID}] = true
	out.WriteString(`],"chats":[`)
	first, users := true, false
	for p, err := range known.Each(ctx, named.Keys()) { // users come last
		if err != nil {
			return err
		}
		switch {
		case p.Type == collector.PeerUser && !users:
			out.WriteString(`],"users":[`)
			users = true
		case !first:
			out.WriteByte(',')
		}
		first = false
		out.Write(peerObject(*p))
	}
	if !users {
		out.WriteString(`],"users":[`)
	}
	_, err = out.WriteString("]}")
	return err
}

// peerObject is a peer as Telegram sent it.
func peerObject(p collector.Peer) []byte {
	if b, err := telethon.Respell(nil, p.Raw, telethon.Python); err == nil {
		return b
	}
	switch p.Type {
	case collector.PeerChannel:
		return chatObject(p.ID, p.Username, p.Title, p.Kind)
	case collector.PeerChat:
		return object("Chat", "id", p.ID, "title", p.Title)
	}
	return object("User", "id", p.ID, "username", orNull(p.Username), "first_name", orNull(p.Title))
}

// serverCount is how many messages Telegram said a channel has, by its newest
// receipt; where it did not say, how many there are.
func serverCount(ctx context.Context, d reading.Data, ch catalog.ChannelSummary) (int64, error) {
	counts, err := serverCounts(ctx, d)
	if n, ok := counts[ch.ID]; ok {
		return n, err
	}
	return ch.Count.Messages + ch.Count.Service, err
}

// pts is the channel's counter of events, which Telegram's details hold.
func pts(ch collector.Channel) int64 {
	var full struct {
		FullChat struct {
			Pts int64 `json:"pts"`
		} `json:"full_chat"`
	}
	if err := json.Unmarshal([]byte(ch.Raw), &full); err != nil {
		return 0
	}
	return full.FullChat.Pts
}
