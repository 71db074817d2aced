package search

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
)

// Bounds of a query.
const (
	MostCharacters = 1000
	mostTerms      = 100
	mostDepth      = 20
	mostPatterns   = 5
	mostPattern    = 500 // instructions of one
)

// Mistake is where a text is no query, and what was expected.
type Mistake struct {
	At       int    // the character, from 0; the text's length in characters: at its end
	Sentence string // plain, and whole
}

// Parse reads a query. With mistakes, the query is the zero value and not to be used.
func Parse(text string) (Query, []Mistake) {
	p := newParser(strings.ToValidUTF8(text, "\ufffd"))
	if len(p.text) > MostCharacters {
		p.wrong(MostCharacters, "A search may have %d characters, which end here. Make it shorter, or search in two steps.", MostCharacters)
		return Query{}, p.mistakes
	}
	tree := p.parse()
	if len(p.mistakes) > 0 {
		return Query{}, p.mistakes
	}
	var out strings.Builder
	tree.canonical(&out, Leaf)
	q := Query{text: out.String(), history: p.history}
	if p.history {
		q.text = strings.TrimSpace(q.text + " in:history")
		if tree.Op == Any {
			q.text = "(" + out.String() + ") in:history"
		}
	}
	if !q.readsBack() {
		p.wrong(p.deepest, "This is too deep: what stands beside an OR counts as in parentheses, too, and there may be %d. Write it with fewer.",
			mostDepth)
		return Query{}, p.mistakes
	}
	return q, nil
}

// readsBack reports whether the canonical text is a query. It has parentheses that nobody typed,
// and of a text that is cut where they are too many only a part would be looked for.
func (q Query) readsBack() bool {
	p := newParser(q.text)
	p.parse()
	return len(p.mistakes) == 0
}

// parser reads a text from its beginning.
type parser struct {
	text     []rune
	at       int
	depth    int // how many nots and parentheses it is within
	most     int // of depth so far
	deepest  int // where that was
	terms    int
	patterns int
	history  bool
	either   int // where an OR stood outside parentheses; -1: none
	asked    int // where in:history stood
	mistakes []Mistake
}

func newParser(text string) *parser { return &parser{text: []rune(text), either: -1} }

func (p *parser) wrong(at int, sentence string, args ...any) {
	if len(p.mistakes) == 0 { // what follows from a mistake is none
		p.mistakes = append(p.mistakes, Mistake{at, fmt.Sprintf(sentence, args...)})
	}
}

func (p *parser) atEnd() bool { return p.at >= len(p.text) }

func (p *parser) peek() rune {
	if p.atEnd() {
		return 0
	}
	return p.text[p.at]
}

func (p *parser) skipBlanks() {
	for !p.atEnd() && (unicode.IsSpace(p.peek()) || isUnseen(p.peek())) {
		p.at++
	}
}

// isUnseen reports whether a rune is a mark that is not seen, as those of direction that come with
// what is copied from a text in Hebrew or Arabic. Before a sign it would make a word of it.
func isUnseen(r rune) bool { return isMark(r) && unicode.Is(unicode.Cf, r) }

// parse reads everything.
func (p *parser) parse() Tree {
	tree := p.either1()
	if p.skipBlanks(); !p.atEnd() && len(p.mistakes) == 0 {
		p.wrong(p.at, "This ) closes nothing. Take it away, or write the ( that it belongs to.")
	}
	if p.history && p.either >= 0 {
		p.wrong(p.asked, "in:history is of the whole search: put the rest in parentheses, like (ferry OR boat) in:history.")
	}
	return tree
}

// either1 reads what stands between ORs.
func (p *parser) either1() Tree {
	var of []Tree
	for {
		from := p.at
		one, n := p.all()
		if n == 0 && (len(of) > 0 || p.keyword() == "OR") && len(p.mistakes) == 0 {
			p.skipBlanks()
			if len(of) > 0 {
				p.wrong(p.at, "After OR comes what may stand in place of what is before it, like ferry OR boat.")
			} else {
				p.wrong(max(from, p.at), "Before OR comes what it may stand in place of, like ferry OR boat.")
			}
		}
		of = append(of, one)
		p.skipBlanks()
		if p.keyword() != "OR" || len(p.mistakes) > 0 {
			break
		}
		if p.depth == 0 {
			p.either = p.at
		}
		p.at += len("OR")
	}
	return joinTrees(Any, of)
}

