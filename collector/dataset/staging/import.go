package staging

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/compact"
	"telegramtrac/collector/dataset/part"
)

// importSource is what the footers of imported parts name as their source. They
// cover nothing; their rows name the sources they have.
const importSource = "archive"

// Import puts what was staged into the dataset, all at once or, with an error,
// nothing of it; also where the process is killed. It returns what became of
// the rows, by channel, ascending by id.
//
// Every staged row is compared with what the dataset says of its message:
//
//   - Seen later than every other row of it, it becomes the message: it gets a
//     revision above all, as what is collected does. Where a source has proved
//     since that the message does not exist any more, it is restored so, and gone
//     since then (merged parts remember when the last look of all was made).
//   - Seen earlier, it becomes an observation of the past: it gets a revision below
//     all (with the major number 0), so that the message stays as it is, but was
//     first seen then, and the row's wording is among its versions.
//     What the web preview says stays behind what a source of whole objects says
//     in this way whichever of them was seen later.
//   - Known (the same source had the same wording from before it until after it),
//     it is left out. So importing a file twice changes nothing.
//
// Of a row with the same time as the message that is there, the one edited later
// is the newer. Where both have the same source and wording, the imported one is:
// it was asked for last, perhaps to keep personal data this time. But one that tells
// less is known: a private import takes nothing away of what was kept.
func (w *Writer) Import(ctx context.Context, s *Staging) ([]collector.Imported, error) {
	if err := cmp.Or(w.Err, ctx.Err()); err != nil {
		return nil, err
	}
	if err := s.Flush(ctx); err != nil {
		return nil, err
	}
	w.Compacting.Lock() // takes parts away that are compared with
	defer w.Compacting.Unlock()
	return w.land(ctx, s)
}

// land compares what was staged, and puts it into the dataset. The caller has
// w.compacting.
func (w *Writer) land(ctx context.Context, s *Staging) ([]collector.Imported, error) {
	out, err := w.In.Ship(w.Next().String())
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	defer out.Close()
	i := &Importing{W: w, s: s, Out: out, Rows: map[ImportedFrom]int64{}}
	steps := []func(context.Context) error{i.messages, i.details, i.peers, i.record, i.receipts, i.commit}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
	}
	return i.done, nil
}

// commit brings in what was shipped.
func (i *Importing) commit(ctx context.Context) error {
	if i.s.landing != nil {
		i.s.landing()
	}
	return i.Out.Commit(ctx)
}

// Writer also imports.
type Writer struct{ *compact.Writer }

func NewWriter(c *catalog.Catalog, lease uint64) *Writer {
	return &Writer{compact.New(c, lease)}
}

// Importing is one call of Import.
type Importing struct {
	W    *Writer
	s    *Staging
	Out  *bucket.Shipment
	done []collector.Imported
	seen int64                  // observations that were compared
	Rows map[ImportedFrom]int64 // of messages, in the shipment

	homes  map[int64]int64  // made numbers → the channels that their rows come into
	owners map[string]int64 // lower-case usernames → the channel that is known by it
}

// tell says how far the import is.
func (i *Importing) tell(observations int) {
	i.seen += int64(observations)
	if i.s.Progress != nil {
		all := i.s.observed()
		i.s.Progress(min(i.seen, all), all)
	}
}

// findOwners reads which channels are known by which usernames, where files were
// read whose names may have given some.
func (i *Importing) findOwners(ctx context.Context) error {
	if !i.s.sources[collector.SourceTelethon] {
		return nil
	}
	i.owners = map[string]int64{}
	claim := func(username string, id int64) {
		if username != "" {
			i.owners[strings.ToLower(username)] = id
		}
	}
	peers, err := i.W.Peers(ctx)
	if err != nil {
		return fmt.Errorf("read usernames: %w", err)
	}
	for _, p := range i.s.peers {
		peers = append(peers, p)
	}
	for _, p := range peers {
		if p.Type == collector.PeerChannel {
			claim(p.Username, p.ID)
		}
	}
	known, err := i.W.Channels(ctx)
	if err != nil {
		return fmt.Errorf("read usernames: %w", err)
	}
	for _, ch := range known {
		if collector.IsMadeID(ch.ID) {
			continue
		}
		claim(ch.Username, ch.ID)
		for _, name := range ch.Usernames {
			claim(name, ch.ID)
		}
	}
	return nil
}

// homeOf is the channel whose rows are staged under a number: where a file named it by
// username alone, the one that TakeOver would give them to.
func (i *Importing) homeOf(ctx context.Context, id int64) (int64, error) {
	if !collector.IsMadeID(id) {
		return id, nil
	}
	owner, err := ownerOf(ctx, i.W.Catalog, i.s.d, id)
	if err != nil {
		return 0, err
	}
	if owner.ChannelID == 0 {
		return id, nil
	}
	if i.homes == nil {
		i.homes = map[int64]int64{}
	}
	i.homes[id] = owner.ChannelID
	return owner.ChannelID, nil
}

// unhinted takes from a row a username that only its file's name gave, which stands
// as the title too, where another channel is known by it.
func (i *Importing) unhinted(row *collector.Message) {
	if row.Source != collector.SourceTelethon || row.ChannelUsername == "" || row.ChannelUsername != row.ChannelTitle {
		return
	}
	if owner, ok := i.owners[strings.ToLower(row.ChannelUsername)]; ok && owner != row.ChannelID {
		row.ChannelUsername = ""
	}
}

func (i *Importing) messages(ctx context.Context) error {
	ids, err := i.s.d.MessageParts.Ids()
	if err != nil {
		return err
	}
	if err := i.findOwners(ctx); err != nil {
		return err
	}
	for _, id := range ids {
		c, err := i.Channel(ctx, id)
		if err == nil {
			err = c.run(ctx)
			c.Close()
		}
		if err != nil {
			return fmt.Errorf("channel %d: %w", id, err)
		}
		i.done = append(i.done, c.done)
	}
	return nil
}

// Put adds a Parquet file to the shipment.
func (i *Importing) Put(place string, write func(io.Writer) error) error {
	return i.Out.Put(place, part.Checked(write))
}

// PutMessages adds a part of messages.
func (i *Importing) PutMessages(place string, rows []collector.Message) error {
	seen := part.Cover{Source: importSource}
	stored := part.Pointers(rows)
	for _, m := range stored {
		i.Rows[ImportedFrom{m.ChannelID, m.Source}]++
		if m.LastSeenAt.After(seen.ObservedAt) {
			seen.ObservedAt = m.LastSeenAt
		}
	}
	p := part.NewPart(stored, seen, i.W.GroupRows)
	return i.Put(place, func(f io.Writer) error { return i.W.WriteMessages(f, stored, p.Metadata()) })
}
