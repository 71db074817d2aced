// Package derived keeps what is known of a part without reading it: the numbers of
// charts, what pages are filtered and sorted by, and what points at other channels.
//
// It lies beside a part, in a file of its own name with [bucket.DerivedSuffix]:
//
//	<dir>/messages/channel_id=<id>/<lowest id>.<revision>.parquet.derived
//
// Compaction writes it for each part of [WorthRows] rows or more. It is no evidence:
// whatever is wrong with it (it is missing, damaged, of another version, or of another
// part) it is as if it were not there, and it is made anew by [Ensure]. It is bound to
// its part by the part's name, its size and the checksum of its footer, and it is believed
// only of a part that was looked through and found whole, see mend.LookThrough.
//
// # How it is read
//
//	k := derived.Open(p) // nil: nothing is known, read the rows
//	defer k.Close()
//	for g := range p.Groups {
//		s, ok := k.Stats(g) // not ok: it is not known of this row group, read its rows
//	}
//
// Everything is kept by row group of the part, in the part's order: group g is
// p.Groups[g], and the value at i is of the group's row i. So a cut of a fold's segment
// uses it for the row groups that lie wholly within the cut, and reads the rows of the
// others. It tells what the part's own rows say: it counts where a segment is plain
// (fold.Segment.Plain), and not where rows of several parts are merged. What the fold
// changes in a plain segment, it is not about: first_seen_at and gone_at.
//
// There is, of each row group:
//   - [Known.Stats]: the numbers of the charts of its messages, as [Stats.Add] counts them
//   - [Known.Ints]: one number of each row: ids, dates, views, forwards, topics
//   - [Known.Codes]: one of a few words of each row: kind, media type, source, and whether
//     and how it was forwarded
//   - [Known.Pointing]: the rows that may point at another channel, with the columns that
//     tell whither; all other rows have nothing in any of these
//
// Views and forwards are kept in the order of rows, not as an order of rows by them: that
// would be twenty more bits a row that cannot be compressed, and would be of one part
// only, while choosing the rows of any page out of a million values takes milliseconds.
//
// Methods are safe for concurrent use. Each call reads, checks and decodes anew: who needs
// it twice keeps it.
package derived
