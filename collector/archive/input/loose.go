package input

import (
	"encoding/json"
	"maps"
	"slices"
)

// Loosely reads an object of another tool into a struct. It skips an unreadable value and
// returns its key in dropped, but fails if that key is required. All values stay in the column
// raw.
func Loosely[T any](v json.RawMessage, into *T, required map[string]bool) (dropped []string, err error) {
	if err = json.Unmarshal(v, into); err == nil {
		return nil, nil
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(v, &all) != nil || all == nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		one := Encode(map[string]json.RawMessage{key: all[key]})
		var try T
		if json.Unmarshal(one, &try) == nil {
			continue
		}
		if required[key] {
			return nil, err
		}
		delete(all, key)
		dropped = append(dropped, key)
	}
	*into = *new(T)
	return dropped, json.Unmarshal(Encode(all), into)
}

// DropKeys counts unreadable values of another tool's messages.
func (r *Reader) DropKeys(keys []string) {
	for _, key := range keys {
		r.Report.Dropped[Short(key)]++
	}
}
