package derived

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

const (
	// WorthRows is how many rows a part has at least that something is derived of: what
	// is smaller is read as quickly.
	WorthRows = 5_000

	// maxGroup is how many rows a row group has at most that something is derived of.
	maxGroup = 1 << 20
)

// Ensure makes what is derived of a part anew, unless it is there, whole, and of this part
// and version. Of parts below [WorthRows] there is none. It fails where the part cannot be
// read or the file not be written: then nothing is lost by it.
func Ensure(ctx context.Context, p *part.Part) error {
	if p.Rows < WorthRows {
		return nil
	}
	if Check(p) {
		return nil
	}
	return Make(ctx, p)
}

// Make makes what is derived of a part, whatever is there.
func Make(ctx context.Context, p *part.Part) error {
	files := mend.Files{}
	defer files.Close()
	f, err := files.Open(p)
	if err == nil {
		err = p.In.PutAnew(Name(p), func(to *os.File) error { return write(ctx, to, p, f) })
	}
	if errors.Is(err, fs.ErrExist) {
		return nil // somebody else is about it
	}
	if err != nil {
		return fmt.Errorf("derive from a part: %w", err)
	}
	if there, err := bucket.Has(p.In, p.Name); err != nil || there {
		return err
	}
	return p.In.Delete(Name(p)) // the part was merged or set aside meanwhile
}

// Check looks through what is derived of a part, and reports whether all of it is there
// and as it was written. It decodes nothing: every compaction checks all of a workspace.
func Check(p *part.Part) bool {
	k := open(p)
	if k == nil {
		return false
	}
	defer k.Close()
	var buf []byte
	for g, of := range k.directory.Groups {
		for name := range of.Sections {
			var ok bool
			if buf, ok = k.packed(g, name, buf); !ok {
				return false
			}
		}
	}
	return true
}

// write writes what is derived of a part.
func write(ctx context.Context, to io.Writer, p *part.Part, f *part.File) error {
	w := newWriter(to, p)
	if err := w.write([]byte(magic)); err != nil {
		return err
	}
	var first int64
	for _, g := range p.Groups {
		if err := ctx.Err(); err != nil {
			return err
		}
		w.begin(g.Rows)
		if g.Rows <= maxGroup {
			b := builder{Columns: part.Columns{File: f, From: first, To: first + g.Rows}, rows: int(g.Rows), stats: NewStats()}
			if err := b.build(w); err != nil {
				return err
			}
		}
		first += g.Rows
	}
	return w.end()
}

// builder derives from the rows of one row group, column by column: reading rows as
// structs takes four times as long.
type builder struct {
	part.Columns
	rows  int
	stats *Stats

	kinds, media, sources, forwarded *coder
	dates                            []int64
	pointing                         map[int]*Pointing
	forwards                         map[int]*Origin
}

// build writes all sections.
func (b *builder) build(w *writer) error {
	for _, step := range []func(*writer) error{b.putNumbers, b.putWords, b.readForwards, b.putForwarded, b.putStats, b.putPointing} {
		if err := step(w); err != nil {
			if errors.Is(err, errMany) {
				return nil // the rest is not known
			}
			return err
		}
	}
	return nil
}

var errMany = errors.New("there are more than 255 different words")

// farthest is how far from zero a number is at most that is kept: so none is Null, nor is
// the difference of any two.
const farthest = 1 << 61

// ints reads a column of numbers, and reports whether any of them is too far from zero.
func (b *builder) ints(column string) (out []int64, far bool, err error) {
	out = make([]int64, b.rows)
	for i := range out {
		out[i] = Null
	}
	err = b.Leaves([]string{column}, func(i int, v part.Value) {
		if !v.IsNull() {
			out[i] = v.Int64()
			far = far || out[i] < -farthest || out[i] > farthest
		}
	})
	return out, far, err
}

func (b *builder) putNumbers(w *writer) error {
	for _, n := range []struct {
		of     Number
		column string
	}{{IDs, "message_id"}, {Dates, "date"}, {Views, "views"}, {Forwards, "forwards"}, {Topics, "topic_id"}} {
		values, far, err := b.ints(n.column)
		if err != nil {
			return fmt.Errorf("column %s: %w", n.column, err)
		}
		if n.of == Dates {
			b.dates = values
		}
		if far {
			continue // it is not known
		}
		if err := w.put(string(n.of), appendInts(nil, values, n.of.ascends())); err != nil {
			return err
		}
	}
	return nil
}

// words reads a column of words.
func (b *builder) words(column string) (*coder, error) {
	c := newCoder(b.rows)
	return c, b.Leaves([]string{column}, func(i int, v part.Value) {
		if !v.IsNull() {
			c.set(i, v.ByteArray())
		}
	})
}

