// Package quota limits how much one workspace may hold, and counts its channels.
package quota

import "telegramtrac/collector"

// Allowance limits one workspace; 0 means no limit.
type Allowance struct {
	Bytes       int64 // of collected data
	Collections int   // that have not ended
	Channels    int   // collected, or named in a collection that has not ended
}

// Full reports whether a workspace that holds so many bytes may hold no more.
func (a Allowance) Full(bytes int64) bool { return a.Bytes > 0 && bytes >= a.Bytes }

// Fits reports whether a workspace may hold so many bytes; then it may be full.
func (a Allowance) Fits(bytes int64) bool { return a.Bytes <= 0 || bytes <= a.Bytes }

// Admits reports whether a workspace with so many channels may have more. Those that it has
// can always be collected again.
func (a Allowance) Admits(channels, more int) bool {
	return a.Channels <= 0 || more == 0 || channels+more <= a.Channels
}

// Roll counts the channels of a workspace, each once.
type Roll struct {
	known  map[string]bool  // by key of a reference
	groups map[string]int64 // by key of a collected channel: the group with its comments, 0: none
}

// NewRoll makes an empty Roll.
func NewRoll() Roll { return Roll{known: map[string]bool{}, groups: map[string]int64{}} }

// Put adds a channel that is already collected.
func (r Roll) Put(ch collector.Channel) {
	keys := []string{collector.Reference{ID: ch.ID}.Key()}
	for _, name := range append(ch.Usernames, ch.Username) {
		keys = append(keys, collector.Reference{Username: name}.Key())
	}
	for _, key := range keys {
		r.known[key], r.groups[key] = true, ch.LinkedChannelID
	}
}

// Admit adds the channels of a request and returns how many are new. With comments, the group
// of a collected channel counts too, and a group is assumed for each unknown channel.
func (r Roll) Admit(request collector.Request) int {
	n := 0
	add := func(key string) {
		if !r.known[key] {
			r.known[key] = true
			n++
		}
	}
	for _, written := range request.Channels {
		ref, err := collector.ParseReference(written)
		if err != nil {
			continue
		}
		add(ref.Key())
		if !request.Comments {
			continue
		}
		if group, here := r.groups[ref.Key()]; !here {
			add("group of " + ref.Key())
		} else if group != 0 {
			add(collector.Reference{ID: group}.Key())
		}
	}
	return n
}
