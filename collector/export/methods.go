package export

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/export/sheet"
)

type receipt = collector.Receipt

// sources are how a methods paragraph calls them.
var sources = map[string]string{
	collector.SourceTelegram: "Telegram's API (MTProto), with a personal account",
	collector.SourcePreview:  "Telegram's public web preview, without an account",
	collector.SourceSandbox:  "the sandbox, an invented Telegram: this is no real data",
	collector.SourceTelethon: "files that Telethon made",
	collector.SourceTracker:  "files that telegram-tracker made",
	collector.SourceDesktop:  "exports of Telegram Desktop",
	collector.SourceTDL:      "exports of tdl",
	collector.SourcePyrogram: "files of Pyrogram",
	collector.SourceSnscrape: "files of snscrape",
}

func sourceName(source string) string { return cmp.Or(sources[source], source) }

// evidence is what a methods paragraph is made of.
type evidence struct {
	receipts []receipt // newest first
	imports  []part.ImportRecord
	channels []catalog.ChannelSummary
	rows     map[int64]map[string]catalog.SourceRows // by channel and source
	changed  bool                                    // the data did, while the files were written
}

// methods writes the methods paragraph and its tables.
func (e evidence) methods() string {
	newest := newestOfEach(e.receipts)
	var out strings.Builder
	out.WriteString("# Methods\n\n" + e.paragraph(newest) + "\n\n")
	if privacy := e.privacy(); privacy != "" {
		out.WriteString(privacy + "\n\n")
	}
	out.WriteString("Every message number between the first and the last that was asked for is accounted for where a channel is complete: " +
		"as " +
		"a message, as a service message, or as absent (deleted, or never there). Views, forwards, replies and reactions are as they were at " +
		"last_seen_at. Media files were not downloaded. Times are UTC. The files were written by telegramtrac " + collector.Version() + ".\n")
	if e.changed {
		out.WriteString("\nThe data changed while this bundle was written. Its files were read one after the other, each as the data was then, " +
			"so they may not agree about the newest messages. A bundle made when nothing is being collected or imported agrees with itself.\n")
	}
	if slices.ContainsFunc(e.receipts, func(r receipt) bool { return r.Source == collector.SourcePreview }) ||
		e.rowsOf()[collector.SourcePreview] > 0 {
		out.WriteString("\nWhat was read from the public web preview (source is preview) tells less: a number without a message there was " +
			"deleted, was never there, or is not shown on the web, and these cannot be told apart. Large counts are rounded " +
			"where a column such as " +
			"views_rounded says so; forwards, replies and the time of edits are not known.\n")
	}
	if len(newest) > 0 {
		out.WriteString("\n| channel | title | state | asked for | numbers accounted for | messages | service messages | absent | Telegram's " +
			"own count | finished |\n|---|---|---|---|---|---|---|---|---|---|\n")
		for _, r := range newest {
			out.WriteString(receiptLine(r))
		}
	}
	out.WriteString(e.importTable())
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
	if r.Username == "" && r.ChannelID == 0 {
		return r.Reference
	}
	return collector.Reference{Username: r.Username, ID: r.ChannelID}.String()
}

// paragraph says in sentences what was done.
func (e evidence) paragraph(newest []receipt) string {
	var total collector.Count
	for _, ch := range e.channels {
		total.Messages += ch.Count.Messages
		total.Service += ch.Count.Service
	}
	holds := fmt.Sprintf("The data holds %s and %s of %s.", many(total.Messages, "message"), many(total.Service, "service message"),
		many(int64(len(e.channels)), "channel"))
	var out []string
	if len(e.receipts) == 0 {
		out = append(out, "There is no receipt of any collection, so that nothing can be said here about how complete the data is.", holds)
	} else {
		out = append(out, e.collected(newest, holds))
	}
	for _, s := range []string{e.imported(), e.origins()} {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}

// collected says what the collections did.
func (e evidence) collected(newest []receipt, holds string) string {
	began, ended := e.receipts[0].StartedAt, e.receipts[0].FinishedAt
	collections, requests, waits, waited := map[string]bool{}, int64(0), int64(0), int64(0)
	for _, r := range e.receipts {
		collections[r.CollectionID] = true
		requests, waits, waited = requests+r.Requests, waits+r.Waits, waited+r.WaitedSeconds
		if r.StartedAt.Before(began) {
			began = r.StartedAt
		}
		if r.FinishedAt.After(ended) {
			ended = r.FinishedAt
		}
	}
	done := 0
	for _, r := range newest {
		if collector.State(r.State) == collector.Done {
			done++
		}
	}
	return fmt.Sprintf("%s, %s asked for %s with telegramtrac, through %s. %s %s It took %s.%s",
		period(began, ended), many(int64(len(collections)), "collection"), many(int64(len(newest)), "channel"), through(e.receipts),
		completeness(done, len(newest)), holds, many(requests, "request"), waiting(waits, waited))
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
	return many(int64(done), "channel was", "channels were") +
		" collected to the end of what was asked for; for the others, the table says how far."
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
		out = append(out, sourceName(r.Source))
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ", and through ")
}

// receiptLine is a channel's line in the table.
func receiptLine(r receipt) string {
	state := r.State
	if r.Error != "" {
		state += " (" + r.Error + ")"
	}
	asked, covered, server := "", "", ""
	if r.Lo != 0 {
		asked = fmt.Sprintf("%d–%d", r.Lo, r.Hi)
		covered = number(collector.NewRanges(r.Covered...).Len())
	}
	if r.Server != nil {
		server = number(*r.Server)
	}
	cells := []string{shownName(r), r.Title, state, asked, covered, number(r.Messages), number(r.Service), number(r.AbsentCount),
		server, r.FinishedAt.UTC().Format("2006-01-02 15:04:05")}
	for i := range cells {
		cells[i] = tableCell(cells[i])
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// tableCell is a text that stays within its cell of a Markdown table.
func tableCell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "[", `\[`, "`", "'").Replace(sheet.OneLine(s))
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// many counts things: 1 message, 2 messages.
func many(n int64, one string, several ...string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + cmp.Or(strings.Join(several, ""), one+"s")
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
