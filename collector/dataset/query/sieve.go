package query

import (
	"cmp"
	"context"
	"math"
	"slices"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/derived"
	"telegramtrac/collector/dataset/fold"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/search"
)

// sieve holds the rows of a block to a query, column by column: what is cheap first, the texts
// last, and of a column nothing where no row is left that it matters for.
type sieve struct {
	blockColumns
	block   *block
	matcher *search.Matcher
	threads fold.Threads
	earlier map[int][]string // texts of earlier wordings, by row of the block

	found map[*search.Term][]bool // what columns told of terms that stand beside texts
	words map[*search.Term]*finder
}

// decide clears in where a tree does not hold.
func (s *sieve) decide(ctx context.Context, in []bool) error {
	branches := []search.Tree{*s.matcher.Tree()}
	if branches[0].Op == search.All {
		branches = slices.Clone(branches[0].Of)
	}
	slices.SortStableFunc(branches, func(a, b search.Tree) int { return cmp.Compare(cost(&a), cost(&b)) })
	for len(branches) > 0 && cost(&branches[0]) < textCost {
		if err := clearTree(&branches[0], in, s.clearByColumn); err != nil {
			return err
		}
		if branches = branches[1:]; !slices.Contains(in, true) || ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if len(branches) == 0 {
		return nil
	}
	return s.decideTexts(ctx, &search.Tree{Op: search.All, Of: branches}, in)
}

// textCost is that of a condition about texts.
const textCost = 1000

// cost orders conditions: what is quicker to look at comes first.
func cost(t *search.Tree) (sum int) {
	t.Each(func(t *search.Term, _ bool) {
		for _, column := range t.Columns() {
			switch column {
			case "text":
				sum += textCost
			case "channel_id":
			case "raw":
				sum += textCost / 50
			case "links", "mentions", "hashtags":
				sum += textCost / 100
			default:
				sum++
			}
		}
	})
	return min(sum, math.MaxInt32)
}

// clearTree clears in where a tree does not hold; leaf does so for a condition.
func clearTree(t *search.Tree, in []bool, leaf func(*search.Term, []bool) error) error {
	switch {
	case !slices.Contains(in, true):
		return nil
	case t.Op == search.Leaf:
		return leaf(t.Term, in)
	case t.Op == search.All:
		for i := range t.Of {
			if err := clearTree(&t.Of[i], in, leaf); err != nil {
				return err
			}
		}
		return nil
	}
	left := slices.Clone(in) // rows of which no branch holds so far
	for i := range t.Of {
		one := slices.Clone(left)
		if err := clearTree(&t.Of[i], one, leaf); err != nil {
			return err
		}
		for row, holds := range one {
			left[row] = left[row] && !holds
		}
	}
	for row := range in {
		in[row] = in[row] && left[row] == (t.Op == search.Not)
	}
	return nil
}

// decideTexts reads the texts once, and holds each page of them to a tree.
func (s *sieve) decideTexts(ctx context.Context, t *search.Tree, in []bool) (err error) {
	s.found, s.words = map[*search.Term][]bool{}, map[*search.Term]*finder{}
	t.Each(func(term *search.Term, _ bool) {
		if term.OfText() {
			s.words[term] = newFinder(s.matcher.Bound(term))
			return
		}
		if err == nil {
			s.found[term] = slices.Clone(in)
			err = s.clearByColumn(term, s.found[term])
		}
	})
	if err != nil {
		return err
	}
	page := &textPage{}
	return s.EachTexts("text", func(first int, texts []byte, ends []uint32) error {
		page.set(texts, ends)
		some := in[first : first+len(ends)-1]
		err := clearTree(t, some, func(term *search.Term, in []bool) error {
			if known, ok := s.found[term]; ok {
				for i := range in {
					in[i] = in[i] && known[first+i]
				}
				return nil
			}
			s.clearTexts(term, page, first, in)
			return nil
		})
		return cmp.Or(err, ctx.Err())
	})
}

// clearTexts clears in where neither a text of a page nor an earlier wording has what a term is about.
func (s *sieve) clearTexts(term *search.Term, page *textPage, first int, in []bool) {
	var was []int // rows of which an earlier wording has it
	for i := range in {
		if texts := s.earlier[first+i]; in[i] && len(texts) > 0 && s.matcher.Bound(term).InText(texts...) {
			was = append(was, i)
		}
	}
	s.words[term].among(page, in)
	for _, i := range was {
		in[i] = true
	}
}

// clearByColumn clears in where a condition that is not about texts does not hold.
func (s *sieve) clearByColumn(term *search.Term, in []bool) error {
	b := s.matcher.Bound(term)
	keep := func(is func(i int) bool) {
		for i := range in {
			in[i] = in[i] && is(i)
		}
	}
	switch term.Field {
	case search.Channel:
		means := b.Means(search.Who{Type: collector.PeerChannel, ID: s.block.channelID})
		keep(func(int) bool { return means })
		return nil
	case search.Date:
		if term.Within(s.block.minDate) && term.Within(s.block.maxDate) {
			return nil
		}
		return s.clearNumbers(b, "date", derived.Dates, in)
	case search.Views:
		return s.clearNumbers(b, "views", derived.Views, in)
	case search.Forwards:
		return s.clearNumbers(b, "forwards", derived.Forwards, in)
	case search.Replies:
		return s.clearNumbers(b, "replies", "", in)
	case search.Reactions:
		return s.clearNumbers(b, "reactions_total", "", in)
	case search.Is:
		return s.clearIs(term.Value, in)
	}
	holds, err := s.told(b)
	keep(func(i int) bool { return holds[i] })
	return err
}

func (s *sieve) clearNumbers(b *search.Bound, column string, kept derived.Number, in []bool) error {
	values, err := s.numbers(column, kept)
	if err != nil {
		return err
	}
	for i, n := range values {
		in[i] = in[i] && n != derived.Null && b.Within(n)
	}
	return nil
}

// told are the rows of which one of a field's columns says that a condition holds.
func (s *sieve) told(b *search.Bound) (holds []bool, err error) {
	holds = make([]bool, s.To-s.From)
	switch b.Field {
	case search.From:
		err = s.markPeers(holds, b, "from_type", "from_id", "post_author")
	case search.Forward:
		err = s.markPeers(holds, b, "forward_from_type", "forward_from_id", "forward_from_username", "forward_from_name")
	case search.Mentions, search.Hashtag:
		err = s.markList(holds, fieldLists[b.Field], b.Meets)
	case search.Domain:
		if err = s.markList(holds, "links", b.MeetsLink); err == nil {
			err = s.markTexts(holds, "domain", b.MeetsDomain)
		}
	case search.Link:
		if err = s.markList(holds, "links", b.MeetsLink); err == nil {
			err = s.markTexts(holds, "url", b.MeetsLink)
		}
	case search.Media:
		err = s.markMedia(holds, b.Value)
	case search.Has:
		err = s.markHas(holds, b.Value)
	}
	return holds, err
}

// fieldLists are the columns of fields that are lists.
var fieldLists = map[string]string{search.Mentions: "mentions", search.Hashtag: "hashtags"}

// markPeers marks the rows that name somebody by type and number, or by names.
func (s *sieve) markPeers(holds []bool, b *search.Bound, kinds, ids string, names ...string) error {
	kind := make([]string, len(holds))
	known := map[string]string{}
	err := s.Values(kinds, func(i int, v part.Value) {
		if word, ok := known[string(v.ByteArray())]; ok {
			kind[i] = word
			return
		}
		kind[i] = string(v.ByteArray())
		known[kind[i]] = kind[i]
	})
	if err != nil {
		return err
	}
	if err := s.Values(ids, func(i int, v part.Value) {
		holds[i] = !v.IsNull() && b.Means(search.Who{Type: kind[i], ID: v.Int64()})
	}); err != nil {
		return err
	}
	for _, name := range names {
		if err := s.markTexts(holds, name, b.Meets); err != nil {
			return err
		}
	}
	return nil
}

// markTexts marks the rows whose value in a column holds; null does not.
func (s *sieve) markTexts(holds []bool, column string, is func(string) bool) error {
	return s.Values(column, func(i int, v part.Value) {
		holds[i] = holds[i] || !v.IsNull() && is(string(v.ByteArray()))
	})
}

// markList marks the rows of which one value of a list holds.
func (s *sieve) markList(holds []bool, column string, is func(string) bool) error {
	return s.Leaves([]string{column, "list", "element"}, func(i int, v part.Value) {
		holds[i] = holds[i] || is(string(v.ByteArray()))
	})
}

// markMedia marks the rows with media of a kind.
func (s *sieve) markMedia(holds []bool, kind string) error {
	mimes := make([]string, len(holds))
	if kind == search.MediaVideo || kind == search.MediaAudio {
		if err := s.Values("mime_type", func(i int, v part.Value) { mimes[i] = string(v.ByteArray()) }); err != nil {
			return err
		}
	}
	return s.eachWord("media_type", derived.Media, func(i int, has bool, class string) {
		holds[i] = search.IsMedia(kind, class, mimes[i])
	})
}

// markPresent marks the rows that are not null in one of some columns.
func (s *sieve) markPresent(holds []bool, columns ...string) error {
	for _, column := range columns {
		if err := s.Values(column, func(i int, v part.Value) { holds[i] = holds[i] || !v.IsNull() }); err != nil {
			return err
		}
	}
	return nil
}

func (s *sieve) markHas(holds []bool, what string) error {
	switch what {
	case "link":
		if err := s.markList(holds, "links", func(string) bool { return true }); err != nil {
			return err
		}
		return s.markPresent(holds, "url")
	case "media":
		return s.markMedia(holds, search.MediaAny)
	case "poll":
		if err := s.markMedia(holds, "poll"); err != nil {
			return err
		}
		return s.markPresent(holds, "poll_id")
	case "reply":
		return s.markPresent(holds, "reply_to_message_id")
	case "comments":
		return s.Values("replies", func(i int, v part.Value) { holds[i] = !v.IsNull() && v.Int64() > 0 })
	}
	return s.markPresent(holds, "geo_type")
}

// clearIs clears in where a message is not something.
func (s *sieve) clearIs(what string, in []bool) error {
	if what == "forward" {
		return s.filterForwarded(in, Yes)
	}
	holds := make([]bool, len(in))
	err := s.markIs(holds, what)
	for i := range in {
		in[i] = in[i] && holds[i]
	}
	return err
}

func (s *sieve) markIs(holds []bool, what string) error {
	switch what {
	case "edited":
		return s.markEdited(holds)
	case "gone":
		return s.markPresent(holds, "gone_at")
	case "pinned":
		return s.Values("pinned", func(i int, v part.Value) { holds[i] = !v.IsNull() && v.Boolean() })
	case "service":
		return s.eachWord("kind", derived.Kinds, func(i int, _ bool, kind string) { holds[i] = kind == collector.KindService })
	case "album":
		return s.markPresent(holds, "album_id")
	}
	return s.markComments(holds)
}

// markEdited marks the rows that people saw edited: of older rows the whole object says so.
func (s *sieve) markEdited(holds []bool) error {
	if err := s.markPresent(holds, "edit_date"); err != nil {
		return err
	}
	var ask []int // rows that do not tell whether it was hidden
	err := s.Values("edit_hidden", func(i int, v part.Value) {
		if v.IsNull() && holds[i] {
			ask = append(ask, i)
		}
		holds[i] = holds[i] && (v.IsNull() || !v.Boolean())
	})
	if err != nil || len(ask) == 0 {
		return err
	}
	return s.Texts("raw", func(i int, raw []byte) {
		if _, asks := slices.BinarySearch(ask, i); asks {
			holds[i] = !collector.ReadRaw(string(raw), `"edit_hide":true`).EditHide
		}
	})
}

// markComments marks the rows that are comments, by their own columns or by what they answer.
func (s *sieve) markComments(holds []bool) error {
	if err := s.markPresent(holds, "thread_message_id"); err != nil || len(s.threads) == 0 {
		return err
	}
	rows := make([]collector.Message, len(holds))
	for column, of := range map[string]func(*collector.Message) *int64{
		"reply_to_message_id": func(m *collector.Message) *int64 { return &m.ReplyToMessageID },
		"reply_to_top_id":     func(m *collector.Message) *int64 { return &m.ReplyToTopID },
		"reply_to_channel_id": func(m *collector.Message) *int64 { return &m.ReplyToChannelID },
	} {
		if err := s.Values(column, func(i int, v part.Value) {
			if !v.IsNull() {
				*of(&rows[i]) = v.Int64()
			}
		}); err != nil {
			return err
		}
	}
	for i := range rows {
		s.threads.Tie(&rows[i])
		holds[i] = holds[i] || rows[i].ThreadMessageID != 0
	}
	return nil
}
