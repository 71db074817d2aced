package table

import (
	"strings"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/part"
)

// Entry says what one column is.
type Entry struct {
	Column  string // a column within a list as reactions[].count
	Type    string // as in the schema: int64, text, timestamp, list; "or null" where a value may be missing
	Unit    string // "" where it has none
	Meaning string // a sentence for people who do not code
	Source  string // Telegram's constructor and field; "" where the product itself fills the column in
}

// Table is one file and its columns, in their order.
type Table struct {
	File    string
	Meaning string
	Key     []string // the columns that tell rows apart
	Columns []Entry
}

// Dictionary describes the columns of messages.parquet.
func Dictionary() []Entry { return describe[LinkedMessage](messageWords + linkWords) }

// Tables describes the files of rows that people take away.
func Tables() []Table {
	return []Table{
		{"messages.parquet", "One row a message or service message, ascending by channel and id.",
			[]string{"channel_id", "message_id"}, Dictionary()},
		{"versions.parquet", "Earlier wordings of messages that were edited between two looks: the columns of messages.parquet as they were, " +
			"and when the wording was there.",
			[]string{"channel_id", "message_id", "observed_from"}, describe[part.Version](messageWords + versionWords)},
		{"channels.parquet",
			"One row for each state of a collected channel: how it was called and described from one look to another, with its " +
				"details as they were at the last of them. The rows where current is true are the channels as they are known now, each once.",
			[]string{"channel_id", "state_from"}, describe[catalog.State](channelWords + stateWords)},
		{"peers.parquet", "One row for everyone that messages or channel details name: channels, basic groups, users.",
			[]string{"peer_type", "peer_id"}, describe[collector.Peer](peerWords)},
		{"receipts.parquet", "One row for each channel of each collection: what was asked, how complete the answer is, and what it took.",
			[]string{"collection_id", "requested_as"}, describe[collector.Receipt](receiptWords)},
	}
}

// Describe describes the columns of a file of rows of T, of which words has a line
// each: column | unit | Telegram's constructor and field | meaning.
func Describe[T any](words string) []Entry { return describe[T](words) }

// describe joins the columns of T with what a list of words says of them. A
// column that the list does not have gets no meaning, which a test finds.
func describe[T any](words string) []Entry {
	said := parseWords(words)
	var out []Entry
	for _, f := range parquet.SchemaOf(*new(T)).Fields() {
		out = appendColumn(out, f.Name(), f, said)
	}
	return out
}

// appendColumn appends a column and those within it.
func appendColumn(out []Entry, name string, n parquet.Node, said map[string]Entry) []Entry {
	e := said[name]
	e.Column, e.Type = name, typeName(n)
	out = append(out, e)
	if element := elementOf(n); element != nil && !element.Leaf() {
		for _, f := range element.Fields() {
			out = appendColumn(out, name+"[]."+f.Name(), f, said)
		}
	}
	return out
}

// elementOf is what a list is of, nil of what is none.
func elementOf(n parquet.Node) parquet.Node {
	if n.Leaf() {
		return nil
	}
	return n.Fields()[0].Fields()[0] // group (LIST) { repeated group list { element } }
}

func typeName(n parquet.Node) string {
	name := baseTypeName(n)
	if n.Optional() {
		name += " or null"
	}
	return name
}

func baseTypeName(n parquet.Node) string {
	if element := elementOf(n); element != nil {
		if element.Leaf() {
			return "list of " + baseTypeName(element)
		}
		return "list of structs"
	}
	switch name := n.Type().String(); {
	case strings.HasPrefix(name, "TIMESTAMP"):
		return "timestamp"
	case name == "STRING":
		return "text"
	}
	return strings.ToLower(n.Type().Kind().String())
}

// parseWords reads lines of column | unit | source | meaning.
func parseWords(words string) map[string]Entry {
	said := map[string]Entry{}
	for line := range strings.Lines(words) {
		cells := strings.SplitN(strings.TrimSpace(line), "|", 4)
		if len(cells) != 4 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		said[cells[0]] = Entry{Unit: cells[1], Source: cells[2], Meaning: cells[3]}
	}
	return said
}
