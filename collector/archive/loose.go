package archive

import (
	"encoding/json"
	"maps"
	"slices"
)

// loosely reads an object of another tool's into a struct. A value that does not read
// costs itself, and its key is returned; but one of the keys that a message cannot be
// without is an error. The values stay in the column raw.
func loosely[T any](v json.RawMessage, into *T, required map[string]bool) (dropped []string, err error) {
	if err = json.Unmarshal(v, into); err == nil {
		return nil, nil
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(v, &all) != nil || all == nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		one := encode(map[string]json.RawMessage{key: all[key]})
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
	return dropped, json.Unmarshal(encode(all), into)
}

// dropKeys notes values of another tool's messages that did not read.
func (r *reader) dropKeys(keys []string) {
	for _, key := range keys {
		r.report.Dropped[short(key)]++
	}
}
