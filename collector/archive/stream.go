package archive

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"telegramtrac/collector"
)

// maxValue is the size of the largest message that is read, in bytes. Those of
// Telegram take some kilobytes.
const maxValue = 16 << 20

// stream reads JSON piece by piece.
type stream struct {
	m   *member
	in  io.ReadCloser
	dec *json.Decoder
	cap *capped
}

func (m *member) stream() (*stream, error) {
	in, err := m.open()
	if err != nil {
		return nil, err
	}
	m.cut = 0 // told of when it is read for the last time
	s := &stream{m: m, in: in, cap: &capped{in: newFixed(in)}}
	s.dec = json.NewDecoder(s.cap)
	s.dec.UseNumber()
	return s, nil
}

func (s *stream) close() { s.in.Close() }

// capped ends a value that does not end.
type capped struct {
	in   io.Reader
	left int64
}

var errLarge = fmt.Errorf("a single value is larger than %d MB", maxValue>>20)

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errLarge
	}
	n, err := c.in.Read(p)
	c.left -= int64(n)
	return n, err
}

// fixed reads text that may begin with a byte order mark, and turns the escapes
// \x0B, which Telegram Desktop writes and JSON does not have, into \u000B.
type fixed struct {
	in      *bufio.Reader
	begun   bool
	escaped bool   // the last byte was a backslash that escapes
	held    []byte // to be given before the next
}

func newFixed(in io.Reader) *fixed { return &fixed{in: bufio.NewReaderSize(in, 1<<16)} }

func (f *fixed) Read(p []byte) (int, error) {
	if !f.begun {
		f.begun = true
		if head, _ := f.in.Peek(len(bom)); bytes.Equal(head, bom) {
			f.in.Discard(len(bom))
		}
	}
	if len(f.held) > 0 {
		n := copy(p, f.held)
		f.held = f.held[n:]
		return n, nil
	}
	if _, err := f.in.Peek(1); err != nil {
		return 0, err
	}
	chunk, _ := f.in.Peek(min(f.in.Buffered(), len(p)))
	n := 0
	for n < len(chunk) && !(f.escaped && chunk[n] == 'x') {
		f.escaped = !f.escaped && chunk[n] == '\\'
		n++
	}
	if n == 0 { // at the x of an escape
		f.in.Discard(1)
		f.escaped = false
		f.held = append(f.held[:0], "00"...)
		p[0] = 'u'
		return 1, nil
	}
	copy(p, chunk[:n])
	f.in.Discard(n)
	return n, nil
}

// token reads the next token.
func (s *stream) token() (json.Token, error) {
	s.cap.left = maxValue
	t, err := s.dec.Token()
	return t, s.wrong(err)
}

// more reports whether the list or object goes on.
func (s *stream) more() bool {
	s.cap.left = maxValue
	return s.dec.More()
}

// value reads a value whole.
func (s *stream) value() (json.RawMessage, error) {
	v, err := s.next()
	return v, s.wrong(err)
}

// next is value with the decoder's own errors: io.EOF where there is none. Bytes that
// are no UTF-8 are replaced as encoding/json replaces them in strings, since the value
// itself may be kept; texts that are too long are cut.
func (s *stream) next() (json.RawMessage, error) {
	s.cap.left = maxValue
	var v json.RawMessage
	if err := s.dec.Decode(&v); err != nil {
		return nil, err
	}
	if problem := shapeOf(v); problem != "" {
		return nil, s.bad("", problem, v)
	}
	v, cut := withoutLong(v)
	s.m.cut += cut
	if !utf8.Valid(v) {
		v = bytes.ToValidUTF8(v, []byte(string(utf8.RuneError)))
	}
	return v, nil
}

// delim reads a bracket.
func (s *stream) delim(want json.Delim) error {
	at := s.dec.InputOffset()
	t, err := s.token()
	if err == nil && t != want {
		return s.wrongAt(at, "", fmt.Sprintf("there is %s where %q should be", spelled(t), want.String()))
	}
	return err
}

