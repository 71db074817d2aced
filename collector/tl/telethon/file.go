package telethon

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// ParseDate reads a date as users of Telethon write it into JSON, in any form that
// DecodeTelethon accepts. Null is the zero time.
func ParseDate(text []byte) (time.Time, error) {
	var v any
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return time.Time{}, fmt.Errorf("read date: %w", err)
	}
	if v == nil {
		return time.Time{}, nil
	}
	n, err := integer(kindDate, v)
	if err != nil {
		return time.Time{}, err
	}
	return time.Unix(n, 0).UTC(), nil
}

var idSuffix = regexp.MustCompile(`_-?\d+$`)

// FileUsername returns the channel in the name of a file of Telethon's messages: the last part
// before an id. "toolkit_telegramtips_1224624669.ndjson" is a file of @telegramtips.
func FileUsername(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	name = idSuffix.ReplaceAllString(name, "")
	return name[strings.LastIndexByte(name, '_')+1:]
}
