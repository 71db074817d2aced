package dataset

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
)

// linkRow is what of an export says where a message is.
type linkRow struct {
	ChannelID int64  `parquet:"channel_id"`
	Username  string `parquet:"channel_username,optional"`
	ID        int64  `parquet:"message_id"`
	Link      string `parquet:"link"`
}

func exportedLinks(t *testing.T, d *Dataset, channelID int64) map[string]linkRow {
	t.Helper()
	data := exportedFile(t, d, channelID)
	rows, err := parquet.Read[linkRow](bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]linkRow{}
	for _, row := range rows {
		out[fmt.Sprint(row.ChannelID, " ", row.ID)] = row
	}
	return out
}

// called puts a look at a channel, and a message that was collected under a name.
func called(t *testing.T, d *Dataset, id int64, username string, at time.Time, message string) {
	t.Helper()
	w := d.Writer(uint64(at.Unix()))
	ch := collector.Channel{ID: id, Username: username, Title: "t", Kind: collector.Broadcast, Source: collector.SourceTelegram,
		LastSeenAt: at, Raw: "{}"}
	if username != "" {
		ch.Usernames = []string{username}
	}
	if err := w.PutChannel(context.Background(), ch); err != nil {
		t.Fatal(err)
	}
	if message == "" {
		return
	}
	n := at.Unix() / 3600 % 1000
	put1(t, w, collector.Part{ChannelID: id, Source: ch.Source, ObservedAt: at, Range: collector.Range{Lo: n, Hi: n},
		Messages: []collector.Message{{ChannelID: id, ChannelUsername: message, ID: n, Kind: collector.KindMessage, Date: at,
			Source: ch.Source}}})
}

// TestLinks: addresses go by what channels are called now, not by what they were
// called when their messages were collected, and never by another channel's name.
func TestLinks(t *testing.T) {
	d := open(t, t.TempDir())
	hour := func(n int) time.Time { return dayZero.Add(time.Duration(n) * time.Hour) }
	n := func(k int) int64 { return hour(k).Unix() / 3600 % 1000 }
	called(t, d, 1, "before", hour(1), "before")
	called(t, d, 1, "after", hour(2), "after") // renamed
	called(t, d, 2, "public", hour(3), "public")
	called(t, d, 2, "", hour(4), "public") // made private
	called(t, d, 3, "handed", hour(5), "handed")
	called(t, d, 4, "handed", hour(6), "handed") // took the third one's name
	called(t, d, 5, "no good/../name", hour(7), "no good/../name")
	// no details
	put1(t, d.Writer(1<<40), collector.Part{ChannelID: 6, Source: collector.SourceTelethon, ObservedAt: hour(8),
		Range: collector.Range{Lo: 9, Hi: 9},
		Messages: []collector.Message{{ChannelID: 6, ChannelUsername: "imported", ID: 9, Kind: collector.KindMessage, Date: hour(8),
			Source: collector.SourceTelethon}}})

	want := map[string]linkRow{
		fmt.Sprint("1 ", n(1)): {1, "before", n(1), fmt.Sprint("https://t.me/after/", n(1))},
		fmt.Sprint("1 ", n(2)): {1, "after", n(2), fmt.Sprint("https://t.me/after/", n(2))},
		fmt.Sprint("2 ", n(3)): {2, "public", n(3), fmt.Sprint("https://t.me/c/2/", n(3))},
		fmt.Sprint("2 ", n(4)): {2, "public", n(4), fmt.Sprint("https://t.me/c/2/", n(4))},
		fmt.Sprint("3 ", n(5)): {3, "handed", n(5), fmt.Sprint("https://t.me/c/3/", n(5))},
		fmt.Sprint("4 ", n(6)): {4, "handed", n(6), fmt.Sprint("https://t.me/handed/", n(6))},
		fmt.Sprint("5 ", n(7)): {5, "no good/../name", n(7), fmt.Sprint("https://t.me/c/5/", n(7))},
		"6 9":                  {6, "imported", 9, "https://t.me/imported/9"},
	}
	equal(t, "all channels", exportedLinks(t, d, 0), want)
	equal(t, "one channel", exportedLinks(t, d, 1),
		map[string]linkRow{fmt.Sprint("1 ", n(1)): want[fmt.Sprint("1 ", n(1))], fmt.Sprint("1 ", n(2)): want[fmt.Sprint("1 ", n(2))]})
}

// TestLinksOfMergedRows: rows that are read one by one and rows that are copied have
// the same links, each its own.
func TestLinksOfMergedRows(t *testing.T) {
	t.Parallel()
	d := openGrouped(t, t.TempDir())
	w := d.Writer(1)
	put1(t, w, plainPart(1, fullGroup, 0))                        // copied
	put1(t, w, plainPart(fullGroup+1, fullGroup+50, 0))           // joined …
	put1(t, w, plainPart(fullGroup+51, fullGroup+100, 0))         // … with this
	put1(t, d.Writer(2), plainPart(fullGroup-5, fullGroup+20, 1)) // looked at again
	data := exportedFile(t, d, 0)
	rows, err := parquet.Read[linkRow](bytes.NewReader(data), int64(len(data)))
	if err != nil || len(rows) != fullGroup+100 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows {
		if want := fmt.Sprintf("https://t.me/c/1/%d", i+1); row.ID != int64(i+1) || row.Link != want {
			t.Fatalf("row %d: got id %d and %s", i, row.ID, row.Link)
		}
	}
}
