package search

import (
	"regexp/syntax"
)

// Literal is a text that stands, in any case, wherever a pattern matches; "" where none is known.
func (t *Term) Literal() string {
	tree, err := syntax.Parse(t.Value, patternFlags)
	if err != nil {
		return ""
	}
	return literalOf(tree.Simplify())
}

// literalOf is the longest run of letters that a regular expression cannot do without.
func literalOf(r *syntax.Regexp) string {
	switch r.Op {
	case syntax.OpLiteral:
		return string(r.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return literalOf(r.Sub[0])
	case syntax.OpRepeat:
		if r.Min > 0 {
			return literalOf(r.Sub[0])
		}
	case syntax.OpConcat:
		longest := ""
		for _, sub := range r.Sub {
			if s := literalOf(sub); len(s) > len(longest) {
				longest = s
			}
		}
		return longest
	}
	return ""
}