// all reads what stands side by side, and says how many they are.
func (p *parser) all() (Tree, int) {
	var of []Tree
	n := 0
	for len(p.mistakes) == 0 {
		p.skipBlanks()
		if p.atEnd() || p.peek() == ')' || p.keyword() == "OR" {
			break
		}
		if p.keyword() == "AND" {
			p.and(n)
			continue
		}
		n++
		if one, is := p.one(); is {
			of = append(of, one)
		}
	}
	return joinTrees(All, of), n
}

// and reads the word AND, which says what a blank does.
func (p *parser) and(n int) {
	at := p.at
	p.at += len("AND")
	p.skipBlanks()
	if n == 0 || p.atEnd() || p.peek() == ')' || p.keyword() == "OR" || p.keyword() == "AND" {
		p.wrong(at, "AND stands between two words. Words side by side are all looked for without it, too.")
	}
}

// joinTrees makes one of several, without a list in a list of its kind.
func joinTrees(op Op, of []Tree) Tree {
	if len(of) == 1 {
		return of[0]
	}
	var flat []Tree
	for _, t := range of {
		if t.Op == op {
			flat = append(flat, t.Of...)
			continue
		}
		flat = append(flat, t)
	}
	return Tree{Op: op, Of: flat}
}

// keyword is the word in capitals that stands here, "" where none does.
func (p *parser) keyword() string {
	for _, word := range []string{"OR", "AND", "NOT"} {
		end := p.at + len(word)
		if end <= len(p.text) && string(p.text[p.at:end]) == word && (end == len(p.text) || endsBare(p.text[end])) {
			return word
		}
	}
	return ""
}

// one reads one condition, or what is in parentheses; of in:history there is none.
func (p *parser) one() (Tree, bool) {
	switch c := p.peek(); {
	case c == '-', p.keyword() == "NOT":
		return p.negation()
	case c == '(':
		return p.group()
	case isOpener(c):
		at := p.at
		return p.words(p.quoted(), at)
	case c == '/':
		return p.pattern()
	}
	return p.bare()
}

func (p *parser) negation() (Tree, bool) {
	at, expected := p.at, "After - comes what is not to be there, without a blank between, like -ferry."
	if p.at++; p.text[at] == 'N' {
		p.at += len("NOT") - 1
		p.skipBlanks()
		expected = "After NOT comes what is not to be there, like NOT ferry."
	}
	if p.atEnd() || unicode.IsSpace(p.peek()) || p.peek() == ')' || p.keyword() != "" {
		p.wrong(at, "%s", expected)
		return Tree{}, false
	}
	if !p.enter(at) {
		return Tree{}, false
	}
	one, is := p.one()
	p.depth--
	if one.Op == Not && is {
		return one.Of[0], true
	}
	return Tree{Op: Not, Of: []Tree{one}}, is
}

// enter goes into what is within something.
func (p *parser) enter(at int) bool {
	if p.depth++; p.depth > p.most {
		p.most, p.deepest = p.depth, at
	}
	if p.depth > mostDepth {
		p.wrong(at, "This is in more than %d parentheses. Write it with fewer.", mostDepth)
	}
	return p.depth <= mostDepth
}

func (p *parser) group() (Tree, bool) {
	at := p.at
	if p.at++; !p.enter(at) {
		return Tree{}, false
	}
	tree := p.either1()
	p.depth--
	switch {
	case len(p.mistakes) > 0:
	case p.peek() != ')':
		p.wrong(at, "This ( is not closed. Write the ) where it ends.")
	case tree.Op == All && len(tree.Of) == 0:
		p.wrong(at, "There is nothing in these parentheses. Write what to look for between them, or take them away.")
	}
	p.at++
	return tree, len(p.mistakes) == 0
}

// isOpener reports whether a rune opens a phrase: telephones write other quotes than "".
func isOpener(r rune) bool { return strings.ContainsRune(`"“”„«»`, r) && r != 0 }

