package compiled

import (
	"html/template"
	"reflect"
	"strings"
	"text/template/parse"
)

// write compiles an action: a value, and the escapers that html/template has put behind it.
func (c *compiler) write(p *parse.PipeNode, dot reflect.Type) (step, error) {
	var escapers []func(b []byte, s string) []byte
	var names []string
	for _, cmd := range p.Cmds[1:] {
		name, ok := cmd.Args[0].(*parse.IdentifierNode)
		if !ok || len(cmd.Args) > 1 || escaperOf(name.Ident) == nil {
			return nil, other("%s", p)
		}
		names, escapers = append(names, name.Ident), append(escapers, escaperOf(name.Ident))
	}
	if len(escapers) == 0 {
		return nil, other("%s is not escaped", p)
	}
	v, err := c.command(p.Cmds[0], dot)
	if err != nil {
		return nil, err
	}
	v = v.followed()
	if v.typ == reflect.TypeFor[template.HTML]() && len(names) == 1 && names[0] == "_html_template_htmlescaper" {
		return func(r *run, dot reflect.Value) { r.b = append(r.b, v.load(r, dot).String()...) }, nil
	}
	if v.typ.PkgPath() == "html/template" {
		return nil, other("%s is a %v", p, v.typ)
	}
	if v.typ.Kind() == reflect.String && text(v.typ) != nil {
		return func(r *run, dot reflect.Value) { r.b = escaped(r.b, v.load(r, dot).String(), escapers) }, nil
	}
	as := text(v.typ)
	if as == nil {
		return nil, other("%s is a %v", p, v.typ)
	}
	return func(r *run, dot reflect.Value) { r.b = as(r.b, v.load(r, dot)) }, nil // no escaper changes a whole number
}

// escaped appends a text after all escapers, the last of which writes.
func escaped(b []byte, s string, escapers []func(b []byte, s string) []byte) []byte {
	last := len(escapers) - 1
	for _, e := range escapers[:last] {
		s = string(e(nil, s))
	}
	return escapers[last](b, s)
}

// escaperOf returns one of html/template's functions, nil for one that is not known here.
func escaperOf(name string) func(b []byte, s string) []byte {
	switch name {
	case "_html_template_htmlescaper", "_html_template_attrescaper", "_html_template_rcdataescaper":
		return HTML
	case "_html_template_urlfilter":
		return filterURL
	case "_html_template_urlnormalizer":
		return normalizeURL
	}
	return nil
}

// HTML appends a text as html/template writes it between tags, and in quoted attributes.
func HTML(b []byte, s string) []byte {
	written := 0
	for i := 0; i < len(s); i++ {
		repl := ""
		switch s[i] {
		case 0:
			repl = "\uFFFD"
		case '"':
			repl = "&#34;"
		case '&':
			repl = "&amp;"
		case '\'':
			repl = "&#39;"
		case '+':
			repl = "&#43;"
		case '<':
			repl = "&lt;"
		case '>':
			repl = "&gt;"
		default:
			continue
		}
		b = append(append(b, s[written:i]...), repl...)
		written = i + 1
	}
	return append(b, s[written:]...)
}

// filterURL appends an address, or what stands for one that may run a script.
func filterURL(b []byte, s string) []byte {
	scheme, _, ok := strings.Cut(s, ":")
	if ok && !strings.Contains(scheme, "/") && !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") &&
		!strings.EqualFold(scheme, "mailto") {
		return append(b, "#ZgotmplZ"...)
	}
	return append(b, s...)
}

// normalizeURL appends an address with its bytes encoded that do not belong into one.
func normalizeURL(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	for i := range len(s) {
		c := s[i]
		if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) || c != '%' && belongs(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return b
}

func belongs(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&*+,/:;=?@[]-._~", c) >= 0
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }
