package handlers

import "telegramtrac/collector"

// record is a collection as scripts read it: the collector's own record, whose
// error is null, not "", when there is none.
type record struct {
	collector.Collection
	Waits    *collector.Kind `json:"waits_for"`
	Error    *collector.Kind `json:"error"`
	Channels []channelRecord `json:"channels"`
}

type channelRecord struct {
	collector.Progress
	Error *collector.Kind `json:"error"`
}

func newRecord(c collector.Collection) record {
	r := record{Collection: c, Waits: orNull(c.Waits), Error: orNull(c.Error), Channels: []channelRecord{}}
	for _, p := range c.Channels {
		r.Channels = append(r.Channels, channelRecord{Progress: p, Error: orNull(p.Error)})
	}
	return r
}

func orNull(k collector.Kind) *collector.Kind {
	if k == "" {
		return nil
	}
	return &k
}
