// Package export makes the files that people take away: those of
// telegram-tracker and telegramtrac, so that no notebook of theirs breaks, CSV
// and XLSX of every column, and a bundle to cite.
//
// [Files] is the table of them all. A file is written to an io.Writer while it
// is made, in memory that does not grow with the number of messages. Equal data
// gives equal bytes: nothing here knows what time it is.
//
// What is private was left out when the data was collected; nothing here brings
// it back, for there is nothing else to read.
package export

import (
	"context"
	"errors"
	"fmt"
	"io"

	"telegramtrac/collector/export/reading"
	"telegramtrac/collector/export/tracker"
	"telegramtrac/collector/network"
	"telegramtrac/collector/network/draw"
)

// Data is what files are made of.
type Data struct {
	reading.Data

	// Graph makes the network of all channels.
	Graph func(context.Context) (*network.Graph, error)

	// Ties writes the messages that make the network's edges, as Parquet.
	Ties func(context.Context, io.Writer) error

	Options Options
}

// Options are what people choose of a file. The zero value is what most want.
type Options struct {
	Separator  rune // between the columns of messages_excel.csv; 0: a comma
	AllColumns bool // in messages.xlsx; else the twenty that people use first
}

// Variant is another form of a file, by Options.
type Variant struct {
	Query string // as in the address
	What  string // what differs
}

// ErrOptions is what ParseOptions says of a value that it does not know.
var ErrOptions = errors.New("separator is comma, semicolon or tab; columns is all")

// ParseOptions reads the parameters separator and columns of a file's address. It
// fails with ErrOptions.
func ParseOptions(separator, columns string) (Options, error) {
	r, ok := map[string]rune{"": 0, "comma": ',', "semicolon": ';', "tab": '\t'}[separator]
	if !ok || columns != "" && columns != "all" {
		return Options{}, ErrOptions
	}
	return Options{Separator: r, AllColumns: columns == "all"}, nil
}

// Scopes of a File.
const (
	all  = 1 << iota // of the whole workspace
	each             // of one channel
)

// Groups of files, as headings have them.
const (
	GroupBundle  = "Everything, to cite"
	GroupData    = "Data"
	GroupNetwork = "Network"
	GroupTracker = "As telegram-tracker and telegramtrac write them"
)

// File is one file that people can take away.
type File struct {
	Name      string // in the address
	MediaType string
	Group     string
	What      string // a sentence about it

	scope  int
	folder string // where the bundle has it; "" if it does not
	write  func(context.Context, io.Writer, Data) error
}

// Media types.
const (
	parquetType = "application/vnd.apache.parquet"
	jsonType    = "application/json"
	gexfType    = "application/gexf+xml"
	svgType     = "image/svg+xml"
	pngType     = "image/png"
	csvType     = "text/csv; charset=utf-8"
	textType    = "text/plain; charset=utf-8"
	xlsxType    = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	zipType     = "application/zip"
)

// Folders of the bundle.
const (
	dataFolder    = "data"
	networkFolder = "network"
	trackerFolder = "telegram-tracker"
)

