package archive

import (
	"encoding/json"
	"testing"

	"telegramtrac/collector"
)

// TestRawIsWhole: no object of Telegram Desktop's or tdl's is kept with half a
// character, privately or not.
func TestRawIsWhole(t *testing.T) {
	message := json.RawMessage(`{"id":7,"type":"message","text":"half \ud83d","file_name":"\ude00.pdf","from":"\ud83d"}`)
	for name, pseudonym := range map[string]collector.Pseudonym{"personal": nil, "private": func(id int64) int64 { return id }} {
		r := newReader(t.Context(), Options{Pseudonym: pseudonym}, nil)
		for tool, raw := range map[string][]byte{"desktop": desktopRaw(r, message), "tdl": goRaw(r, message)} {
			if got := string(paired(raw)); got != string(raw) || !json.Valid(raw) || len(raw) < 20 {
				t.Errorf("%s, %s: %s", tool, name, raw)
			}
		}
	}
}