// putWord writes words, unless they are too many: then they are not known.
func putWord(w *writer, of Word, c *coder) error {
	if c.many {
		return nil
	}
	return w.put(string(of), c.append(nil))
}

func (b *builder) putWords(w *writer) (err error) {
	for _, n := range []struct {
		of     Word
		column string
		keep   **coder
	}{{Kinds, "kind", &b.kinds}, {Media, "media_type", &b.media}, {Sources, "source", &b.sources}} {
		if *n.keep, err = b.words(n.column); err != nil {
			return err
		}
		if (*n.keep).many {
			return errMany
		}
		if err := putWord(w, n.of, *n.keep); err != nil {
			return err
		}
	}
	return nil
}

// point returns what is gathered of a row that may point at a channel.
func (b *builder) point(i int) *Pointing {
	p := b.pointing[i]
	if p == nil {
		p = &Pointing{Row: i}
		b.pointing[i] = p
	}
	return p
}

// forward returns where a row was forwarded from.
func (b *builder) forward(i int) *Origin {
	o := b.forwards[i]
	if o == nil {
		o = &Origin{}
		b.forwards[i] = o
	}
	return o
}

// readForwards reads from where rows were forwarded.
func (b *builder) readForwards(*writer) error {
	b.pointing, b.forwards, b.forwarded = map[int]*Pointing{}, map[int]*Origin{}, newCoder(b.rows)
	told := []byte(Told)
	read := func(column string, do func(i int, v part.Value)) error {
		return b.Leaves([]string{column}, func(i int, v part.Value) {
			if !v.IsNull() {
				do(i, v)
			}
		})
	}
	return errors.Join(
		read("forward_date", func(i int, _ part.Value) { b.forwarded.set(i, told) }),
		read("forward_from_type", func(i int, v part.Value) {
			b.forwarded.set(i, told)
			b.forward(i).Type = string(v.ByteArray())
		}),
		read("forward_from_name", func(i int, v part.Value) {
			b.forwarded.set(i, told)
			b.forward(i).Name = string(v.ByteArray())
		}),
		read("forward_from_id", func(i int, v part.Value) { b.forward(i).ID = v.Int64() }),
		read("forward_from_username", func(i int, v part.Value) { b.forward(i).Username = string(v.ByteArray()) }),
	)
}

// putForwarded adds the forwards that only the objects tell of.
func (b *builder) putForwarded(w *writer) error {
	ask := func(i int) bool { return b.forwarded.codes[i] == 0 && MayHide(b.sources.word(i)) }
	if slices.ContainsFunc(b.sources.names, MayHide) {
		err := b.Texts("raw", func(i int, raw []byte) {
			if ask(i) && bytes.Contains(raw, []byte(collector.OriginHidden)) && collector.HidesOrigin(string(raw)) {
				b.forwarded.set(i, []byte(Hidden))
			}
		})
		if err != nil {
			return err
		}
	}
	return putWord(w, Forwarded, b.forwarded)
}

// message reports whether a row is what charts count.
func (b *builder) message(i int) bool { return b.kinds.is(i, collector.KindMessage) }

// putStats counts what [Stats.Add] does.
func (b *builder) putStats(w *writer) error {
	views, far, err := b.ints("views")
	if err != nil || far {
		return err
	}
	channels, _, err := b.ints("channel_id")
	if err != nil {
		return err
	}
	for i, date := range b.dates {
		if !b.message(i) {
			continue
		}
		var seen *int64
		if views[i] != Null {
			seen = &views[i]
		}
		b.stats.addDay(channels[i], date, seen)
		b.stats.Media[b.media.word(i)]++
		switch {
		case b.forwarded.is(i, Hidden):
			b.stats.AddHidden(1)
		case b.forwarded.is(i, Told):
			b.countOrigin(i)
		}
	}
	if err := b.countLists(); err != nil {
		return err
	}
	return w.put(statsSection, b.stats.append(nil))
}

// countOrigin counts a row of which a column tells that it was forwarded.
func (b *builder) countOrigin(i int) {
	if o := b.forwards[i]; o != nil {
		b.stats.Forwards[*o]++
		return
	}
	b.stats.Forwards[Origin{}]++
}

