package network

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
)

// Nobodies returns the usernames, in lower case, that collections found not to be channels.
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

// Failures returns when a channel last failed to be collected, by the keys of TriedAs.
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

// TriedAs returns the keys of a channel in Failures: its username and its id, as far as known.
func TriedAs(username string, id int64) (keys []string) {
	if username != "" {
		keys = append(keys, "@"+strings.ToLower(username))
	}
	if id != 0 {
		keys = append(keys, strconv.FormatInt(id, 10))
	}
	return keys
}

// Depths returns how many snowball steps each collected channel is away from the channels that
// a person named: the least over its collections.
func Depths(all []collector.Collection) map[int64]int64 {
	out := map[int64]int64{}
	for _, c := range all {
		for _, p := range c.Channels {
			depth := c.DepthOf(p)
			if d, known := out[p.ChannelID]; p.ChannelID != 0 && (!known || depth < d) {
				out[p.ChannelID] = depth
			}
		}
	}
	return out
}
