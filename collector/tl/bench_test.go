package tl_test

import (
	"testing"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/tl"
)

func typical(b *testing.B) *tg.Message {
	return decode[*tg.Message](b, []byte(`{"_":"Message","id":3187,"peer_id":{"_":"PeerChannel","channel_id":1488156064},"date":"2025-10-13 00:18:47",
		"message":"Nearly three hundred characters of news, as channels write them: who did what, where and when — with one link at the end 📰. A second sentence says why, a third what others said about it, and then there is the address of the whole story: https://example.org/news/2025/10/13/4mXJXQH",
		"post":true,"entities":[{"_":"MessageEntityBold","offset":0,"length":40},{"_":"MessageEntityUrl","offset":235,"length":44}],
		"views":12068,"forwards":21,"edit_date":"2025-10-13 00:19:03","edit_hide":true,
		"fwd_from":{"_":"MessageFwdHeader","date":"2025-10-13 00:00:00","from_id":{"_":"PeerChannel","channel_id":55},"channel_post":7},
		"replies":{"_":"MessageReplies","replies":3,"replies_pts":9,"comments":true,"channel_id":77,"recent_repliers":[{"_":"PeerUser","user_id":5},{"_":"PeerUser","user_id":6}]},
		"media":{"_":"MessageMediaPhoto","photo":{"_":"Photo","id":6296154991034567484,"access_hash":-5563091401481215489,"file_reference":"AlizdaAAAAxz","date":"2025-10-13 00:18:47","dc_id":5,
			"sizes":[{"_":"PhotoStrippedSize","type":"i","bytes":"ASggpSf65/rVtEEUCyZ+91qt5Uk0pKIeT1qzNGYrZUyWx196koZ5hEyjdwwAAqZWVtwz93rVaPcg3YyO4qw8WY2kDgE5+760xALz96CBhRTmffzgnPI/OqKBiOFJH0pbeZ45FWQHA+6CKSBq5eaJiCcBRVCferEZbYT61pCYscBsIByfU1WnlhQsCAT796piRUjnVUAIamM6SdQ2fqKKKQx0UkoGNwxSNGXOWkoopXA"},
			{"_":"PhotoSize","type":"m","w":256,"h":320,"size":24146},{"_":"PhotoSize","type":"x","w":640,"h":800,"size":96386},{"_":"PhotoSizeProgressive","type":"y","w":1024,"h":1280,"sizes":[21043,54585,78348,113813,173759]}]}},
		"reactions":{"_":"MessageReactions","results":[{"_":"ReactionCount","reaction":{"_":"ReactionEmoji","emoticon":"😱"},"count":18},{"_":"ReactionCount","reaction":{"_":"ReactionEmoji","emoticon":"💯"},"count":5}]}}`))
}

// BenchmarkMessages converts a page of 100 typical messages, raw included.
func BenchmarkMessages(b *testing.B) {
	page := make([]tg.MessageClass, 100)
	for i := range page {
		page[i] = typical(b)
	}
	b.ReportAllocs()
	for b.Loop() {
		if got := private.Messages(page, nil, nil); len(got.Messages) != len(page) {
			b.Fatal("messages are missing")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(page)), "ns/message")
}

func BenchmarkAppendJSON(b *testing.B) {
	m := typical(b)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = private.AppendJSON(buf[:0], m)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkDecodeTelethon(b *testing.B) {
	line := personal.AppendJSON(nil, typical(b))
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if _, _, err := tl.DecodeTelethon(line); err != nil {
			b.Fatal(err)
		}
	}
}
