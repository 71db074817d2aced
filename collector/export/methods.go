package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
)

type receipt = collector.Receipt

// sources are how a methods paragraph calls them.
var sources = map[string]string{
	collector.SourceTelegram: "Telegram's API (MTProto), with a personal account",
	"preview":                "Telegram's public web preview, without an account",
	"archive":                "files that other tools had exported",
	"sandbox":                "the sandbox, an invented Telegram: this is no real data",
}

// methods writes the methods paragraph and its table from the receipts, which
// come newest first.
func methods(receipts []receipt, channels []dataset.ChannelSummary) string {
	newest := newestOfEach(receipts)
	var out strings.Builder
	out.WriteString("# Methods\n\n" + paragraph(receipts, newest, channels) + "\n\n" + privacy(receipts) + "\n\n")
	out.WriteString("Every message number between the first and the last that was asked for is accounted for where a channel is complete: as a message, as a service message, or as absent (deleted, or never there). Views, forwards, replies and reactions are as they were at last_seen_at. Media files were not downloaded. Times are UTC.\n")
	if slices.ContainsFunc(receipts, func(r receipt) bool { return r.Source == collector.SourcePreview }) {
		out.WriteString("\nWhat was read from the public web preview (source is preview) tells less: a number without a message there was deleted, was never there, or is not shown on the web, and these cannot be told apart. Large counts are rounded where a column such as views_rounded says so; forwards, replies and the time of edits are not known.\n")
	}
	if len(newest) > 0 {
		out.WriteString("\n| channel | title | state | asked for | numbers accounted for | messages | service messages | absent | Telegram's own count | finished |\n|---|---|---|---|---|---|---|---|---|---|\n")
		for _, r := range newest {
			out.WriteString(receiptLine(r))
		}
	}
	return out.String()
}

// newestOfEach is the newest receipt of each channel, by the channel's name.
func newestOfEach(receipts []receipt) []receipt {
	var out []receipt
	known := map[string]bool{}
	for _, r := range receipts {
		key := strings.ToLower(r.Reference)
		if r.ChannelID != 0 {
			key = number(r.ChannelID)
		}
		if !known[key] {
			known[key] = true
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b receipt) int {
		return cmp.Or(cmp.Compare(strings.ToLower(shownName(a)), strings.ToLower(shownName(b))), cmp.Compare(a.ChannelID, b.ChannelID))
	})
	return out
}

func shownName(r receipt) string {
	switch {
	case r.Username != "":
		return "@" + r.Username
	case r.ChannelID != 0:
		return number(r.ChannelID)
	}
	return r.Reference
}

// paragraph says in sentences what was done.
func paragraph(receipts, newest []receipt, channels []dataset.ChannelSummary) string {
	if len(receipts) == 0 {
		return "There is no receipt of any collection, so that nothing can be said here about how complete the data is."
	}
	began, ended := receipts[0].StartedAt, receipts[0].FinishedAt
	collections, requests, waits, waited := map[string]bool{}, int64(0), int64(0), int64(0)
	for _, r := range receipts {
		collections[r.CollectionID] = true
		requests, waits, waited = requests+r.Requests, waits+r.Waits, waited+r.WaitedSeconds
		if r.StartedAt.Before(began) {
			began = r.StartedAt
		}
		if r.FinishedAt.After(ended) {
			ended = r.FinishedAt
		}
	}
	var total collector.Count
	for _, ch := range channels {
		total.Messages += ch.Count.Messages
		total.Service += ch.Count.Service
	}
	done := 0
	for _, r := range newest {
		if collector.State(r.State) == collector.Done {
			done++
		}
	}
	return fmt.Sprintf("%s, %s asked for %s with telegramtrac, through %s. %s The data holds %s and %s of %s. It took %s.%s",
		period(began, ended), many(int64(len(collections)), "collection"), many(int64(len(newest)), "channel"), through(receipts),
		completeness(done, len(newest)), many(total.Messages, "message"), many(total.Service, "service message"),
		many(int64(len(channels)), "channel"), many(requests, "request"), waiting(waits, waited))
}

// period says when something was done, in UTC days.
func period(began, ended time.Time) string {
	if day(began) == day(ended) {
		return "On " + day(began)
	}
	return "Between " + day(began) + " and " + day(ended)
}

// completeness says how many of the channels were collected whole.
func completeness(done, asked int) string {
	if done == asked {
		return "Each was collected to the end of what was asked for."
	}
	return many(int64(done), "channel was", "channels were") + " collected to the end of what was asked for; for the others, the table says how far."
}

func waiting(times, seconds int64) string {
	if times == 0 {
		return ""
	}
	return fmt.Sprintf(" Telegram asked to wait %s, %s in all.", many(times, "time"), many(seconds, "second"))
}

// through names the sources that were read.
func through(receipts []receipt) string {
	var out []string
	for _, r := range receipts {
		out = appendNew(out, cmp.Or(sources[r.Source], r.Source))
	}
	slices.Sort(out)
	return strings.Join(out, ", and through ")
}

func privacy(receipts []receipt) string {
	personal, private := 0, 0
	for _, r := range receipts {
		if r.Personal {
			personal++
		} else {
			private++
		}
	}
	switch {
	case personal == 0:
		return "Personal data of users was not kept: their ids are keyed pseudonyms, and their names, phone numbers and contacts were left out."
	case private == 0:
		return "Personal data of users (ids, names, shared contacts) was kept."
	}
	return "Personal data of users was kept by some collections and left out by others, as the column personal of receipts.parquet says."
}

// receiptLine is a channel's line in the table.
func receiptLine(r receipt) string {
	state := r.State
	if r.Error != "" {
		state += " (" + r.Error + ")"
	}
	asked, covered := "", ""
	if r.Lo != 0 {
		asked = fmt.Sprintf("%d–%d", r.Lo, r.Hi)
		covered = number(collector.NewRanges(r.Covered...).Len())
	}
	cells := []string{shownName(r), r.Title, state, asked, covered, number(r.Messages), number(r.Service), number(r.AbsentCount), orEmpty(r.Server), r.FinishedAt.UTC().Format("2006-01-02 15:04:05")}
	for i := range cells {
		cells[i] = tableCell(cells[i])
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// tableCell is a text that stays within its cell of a Markdown table.
func tableCell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "[", `\[`, "`", "'").Replace(oneLine(s))
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// many counts things: 1 message, 2 messages.
func many(n int64, one string, several ...string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + cmp.Or(strings.Join(several, ""), one+"s")
}
