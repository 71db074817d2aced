package archive

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

// TestProgress: progress counts each file exactly twice, whatever its kind.
func TestProgress(t *testing.T) {
	message := `{"_":"Message","id":1,"peer_id":{"_":"PeerChannel","channel_id":5},"date":"2024-02-02T14:04:00+00:00","message":"x"}` + "\n"
	for name, text := range map[string]string{
		"telethon":    strings.Repeat(message, 3),
		"a large one": strings.Repeat(message, 3000),
		"tracker":     `{"_":"ChannelMessages","messages":[` + message + `],"chats":[],"users":[]}`,
		"desktop":     `{"name":"Quay","type":"public_channel","id":5,"messages":[{"id":7,"type":"message","date":"2024-03-01T14:00:00","text":"x"}]}`,
		"tdl":         `{"id":5,"messages":[{"id":6,"type":"message","date":1709294401,"text":"plain"}]}`,
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := input.NewReader(t.Context(), input.Options{}, func(collector.Observations) error { return context.Cause(t.Context()) })
		members, closeAll, err := r.Members([]input.File{{Name: name + ".json", Path: path}})
		if err == nil {
			err = readMember(r, members[0])
		}
		closeAll()
		if err != nil || r.Done != r.Total || r.Total != int64(2*len(text)) {
			t.Errorf("%s: %d of %d bytes are told of a file of %d, %v", name, r.Done, r.Total, len(text), err)
		}
	}
}
