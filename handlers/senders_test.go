package handlers_test

import (
	"testing"

	"telegramtrac/collector"
)

// TestWhoWroteIt: the messages tab says who wrote a message, by name if personal data was
// stored, else by number.
func TestWhoWroteIt(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w, _ := onlyCollection(s)
	const pseudonym = 4_611_686_018_427_387_904
	part := collector.Part{
		ChannelID: 1009, Range: collector.Range{Lo: 1, Hi: 5}, Source: collector.SourceTelegram, ObservedAt: noon,
		Peers: []collector.Peer{
			{Type: collector.PeerUser, ID: 501, Title: "Mara <Quay>", Username: "mara_quay", LastSeenAt: noon, Raw: "{}"},
			{Type: collector.PeerUser, ID: 502, Title: "Ole", LastSeenAt: noon, Raw: "{}"},
			{Type: collector.PeerUser, ID: pseudonym, LastSeenAt: noon, Raw: "{}"},
			{Type: collector.PeerChannel, ID: 1002, Title: "Бета", Username: "beta", LastSeenAt: noon, Raw: "{}"},
		},
	}
	for i, from := range []struct {
		of string
		id int64
	}{{collector.PeerChannel, 1009}, {collector.PeerChannel, 1002}, {collector.PeerUser, pseudonym}, {collector.PeerUser, 502},
		{collector.PeerUser, 501}} {
		part.Messages = append(part.Messages, collector.Message{
			ChannelID: 1009, ChannelTitle: "The group", ID: int64(5 - i), Kind: collector.KindMessage, Date: noon, Source: collector.SourceTelegram,
			Text: "said", FromType: from.of, FromID: from.id, Raw: "{}",
		})
	}
	if err := s.data[w].Writer(3).PutPart(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	r := b.get("/tabs/messages?channel=1009")
	r.shows(t, 200, `<bdi class="author from">Mara &lt;Quay&gt; · @mara_quay</bdi>`, `<bdi class="author from">Ole</bdi>`,
		`<bdi class="author from">person 4611686018427387904</bdi>`, `<bdi class="author from">Бета · @beta</bdi>`)
	r.lacks(t, "channel 1009", "The group · ")
}
