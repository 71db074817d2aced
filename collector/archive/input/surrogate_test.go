package input

import (
	"testing"
)

// TestPaired: lone surrogates are replaced, nothing else is.
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
		if got := string(Paired([]byte(raw))); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}
