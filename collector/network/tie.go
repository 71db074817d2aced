package network

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"telegramtrac/collector"
)

// Tie is one message that points at a channel in one way: what an Edge counts.
// One row of edges.parquet.
type Tie struct {
	SourceID        int64     `parquet:"source_channel_id"`
	SourceUsername  string    `parquet:"source_username,optional,dict"`
	SourceTitle     string    `parquet:"source_title,optional,dict"`
	MessageID       int64     `parquet:"message_id"`
	Date            time.Time `parquet:"date,timestamp(microsecond)"`
	Kind            string    `parquet:"kind,dict"`
	Target          string    `parquet:"target,dict"` // the key of the node
	TargetID        int64     `parquet:"target_channel_id,optional"`
	TargetUsername  string    `parquet:"target_username,optional,dict"`
	TargetTitle     string    `parquet:"target_title,optional,dict"`
	TargetMessageID int64     `parquet:"target_message_id,optional"` // the message that is forwarded, linked or replied to

	// The target is a username that changed hands, and its owner at the time of the message is
	// not known: then the target is the username itself.
	Ambiguous  bool    `parquet:"ambiguous"`
	Candidates []int64 `parquet:"candidates,optional,list"` // the channels that may have owned it then; ascending
}

// finder finds the channels that messages point at. It reuses its slices.
type finder struct {
	names    *names
	pointers []pointer // scratch
	found    []found   // scratch
}

// found is a tie that a message makes, and the id of the target's message that it names.
type found struct {
	tie
	message int64
}

// find returns what a message points at, each target once for each kind. The result is valid
// until the next call.
func (f *finder) find(e *Evidence) []found {
	f.pointers, f.found = e.pointers(f.pointers[:0]), f.found[:0]
	for _, p := range f.pointers {
		if t, ok := f.names.target(p, e.Date); ok {
			f.note(found{tie{e.ChannelID, t, p.kind}, p.message})
		}
	}
	return f.found
}

// note adds a tie unless it is there already; then it fills in the target's message if that
// was missing.
func (f *finder) note(n found) {
	for i := range f.found {
		if f.found[i].tie == n.tie {
			if f.found[i].message == 0 {
				f.found[i].message = n.message
			}
			return
		}
	}
	f.found = append(f.found, n)
}

// Ties yields the evidence of every edge, in the order of the messages: as many ties for an
// edge as its weight. The pointer is valid until the next tie; copy what it points at to store
// it. An error ends the sequence.
func Ties(ctx context.Context, in Input) iter.Seq2[*Tie, error] {
	return func(yield func(*Tie, error) bool) {
		f := finder{names: newNames(in)}
		var t Tie
		for e, err := range in.Messages {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(nil, fmt.Errorf("read messages of the network: %w", err))
				return
			}
			for _, n := range f.find(e) {
				t = f.names.tie(e, n)
				if !yield(&t, nil) {
					return
				}
			}
		}
	}
}

func (n *names) tie(e *Evidence, f found) Tie {
	from, to := n.channels[e.ChannelID], n.channels[f.target.id]
	if f.target.id == 0 {
		to = naming{username: f.target.username}
	}
	var candidates []int64
	if f.target.ambiguous {
		candidates = channelsAmong(n.held.Bearer(f.target.username, e.Date).Among)
	}
	return Tie{
		Ambiguous: f.target.ambiguous, Candidates: candidates,
		SourceID: e.ChannelID, SourceUsername: from.username, SourceTitle: from.title,
		MessageID: e.ID, Date: e.Date, Kind: Kinds[f.kind],
		Target: f.target.key(), TargetID: f.target.id, TargetUsername: to.username, TargetTitle: to.title, TargetMessageID: f.message,
	}
}

// channelsAmong removes persons.
func channelsAmong(ids []int64) []int64 {
	return slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return id == collector.Person })
}