// Files is the table of all files. A new one is a new line.
func Files() []File {
	return []File{
		{bundleName, zipType, GroupBundle,
			"Everything in one archive, with a description of every column, a methods paragraph, checksums and a notebook.", all | each, "",
			writeBundle},

		{"messages.parquet", parquetType, GroupData, "Every message, one a row.", all | each, dataFolder, writeMessages},
		{"versions.parquet", parquetType, GroupData, "Earlier wordings of messages that were edited, as they were seen.", all | each, dataFolder,
			writeVersions},
		{"channels.parquet", parquetType, GroupData, "The channels with their details.", all | each, dataFolder, writeChannels},
		{"peers.parquet", parquetType, GroupData, "Everyone the messages name: channels, groups, people.", all | each, dataFolder, writePeers},
		{"receipts.parquet", parquetType, GroupData, "A receipt for each channel of each collection: what was asked for, and how complete it is.",
			all | each, dataFolder, writeReceipts},
		{"messages.csv", csvType, GroupData, "The messages as a table of text, every column but raw, for programs.", all | each, "", writeCSV},
		{"messages_excel.csv", csvType, GroupData,
			"The same for a double click: Excel reads every letter right. An apostrophe stands before what Excel would calculate, round or take " +
				"for a date.", all | each, "", writeExcelCSV},
		{"messages.xlsx", xlsxType, GroupData,
			"For Excel and LibreOffice: the twenty columns people use first, with dates, filters and links to the messages.", all | each, "",
			writeXLSX},

		{"graph.json", jsonType, GroupNetwork,
			"Nodes and links with positions and measures: for networkx (from 3.4 on, node_link_graph needs edges=\"links\") and d3; the bundle's " +
				"snippets/graphology.js reads it into graphology.", all, networkFolder, graph(draw.JSON)},
		{"graph.gexf", gexfType, GroupNetwork, "The same for Gephi, with dates for its timeline.", all, networkFolder, graph(draw.GEXF)},
		{"nodes.csv", csvType, GroupNetwork, "A channel a row, with its measures.", all, networkFolder, graph(draw.NodesCSV)},
		{"edges.csv", csvType, GroupNetwork, "A tie a row: from, to, how, how often, since when.", all, networkFolder, graph(draw.EdgesCSV)},
		{"edges.parquet", parquetType, GroupNetwork, "The evidence: a row for every message that points at a channel.", all, networkFolder,
			func(ctx context.Context, w io.Writer, d Data) error { return d.Ties(ctx, w) }},
		{"network.svg", svgType, GroupNetwork, "The picture, to print and to edit.", all, networkFolder, graph(draw.SVG)},
		{"network.png", pngType, GroupNetwork,
			"The picture, to paste. It has Latin, Greek and Cyrillic letters; names in other scripts stand as usernames. network.svg has all of " +
				"them.", all, networkFolder, graph(draw.PNG)},

		{"msgs_dataset.csv", csvType, GroupTracker, "Messages in the 49 columns of build-datasets.", all | each, trackerFolder,
			original(tracker.Messages)},
		{"collected_chats.csv", csvType, GroupTracker, "Every channel seen that has a username.", all, trackerFolder,
			original(tracker.CollectedChats)},
		{"collected_chats.xlsx", xlsxType, GroupTracker, "The same with totals, for Excel.", all, trackerFolder,
			original(tracker.CollectedChatsXLSX)},
		{"counter.csv", csvType, GroupTracker, "How often each of them was pointed at.", all, trackerFolder,
			original(tracker.Counter)},
		{"chats.txt", textType, GroupTracker, "Their ids.", all, trackerFolder,
			original(tracker.Chats)},
		{"user_exceptions.txt", textType, GroupTracker, "Everything that could not be collected, and why.", all, trackerFolder,
			original(tracker.Exceptions)},
		{"tracker_graph.gexf", gexfType, GroupTracker, "The network by usernames, without weights; graph.gexf has more.", all, trackerFolder,
			original(tracker.Graph)},
		{"channel.json", jsonType, GroupTracker, "The channel's details, as Telegram sent them.", each, trackerFolder,
			original(tracker.ChannelJSON)},
		{"messages.json", jsonType, GroupTracker, "The channel's messages, as Telegram sent them.", each, trackerFolder,
			original(tracker.MessagesJSON)},
	}
}

// Find returns the file of a name, of one channel or of the whole workspace.
func Find(name string, oneChannel bool) (File, bool) {
	for _, f := range Files() {
		if f.Name == name && (f.ForChannel() && oneChannel || f.ForAll() && !oneChannel) {
			return f, true
		}
	}
	return File{}, false
}

// Variants are other forms of the file, which people may like better.
func (f File) Variants() []Variant {
	switch f.Name {
	case "messages_excel.csv":
		return []Variant{{"separator=semicolon", "with semicolons, as in most of Europe"}, {"separator=tab", "with tabs"}}
	case "messages.xlsx":
		return []Variant{{"columns=all", "with all columns"}}
	}
	return nil
}

// ForAll reports whether the file can be had of the whole workspace.
func (f File) ForAll() bool { return f.scope&all != 0 }

// ForChannel reports whether the file can be had of one channel.
func (f File) ForChannel() bool { return f.scope&each != 0 }

// NameFor is what the file is called when it is of one channel, see [Stem].
func (f File) NameFor(stem string) string {
	if f.Name == "channel.json" { // as the original calls it
		return stem + ".json"
	}
	return stem + "_" + f.Name
}

// NameBy is what the file is called when it has these options: columns that tabs set
// apart are called so.
func (f File) NameBy(o Options) string {
	if f.Name == "messages_excel.csv" && o.Separator == '\t' {
		return "messages_excel.tsv"
	}
	return f.Name
}

// Write writes the file. It fails with catalog.ErrNoChannel when the channel is
// not there.
func (f File) Write(ctx context.Context, w io.Writer, d Data) error {
	d.Share() // all that writes from here on shares them
	if err := f.write(ctx, w, d); err != nil {
		return fmt.Errorf("write %s: %w", f.Name, err)
	}
	return nil
}

// original is a file as the original tools write it.
func original(write func(context.Context, io.Writer, reading.Data) error) func(context.Context, io.Writer, Data) error {
	return func(ctx context.Context, w io.Writer, d Data) error { return write(ctx, w, d.Data) }
}

// graph is a file of the network.
func graph(write func(io.Writer, *network.Graph) error) func(context.Context, io.Writer, Data) error {
	return func(ctx context.Context, w io.Writer, d Data) error {
		g, err := d.Graph(ctx)
		if err != nil {
			return err
		}
		return write(w, g)
	}
}
