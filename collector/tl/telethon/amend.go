package telethon

import (
	"strconv"
	"strings"
)

// Amend corrects the JSON that AppendJSON wrote for the decoded object, with what the object
// could not represent.
func (r *DecodeReport) Amend(raw []byte) []byte {
	if len(r.patches) == 0 {
		return raw
	}
	a := amender{respeller: respeller{src: string(raw), dst: make([]byte, 0, len(raw))}, patches: r.patches}
	a.value("")
	return a.dst
}

// Missing reports whether a number at a path was missing although another field with the same
// flag was present.
func (r *DecodeReport) Missing(path string) bool { return r.patches[path] == "null" }

// Unknown returns the class of the value at a path if the layer does not have it, else "".
func (r *DecodeReport) Unknown(path string) string {
	class, ok := strings.CutPrefix(r.patches[path], `{"_":"`)
	if !ok {
		return ""
	}
	return strings.TrimSuffix(class, `"}`)
}

// amender copies JSON, and replaces the values at some paths.
type amender struct {
	respeller
	patches map[string]string
}

func (a *amender) value(path string) {
	if text, ok := a.patches[path]; ok && path != "" {
		at := len(a.dst)
		a.copy(path)
		a.dst = append(a.dst[:at], text...)
		return
	}
	a.copy(path)
}

func (a *amender) copy(path string) {
	switch a.src[a.at] {
	case '{':
		a.mark()
		for a.src[a.at] != '}' {
			if a.src[a.at] == ',' {
				a.mark()
			}
			key := a.token()
			a.dst = append(a.dst, key...)
			a.mark() // :
			a.value(join(path, unquoted(key)))
		}
		a.mark()
	case '[':
		a.mark()
		for n := 0; a.src[a.at] != ']'; n++ {
			if a.src[a.at] == ',' {
				a.mark()
			}
			a.value(join(path, strconv.Itoa(n)))
		}
		a.mark()
	default:
		a.dst = append(a.dst, a.token()...)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
