package listing

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/engine/store"
	"telegramtrac/collector/listed"
)

// settle makes a list of each set of channels that the collections of a workspace asked for
// before there were lists. It does so once; a kill in the middle leaves some of them, and the
// next call makes the rest: the id of each list is that of its oldest collection, and is never
// used twice.
func (r *Records) settle(ctx context.Context, w string) error {
	if err := store.CheckNames(w); err != nil {
		return err
	}
	done, err := r.o.Bucket.Entry(ctx, w+".listed")
	if err != nil || done.Revision != 0 {
		return err
	}
	if r.o.Open(ctx, w) != nil {
		return nil // what were made now might stay where the deletion has been already
	}
	past, err := r.o.Past(ctx, w)
	if err != nil {
		return err
	}
	have, err := r.read(ctx, w)
	if err != nil {
		return err
	}
	for _, l := range former(past, have) {
		if err := r.create(ctx, w, l); err != nil && !errors.Is(err, errThere) {
			return err
		}
	}
	if len(past) == 0 && len(have) == 0 {
		return nil // nothing to remember: a workspace that is not used leaves no record
	}
	return r.o.Bucket.PutJSON(ctx, w+".listed", r.o.Now())
}

// former returns the lists that collections without one need, besides those that there are:
// at most as many as a workspace may have, the newest first.
func former(past []collector.Collection, have []listed.List) []listed.List {
	var out []listed.List
	at := map[string]int{} // by set of channels
	tied := func(c collector.Collection) bool {
		return c.Requested.List != "" || slices.ContainsFunc(have, func(l listed.List) bool { return l.Ran(c) })
	}
	for _, c := range past { // newest first
		if tied(c) || c.Requested.Check || len(c.Requested.Channels) > listed.MostChannels {
			continue
		}
		set := setOf(c)
		i, known := at[set]
		if !known && len(have)+len(out) >= listed.MostLists {
			continue
		}
		if !known {
			i = len(out)
			at[set] = i
			out = append(out, formerList(c))
		}
		out[i].ID, out[i].MadeAt = c.ID, c.SubmittedAt // of the oldest
		out[i].Former = append(out[i].Former, c.ID)
		know(&out[i], c)
	}
	tieChecks(out, past, tied)
	nameAll(out, have, titles(past))
	return out
}

// setOf is the same for collections that asked for the same channels.
func setOf(c collector.Collection) string {
	keys := make([]string, len(c.Requested.Channels))
	for i, ref := range c.Requested.Channels {
		keys[i] = listed.KeyOf(ref)
	}
	slices.Sort(keys)
	return strings.Join(slices.Compact(keys), " ")
}

// formerList is a list of what the newest collection of its channels asked for.
func formerList(c collector.Collection) listed.List {
	l := listed.List{How: listed.HowOf(c.Requested)}
	// Below the limit, and without duplicates: it cannot fail.
	_, _ = l.Add(listed.Channels(c.Requested.Channels, c.Requested.Depth)...)
	return l
}

// know takes over the ids that a collection found.
func know(l *listed.List, c collector.Collection) {
	found, groups := map[string]int64{}, map[string]int64{}
	for _, p := range c.Channels {
		if p.CommentsOf != "" {
			groups[listed.KeyOf(p.CommentsOf)] = p.ChannelID
		} else {
			found[listed.KeyOf(p.Reference)] = p.ChannelID
		}
	}
	for i := range l.Channels {
		ch := &l.Channels[i]
		ch.ChannelID = cmp.Or(ch.ChannelID, found[ch.Key()])
		ch.CommentsID = cmp.Or(ch.CommentsID, groups[ch.Key()])
		ch.Depth = min(ch.Depth, c.Requested.Depth)
	}
}

// tieChecks ties collections that asked again for some channels' ids to the first list that has
// all of these.
func tieChecks(out []listed.List, past []collector.Collection, tied func(collector.Collection) bool) {
	for _, c := range past {
		if tied(c) || !c.Requested.Check {
			continue
		}
		for i := range out {
			if out[i].Has(c.Requested.Channels) {
				out[i].Former = append(out[i].Former, c.ID)
				break
			}
		}
	}
}

// titles are the titles of channels, by reference, as collections found them.
func titles(past []collector.Collection) map[string]string {
	out := map[string]string{}
	for _, c := range past { // newest first
		for _, p := range c.Channels {
			if key := listed.KeyOf(p.Reference); out[key] == "" && p.CommentsOf == "" {
				out[key] = p.Title
			}
		}
	}
	return out
}

// nameAll gives lists the names of their channels.
func nameAll(out, have []listed.List, titles map[string]string) {
	taken := names(have)
	for i := range slices.Backward(out) { // the oldest has the plain name
		var called []string
		for _, ch := range out[i].Channels {
			called = append(called, cmp.Or(titles[ch.Key()], ch.Name()))
		}
		out[i].Name = listed.Suggest(called, out[i].MadeAt, taken)
		taken = append(taken, out[i].Name)
	}
}
