package archive

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

// json reads a JSON file: by its first keys it is known what it is.
func (r *reader) json(m *member) error {
	s, err := m.stream()
	if err != nil {
		return err
	}
	kind, known, err := r.kindOf(s)
	s.close()
	switch {
	case err != nil && m.among && kind == "" && !looksOurs(m.name):
		return r.unreadable(m, "")
	case err != nil:
		return err
	case !known:
		return r.unreadable(m, "it is none of the files that can be imported"+kind)
	}
	r.done -= m.read // what was read to know the kind is read again
	m.read = 0
	switch kind {
	case kindTelethon:
		return r.telethon(m)
	case kindTracker:
		return r.tracker(m)
	case kindDetails:
		return r.channelDetails(m)
	case kindTDL:
		return r.tdl(m)
	}
	return r.desktop(m)
}

// looksOurs reports whether a file that does not read is one that was meant.
func looksOurs(name string) bool {
	base := path.Base(name)
	return base == "result.json" || strings.HasSuffix(base, "_messages.json") || strings.HasSuffix(base, ".ndjson") || strings.HasSuffix(base, ".jsonl")
}

// kindOf reads as far as it takes to know what a file is. Of what is not known,
// kind says why, as the end of a sentence.
func (r *reader) kindOf(s *stream) (kind string, known bool, err error) {
	t, err := s.token()
	if err != nil {
		return "", false, err
	}
	if t == json.Delim('[') {
		if !s.more() {
			return "", false, s.delim(']')
		}
		if err := s.delim('{'); err != nil {
			return "", false, err
		}
	}
	typed := false
	for s.more() {
		key, err := s.key()
		if err != nil {
			return "", false, err
		}
		switch key {
		case "_":
			class, err := s.token()
			if err != nil {
				return "", false, err
			}
			return kindOfClass(class)
		case "type", "name":
			typed = true
		case "messages":
			if typed {
				return kindDesktop, true, nil
			}
			return kindTDL, true, nil
		case "chats", "left_chats":
			return kindDesktop, true, nil
		}
		if err := s.skip(); err != nil {
			return "", false, err
		}
	}
	return "", false, nil
}

func kindOfClass(class json.Token) (kind string, known bool, err error) {
	switch class {
	case "Message", "MessageService", "MessageEmpty":
		return kindTelethon, true, nil
	case "ChannelMessages", "Messages", "MessagesSlice":
		return kindTracker, true, nil
	case "ChatFull":
		return kindDetails, true, nil
	}
	return fmt.Sprintf(": it holds %s", spelled(class)), false, nil
}
