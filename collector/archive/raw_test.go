package archive

import (
	"encoding/json"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/desktop"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/archive/tdl"
)

// TestRawIsWhole: no object of Telegram Desktop or tdl is stored with a lone surrogate,
// privately or not.
func TestRawIsWhole(t *testing.T) {
	message := json.RawMessage(`{"id":7,"type":"message","text":"half \ud83d","file_name":"\ude00.pdf","from":"\ud83d"}`)
	for name, pseudonym := range map[string]collector.Pseudonym{"personal": nil, "private": func(id int64) int64 { return id }} {
		r := input.NewReader(t.Context(), input.Options{Pseudonym: pseudonym}, nil)
		for tool, raw := range map[string][]byte{"desktop": desktop.Raw(r, message), "tdl": tdl.Raw(r, message)} {
			if got := string(input.Paired(raw)); got != string(raw) || !json.Valid(raw) || len(raw) < 20 {
				t.Errorf("%s, %s: %s", tool, name, raw)
			}
		}
	}
}