// countLists counts addresses, hashtags and mentions, which are kept as pointing, too.
func (b *builder) countLists() error {
	err := b.lists([]string{"links", "list", "element"}, func(i int, all []string) {
		if b.message(i) {
			addOnce(b.stats.Domains, all, Host)
		}
	})
	if err != nil {
		return err
	}
	err = b.lists([]string{"hashtags", "list", "element"}, func(i int, all []string) {
		if b.message(i) {
			addOnce(b.stats.Hashtags, all, strings.ToLower)
		}
	})
	if err != nil {
		return err
	}
	return b.lists([]string{"mentions", "list", "element"}, func(i int, all []string) {
		b.point(i).Mentions = slices.Clone(all)
		if b.message(i) {
			addOnce(b.stats.Mentions, all, strings.ToLower)
		}
	})
}

// lists calls do with each row's list of strings that has any. It is not to be kept.
func (b *builder) lists(path []string, do func(i int, all []string)) error {
	var all []string
	row := -1
	flush := func() {
		if len(all) > 0 {
			do(row, all)
		}
		all = all[:0]
	}
	err := b.Leaves(path, func(i int, v part.Value) {
		if i != row {
			flush()
			row = i
		}
		all = append(all, string(v.ByteArray()))
	})
	flush()
	return err
}

// putPointing writes the rows that may point at a channel.
func (b *builder) putPointing(w *writer) error {
	for i, o := range b.forwards {
		if o.Type != "" || o.ID != 0 || o.Username != "" {
			p := b.point(i)
			p.ForwardFromType, p.ForwardFromID, p.ForwardFromUsername = o.Type, o.ID, o.Username
		}
	}
	if err := b.readTargets(); err != nil {
		return err
	}
	rows := make([]Pointing, 0, len(b.pointing))
	for i, p := range b.pointing {
		if p.points() {
			p.Kind, p.Date = b.kinds.word(i), b.dates[i]
			rows = append(rows, *p)
		}
	}
	slices.SortFunc(rows, func(a, b Pointing) int { return a.Row - b.Row })
	return w.put(pointingSection, appendPointing(nil, rows))
}

// readTargets reads what else makes a row point at a channel, and then what of these
// rows tells whether it does.
func (b *builder) readTargets() error {
	err := b.Leaves([]string{"reply_to_channel_id"}, func(i int, v part.Value) {
		if !v.IsNull() {
			b.point(i).ReplyToChannelID = v.Int64()
		}
	})
	if err != nil {
		return err
	}
	if err := b.readLinks(); err != nil {
		return err
	}
	for column, to := range map[string]func(*Pointing) *int64{
		"message_id": func(p *Pointing) *int64 { return &p.ID }, "from_id": func(p *Pointing) *int64 { return &p.FromID },
		"forward_message_id":  func(p *Pointing) *int64 { return &p.ForwardMessageID },
		"reply_to_message_id": func(p *Pointing) *int64 { return &p.ReplyToMessageID },
		"reply_to_top_id":     func(p *Pointing) *int64 { return &p.ReplyToTopID },
		"thread_channel_id":   func(p *Pointing) *int64 { return &p.ThreadChannelID },
		"thread_message_id":   func(p *Pointing) *int64 { return &p.ThreadMessageID },
	} {
		err := b.Leaves([]string{column}, func(i int, v part.Value) {
			if p := b.pointing[i]; p != nil && !v.IsNull() {
				*to(p) = v.Int64()
			}
		})
		if err != nil {
			return err
		}
	}
	return b.Leaves([]string{"from_type"}, func(i int, v part.Value) {
		if p := b.pointing[i]; p != nil && !v.IsNull() {
			p.FromType = string(v.ByteArray())
		}
	})
}

// readLinks reads the links to channels, leaf by leaf.
func (b *builder) readLinks() error {
	err := b.Leaves([]string{"tme_links", "list", "element", "username"}, func(i int, v part.Value) {
		p := b.point(i)
		l := collector.TMeLink{}
		if !v.IsNull() {
			l.Username = string(v.ByteArray())
		}
		p.TMeLinks = append(p.TMeLinks, l)
	})
	if err != nil {
		return err
	}
	for leaf, to := range map[string]func(*collector.TMeLink) *int64{
		"channel_id": func(l *collector.TMeLink) *int64 { return &l.ChannelID },
		"message_id": func(l *collector.TMeLink) *int64 { return &l.MessageID },
	} {
		row, n := -1, 0
		var odd bool
		err := b.Leaves([]string{"tme_links", "list", "element", leaf}, func(i int, v part.Value) {
			if i != row {
				row, n = i, 0
			}
			p := b.pointing[i]
			if p == nil || n >= len(p.TMeLinks) {
				odd = true
			} else if !v.IsNull() {
				*to(&p.TMeLinks[n]) = v.Int64()
			}
			n++
		})
		if err != nil {
			return err
		}
		if odd {
			return errors.New("the lists of links are not as long as each other")
		}
	}
	return nil
}
