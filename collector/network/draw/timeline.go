package draw

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"telegramtrac/collector/network"
)

// fingerprint hashes the edges of a graph in order, with their messages a day. The timeline
// refers to edges by their index, so it fits only the graph.json with the same fingerprint.
func fingerprint(g *network.Graph) string {
	sum := sha256.New()
	var line []byte
	for i, e := range g.Edges {
		line = fmt.Appendf(line[:0], "%s %s %s %d", e.Source, e.Target, e.Kind, e.Weight)
		for _, d := range g.DaysOf(i) {
			line = fmt.Appendf(line, " %d:%d", d.Day, d.Messages)
		}
		sum.Write(append(line, '\n')) // never fails
	}
	return hex.EncodeToString(sum.Sum(nil)[:fingerprintBytes])
}

// fingerprintBytes is how many bytes of the hash are used.
const fingerprintBytes = 12

// Timeline writes when the messages of each edge were sent, as JSON: "ties" has a list for
// each edge, in the order of graph.json's links, that alternates days since "first_day" and
// numbers of messages. It fits the graph.json with the same "print".
func Timeline(w io.Writer, g *network.Graph) error {
	first := network.DayOf(g.Summary.Oldest)
	out := newLines(w)
	out.text(`{"first_day":`)
	out.value(network.DayTime(first).Format(time.DateOnly))
	out.text(`,"days":`)
	out.value(max(0, network.DayOf(g.Summary.Newest)-first+1))
	out.text(`,"messages":`)
	out.value(g.Summary.Messages)
	out.text(`,"print":`)
	out.value(fingerprint(g))
	out.text(`,"ties":[`)
	flat := []int32{}
	for i, days := range g.Timeline {
		flat = flat[:0]
		for _, d := range days {
			flat = append(flat, d.Day-first, d.Messages)
		}
		out.element(i, flat)
	}
	out.text("]}\n")
	if err := out.end(); err != nil {
		return fmt.Errorf("write timeline: %w", err)
	}
	return nil
}
