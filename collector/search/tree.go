package search

import (
	"strings"
)

// Op is what a tree asks of its branches.
type Op uint8

// Kinds of trees.
const (
	All  Op = iota // of its branches all hold; without any it holds for everything
	Any            // one of its branches holds
	Not            // its one branch does not hold
	Leaf           // it has a condition
)

// Tree is what a query says. It is not to be changed.
type Tree struct {
	Op   Op
	Of   []Tree
	Term *Term // of a leaf
}

// Kinds of terms beside the names of fields.
const (
	WordsKind   = "words"
	PatternKind = "pattern"
)

// Term is one condition.
type Term struct {
	Field string // the name of a field, WordsKind or PatternKind
	Value string // as it was typed, without quotes and stars: words, a name, the source of a pattern
	Begin bool   // a star before it
	Open  bool   // a star behind it
	Low   *int64 // of a number or, in microseconds since 1970, a date: at least; nil: open
	High  *int64 // at most
}

// Query is which messages somebody means. The zero value holds for all. It compares with ==.
type Query struct {
	text    string // canonical
	history bool
}

// String is the canonical text: Parse makes the same query of it.
func (q Query) String() string { return q.text }

// IsZero reports whether the query holds for all messages.
func (q Query) IsZero() bool { return q == Query{} }

// InHistory reports whether words count where they stand in an earlier wording, too.
func (q Query) InHistory() bool { return q.history }

// Tree is what the query says, but for in:history.
func (q Query) Tree() Tree {
	p := newParser(q.text)
	return p.parse()
}

// Each calls do with each term of a tree, and whether it stands under an odd number of nots.
func (t *Tree) Each(do func(term *Term, not bool)) { t.each(false, do) }

func (t *Tree) each(not bool, do func(*Term, bool)) {
	if t.Op == Leaf {
		do(t.Term, not)
		return
	}
	for i := range t.Of {
		t.Of[i].each(not != (t.Op == Not), do)
	}
}

// canonical writes a tree as Parse reads it.
func (t *Tree) canonical(out *strings.Builder, within Op) {
	switch t.Op {
	case Leaf:
		out.WriteString(t.Term.canonical())
	case Not:
		out.WriteByte('-')
		t.Of[0].canonical(out, Not)
	default:
		t.canonicalList(out, within)
	}
}

func (t *Tree) canonicalList(out *strings.Builder, within Op) {
	between, open, end := " ", "", ""
	if t.Op == Any {
		between = " OR "
	}
	if within != Leaf { // every list within another has parentheses, so that nobody has to know what binds tighter
		open, end = "(", ")"
	}
	out.WriteString(open)
	for i := range t.Of {
		if i > 0 {
			out.WriteString(between)
		}
		t.Of[i].canonical(out, t.Op)
	}
	out.WriteString(end)
}

func (t *Term) canonical() string {
	switch t.Field {
	case WordsKind:
		return starred(t)
	case PatternKind:
		return "/" + escapeSlashes(t.Value) + "/"
	}
	switch f := fields[t.Field]; f.kind {
	case aNumber, aDate:
		return t.Field + ":" + t.Value
	default:
		return t.Field + ":" + starred(t)
	}
}

// starred is a word or phrase with its stars, quoted where it would be read as something else.
func starred(t *Term) string {
	bare := t.Value
	if t.Begin {
		bare = "*" + bare
	}
	if t.Open {
		bare += "*"
	}
	if t.Field == WordsKind && readsAsWord(bare) || t.Field != WordsKind && readsAsValue(bare) {
		return bare
	}
	return `"` + bare + `"`
}

// readsAsWord reports whether what stands there unquoted is read as the word that it is.
func readsAsWord(bare string) bool {
	p := newParser(bare)
	if bare == "" || isOpener(p.peek()) || isUnseen(p.peek()) || strings.HasPrefix(bare, "-") || strings.HasPrefix(bare, "/") ||
		p.keyword() != "" {
		return false
	}
	word := p.takeBare()
	_, _, is := cutField(word)
	return p.atEnd() && !is && !hasInnerStar(word)
}

func readsAsValue(bare string) bool {
	p := newParser(bare)
	if bare == "" || isOpener(p.peek()) {
		return false
	}
	return p.takeBare() == bare && p.atEnd() && !hasInnerStar(bare)
}

// hasInnerStar reports whether a star stands elsewhere than at the ends.
func hasInnerStar(s string) bool {
	return strings.Contains(strings.TrimPrefix(strings.TrimSuffix(s, "*"), "*"), "*")
}

// escapeSlashes writes a pattern so that its own slashes do not end it.
func escapeSlashes(source string) string {
	var out strings.Builder
	for i := 0; i < len(source); i++ {
		switch c := source[i]; {
		case c == '\\' && i+1 < len(source):
			out.WriteString(source[i : i+2])
			i++
		case c == '/':
			out.WriteString(`\/`)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}
