package tracker

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"

	"telegramtrac/collector"
	"telegramtrac/collector/export/reading"
	"telegramtrac/collector/export/sheet"
)

// chatColumns are the columns of collected_chats.csv, in the original's order.
var chatColumns = []string{
	"_", "id", "title", "photo", "date", "creator", "left", "broadcast", "verified", "megagroup", "restricted", "signatures", "min", "scam",
	"has_link", "has_geo", "slowmode_enabled", "call_active", "call_not_empty", "fake", "gigagroup", "noforwards", "join_to_send",
	"join_request",
	"access_hash", "username", "restriction_reason", "admin_rights", "banned_rights", "default_banned_rights", "participants_count",
	"counter", "from_messages", "channel_request", "channel_req_targeted_by", "source",
}

// counterColumns are those of counter.csv.
var counterColumns = []string{"id", "username", "counter", "from_messages", "channel_request", "channel_req_targeted_by", "source"}

// sheetColumns are those of collected_chats.xlsx.
var sheetColumns = []string{
	"_", "id", "username", "title", "date", "left", "broadcast", "verified", "megagroup", "restricted", "signatures", "min", "scam",
	"has_link", "has_geo", "slowmode_enabled", "call_active", "call_not_empty", "fake", "gigagroup", "restriction_reason", "admin_rights",
	"banned_rights", "default_banned_rights", "participants_count",
	"collected_actions", "collected_posts", "replies", "other_actions", "number_views", "forwards", "replies_received",
}

// cell is the value of a column in CSV.
func (one *seen) cell(column string) string {
	switch column {
	case "counter":
		return decimal(one.fromMessages + one.inDetails)
	case "from_messages":
		return decimal(one.fromMessages)
	case "channel_request":
		return decimal(one.inDetails)
	case "channel_req_targeted_by":
		return one.targets()
	case "source":
		return pythonList(one.sources)
	}
	return sheet.Storable(one.value(column))
}

// CollectedChats writes collected_chats.csv.
func CollectedChats(ctx context.Context, w io.Writer, d reading.Data) error {
	return writeSeen(ctx, w, d, chatColumns)
}

// Counter writes counter.csv.
func Counter(ctx context.Context, w io.Writer, d reading.Data) error {
	return writeSeen(ctx, w, d, counterColumns)
}

func writeSeen(ctx context.Context, w io.Writer, d reading.Data, columns []string) error {
	all, err := seenChannels(ctx, d)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(columns); err != nil {
		return err
	}
	cells := make([]string, len(columns))
	for _, one := range all {
		for i, column := range columns {
			cells[i] = one.cell(column)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Chats writes chats.txt: the ids of the channels, one a line.
func Chats(ctx context.Context, w io.Writer, d reading.Data) error {
	all, err := seenChannels(ctx, d)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	for _, one := range all {
		fmt.Fprintln(out, one.id)
	}
	return out.Flush()
}

// Exceptions writes user_exceptions.txt: a line for each channel of each
// collection that was not collected, or not to its end. What the person wrote,
// why, and the collection are set apart by tabs.
func Exceptions(ctx context.Context, w io.Writer, d reading.Data) error {
	receipts, err := d.ReceiptsMeant(ctx)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	for i := len(receipts) - 1; i >= 0; i-- { // oldest first
		r := receipts[i]
		if collector.State(r.State) == collector.Done {
			continue
		}
		why := r.State
		if r.Error != "" {
			why += ": " + r.Error
		}
		fmt.Fprintf(out, "%s\t%s\t%s\n", sheet.OneLine(r.Reference), why, sheet.OneLine(r.CollectionID))
	}
	return out.Flush()
}

// CollectedChatsXLSX writes collected_chats.xlsx.
func CollectedChatsXLSX(ctx context.Context, w io.Writer, d reading.Data) error {
	all, err := seenChannels(ctx, d)
	if err != nil {
		return err
	}
	if err := addTotals(ctx, d, all); err != nil {
		return err
	}
	book, err := sheet.New(w, "Sheet1", sheetColumns, nil)
	if err != nil {
		return err
	}
	for _, one := range all {
		row := make([]any, len(sheetColumns))
		for i, column := range sheetColumns {
			row[i] = one.sheetCell(column)
		}
		if err := book.Add(fmt.Sprint("channel ", one.id), row); err != nil {
			return err
		}
	}
	return book.Close()
}

// sheetCell is the value of a column in a sheet: a number, true or false, a
// text, or nothing.
func (one *seen) sheetCell(column string) any {
	t := one.totals
	switch column {
	case "id":
		return one.id
	case "participants_count":
		if one.participants == nil {
			return nil
		}
		return *one.participants
	case "collected_actions":
		return t.actions
	case "collected_posts":
		return t.posts
	case "replies":
		return t.replies
	case "other_actions":
		return t.other
	case "number_views":
		return t.views
	case "forwards":
		return t.forwards
	case "replies_received":
		return t.repliesReceived
	}
	var is bool
	if json.Unmarshal(one.object[column], &is) == nil && len(one.object[column]) > 0 && string(one.object[column]) != "null" {
		return is
	}
	if v := one.value(column); v != "" {
		return v
	}
	return nil
}