// quoted reads a phrase without its quotes. Curly ones may be closed by any quote.
func (p *parser) quoted() string {
	from, opener := p.at, p.peek()
	for p.at++; !p.atEnd(); p.at++ {
		if c := p.peek(); c == '"' || opener != '"' && isOpener(c) {
			p.at++
			return string(p.text[from+1 : p.at-1])
		}
	}
	p.wrong(from, "This phrase is not closed. Write a \" where it ends.")
	return ""
}

// endsBare reports whether a rune ends what is not quoted.
func endsBare(r rune) bool { return unicode.IsSpace(r) || r == '(' || r == ')' || r == '"' }

func (p *parser) takeBare() string {
	from := p.at
	for !p.atEnd() && !endsBare(p.peek()) {
		p.at++
	}
	return string(p.text[from:p.at])
}

// bare reads a word or a field.
func (p *parser) bare() (Tree, bool) {
	at := p.at
	word := p.takeBare()
	name, value, is := cutField(word)
	if is || name != "" && value == "" && p.peek() == '"' { // a mistyped one with a phrase is none the less one
		return p.field(strings.ToLower(name), value, at)
	}
	return p.words(word, at)
}

// words is the condition that a word or phrase stands in the text.
func (p *parser) words(text string, at int) (Tree, bool) {
	t := &Term{Field: WordsKind}
	p.unstar(t, text, at)
	if len(p.mistakes) == 0 && len(newWords(t.Value, t.Begin, t.Open).tokens) == 0 {
		p.wrong(at, "There is no letter or digit in this to look for. To find signs write them between slashes, like /\\?\\?/.")
	}
	return p.term(t, at)
}

// unstar takes the stars off a value.
func (p *parser) unstar(t *Term, text string, at int) {
	t.Value, t.Open = strings.CutSuffix(text, "*")
	t.Value, t.Begin = strings.CutPrefix(t.Value, "*")
	if strings.Contains(t.Value, "*") {
		p.wrong(at, "A * stands at the beginning or the end of a word, like tend* or *land. For what is in between write /t.*d/.")
	}
}

func (p *parser) term(t *Term, at int) (Tree, bool) {
	if p.terms++; p.terms > mostTerms {
		p.wrong(at, "A search may have %d conditions. This is one more.", mostTerms)
	}
	return Tree{Op: Leaf, Term: t}, len(p.mistakes) == 0
}

// pattern reads a regular expression.
func (p *parser) pattern() (Tree, bool) {
	at := p.at
	var source strings.Builder
	for p.at++; !p.atEnd() && p.peek() != '/'; p.at++ {
		if p.peek() == '\\' && p.at+1 < len(p.text) {
			if p.at++; p.peek() != '/' {
				source.WriteByte('\\')
			}
		}
		source.WriteRune(p.peek())
	}
	if p.atEnd() {
		p.wrong(at, "This regular expression is not closed. Write / where it ends, or put the word in quotes if it is none.")
		return Tree{}, false
	}
	p.at++
	p.checkPattern(source.String(), at)
	return p.term(&Term{Field: PatternKind, Value: source.String()}, at)
}

func (p *parser) checkPattern(source string, at int) {
	if p.patterns++; p.patterns > mostPatterns {
		p.wrong(at, "A search may have %d regular expressions. This is one more.", mostPatterns)
		return
	}
	if source == "" {
		p.wrong(at, "There is nothing between these slashes. Write a regular expression like /ferr(y|ies)/.")
		return
	}
	tree, err := syntax.Parse(source, patternFlags)
	if err != nil {
		p.wrong(at, "This is no regular expression: %s.", whyNoPattern(err))
		return
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err == nil {
		_, err = compiled(source)
	}
	if err != nil || len(prog.Inst) > mostPattern {
		p.wrong(at, "This regular expression is too large to be looked for in every message. Write a shorter one, with fewer repetitions.")
	}
}

// patternFlags are Perl's, in any case.
const patternFlags = syntax.Perl | syntax.FoldCase

func whyNoPattern(err error) string {
	if e, ok := err.(*syntax.Error); ok {
		return e.Code.String() + " at " + e.Expr
	}
	return err.Error()
}

// compiled compiles a pattern. It does not fail where checkPattern found nothing wrong.
func compiled(source string) (*regexp.Regexp, error) { return regexp.Compile("(?i)" + source) }
