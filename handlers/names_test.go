package handlers_test

import (
	"testing"
	"time"

	"telegramtrac/collector"
)

// TestNamesOnRows: a row says that a channel was renamed, or that its name now belongs to
// another channel, with both numbers.
func TestNamesOnRows(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w, id := onlyCollection(s)
	s.engine.change(w, id, -1, func(c *collector.Collection) {
		c.State, c.Messages = collector.Done, 72
		c.Channels = []collector.Progress{
			{Reference: "@old_quay", Username: "new_quay", ChannelID: 1001, State: collector.Done, Messages: 70, Renamed: true, Lo: 1, Hi: 70},
			{Reference: "t.me/nameless", ChannelID: 1002, State: collector.Done, Messages: 2, Renamed: true, Lo: 1, Hi: 2},
			{Reference: "@harbor", State: collector.Failed, Error: collector.OtherChannel,
				Detail: collector.Moved{Before: 1300000001, BeforeTitle: "Old <b>harbor</b>", Now: 1300000002, NowTitle: "New harbor"}.String()},
			{Reference: "@unread", State: collector.Failed, Error: collector.OtherChannel, Detail: "not what was meant"},
		}
	})
	r := b.get("/collections/" + id)
	r.shows(t, 200, "@old_quay is called @new_quay now; it was found by its number.",
		"@nameless has no public name any more; it was found by its number.",
		"@harbor is another channel now. This workspace knows “Old &lt;b&gt;harbor&lt;/b&gt;” by that name; today it belongs to “New harbor”. "+
			"Nothing of it was collected. "+
			"To collect the new one, name it by its number: 1300000002. To go on with the earlier one: 1300000001.",
		"@unread is another channel now than the one this workspace knows by that name.")
	r.lacks(t, "<b>harbor")
}

// TestEarlierNames: the metadata tab shows a channel's earlier names.
func TestEarlierNames(t *testing.T) {
	t.Parallel()
	s, b := lookedAt(t)
	w, _ := onlyCollection(s)
	b.get("/tabs/metadata").lacks(t, "Earlier name")
	writer := s.data[w].Writer(5)
	for i, ch := range []collector.Channel{{Username: "ferry", Title: "Ferry"}, {Username: "ferry", Title: "Ferry news"},
		{Username: "quay", Title: "Quay"}} {
		ch.ID, ch.Kind, ch.Source, ch.Raw, ch.LastSeenAt = 1010, collector.Broadcast, collector.SourceTelegram, "{}",
			noon.Add(time.Duration(i)*24*time.Hour)
		if err := writer.PutChannel(t.Context(), ch); err != nil {
			t.Fatal(err)
		}
	}
	b.get("/tabs/metadata").shows(t, 200, "Earlier name", "@ferry · Ferry (seen 2024-02-02)", "@ferry · Ferry news (seen 2024-02-03)")
	b.get("/tabs/messages?channel=ferry").shows(t, 200, `<option value="1010" selected>`)
}
