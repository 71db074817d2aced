package part

import (
	"time"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
)

// column is one of the columns of a file of T, and what it has of each row.
type column[T any] struct {
	path string // dotted, as in the schema
	cell cell[T]
}

// messageColumns are the columns of [collector.Message] in the schema's order. A test
// holds them to the struct and its tags: the paths, and each value of invented rows.
func messageColumns() []column[collector.Message] {
	type M = collector.Message
	type E = collector.Entity
	type R = collector.Reaction
	type L = collector.TMeLink
	type P = collector.PollResult
	entities := func(m *M) []E { return m.Entities }
	reactions := func(m *M) []R { return m.Reactions }
	tmeLinks := func(m *M) []L { return m.TMeLinks }
	answers := func(m *M) []P { return m.PollResults }
	number64, number32 := parquet.Int64Value, parquet.Int32Value
	double, boolean := parquet.DoubleValue, parquet.BooleanValue
	return []column[M]{
		{"channel_id", number(func(m *M) int64 { return m.ChannelID })},
		{"channel_username", optionalText(func(m *M) string { return m.ChannelUsername })},
		{"channel_title", optionalText(func(m *M) string { return m.ChannelTitle })},

		{"message_id", number(func(m *M) int64 { return m.ID })},
		{"kind", text(func(m *M) string { return m.Kind })},
		{"action", optionalText(func(m *M) string { return m.Action })},
		{"date", moment(func(m *M) time.Time { return m.Date })},
		{"edit_date", pointer(momentValue, func(m *M) *time.Time { return m.EditDate })},
		{"text", text(func(m *M) string { return m.Text })},
		{"entities.list.element.type", each(entities, text(func(e *E) string { return e.Type }))},
		{"entities.list.element.offset", each(entities, small(func(e *E) int32 { return e.Offset }))},
		{"entities.list.element.length", each(entities, small(func(e *E) int32 { return e.Length }))},
		{"entities.list.element.url", each(entities, optionalText(func(e *E) string { return e.URL }))},
		{"edit_hidden", pointer(boolean, func(m *M) *bool { return m.EditHidden })},
		{"rich", optionalText(func(m *M) string { return m.Rich })},

		{"post_author", optionalText(func(m *M) string { return m.PostAuthor })},
		{"from_type", optionalText(func(m *M) string { return m.FromType })},
		{"from_id", optionalNumber(func(m *M) int64 { return m.FromID })},

		{"views", pointer(number64, func(m *M) *int64 { return m.Views })},
		{"forwards", pointer(number64, func(m *M) *int64 { return m.Forwards })},
		{"replies", pointer(number64, func(m *M) *int64 { return m.Replies })},
		{"replies_channel_id", optionalNumber(func(m *M) int64 { return m.RepliesChannelID })},
		{"reactions.list.element.emoji", each(reactions, optionalText(func(r *R) string { return r.Emoji }))},
		{"reactions.list.element.custom_emoji_id", each(reactions, optionalNumber(func(r *R) int64 { return r.CustomEmojiID }))},
		{"reactions.list.element.paid", each(reactions, flag(func(r *R) bool { return r.Paid }))},
		{"reactions.list.element.count", each(reactions, number(func(r *R) int64 { return r.Count }))},
		{"reactions_total", pointer(number64, func(m *M) *int64 { return m.ReactionsTotal })},
		{"stars", pointer(number64, func(m *M) *int64 { return m.Stars })},
		{"views_rounded", flag(func(m *M) bool { return m.ViewsRounded })},
		{"reactions_rounded", flag(func(m *M) bool { return m.ReactionsRounded })},

		{"forward_from_type", optionalText(func(m *M) string { return m.ForwardFromType })},
		{"forward_from_id", optionalNumber(func(m *M) int64 { return m.ForwardFromID })},
		{"forward_from_username", optionalText(func(m *M) string { return m.ForwardFromUsername })},
		{"forward_from_name", optionalText(func(m *M) string { return m.ForwardFromName })},
		{"forward_message_id", optionalNumber(func(m *M) int64 { return m.ForwardMessageID })},
		{"forward_date", pointer(momentValue, func(m *M) *time.Time { return m.ForwardDate })},
		{"forward_post_author", optionalText(func(m *M) string { return m.ForwardPostAuthor })},

		{"reply_to_message_id", optionalNumber(func(m *M) int64 { return m.ReplyToMessageID })},
		{"reply_to_channel_id", optionalNumber(func(m *M) int64 { return m.ReplyToChannelID })},
		{"reply_to_top_id", optionalNumber(func(m *M) int64 { return m.ReplyToTopID })},
		{"topic_id", optionalNumber(func(m *M) int64 { return m.TopicID })},
		{"topic_title", optionalText(func(m *M) string { return m.TopicTitle })},
		{"thread_channel_id", optionalNumber(func(m *M) int64 { return m.ThreadChannelID })},
		{"thread_message_id", optionalNumber(func(m *M) int64 { return m.ThreadMessageID })},
		{"album_id", optionalNumber(func(m *M) int64 { return m.AlbumID })},

		{"media_type", optionalText(func(m *M) string { return m.MediaType })},
		{"mime_type", optionalText(func(m *M) string { return m.MIMEType })},
		{"file_name", optionalText(func(m *M) string { return m.FileName })},
		{"file_size", pointer(number64, func(m *M) *int64 { return m.FileSize })},
		{"file_size_rounded", flag(func(m *M) bool { return m.FileSizeRounded })},
		{"duration", pointer(double, func(m *M) *float64 { return m.Duration })},
		{"width", pointer(number32, func(m *M) *int32 { return m.Width })},
		{"height", pointer(number32, func(m *M) *int32 { return m.Height })},
		{"document_id", optionalNumber(func(m *M) int64 { return m.DocumentID })},
		{"photo_id", optionalNumber(func(m *M) int64 { return m.PhotoID })},

		{"url", optionalText(func(m *M) string { return m.URL })},
		{"domain", optionalText(func(m *M) string { return m.Domain })},
		{"url_title", optionalText(func(m *M) string { return m.URLTitle })},
		{"url_description", optionalText(func(m *M) string { return m.URLDescription })},
		{"links.list.element", each(func(m *M) []string { return m.Links }, text(itself))},
		{"tme_links.list.element.username", each(tmeLinks, optionalText(func(l *L) string { return l.Username }))},
		{"tme_links.list.element.channel_id", each(tmeLinks, optionalNumber(func(l *L) int64 { return l.ChannelID }))},
		{"tme_links.list.element.message_id", each(tmeLinks, optionalNumber(func(l *L) int64 { return l.MessageID }))},
		{"mentions.list.element", each(func(m *M) []string { return m.Mentions }, text(itself))},
		{"hashtags.list.element", each(func(m *M) []string { return m.Hashtags }, text(itself))},
		{"poll_id", optionalNumber(func(m *M) int64 { return m.PollID })},
		{"poll_question", optionalText(func(m *M) string { return m.PollQuestion })},
		{"poll_total_voters", pointer(number64, func(m *M) *int64 { return m.PollVoters })},
		{"poll_results.list.element.text", each(answers, text(func(p *P) string { return p.Text }))},
		{"poll_results.list.element.voters", each(answers, pointer(number64, func(p *P) *int64 { return p.Voters }))},
		{"poll_results.list.element.correct", each(answers, flag(func(p *P) bool { return p.Correct }))},
		{"poll_results.list.element.percent", each(answers, pointer(number32, func(p *P) *int32 { return p.Percent }))},
		{"poll_total_voters_rounded", flag(func(m *M) bool { return m.PollVotersRounded })},

		{"geo_type", optionalText(func(m *M) string { return m.GeoType })},
		{"latitude", pointer(double, func(m *M) *float64 { return m.Latitude })},
		{"longitude", pointer(double, func(m *M) *float64 { return m.Longitude })},
		{"venue_id", optionalText(func(m *M) string { return m.VenueID })},
		{"venue_type", optionalText(func(m *M) string { return m.VenueType })},
		{"venue_title", optionalText(func(m *M) string { return m.VenueTitle })},
		{"venue_address", optionalText(func(m *M) string { return m.VenueAddress })},
		{"venue_provider", optionalText(func(m *M) string { return m.VenueProvider })},
		{"contact_phone_number", optionalText(func(m *M) string { return m.ContactPhone })},
		{"contact_name", optionalText(func(m *M) string { return m.ContactName })},
		{"contact_user_id", optionalNumber(func(m *M) int64 { return m.ContactUserID })},

		{"via_bot_id", optionalNumber(func(m *M) int64 { return m.ViaBotID })},
		{"pinned", flag(func(m *M) bool { return m.Pinned })},
		{"noforwards", flag(func(m *M) bool { return m.NoForwards })},
		{"restricted", flag(func(m *M) bool { return m.Restricted })},

		{"source", text(func(m *M) string { return m.Source })},
		{"first_seen_at", moment(func(m *M) time.Time { return m.FirstSeenAt })},
		{"last_seen_at", moment(func(m *M) time.Time { return m.LastSeenAt })},
		{"gone_at", pointer(momentValue, func(m *M) *time.Time { return m.GoneAt })},

		{"raw", text(func(m *M) string { return m.Raw })},
	}
}
