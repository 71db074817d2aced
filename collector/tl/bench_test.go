package tl_test

import (
	"testing"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/tl/telethon"
)

func typical(b testing.TB) *tg.Message {
	return decode[*tg.Message](b,
		[]byte(`{"_":"Message","id":4321,"peer_id":{"_":"PeerChannel","channel_id":1234567890},"date":"2025-01-02 00:18:47",
		"message":"Nearly three hundred characters of news, as channels write them: who did what, where and when — with one link at the end 📰. A second sentence says why, a third what others said about it, and then there is the address of the whole story: https://example.org/news/2025/01/02/a-story",
		"post":true,"entities":[{"_":"MessageEntityBold","offset":0,"length":40},{"_":"MessageEntityUrl","offset":235,"length":44}],
		"views":12345,"forwards":21,"edit_date":"2025-01-02 00:19:03","edit_hide":true,
		"fwd_from":{"_":"MessageFwdHeader","date":"2025-01-02 00:00:00","from_id":{"_":"PeerChannel","channel_id":55},"channel_post":7},
		"replies":{"_":"MessageReplies","replies":3,"replies_pts":9,"comments":true,"channel_id":77,"recent_repliers":[{"_":"PeerUser","user_id":5},{"_":"PeerUser","user_id":6}]},
		"media":{"_":"MessageMediaPhoto","photo":{"_":"Photo","id":6123456789012345678,"access_hash":-5123456789012345678,"file_reference":"AQIDBAUGBwgJ","date":"2025-01-02 00:18:47","dc_id":5,
			"sizes":[{"_":"PhotoStrippedSize","type":"i","bytes":"CzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYar0PUaP2SJrtP4HUJnjLHW+yBFao+02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXabwOUKL1R5nsPoDTJXfKHG6xA1Wn+kye4TOF2Cp8zxFjtgharP9Bk+Y4it0vccQWaLsNX6H0RpjrPY/SJHbJG22wAlSm+Uud4DKE1yl7zhBitQdZq/5AkuU3g="},
			{"_":"PhotoSize","type":"m","w":256,"h":320,"size":24000},{"_":"PhotoSize","type":"x","w":640,"h":800,"size":96000},{"_":"PhotoSizeProgressive","type":"y","w":1024,"h":1280,"sizes":[20000,50000,70000,110000,170000]}]}},
		"reactions":{"_":"MessageReactions","results":[{"_":"ReactionCount","reaction":{"_":"ReactionEmoji","emoticon":"😱"},"count":18},{"_":"ReactionCount","reaction":{"_":"ReactionEmoji","emoticon":"💯"},"count":5}]}}`))
}

// plain is a message of text with a link in it.
func plain(b testing.TB) *tg.Message {
	return decode[*tg.Message](b,
		[]byte(`{"_":"Message","id":4321,"peer_id":{"_":"PeerChannel","channel_id":1234567890},"date":"2025-01-02 00:18:47",
		"message":"Two hundred and some bytes of news — who did what, where and when 📰, and then there is the address of the whole story, which is the last thing that such a message has: https://example.org/news/2025/01/02/a-story",
		"post":true,"entities":[{"_":"MessageEntityUrl","offset":170,"length":44}],"views":12345,"forwards":21}`))
}

// BenchmarkMessages converts a page of 100 messages, raw included.
func BenchmarkMessages(b *testing.B) {
	for _, bb := range []struct {
		name string
		m    *tg.Message
	}{{"plain", plain(b)}, {"forwarded photo with reactions", typical(b)}} {
		b.Run(bb.name, func(b *testing.B) {
			page := make([]tg.MessageClass, 100)
			for i := range page {
				page[i] = bb.m
			}
			b.ReportAllocs()
			for b.Loop() {
				if got := private.Messages(page, nil, nil); len(got.Messages) != len(page) {
					b.Fatal("messages are missing")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(page)), "ns/message")
		})
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	m := typical(b)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = asJSON(private, buf[:0], m)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkDecodeTelethon(b *testing.B) {
	line := asJSON(personal, nil, typical(b))
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if _, _, err := telethon.DecodeTelethon(line); err != nil {
			b.Fatal(err)
		}
	}
}
