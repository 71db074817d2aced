package network

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/fold"
)

// Question asks for the messages that make an edge, newest first.
type Question struct {
	Source        int64  // channel id
	Target        string // key of the node
	Filter        Filter // only its kinds and days apply
	Offset, Limit int
}

// Answer is a page of the messages that make an edge. A message that points at the target in
// several ways appears once for each.
type Answer struct {
	Total      int // of all pages
	Statements []Statement
}

// Statement is a message that points at a channel, with its text.
type Statement struct {
	Tie
	Text   string
	GoneAt *time.Time
	Button bool // the link is on a button below the message only, not in its text
}

// Find returns a page of one channel's messages that point at another.
func Find(ctx context.Context, d *dataset.Dataset, q Question) (Answer, error) {
	in, err := Read(ctx, d, q.Source)
	if err != nil {
		return Answer{}, err
	}
	all, err := q.ties(ctx, in)
	if err != nil {
		return Answer{}, err
	}
	out := Answer{Total: len(all)}
	hi := max(0, len(all)-max(0, q.Offset))
	lo := max(0, hi-max(0, q.Limit))
	for i := hi - 1; i >= lo; i-- {
		out.Statements = append(out.Statements, Statement{Tie: all[i]})
	}
	return out, say(ctx, d, q.Source, out.Statements)
}

// ties returns the ties that the question asks for, oldest first.
func (q Question) ties(ctx context.Context, in Input) ([]Tie, error) {
	var all []Tie
	for t, err := range Ties(ctx, in) {
		if err != nil {
			return nil, err
		}
		if e := (Edge{Kind: t.Kind, Weight: 1, First: t.Date, Last: t.Date}); t.Target == q.Target && q.Filter.cut(&e, Days{{DayOf(t.Date), 1}}) {
			all = append(all, *t)
		}
	}
	return all, nil
}

// words are the columns that a Statement needs besides its tie.
type words struct {
	ChannelID int64      `parquet:"channel_id"`
	ID        int64      `parquet:"message_id"`
	Text      string     `parquet:"text"`
	GoneAt    *time.Time `parquet:"gone_at,optional,timestamp(microsecond)"`

	Entities []struct {
		Type string `parquet:"type"`
	} `parquet:"entities,optional,list"`
	Links []string `parquet:"links,optional,list"`
}

// onButton reports whether only a button of the message links to the tie's target. Links of
// the text, as many as it has link entities, come before those of buttons.
func (w *words) onButton(t Tie) bool {
	if t.Kind != Kinds[linkKind] {
		return false
	}
	inText := 0
	for _, e := range w.Entities {
		if e.Type == "MessageEntityUrl" || e.Type == "MessageEntityTextUrl" {
			inText++
		}
	}
	leads := func(address string) bool {
		link, ok := collector.ParseTMe(address)
		return ok && (link.ChannelID != 0 && link.ChannelID == t.TargetID ||
			link.Username != "" && strings.EqualFold(link.Username, t.TargetUsername))
	}
	inText = min(inText, len(w.Links))
	return slices.ContainsFunc(w.Links[inText:], leads) && !slices.ContainsFunc(w.Links[:inText], leads)
}

// say fills in the texts of statements of one channel, which are ordered newest first.
func say(ctx context.Context, d *dataset.Dataset, channelID int64, statements []Statement) error {
	at := len(statements) - 1 // rows are read in ascending order
	for w, err := range fold.ScanColumns[words](ctx, d.Rows, channelID) {
		if err != nil {
			return fmt.Errorf("read what messages say: %w", err)
		}
		for at >= 0 && statements[at].MessageID < w.ID {
			at--
		}
		for at >= 0 && statements[at].MessageID == w.ID {
			statements[at].Text, statements[at].GoneAt, statements[at].Button = w.Text, w.GoneAt, w.onButton(statements[at].Tie)
			at--
		}
		if at < 0 {
			break
		}
	}
	return nil
}
