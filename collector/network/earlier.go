package network

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
)

// Nobodies are the usernames, in lower case, that collections found to be no channel.
func Nobodies(all []collector.Collection) map[string]bool {
	out := map[string]bool{}
	for _, c := range all {
		for _, p := range c.Channels {
			if ref, err := collector.ParseReference(p.Reference); err == nil && ref.Username != "" && p.Error == collector.NotAChannel {
				out[strings.ToLower(ref.Username)] = true
			}
		}
	}
	return out
}

// Failures says of the channels of which nothing could be collected when that was tried
// last, by the keys that TriedAs gives.
func Failures(all []collector.Collection) map[string]time.Time {
	out := map[string]time.Time{}
	for _, c := range all {
		for _, p := range c.Channels {
			ref, err := collector.ParseReference(p.Reference)
			if err != nil || p.State != collector.Failed || p.FinishedAt == nil {
				continue
			}
			for _, key := range TriedAs(cmp.Or(p.Username, ref.Username), cmp.Or(p.ChannelID, ref.ID)) {
				if out[key].Before(*p.FinishedAt) {
					out[key] = *p.FinishedAt
				}
			}
		}
	}
	return out
}

// TriedAs returns the keys under which Failures has a channel: its username and its
// id, as far as they are known.
func TriedAs(username string, id int64) (keys []string) {
	if username != "" {
		keys = append(keys, "@"+strings.ToLower(username))
	}
	if id != 0 {
		keys = append(keys, strconv.FormatInt(id, 10))
	}
	return keys
}

// Depths says how many steps of a snowball each collected channel lies away
// from what a person named: the fewest of its collections.
func Depths(all []collector.Collection) map[int64]int64 {
	out := map[int64]int64{}
	for _, c := range all {
		for _, p := range c.Channels {
			if d, known := out[p.ChannelID]; p.ChannelID != 0 && (!known || c.Requested.Depth < d) {
				out[p.ChannelID] = c.Requested.Depth
			}
		}
	}
	return out
}
