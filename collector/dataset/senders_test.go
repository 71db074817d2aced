package dataset

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
)

// wrote is a part of messages by some senders, with what was seen of them.
func wrote(lo int64, at time.Time, peers []collector.Peer, from ...catalog.PeerKey) collector.Part {
	p := collector.Part{ChannelID: 7, Range: collector.Range{Lo: lo, Hi: lo + int64(len(from)) - 1}, Source: "telegram", ObservedAt: at}
	for i := len(from) - 1; i >= 0; i-- {
		p.Messages = append(p.Messages, collector.Message{
			ChannelID: 7, ID: lo + int64(i), Kind: collector.KindMessage, Date: dayZero, Source: "telegram", FromType: from[i].Type,
			FromID: from[i].ID, Raw: "{}",
		})
	}
	for _, peer := range peers {
		peer.LastSeenAt, peer.Raw = at, "{}"
		p.Peers = append(p.Peers, peer)
	}
	return p
}

// TestSenders: who wrote is named by what was kept of them last. Persons of whom no
// personal data was kept have no name, and a later look without it takes none away.
func TestSenders(t *testing.T) {
	d := open(t, t.TempDir())
	person := func(id int64) catalog.PeerKey { return catalog.PeerKey{Type: collector.PeerUser, ID: id} }
	group := catalog.PeerKey{Type: collector.PeerChannel, ID: 9}
	const pseudonym = 1<<62 + 5
	named := func(id int64, name, username string) collector.Peer {
		return collector.Peer{Type: collector.PeerUser, ID: id, Title: name, Username: username}
	}
	for i, p := range []collector.Part{
		wrote(1, dayZero, []collector.Peer{named(1, "Mara", "mara"), named(2, "Ole", ""), named(pseudonym, "", "")}, person(1), person(2),
			person(pseudonym), person(3)),
		wrote(5, dayZero.Add(time.Hour),
			[]collector.Peer{named(1, "Mara Quay", "mara_quay"), named(2, "", ""),
				{Type: collector.PeerChannel, ID: 9, Title: "Harbour", Username: "harbour"}}, person(1), group),
	} {
		if err := d.Writer(uint64(i+1)).PutPart(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	want := map[catalog.PeerKey]catalog.Sender{
		person(1): {Name: "Mara Quay", Username: "mara_quay"},
		person(2): {Name: "Ole", Username: ""},
		group:     {Name: "Harbour", Username: "harbour"},
	}
	got, err := d.AllSenders(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("of all (-want +got):\n%s", diff)
	}
	got, err = d.Senders(t.Context(), []catalog.PeerKey{person(2), person(3), person(pseudonym)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(map[catalog.PeerKey]catalog.Sender{person(2): {Name: "Ole", Username: ""}}, got); diff != "" {
		t.Errorf("of some (-want +got):\n%s", diff)
	}
	if err := d.Writer(3).PutPart(t.Context(),
		wrote(9, dayZero.Add(2*time.Hour), []collector.Peer{named(3, "Ana", "")}, person(3))); err != nil {
		t.Fatal(err)
	}
	if got, err = d.Senders(t.Context(), []catalog.PeerKey{person(3)}); err != nil || got[person(3)].Name != "Ana" {
		t.Errorf("of one who came later: %v, %v", got, err)
	}
	if got, err = d.AllSenders(t.Context(), 8); err == nil && len(got) != 0 {
		t.Errorf("of another channel: %v", got)
	}
}
