// Package search is the query language in which people say which messages they mean: one
// parser, its tree, and what it means for one message.
//
//	q, mistakes := search.Parse(`ferry "nine o'clock" -cancelled views:>1000`)
//
// A [Query] is plain data: it compares with ==, its zero value holds for all messages, and
// [Query.String] is its canonical text, which parses to the same query. A [Mistake] tells at
// which character of the text something else was expected.
//
// # The language
//
//	ferry bread          both words, anywhere in the text
//	"ferry leaves"       a phrase: these words one after the other, whatever signs stand between
//	ferry OR boat        one of them; a blank binds tighter than OR
//	-ferry               not
//	(a OR b) c           parentheses
//	tend* *land *art*    a part of a word: its beginning, its end, anything within
//	/ferr(y|ies)/        a regular expression of package regexp, in any case
//	channel:name         fields, see the table [Fields]
//	in:history           the words count where they stand in an earlier wording, too
//
// A word is a run of letters, digits and underscores. It matches whole words: not "ferry" in
// "ferryman". Until there was this language a search was for any part of the text; the stars are
// the way to that, and *ferry* finds what ferry found. Chinese, Japanese, Thai, Lao, Khmer and
// Burmese are written without blanks, and signs like 🔥 stand beside anything: these match
// anywhere. A word with other signs within, as o'clock or example.org, is a phrase of its pieces.
//
// Letters are compared as they are folded: without case and accents, in the usual form of those
// that are written in several ways (see fold.go). Only a regular expression is compared with the
// text as it is written, but for case.
//
// # Who uses it
//
// A row of messages is held to a query by a [Matcher], which knows who is meant by names and
// what the earlier wordings were: see [Query.Matcher]. [Query.Needs] are the columns that it
// looks at. The quick evaluation over columns is in collector/dataset/query, whose Reader.Matcher
// makes a Matcher of what the dataset knows; it goes through [Query.Tree].
package search
