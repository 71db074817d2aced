package archive

import (
	"encoding/json"
	"testing"
	"time"

	"telegramtrac/collector/tl"
)

// TestPaired: half characters are replaced, nothing else is.
func TestPaired(t *testing.T) {
	for raw, want := range map[string]string{
		`{"a":"\ud83d"}`:             `{"a":"\ufffd"}`,
		`{"a":"\uDE00\ud83D"}`:       `{"a":"\ufffd\ufffd"}`,
		`{"a":"\ud83d\ude00"}`:       `{"a":"\ud83d\ude00"}`,
		`{"a":"\ud83d\ud83d\ude00"}`: `{"a":"\ufffd\ud83d\ude00"}`,
		`{"a":"\\ud83d"}`:            `{"a":"\\ud83d"}`,
		`{"a":"\\\ud83dx"}`:          `{"a":"\\\ufffdx"}`,
		`{"a":"\ud83d\n\u00e9"}`:     `{"a":"\ufffd\n\u00e9"}`,
		`{"a":"\"é👋\/"}`:             `{"a":"\"é👋\/"}`,
		`"\ud83`:                     `"\ud83`,
		`\`:                          `\`,
	} {
		if got := string(paired([]byte(raw))); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}

// TestRawIsWhole: no object of Telegram Desktop's or tdl's is kept with half a
// character, privately or not.
func TestRawIsWhole(t *testing.T) {
	message := json.RawMessage(`{"id":7,"type":"message","text":"half \ud83d","file_name":"\ude00.pdf","from":"\ud83d"}`)
	for name, conv := range map[string]tl.Converter{"personal": {}, "private": {Pseudonym: func(id int64) int64 { return id }}} {
		r := &reader{conv: conv, newest: map[int64]time.Time{}}
		for tool, raw := range map[string][]byte{"desktop": desktopRaw(r, message), "tdl": goRaw(r, message)} {
			if got := string(paired(raw)); got != string(raw) || !json.Valid(raw) || len(raw) < 20 {
				t.Errorf("%s, %s: %s", tool, name, raw)
			}
		}
	}
}
