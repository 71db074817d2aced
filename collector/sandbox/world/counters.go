package world

import (
	"math/rand/v2"
	"slices"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world/voices"
)

// count sets m's counters: views grow with the channel and with the message's age, the others
// follow views.
func (c *city) count(o *outlet, s slot, m *tg.Message) {
	r := stream(c.seed, "count", o.id, int64(s.id))
	begin := float64(day(o.since))
	age := float64(epoch.Unix()) + 86400 - float64(s.date)
	grown := .08 + .92*(float64(s.date)-begin)/(float64(epoch.Unix())+86400-begin)
	views := float64(o.subscribers) * grown * (.12 + .6*r.Float64()*r.Float64()) * age / (age + 30_000)
	m.SetViews(1 + int(views))
	m.SetForwards(int(views * .02 * r.Float64() * r.Float64()))
	if voices.Chance(r, .6) {
		m.SetReactions(reactions(r, int(views*.03*r.Float64())))
	}
	if t := o.threads[s.id]; t != nil && (s.kind == post || s.id == s.ref) {
		m.SetReplies(c.comments(o.linked, t))
	}
}

// comments returns a channel message's reference to its thread in the linked group.
func (c *city) comments(group *outlet, t *thread) tg.MessageReplies {
	replies := tg.MessageReplies{Comments: true, Replies: t.comments, RepliesPts: int(t.last)}
	replies.SetChannelID(group.id)
	if t.comments == 0 {
		return replies
	}
	replies.SetMaxID(int(t.last))
	var recent []tg.PeerClass
	for _, id := range slices.Backward(t.recent) {
		recent = append(recent, c.speaker(group, id))
	}
	replies.SetRecentRepliers(recent)
	return replies
}

// reactions distributes a total over some emoji, sometimes a custom or a paid one.
func reactions(r *rand.Rand, total int) tg.MessageReactions {
	found := tg.MessageReactions{Results: []tg.ReactionCount{}}
	faces := []string{"👍", "❤", "🔥", "😢", "🐳", "🤔", "🎉"}
	for _, i := range r.Perm(len(faces))[:1+r.IntN(4)] {
		n := total - total*r.IntN(100)/160
		total -= n
		if n > 0 {
			found.Results = append(found.Results, tg.ReactionCount{Reaction: &tg.ReactionEmoji{Emoticon: faces[i]}, Count: n})
		}
	}
	if voices.Chance(r, .1) {
		found.Results = append(found.Results,
			tg.ReactionCount{Reaction: &tg.ReactionCustomEmoji{DocumentID: 5300000000000000000 + r.Int64N(40)}, Count: 1 + r.IntN(30)})
	}
	if voices.Chance(r, .05) {
		found.Results = append(found.Results, tg.ReactionCount{Reaction: &tg.ReactionPaid{}, Count: 1 + r.IntN(200)})
	}
	return found
}
