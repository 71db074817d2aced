package draw

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
)

// xmlWriter writes XML piece by piece. Its buffer remembers the first error.
type xmlWriter struct{ *bufio.Writer }

func newXML(w io.Writer) xmlWriter { return xmlWriter{bufio.NewWriter(w)} }

func (x xmlWriter) raw(s string) { x.WriteString(s) }

// printf writes without escaping: never pass it text from Telegram.
func (x xmlWriter) printf(format string, args ...any) { fmt.Fprintf(x, format, args...) }

// escaped writes text. Characters that XML does not allow become U+FFFD.
func (x xmlWriter) escaped(s string) {
	_ = xml.EscapeText(x, []byte(s)) // the buffer remembers the error
}

// attr writes an attribute.
func (x xmlWriter) attr(name, value string) {
	x.raw(" " + name + `="`)
	x.escaped(value)
	x.raw(`"`)
}
