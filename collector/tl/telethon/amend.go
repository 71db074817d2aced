package telethon

import "strings"

// Amend corrects the JSON that AppendJSON wrote for the decoded object, with what the object
// could not represent.
func (r *DecodeReport) Amend(raw []byte) []byte {
	if len(r.patches) == 0 {
		return raw
	}
	a := respeller{src: string(raw), dst: make([]byte, 0, len(raw)), patches: r.patches}
	a.value(kindClass)
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

// child copies a value at a step below the path, unless a patch replaces it.
func (r *respeller) child(step string, k kind) {
	if r.patches == nil {
		r.value(k)
		return
	}
	outer, at := r.path, len(r.dst)
	r.path = join(outer, step)
	r.value(k)
	if text, ok := r.patches[r.path]; ok {
		r.dst = append(r.dst[:at], text...)
	}
	r.path = outer
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
