package dataset

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/part"
)

// phrases are invented, in several scripts.
var phrases = []string{
	"The ferry leaves at nine, bring bread.",
	"Паром уходит в девять, возьмите хлеб.",
	"المركب يغادر في التاسعة، أحضروا الخبز.",
	"渡し船は九時に出ます。パンを持ってきて。",
	"फ़ेरी नौ बजे निकलती है।",
	"המעבורת יוצאת בתשע.",
	"🛶🍞 9️⃣ 👩‍👩‍👧 🏳️‍🌈",
	"e\u0301 is not \u00e9", "a\x00b", "", "line\nbreak\ttab; semicolon, \"quote\" =1+1",
}

var dayZero = time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)

// invent fills a struct as its parquet tags allow: optional fields are null in a
// third of all cases.
func invent(r *rand.Rand, row any) { inventValue(r, reflect.ValueOf(row).Elem()) }

func inventValue(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(phrases[r.IntN(len(phrases))])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int64, reflect.Int32:
		v.SetInt(r.Int64N(1 << 31))
	case reflect.Float64:
		v.SetFloat(r.Float64() * 180)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		inventValue(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(4), 4))
		for i := range v.Len() {
			inventValue(r, v.Index(i))
		}
	case reflect.Struct:
		inventStruct(r, v)
	default:
		panic("cannot invent a " + v.Type().String())
	}
}

func inventStruct(r *rand.Rand, v reflect.Value) {
	if v.Type() == part.TimeType {
		v.Set(reflect.ValueOf(dayZero.Add(time.Duration(r.Int64N(1e9)) * time.Microsecond)))
		return
	}
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("parquet")
		if tag == "-" || strings.Contains(tag, "optional") && r.IntN(3) == 0 {
			continue
		}
		inventValue(r, v.Field(i))
	}
}

// inventMessage makes a message whose date follows its id.
func inventMessage(r *rand.Rand, channelID, id int64) collector.Message {
	var m collector.Message
	invent(r, &m)
	m.ChannelID, m.ID, m.GoneAt = channelID, id, nil
	m.ChannelUsername, m.ChannelTitle = fmt.Sprintf("channel%d", channelID), fmt.Sprintf("Channel %d", channelID)
	m.Kind, m.Action, m.Source = collector.KindMessage, "", collector.SourceTelegram
	if r.IntN(10) == 0 {
		m.Kind, m.Action = collector.KindService, "MessageActionPinMessage"
	}
	m.Date = dayZero.Add(time.Duration(id)*time.Minute + time.Duration(r.IntN(60))*time.Second)
	m.Raw = fmt.Sprintf(`{"_":"Message","id":%d,"message":%q}`, id, m.Text)
	return m
}

// inventPart makes a part whose ids have gaps, newest first.
func inventPart(r *rand.Rand, channelID, lo, hi int64, at time.Time) collector.Part {
	p := collector.Part{
		ChannelID: channelID, Range: collector.Range{Lo: lo, Hi: hi},
		Source: collector.SourceTelegram, ObservedAt: at, ProvedAt: at.Add(time.Duration(lo%7) * time.Minute),
	}
	for id := hi; id >= lo; id-- {
		if r.IntN(8) > 0 {
			p.Messages = append(p.Messages, inventMessage(r, channelID, id))
		}
	}
	return p
}

func inventPeer(r *rand.Rand, id int64) collector.Peer {
	var p collector.Peer
	invent(r, &p)
	p.Type, p.ID = collector.PeerChannel, id
	return p
}

func inventChannel(r *rand.Rand, id int64, at time.Time) collector.Channel {
	var ch collector.Channel
	invent(r, &ch)
	ch.ID, ch.LastSeenAt, ch.Source = id, at, collector.SourceTelegram
	return ch
}

// stored is how a message of a part reads back.
func stored(m collector.Message, at time.Time) collector.Message {
	m.FirstSeenAt, m.LastSeenAt = at, at
	return m
}
