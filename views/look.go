package views

import (
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/table"
)

// Names of the tabs.
const (
	TabMessages = "messages"
	TabMetadata = "metadata"
	TabDataset  = "dataset"
	TabNetwork  = "network"
	TabOptions  = "options"
)

// Look is the row of tabs and the open tab. At most one of the pointers is set.
type Look struct {
	Title    string // of the page, when only the fragment is sent
	Tab      string // "": none is open
	Messages *Messages
	Metadata *Metadata
	Dataset  *Dataset
	Network  *Network
	Ties     *Ties     // the messages behind an edge of the network
	Snowball *Snowball // where a collection could go on
	Price    *Price    // the price of going on
	Options  *Options
}

// Tab is a link in the row of tabs.
type Tab struct {
	Name, Label string
	Current     bool
}

// Tabs lists the tabs.
func (l Look) Tabs() []Tab {
	tabs := []Tab{
		{Name: TabMessages, Label: "Messages"},
		{Name: TabMetadata, Label: "Metadata"},
		{Name: TabDataset, Label: "Dataset"},
		{Name: TabNetwork, Label: "Network"},
		{Name: TabOptions, Label: "Options"},
	}
	for i := range tabs {
		tabs[i].Current = tabs[i].Name == l.Tab
	}
	return tabs
}

// Label is the open tab's.
func (l Look) Label() string {
	for _, t := range l.Tabs() {
		if t.Current {
			return t.Label
		}
	}
	return ""
}

// ChannelChoice is a channel in a list to choose from.
type ChannelChoice struct {
	ID       int64
	Name     string // @username or the number
	Title    string
	Messages int64
	Current  bool
}

// Pager says which part of a long list a page shows.
type Pager struct {
	From, To, Total int64  // 1-based, both ends included
	Newer, Older    string // addresses of the neighbouring pages; "" at an end
	Plain           bool   // the list is not ordered by time

	Page, Pages int64
	Action      string  // the address for any page
	Others      []Field // the other fields of that address
	Table       string  // which table it belongs to, if the page has several
}

// Messages is the tab that reads like Telegram.
type Messages struct {
	Filter Filter
	Pager  Pager
	Days   []MessageDay
}

// MessageDay is a run of messages of one UTC day.
type MessageDay struct {
	Date   time.Time
	Groups []MessageGroup
}

// MessageGroup is a message, or the adjacent messages of one album.
type MessageGroup struct {
	Album bool
	Items []MessageItem
}

// MessageItem is one message, and how the page shows it.
type MessageItem struct {
	collector.Message
	Anchor    string // its id in the page
	Looked    bool   // it is the message that was asked for
	Channel   string // "" if all are of one channel
	Href      string // its address at Telegram
	Service   string // a service message's sentence; "" for a message
	From      string // who wrote it; "" for the channel itself
	Author    string // the signature
	Topic     string // its topic in a forum
	TopicTo   string // the address of the topic's messages in this workspace
	Forward   string // whom it was forwarded from
	ForwardTo string // the address of the original, "" when unknown
	Original  string // the original's address in this workspace, "" if it is not here
	Reply     string // "a reply to 12"
	ReplyTo   string
	Answered  string // the address in this workspace of what it replies to
	Text      []Span
	Cut       bool     // the text is longer
	All       string   // the address that shows all of it
	Left      int64    // characters that even that does not show
	Media     []string // the parts of one line
	Preview   *LinkPreview
	Poll      []PollAnswer
}

// Part reports whether only the beginning of a rich message was collected.
func (m MessageItem) Part() bool { return m.Rich == collector.RichPart }

// LinkPreview is the card under a message that links to a page.
type LinkPreview struct{ Href, Domain, Title, Description string }

// PollAnswer is one answer of a poll, with its share of the voters in percent.
type PollAnswer struct {
	collector.PollResult
	Percent *int64 // nil: not known
}

// Metadata is the tab with the full details of each channel.
type Metadata struct {
	Channels []ChannelDetails
	Choices  []ChannelChoice // to jump to, if there are many
	Pager    Pager
}

// ChannelDetails are the facts about one channel.
type ChannelDetails struct {
	collector.Channel
	Name  string
	Href  string
	Facts []Fact
	Raw   string // indented JSON
}

// Fact is a line of a facts table. Text or At is set.
type Fact struct {
	Name string
	Text string
	At   time.Time
	Href string // makes Text a link
}

// Dataset is the tab with rows, columns and downloads.
type Dataset struct {
	dataset.Totals
	Filter      Filter
	Pager       Pager
	Columns     []Column
	Table       [][]Cell
	Charts      []ChartLink
	ColumnCount int
	Dictionary  []table.Entry
	PerChannel  []ChannelCount
	Downloads   []Downloads
	Receipts    []ReceiptLine // the newest of each channel
	Damaged     int64         // files that do not open
	Lost        []LostLine
}