// spelled is a token as it stands in the file.
func spelled(t json.Token) string {
	if d, ok := t.(json.Delim); ok {
		return fmt.Sprintf("%q", d.String())
	}
	b, err := json.Marshal(t)
	if err != nil || len(b) > 40 {
		return "another value"
	}
	return string(b)
}

// key reads the next key of an object.
func (s *stream) key() (string, error) {
	t, err := s.token()
	if err != nil {
		return "", err
	}
	k, ok := t.(string)
	if !ok {
		return "", s.wrongAt(s.dec.InputOffset(), "", "there is no key where one should be")
	}
	return k, nil
}

// skip reads over a value, however large.
func (s *stream) skip() error {
	for depth := 0; ; {
		t, err := s.token()
		if err != nil {
			return err
		}
		if d, ok := t.(json.Delim); ok {
			if d == '{' || d == '[' {
				if depth++; depth > maxDepth {
					return s.wrongAt(s.dec.InputOffset(), "", nestedDeep)
				}
			} else {
				depth--
			}
		}
		if depth == 0 {
			return nil
		}
	}
}

// each calls do with every value of a list that comes next.
func (s *stream) each(do func(v json.RawMessage) error) error {
	if err := s.delim('['); err != nil {
		return err
	}
	for s.more() {
		v, err := s.value()
		if err != nil {
			return err
		}
		if err := do(v); err != nil {
			return err
		}
	}
	return s.delim(']')
}

// end makes sure that nothing follows.
func (s *stream) end() error {
	s.cap.left = maxValue
	at := s.dec.InputOffset()
	if _, err := s.dec.Token(); !errors.Is(err, io.EOF) {
		return s.wrongAt(at+1, "", "there is something after the end of the JSON")
	}
	return nil
}

// wrong turns an error of the decoder into one that names file and line.
func (s *stream) wrong(err error) error {
	switch {
	case err == nil:
		return nil
	case s.m.r.ctx.Err() != nil:
		return s.m.r.ctx.Err()
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	if _, ours := errors.AsType[*collector.FileError](err); ours {
		return err
	}
	offset := s.dec.InputOffset()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		offset = math.MaxInt64
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		problem := plain(err)
		return s.wrongAt(max(offset, e.Offset-1), "", "this is not JSON: "+syntax(problem)) // the last byte read is the bad one
	}
	return s.wrongAt(offset, "", plain(err))
}

var invalid = regexp.MustCompile(`^invalid character (.+?) (looking|after|in|as)`)

// syntax puts what encoding/json says into words.
func syntax(problem string) string {
	parts := invalid.FindStringSubmatch(problem)
	switch {
	case strings.Contains(problem, `'\n' in string literal`):
		return "a text does not end on its line"
	case strings.Contains(problem, "exceeded max depth"):
		return "values lie too deep in each other"
	case parts != nil:
		return fmt.Sprintf("there is %s where it cannot be", parts[1])
	}
	return "it breaks off, or something in it is out of place"
}

// bad is what is wrong with the value that was read last.
func (s *stream) bad(field, problem string, value json.RawMessage) error {
	return s.wrongAt(s.dec.InputOffset()-int64(len(value))+1, field, problem)
}

// wrongAt is what is wrong at a byte of the file.
func (s *stream) wrongAt(offset int64, field, problem string) error {
	return s.m.wrong(s.m.line(offset), field, problem)
}

// line counts the lines up to a byte, from 1.
func (m *member) line(offset int64) int64 {
	in, err := m.body()
	if err != nil {
		return 0
	}
	defer in.Close()
	text := newFixed(in)
	lines := int64(1)
	buf := make([]byte, 1<<15)
	for offset > 0 {
		n, err := text.Read(buf[:min(int64(len(buf)), offset)])
		lines += int64(bytes.Count(buf[:n], []byte{'\n'}))
		if offset -= int64(n); err != nil {
			break
		}
	}
	return lines
}
