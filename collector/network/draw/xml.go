package draw

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
)

// xmlWriter writes XML piece by piece and remembers the first error.
type xmlWriter struct {
	w   *bufio.Writer
	err error
}

func newXML(w io.Writer) *xmlWriter { return &xmlWriter{w: bufio.NewWriter(w)} }

func (x *xmlWriter) raw(s string) {
	if x.err == nil {
		_, x.err = x.w.WriteString(s)
	}
}

// printf writes without escaping: never pass it text from Telegram.
func (x *xmlWriter) printf(format string, args ...any) {
	if x.err == nil {
		_, x.err = fmt.Fprintf(x.w, format, args...)
	}
}

// escaped writes text. Characters that XML does not allow become U+FFFD.
func (x *xmlWriter) escaped(s string) {
	if x.err == nil {
		x.err = xml.EscapeText(x.w, []byte(s))
	}
}

// attr writes an attribute.
func (x *xmlWriter) attr(name, value string) {
	x.raw(" " + name + `="`)
	x.escaped(value)
	x.raw(`"`)
}

func (x *xmlWriter) flush() error {
	if x.err == nil {
		x.err = x.w.Flush()
	}
	return x.err
}
