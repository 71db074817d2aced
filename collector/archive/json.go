package archive

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"telegramtrac/collector/archive/desktop"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/archive/pyrogram"
	"telegramtrac/collector/archive/tdl"
)

// readJSON reads a JSON file. Its first keys show its kind.
func readJSON(r *input.Reader, m *input.Member) error {
	s, err := m.Stream()
	if err != nil {
		return err
	}
	kind, known, err := kindOf(r, s)
	s.Close()
	switch {
	case err != nil && m.Among && kind == "" && !input.LooksOurs(m.Name):
		return r.Unreadable(m, input.NoneOfOurs+": it begins like JSON, and is none")
	case err != nil:
		return err
	case !known:
		return r.Unreadable(m, input.NoneOfOurs+kind)
	}
	m.Rewind()
	switch kind {
	case input.KindTelethon, input.Kind4CAT, input.KindNumbered, input.KindConverted:
		return readTelethon(r, m, kind)
	case input.KindPyrogram:
		return pyrogram.Read(r, m)
	case input.KindSnscrape:
		return pyrogram.ReadSnscrape(r, m)
	case input.KindTracker:
		return readTracker(r, m)
	case input.KindDetails:
		return readDetails(r, m)
	case input.KindTDL:
		return tdl.Read(r, m)
	}
	return desktop.Read(r, m)
}

// kindOf reads until the kind of a file is clear. For an unknown file, kind is the reason, as
// the end of a sentence.
func kindOf(r *input.Reader, s *input.Stream) (kind string, known bool, err error) {
	t, err := s.Token()
	if err != nil {
		return "", false, err
	}
	if t == json.Delim('[') {
		if !s.More() {
			return emptyList, false, s.Delim(']')
		}
		t, err := s.Token()
		for err == nil && t == nil && s.More() { // null, for a missing message
			t, err = s.Token()
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
	for s.More() {
		key, err := s.Key()
		if err != nil {
			return "", false, err
		}
		switch key {
		case "_", "_type":
			class, err := s.Token()
			if err != nil {
				return "", false, err
			}
			return kindOfClass(s, key, class, seen)
		case "type", "name":
			typed = true
		case "messages":
			if typed {
				return input.KindDesktop, true, nil
			}
			return kindOfMessages(s)
		case "chats", "left_chats":
			return input.KindDesktop, true, nil
		}
		if len(seen) == 0 && input.IsID(key) {
			return kindOfNumbered(s)
		}
		seen = append(seen, key)
		if err := s.Skip(); err != nil {
			return "", false, err
		}
	}
	if slices.Contains(seen, "peer_id") && slices.Contains(seen, "date") && slices.Contains(seen, "message") {
		return input.KindConverted, true, nil
	}
	return looksLike(seen), false, nil
}

// emptyList is the reason that kindOf gives for an empty list.
const emptyList = ": it is an empty list"

// inWords describes the value that a token begins.
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

// looksLike guesses what an object with such keys is.
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
		keys[i] = input.Short(k)
	}
	return ": it holds objects with the keys " + strings.Join(keys, ", ")
}

// kindOfMessages finds out the kind of a list of messages in an object without a class:
// messages of tdl have no class.
func kindOfMessages(s *input.Stream) (kind string, known bool, err error) {
	if err := s.Delim('['); err != nil {
		return "", false, err
	}
	if !s.More() {
		return input.KindTDL, true, nil
	}
	if err := s.Delim('{'); err != nil {
		return "", false, err
	}
	numbered := false
	for s.More() {
		key, err := s.Key()
		if err != nil {
			return "", false, err
		}
		switch key {
		case "_":
			return input.KindTracker, true, nil
		case "id":
			numbered = true
		}
		if err := s.Skip(); err != nil {
			return "", false, err
		}
	}
	if !numbered {
		return ": it holds messages without a number", false, nil
	}
	return input.KindTDL, true, nil
}

// kindOfNumbered finds out the kind of objects whose keys are numbers.
func kindOfNumbered(s *input.Stream) (kind string, known bool, err error) {
	t, err := s.Token()
	if err != nil || t != json.Delim('{') {
		return ": it holds values under numbers", false, err
	}
	for s.More() {
		key, err := s.Key()
		if err != nil {
			return "", false, err
		}
		if key == "_" {
			class, err := s.Token()
			if err != nil || class != "Message" && class != "MessageService" && class != "MessageEmpty" {
				return ": it holds objects under numbers that are no messages", false, err
			}
			return input.KindNumbered, true, nil
		}
		if err := s.Skip(); err != nil {
			return "", false, err
		}
	}
	return ": it holds objects under numbers that are no messages", false, nil
}

// kindOfClass finds out a file's kind from the class of its object, or of the first in its
// list. The keys before and after the class distinguish Pyrogram's messages from Telethon's.
func kindOfClass(s *input.Stream, key string, class json.Token, seen []string) (kind string, known bool, err error) {
	name, _ := class.(string)
	switch {
	case strings.HasPrefix(name, "snscrape.modules.telegram.TelegramPost"):
		return input.KindSnscrape, true, nil
	case key == "_type" && (name == "Message" || name == "MessageService"):
		return input.Kind4CAT, true, nil
	case key == "_type":
		return fmt.Sprintf(": it holds %s", input.Spelled(class)), false, nil
	}
	switch name {
	case "Message", "MessageService", "MessageEmpty":
		return telethonOrPyrogram(s, seen)
	case "ChannelMessages", "Messages", "MessagesSlice":
		return input.KindTracker, true, nil
	case "ChatFull":
		return input.KindDetails, true, nil
	}
	return fmt.Sprintf(": it holds %s", input.Spelled(class)), false, nil
}

func telethonOrPyrogram(s *input.Stream, seen []string) (kind string, known bool, err error) {
	if slices.Contains(seen, "chat") {
		return input.KindPyrogram, true, nil
	}
	for s.More() {
		key, err := s.Key()
		switch {
		case err != nil:
			return input.KindTelethon, true, nil // the reader reports the damage with its line
		case key == "chat":
			return input.KindPyrogram, true, nil
		case key == "peer_id", key == "to_id":
			return input.KindTelethon, true, nil
		}
		if s.Skip() != nil {
			return input.KindTelethon, true, nil
		}
	}
	return input.KindTelethon, true, nil
}
