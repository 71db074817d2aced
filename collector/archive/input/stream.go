package input

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

// maxValue is the size limit of a single value, in bytes. Messages of Telegram take some
// kilobytes.
const maxValue = 16 << 20

// Stream reads JSON piece by piece.
type Stream struct {
	m   *Member
	in  io.ReadCloser
	Dec *json.Decoder
	cap *capped
}

func (m *Member) Stream() (*Stream, error) {
	in, err := m.open()
	if err != nil {
		return nil, err
	}
	m.cut = 0 // counted again by the last read
	s := &Stream{m: m, in: in, cap: &capped{in: newFixed(in)}}
	s.Dec = json.NewDecoder(s.cap)
	s.Dec.UseNumber()
	return s, nil
}

func (s *Stream) Close() { s.in.Close() }

// capped fails with errLarge in a value that is too large.
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

// fixed skips a byte order mark and replaces the escapes \x0B, which Telegram Desktop writes
// although JSON does not have them, by \u000B.
type fixed struct {
	in      *bufio.Reader
	begun   bool
	escaped bool   // the last byte was a backslash that begins an escape
	held    []byte // to be returned by the next Read
}

func newFixed(in io.Reader) *fixed { return &fixed{in: bufio.NewReaderSize(in, 1<<16)} }

func (f *fixed) Read(p []byte) (int, error) {
	if !f.begun {
		f.begun = true
		if head, _ := f.in.Peek(len(Bom)); bytes.Equal(head, Bom) {
			f.in.Discard(len(Bom))
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

// Token reads the next token.
func (s *Stream) Token() (json.Token, error) {
	s.cap.left = maxValue
	t, err := s.Dec.Token()
	return t, s.Wrong(err)
}

// More reports whether the list or object has another value.
func (s *Stream) More() bool {
	s.cap.left = maxValue
	return s.Dec.More()
}

// Value reads a whole value.
func (s *Stream) Value() (json.RawMessage, error) {
	v, err := s.next()
	return v, s.Wrong(err)
}

// next is Value with the decoder's own errors: io.EOF at the end. It replaces invalid UTF-8 as
// encoding/json does in strings, since the value itself may be stored, and cuts texts that are
// too long.
func (s *Stream) next() (json.RawMessage, error) {
	s.cap.left = maxValue
	var v json.RawMessage
	if err := s.Dec.Decode(&v); err != nil {
		return nil, err
	}
	if problem := shapeOf(v); problem != "" {
		return nil, s.Bad("", problem, v)
	}
	v, cut := withoutLong(v)
	s.m.cut += cut
	if !utf8.Valid(v) {
		v = bytes.ToValidUTF8(v, []byte(string(utf8.RuneError)))
	}
	return v, nil
}

// Delim reads a bracket.
func (s *Stream) Delim(want json.Delim) error {
	at := s.Dec.InputOffset()
	t, err := s.Token()
	if err == nil && t != want {
		return s.WrongAt(at, "", fmt.Sprintf("there is %s where %q should be", Spelled(t), want.String()))
	}
	return err
}

// Spelled returns a token as it is spelled in the file.
func Spelled(t json.Token) string {
	if d, ok := t.(json.Delim); ok {
		return fmt.Sprintf("%q", d.String())
	}
	b, err := json.Marshal(t)
	if err != nil || len(b) > 40 {
		return "another value"
	}
	return string(b)
}

// Key reads the next key of an object.
func (s *Stream) Key() (string, error) {
	t, err := s.Token()
	if err != nil {
		return "", err
	}
	k, ok := t.(string)
	if !ok {
		return "", s.WrongAt(s.Dec.InputOffset(), "", "there is no key where one should be")
	}
	return k, nil
}

// Skip skips a value of any size.
func (s *Stream) Skip() error {
	for depth := 0; ; {
		t, err := s.Token()
		if err != nil {
			return err
		}
		if d, ok := t.(json.Delim); ok {
			if d == '{' || d == '[' {
				if depth++; depth > maxDepth {
					return s.WrongAt(s.Dec.InputOffset(), "", nestedDeep)
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

// Each calls do with every value of the list that comes next.
func (s *Stream) Each(do func(v json.RawMessage) error) error {
	return s.List(func() error {
		v, err := s.Value()
		if err != nil {
			return err
		}
		return do(v)
	})
}

// List calls do at every value of the list that comes next; do must read it.
func (s *Stream) List(do func() error) error {
	if err := s.Delim('['); err != nil {
		return err
	}
	for s.More() {
		if err := do(); err != nil {
			return err
		}
	}
	return s.Delim(']')
}

// Object calls do with each key of the object that comes next; do must read the value.
func (s *Stream) Object(do func(key string) error) error {
	if err := s.Delim('{'); err != nil {
		return err
	}
	for s.More() {
		key, err := s.Key()
		if err != nil {
			return err
		}
		if err := do(key); err != nil {
			return err
		}
	}
	return s.Delim('}')
}

// End checks that nothing follows.
func (s *Stream) End() error {
	s.cap.left = maxValue
	at := s.Dec.InputOffset()
	if _, err := s.Dec.Token(); !errors.Is(err, io.EOF) {
		return s.WrongAt(at+1, "", "there is something after the end of the JSON")
	}
	return nil
}

// Wrong adds file and line to an error of the decoder.
func (s *Stream) Wrong(err error) error {
	switch {
	case err == nil:
		return nil
	case s.m.r.Ctx.Err() != nil:
		return s.m.r.Ctx.Err()
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	if _, ours := errors.AsType[*collector.FileError](err); ours {
		return err
	}
	offset := s.Dec.InputOffset()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		offset = math.MaxInt64
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		problem := Plain(err)
		return s.WrongAt(max(offset, e.Offset-1), "", "this is not JSON: "+syntax(problem)) // the last byte read is the bad one
	}
	return s.WrongAt(offset, "", Plain(err))
}

var invalid = regexp.MustCompile(`^invalid character (.+?) (looking|after|in|as)`)

// syntax puts an error of encoding/json into words.
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

// Bad returns an error about the last value that was read.
func (s *Stream) Bad(field, problem string, value json.RawMessage) error {
	return s.WrongAt(s.Dec.InputOffset()-int64(len(value))+1, field, problem)
}

// WrongAt returns an error about a byte of the file.
func (s *Stream) WrongAt(offset int64, field, problem string) error {
	return s.m.Wrong(s.m.line(offset), field, problem)
}

// line returns the line of a byte, counted from 1.
func (m *Member) line(offset int64) int64 {
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
