package collection

import (
	"cmp"
	"fmt"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// receiptsShown is how many channels' receipts the page shows; the file has all.
const receiptsShown = 200

// rangesShown is how many ranges of absent ids are listed.
const rangesShown = 3

// Receipts are the newest receipts of each channel. all must be newest first.
func Receipts(all []collector.Receipt) []views.ReceiptLine {
	var out []views.ReceiptLine
	seen := map[string]bool{}
	for _, r := range all {
		key := receiptKey(r)
		if seen[key] {
			continue
		}
		seen[key] = true
		if out = append(out, receiptLine(r)); len(out) == receiptsShown {
			break
		}
	}
	return out
}

// receiptKey identifies a channel: by id, or by reference if it was not found.
func receiptKey(r collector.Receipt) string {
	if r.ChannelID != 0 {
		return fmt.Sprint(r.ChannelID)
	}
	return "reference " + strings.ToLower(r.Reference)
}

func receiptLine(r collector.Receipt) views.ReceiptLine {
	w := stateWords[collector.State(r.State)]
	name := words.ReferenceName(r.Reference)
	if r.Username != "" || r.ChannelID != 0 {
		name = views.ChannelName(r.Username, r.ChannelID)
	}
	out := views.ReceiptLine{
		Receipt: r, Name: name, Word: cmp.Or(w.word, r.State), Tone: w.tone, Absent: FirstRanges(r.Absent), Why: whyEnded(r, name),
	}
	if r.Waits > 0 {
		out.Waited = views.Seconds(float64(r.WaitedSeconds))
	}
	if r.Lo != 0 {
		out.Asked, out.Covered = collector.Range{Lo: r.Lo, Hi: r.Hi}.Len(), collector.NewRanges(r.Covered...).Len()
	}
	return out
}

// over are the sentences about what an ended collection was still waiting for.
var over = map[collector.Kind]string{
	collector.LookUps:   "Its name could not be looked up yet.",
	collector.Network:   "Telegram could not be reached.",
	collector.Clock:     "The computer's clock was wrong.",
	collector.Disk:      "The disk was full.",
	collector.OpenFiles: "The server had too many files open.",
	collector.Flood:     "Telegram asked to wait for too long.",
	collector.SignedOut: "Telegram ended the session.",
	collector.Guarded:   "It was stopped to protect the account.",
}

// whyEnded says why a channel was not collected completely, "" if it was.
func whyEnded(r collector.Receipt, name string) string {
	kind := collector.Kind(r.Error)
	switch {
	case kind == "" && r.State == string(collector.Canceled):
		return "It was canceled."
	case kind == "" && r.State == string(collector.Partial):
		return "It was stopped before it was complete."
	case kind == "" && r.CommentsBy == string(collector.ByPost) && r.CommentsSaid != nil:
		return strings.TrimSpace(commentsFound(*r.CommentsSaid, *r.CommentsStored, *r.CommentsShort) + " " + receiptDoubts(r).sentence())
	case kind == "" && r.Threads > 0:
		return byMessage(r.Threads)
	case kind == "" && r.Source == collector.SourcePreview:
		return words.PreviewOnly
	case kind == "":
		return receiptDoubts(r).sentence()
	case over[kind] != "":
		return over[kind]
	}
	ref, err := collector.ParseReference(r.Reference)
	o := words.Occasion{Name: name, Detail: r.Detail, Numeric: err == nil && ref.ID != 0 && r.Username == ""}
	return words.Sentence(kind, o, false)
}

// FirstRanges lists the first few ranges: 12, 40–44, …
func FirstRanges(all []collector.Range) string {
	var out []string
	for _, r := range all[:min(rangesShown, len(all))] {
		if r.Lo == r.Hi {
			out = append(out, fmt.Sprint(r.Lo))
		} else {
			out = append(out, fmt.Sprintf("%d–%d", r.Lo, r.Hi))
		}
	}
	if len(all) > rangesShown {
		out = append(out, "…")
	}
	return strings.Join(out, ", ")
}

// doubts are what is uncertain about a channel that was collected to its end.
type doubts struct {
	server                      *int64 // messages that Telegram says exist; nil: it did not say
	short, unproven, unreadable int64
}

// sentence says what is uncertain, "" if nothing is.
func (d doubts) sentence() string {
	var out []string
	if d.short > 0 && d.server != nil {
		out = append(out, fmt.Sprintf("Telegram counts %s messages here; %s of them did not come.", views.Count(*d.server), views.Count(d.short)))
	}
	if d.unproven > 0 {
		out = append(out, fmt.Sprintf("Of %s nobody proved that there is no message: an earlier version did not ask twice.",
			views.Plural(d.unproven, "absent id", "absent ids")))
	}
	if d.unreadable > 0 {
		places := "Its place is kept"
		if d.unreadable > 1 {
			places = "Their places are kept"
		}
		out = append(out, fmt.Sprintf("%s could not be read by this version. %s, and a newer version asks again.",
			views.Plural(d.unreadable, "message", "messages"), places))
	}
	return strings.Join(out, " ")
}

// worthChecking reports whether asking again for the ids without a message may find messages.
func (d doubts) worthChecking() bool { return d.short > 0 || d.unproven > 0 }

func doubtsOf(p collector.Progress) doubts {
	if !p.State.Final() {
		return doubts{}
	}
	return doubts{p.Expected, p.Short(), p.Unproven, p.Unreadable}
}

func receiptDoubts(r collector.Receipt) doubts {
	return doubts{r.Server, r.Short, r.Unproven, r.Unreadable}
}

// Doubtful are the references of a collection's channels for which that is so.
func Doubtful(c collector.Collection) []string {
	var out []string
	for _, p := range c.Channels {
		if p.State == collector.Done && doubtsOf(p).worthChecking() {
			out = append(out, p.Reference)
		}
	}
	return out
}