// LostLine says what a damaged file has lost.
type LostLine struct {
	Channel  int64
	Messages int64  // at least 1
	IDs      string // the ranges that contain them
}

// ReceiptLine says what one collection did for one channel.
type ReceiptLine struct {
	collector.Receipt
	Name           string
	Word, Tone     string
	Asked, Covered int64  // how many ids
	Absent         string // the first few ranges of absent ids
	Waited         string // "" when it did not wait
	Why            string // why it ended early, "" if it did not
}

// Complete reports whether every id that was asked for is accounted for.
func (r ReceiptLine) Complete() bool { return r.Covered == r.Asked }

// ChannelCount is how much the dataset has of one channel.
type ChannelCount struct {
	catalog.ChannelSummary
	Name      string
	Downloads []Download
}

// Download is a file to download.
type Download struct {
	Name string
	Href string
	What string // a sentence

	Variants []Variant
}

// Variant is another form of a file.
type Variant struct {
	Href string
	What string // what differs: "with tabs"
}

// Downloads are files under a heading.
type Downloads struct {
	Heading string
	Files   []Download
}

// Options is the tab for logging out and deleting.
type Options struct {
	Inside
	CSRF     string
	SignIn   string    // of a workspace without an account: where to sign in with one
	Standing *Standing // nil: the workspace has no account
	MaxBytes int64     // that are allowed; 0: no limit
}

// Standing is how an account stands with Telegram.
type Standing struct {
	CSRF                    string
	Unknown                 bool      // it could not be read
	Stopped                 string    // why nothing is sent until the person agrees, "" if not stopped
	Sentence                string    // what happens next
	Until                   time.Time // of a wait, for the countdown; zero when there is none
	Lookups                 int64     // of names, that are possible now
	LookupAt                time.Time // when the next is possible; zero: now
	LookupsLeft, LookupsWhy string    // how many are left today, and what delays them; "" for nothing
	Stranger                string    // the pace of an account that is new, "" for none
	Methods                 []StandingMethod
	Waits                   []StandingWait // of the last day, newest first
}

// StandingMethod counts the requests of one method of Telegram's.
type StandingMethod struct {
	collector.MethodStanding
	Words   string
	Spacing string // the pause between two requests, "" for none
}

// StandingWait is a wait that Telegram asked for.
type StandingWait struct {
	collector.FloodWait
	Words string
	Until time.Time // its end, while it lasts; else zero
}

// ChartLink is a chart on the page and its files.
type ChartLink struct {
	Title    string
	SVG, CSV string
}

// LookFirstFragment is the template of LookFirst.
const LookFirstFragment = "look_first"

// LookFirst shows channels before anything is collected.
type LookFirst struct {
	Form
	Seen    []Looked
	LookUps string // the price in look-ups, "" if not known
	More    bool   // more channels were named than are shown
}

// Looked is one channel, or why it cannot be shown.
type Looked struct {
	Name        string // @name
	Title       string
	Picture     string // its address here; "" for none
	Initials    string // shown in place of a picture
	About       string
	Subscribers string // "" when not known
	Verified    bool
	Messages    []LookedMessage // newest first

	Sentence string // why it cannot be looked at
	SignIn   string // the source where an account that may see it can sign in; "" if that does not help
	Account  bool   // the workspace's own account may see it
}

// LookedMessage is one of the last messages.
type LookedMessage struct {
	ID    int64
	Date  time.Time
	Text  string
	Media string // what is attached, in a word; "" for nothing
}

// Filter is the form that chooses which messages a tab shows, and their order.
type Filter struct {
	Action      string // the tab's address
	Channels    []ChannelChoice
	All         bool // all channels are chosen
	Since       string
	Until       string
	Text        string          // the search as it was typed
	Mistaken    *MistakenSearch // nil: it is right
	Hidden      []Field         // the other fields, for the form that builds a search
	Has, Is     []Choice        // of that form
	Kinds       []Choice
	Media       []Choice
	Forwarded   []Choice
	Topics      []Choice // of the chosen channel; empty if it is no forum
	Orders      []Choice
	Columns     []Choice // to choose from; empty on the messages tab
	Active      bool     // something is filtered out, or the order is not the usual one
	ColumnsOpen bool     // other columns than the usual ones are chosen
	Form
}

// MistakenSearch is a search with the place marked where something else was expected.
type MistakenSearch struct{ Before, At, Behind string }

// Choice is one of several values of a field.
type Choice struct {
	Value, Label string
	Current      bool
}

// Field is a hidden field of a form.
type Field struct{ Name, Value string }

// Column is a column of a table of rows.
type Column struct {
	Name   string
	Href   string // sorts by it; "" if it cannot be sorted by
	Sorted string // ascending, descending or ""
	Number bool
}

// Cell is what a row has in a column.
type Cell struct {
	Spans  []Span
	Number bool
	Text   bool // text that may run in either direction
	Long   bool // a text that is cut if it does not fit
}
