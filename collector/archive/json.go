package archive

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// readJSON reads a JSON file: by its first keys it is known what it is.
func readJSON(r *reader, m *member) error {
	s, err := m.stream()
	if err != nil {
		return err
	}
	kind, known, err := kindOf(r, s)
	s.close()
	switch {
	case err != nil && m.among && kind == "" && !looksOurs(m.name):
		return r.unreadable(m, noneOfOurs+": it begins like JSON, and is none")
	case err != nil:
		return err
	case !known:
		return r.unreadable(m, noneOfOurs+kind)
	}
	m.rewind()
	switch kind {
	case kindTelethon, kind4CAT, kindNumbered, kindConverted:
		return readTelethon(r, m, kind)
	case kindPyrogram:
		return readPyrogram(r, m)
	case kindSnscrape:
		return readSnscrape(r, m)
	case kindTracker:
		return readTracker(r, m)
	case kindDetails:
		return readDetails(r, m)
	case kindTDL:
		return readTDL(r, m)
	}
	return readDesktop(r, m)
}

// kindOf reads as far as it takes to know what a file is. Of what is not known,
// kind says why, as the end of a sentence.
func kindOf(r *reader, s *stream) (kind string, known bool, err error) {
	t, err := s.token()
	if err != nil {
		return "", false, err
	}
	if t == json.Delim('[') {
		if !s.more() {
			return emptyList, false, s.delim(']')
		}
		t, err := s.token()
		for err == nil && t == nil && s.more() { // null, for a message that is not there
			t, err = s.token()
		}
		if err != nil {
			return "", false, err
		}
		if t == nil {
			return ": it is a list without anything in it", false, nil
		}
		if t != json.Delim('{') {
			return ": it is a list that holds " + inWords(t) + ", and messages are objects", false, nil
		}
	}
	var seen []string
	typed := false
	for s.more() {
		key, err := s.key()
		if err != nil {
			return "", false, err
		}
		switch key {
		case "_", "_type":
			class, err := s.token()
			if err != nil {
				return "", false, err
			}
			return kindOfClass(s, key, class, seen)
		case "type", "name":
			typed = true
		case "messages":
			if typed {
				return kindDesktop, true, nil
			}
			return kindOfMessages(s)
		case "chats", "left_chats":
			return kindDesktop, true, nil
		}
		if len(seen) == 0 && isID(key) {
			return kindOfNumbered(s)
		}
		seen = append(seen, key)
		if err := s.skip(); err != nil {
			return "", false, err
		}
	}
	if slices.Contains(seen, "peer_id") && slices.Contains(seen, "date") && slices.Contains(seen, "message") {
		return kindConverted, true, nil
	}
	return looksLike(seen), false, nil
}

// emptyList is what kindOf says of a list without anything in it.
const emptyList = ": it is an empty list"

// inWords is what a token begins, in words.
func inWords(t json.Token) string {
	switch t.(type) {
	case string:
		return "texts"
	case json.Number:
		return "numbers"
	case json.Delim:
		return "lists"
	}
	return "other values"
}

// looksLike says what an object with such keys may be.
func looksLike(keys []string) string {
	has := func(list ...string) bool {
		return !slices.ContainsFunc(list, func(k string) bool { return !slices.Contains(keys, k) })
	}
	switch {
	case has("personal_information"), has("about"):
		return ": it is an export of Telegram Desktop without chats; export one channel by itself, with the format JSON"
	case has("update_id"), has("message_id", "chat"), has("ok", "result"):
		return ": it looks like messages of Telegram's bot interface"
	case has("className"), has("@type"):
		return ": it holds messages in the form of a tool that is not read here, of GramJS or TDLib"
	case has("nodes", "edges"), has("nodes", "links"):
		return ": it looks like a graph"
	case len(keys) == 0:
		return ": it is an object without anything in it"
	}
	if len(keys) > 4 {
		keys = keys[:4]
	}
	for i, k := range keys {
		keys[i] = short(k)
	}
	return ": it holds objects with the keys " + strings.Join(keys, ", ")
}

// kindOfMessages tells what a list of messages is that stands in an object which
// says nothing of itself: tdl's have no class.
func kindOfMessages(s *stream) (kind string, known bool, err error) {
	if err := s.delim('['); err != nil {
		return "", false, err
	}
	if !s.more() {
		return kindTDL, true, nil
	}
	if err := s.delim('{'); err != nil {
		return "", false, err
	}
	numbered := false
	for s.more() {
		key, err := s.key()
		if err != nil {
			return "", false, err
		}
		switch key {
		case "_":
			return kindTracker, true, nil
		case "id":
			numbered = true
		}
		if err := s.skip(); err != nil {
			return "", false, err
		}
	}
	if !numbered {
		return ": it holds messages without a number", false, nil
	}
	return kindTDL, true, nil
}

// kindOfNumbered tells what the objects are that stand under numbers.
func kindOfNumbered(s *stream) (kind string, known bool, err error) {
	t, err := s.token()
	if err != nil || t != json.Delim('{') {
		return ": it holds values under numbers", false, err
	}
	for s.more() {
		key, err := s.key()
		if err != nil {
			return "", false, err
		}
		if key == "_" {
			class, err := s.token()
			if err != nil || class != "Message" && class != "MessageService" && class != "MessageEmpty" {
				return ": it holds objects under numbers that are no messages", false, err
			}
			return kindNumbered, true, nil
		}
		if err := s.skip(); err != nil {
			return "", false, err
		}
	}
	return ": it holds objects under numbers that are no messages", false, nil
}

// kindOfClass tells what a file is whose first object, or which itself, is of a class.
// Keys seen before the class, and those after it, tell Pyrogram's messages from Telethon's.
func kindOfClass(s *stream, key string, class json.Token, seen []string) (kind string, known bool, err error) {
	name, _ := class.(string)
	switch {
	case strings.HasPrefix(name, "snscrape.modules.telegram.TelegramPost"):
		return kindSnscrape, true, nil
	case key == "_type" && (name == "Message" || name == "MessageService"):
		return kind4CAT, true, nil
	case key == "_type":
		return fmt.Sprintf(": it holds %s", spelled(class)), false, nil
	}
	switch name {
	case "Message", "MessageService", "MessageEmpty":
		return telethonOrPyrogram(s, seen)
	case "ChannelMessages", "Messages", "MessagesSlice":
		return kindTracker, true, nil
	case "ChatFull":
		return kindDetails, true, nil
	}
	return fmt.Sprintf(": it holds %s", spelled(class)), false, nil
}

func telethonOrPyrogram(s *stream, seen []string) (kind string, known bool, err error) {
	if slices.Contains(seen, "chat") {
		return kindPyrogram, true, nil
	}
	for s.more() {
		key, err := s.key()
		switch {
		case err != nil:
			return kindTelethon, true, nil // where it is damaged is told with its line
		case key == "chat":
			return kindPyrogram, true, nil
		case key == "peer_id", key == "to_id":
			return kindTelethon, true, nil
		}
		if s.skip() != nil {
			return kindTelethon, true, nil
		}
	}
	return kindTelethon, true, nil
}
