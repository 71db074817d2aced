package table

import (
	"strings"
	"testing"

	"telegramtrac/collector"
)

// TestDictionaryComplete: every column of every file has a meaning, timestamps
// and counters a unit, keys exist, and no line of words is of no column.
func TestDictionaryComplete(t *testing.T) {
	words := map[string]string{
		"messages.parquet": messageWords + linkWords, "versions.parquet": messageWords + versionWords, "channels.parquet": channelWords,
		"peers.parquet": peerWords, "receipts.parquet": receiptWords,
	}
	for _, table := range Tables() {
		left := parseWords(words[table.File])
		for _, e := range table.Columns {
			if e.Meaning == "" || e.Type == "" {
				t.Errorf("%s: column %s has no meaning", table.File, e.Column)
			}
			if strings.HasPrefix(e.Type, "timestamp") != (e.Unit == "UTC, microseconds") {
				t.Errorf("%s: column %s is a %s with unit %q", table.File, e.Column, e.Type, e.Unit)
			}
			delete(left, e.Column)
		}
		for column := range left {
			t.Errorf("%s: there is no column %s to describe", table.File, column)
		}
		for _, key := range table.Key {
			if !strings.Contains(columnNames(table), " "+key+" ") {
				t.Errorf("%s: key %s is no column", table.File, key)
			}
		}
	}
}

func columnNames(table Table) string {
	names := " "
	for _, e := range table.Columns {
		names += e.Column + " "
	}
	return names
}

// TestDictionaryTypes: the types are those that readers will see.
func TestDictionaryTypes(t *testing.T) {
	got := map[string]string{}
	for _, e := range Dictionary() {
		got[e.Column] = e.Type
	}
	for column, want := range map[string]string{
		"channel_id": "int64", "channel_username": "text or null", "date": "timestamp", "edit_date": "timestamp or null",
		"entities": "list of structs or null", "entities[].offset": "int32", "links": "list of text or null",
		"duration": "double or null", "pinned": "boolean", "poll_results[].voters": "int64 or null", "raw": "text",
	} {
		if got[column] != want {
			t.Errorf("column %s: got type %q, want %q", column, got[column], want)
		}
	}
}

// TestDictionaryNamesSources: the meaning of source names every value it can have.
func TestDictionaryNamesSources(t *testing.T) {
	for _, table := range Tables() {
		for _, e := range table.Columns {
			if e.Column != "source" || table.File == "receipts.parquet" { // which are of collections
				continue
			}
			for _, source := range []string{
				collector.SourceTelegram, collector.SourceSandbox, collector.SourcePreview,
				collector.SourceTelethon, collector.SourceTracker, collector.SourceDesktop, collector.SourceTDL,
			} {
				if !strings.Contains(e.Meaning, source) {
					t.Errorf("%s: source does not name %s: %s", table.File, source, e.Meaning)
				}
			}
			if strings.Contains(e.Meaning, imported) {
				t.Errorf("%s: source names %q, which no row has: %s", table.File, imported, e.Meaning)
			}
		}
	}
}

// imported is what footers of imported parts name as their source.
const imported = "archive"
