package handlers

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/views"
)

const sampleRows = 12

// tabDataset shows rows and columns at a glance, and what can be taken away.
func (s *Server) tabDataset(c *fiber.Ctx) error {
	d, all, err := s.channels(c)
	if err != nil {
		return err
	}
	totals, err := d.Totals(c.UserContext())
	if err != nil {
		return fmt.Errorf("count the dataset: %w", err)
	}
	sample, err := d.Page(c.UserContext(), dataset.Query{Limit: sampleRows})
	if err != nil {
		return fmt.Errorf("read messages: %w", err)
	}
	receipts, err := d.Receipts(c.UserContext())
	if err != nil {
		return fmt.Errorf("read receipts: %w", err)
	}
	damaged, err := d.Damaged(c.UserContext())
	if err != nil {
		return fmt.Errorf("look for damaged files: %w", err)
	}
	t := teller{known: namesOf(all)}
	tab := views.Dataset{
		Rows: totals.Rows, Messages: totals.Messages, Service: totals.Service, Channels: totals.Channels,
		Peers: totals.Peers, Bytes: totals.Bytes, Columns: columns(), Downloads: downloads(),
		Receipts: receiptLines(receipts), Damaged: int64(len(damaged)),
	}
	for _, ch := range all {
		tab.PerChannel = append(tab.PerChannel, channelCount(ch))
	}
	for i := range sample.Messages {
		tab.Sample = append(tab.Sample, t.sampleRow(&sample.Messages[i]))
	}
	return s.tab(c, views.Look{Tab: views.TabDataset, Dataset: &tab})
}

func channelCount(ch dataset.ChannelSummary) views.ChannelCount {
	return views.ChannelCount{
		ID: ch.ID, Name: channelName(ch.Username, ch.ID), Title: ch.Title,
		Messages: ch.Count.Messages, Service: ch.Count.Service, Absent: ch.Count.Absent,
		Lo: ch.Lo, Hi: ch.Hi, Oldest: ch.Oldest, Newest: ch.Newest, Updated: ch.Updated, Downloads: channelDownloads(ch.ID),
	}
}

func (t teller) sampleRow(m *collector.Message) views.SampleRow {
	from, _ := t.forward(m)
	return views.SampleRow{
		Channel: cmp.Or(m.ChannelUsername, channelName("", m.ChannelID)), ID: m.ID, Kind: m.Kind, Date: m.Date,
		Text: shorten(m.Text, 80), Views: m.Views, Forward: from, Media: strings.TrimPrefix(m.MediaType, "MessageMedia"),
	}
}

// columns are the names of the dataset's columns.
func columns() []string {
	t := reflect.TypeFor[collector.Message]()
	out := make([]string, t.NumField())
	for i := range out {
		out[i], _, _ = strings.Cut(t.Field(i).Tag.Get("parquet"), ",")
	}
	return out
}
