package views

import "time"

// Network is the tab with the graph.
type Network struct {
	Graph    string // the address of the node-link JSON
	Timeline string // the address of the days of each edge
	State    string // the address that says whether there is more by now
	Scripts  []string

	Counts  NetworkCounts
	Sampled int64 // from how many channels betweenness was measured; 0: all

	Filter  NetworkFilter
	Tables  NetworkTables
	Details *NetworkDetails // of the chosen channel, nil: none is
	Files   []Download
}

// NetworkCounts are the sentences about the whole graph.
type NetworkCounts struct {
	Nodes, Edges, Collected int64
	Communities             int64
	Modularity, Reciprocity string
	Drawn                   int64 // how many channels are drawn; 0: all
	Live                    bool  // a collection is adding to it
	Renewed                 bool  // they take the place of those in the page
}

// NetworkFilter is the form that narrows the graph down.
type NetworkFilter struct {
	Form
	Kinds        []KindChoice
	Since, Until string // YYYY-MM-DD or as typed
	Least        string // messages, or as typed
	Search       string
	Collected    bool // only collected channels
	ByKind       bool // colours show kinds, not communities
	Narrowed     bool // something is left out
}

// KindChoice is a kind of ties to tick.
type KindChoice struct {
	Name, Label string
	Ticked      bool
}

// NetworkTables are the channels and ties that the filter leaves.
type NetworkTables struct {
	Nodes              NetworkNodes
	Edges              NetworkEdges
	Messages, Channels int64 // that the graph was made from
	Narrowed           bool  // something is left out
}

// NetworkRenewed is what of the tab follows the filter and the data.
type NetworkRenewed struct {
	Tables NetworkTables
	Counts NetworkCounts
}

// TableState is how a table is sorted and which page of it is shown, as an
// address has them; "" stands for how it is at first.
type TableState struct{ Order, Page string }

// SortHead is the head of a column that can be sorted by.
type SortHead struct {
	ID     string // in the page: what had the focus has it again when the table is swapped
	Label  string
	Href   string
	Order  string // ascending, descending, "" when the table is sorted by another
	Number bool
	Title  string // what the column says, where its label is short
}

// NetworkNodes is the table of channels.
type NetworkNodes struct {
	TableState
	Heads []SortHead
	Rows  []NetworkNode
	Pager Pager
}

// NetworkEdges is the table of ties.
type NetworkEdges struct {
	TableState
	Heads []SortHead
	Rows  []NetworkEdge
	Pager Pager
}

// NetworkNode is a channel of the graph.
type NetworkNode struct {
	Key           string
	Name, Title   string
	Details       string // the address of its details
	Collected     bool
	Messages      int64
	In, Out       int64
	InDegree      int64
	Rank, Between string
	Depth         string // steps of a snowball, "" when not collected
	Community     int
	CommunityTone int // 1 to 8: the colour of its community; 0: it has no ties
}

// NetworkEdge is a tie between two channels.
type NetworkEdge struct {
	ID             string // of its link in the page
	Source, Target string
	Kind           string
	Weight         int64
	First, Last    time.Time
	Evidence       string // the address of its messages
}

// NetworkDetails are the facts about a channel of the graph.
type NetworkDetails struct {
	Key          string
	Name, Title  string
	Href         string // at Telegram, "" when there is none
	Facts        []string
	Narrowed     bool         // only what the filter leaves is counted
	Ties         []NetworkTie // the strongest
	All, More    int64        // ties, and how many of them are not listed
	MessagesHref string       // its messages here, "" when it was not collected
	PriceHref    string       // where to trac it, "" when it was collected
}

// NetworkTie is all that leads from or to a channel.
type NetworkTie struct {
	Out         bool // the channel names the other
	Key, Other  string
	Details     string // the address of the other's details
	Kinds       string // "forward 12, mention 3"
	Weight      int64
	First, Last time.Time
	Evidence    string
}

// Ties are the messages that make an edge.
type Ties struct {
	Form
	Source, Target         string
	SourceHref, TargetHref string // their details
	Kind                   string // "" for all
	Narrowed               string // says that a filter is on, "" when none is
	Total                  int64
	Rows                   []TieRow
	Pager                  Pager
	Whole                  string // the address of all of them, when this is a part
	Back                   string // the address of the network
}

// TieRow is a message that points at a channel.
type TieRow struct {
	ID         int64
	Href       string // at Telegram
	Date       time.Time
	Kind       string
	Button     bool   // the link is on a button below the message
	Target     string // "its message 12", "" when none is named
	TargetHref string
	Text       string
	Gone       *time.Time
}

// Snowball lists where a collection could go on.
type Snowball struct {
	Form
	Kinds  []KindChoice
	Chosen []string // of them, those that narrow; none: all
	Least  string   // mentions, or as typed
	Last   string   // newest messages of each, or as typed
	Rows   []SnowballRow
	Total  int64 // candidates, listed or not
	Basis  string
	Back   string
	Unsure bool // some may be people or bots
}

// SnowballRow is a channel that may be collected.
type SnowballRow struct {
	Key, Name, Title string
	Kind             string // broadcast, group, "" when not known
	Details          string
	Counts           []int64 // by kind, in the order of Kinds
	Total, From      int64
	Depth            int64
	Requests         int64
	Took             string
	Known            string // "at least 4 200 messages", "" when not known
	Tried            string // the day when it could not be collected, "" when that was not tried
}

// Price is what going on would cost, before a person says yes.
type Price struct {
	CSRF            string
	Rows            []SnowballRow
	Requests, Depth int64
	Took            string
	Basis           string
	LookUps         string // what the names cost, "" where that is not known
	Last            int64  // newest messages of each; 0: all
	LastField       string // the same, or as typed
	Form
	Skipped []string // sentences about what is left out
	Held    string   // says why it would wait, "" when it does not
	Kinds   []string // of ties that the list of candidates was narrowed to
	Least   string   // mentions that it asked for, as typed
	Back    string   // to that list
	Farther bool     // some of them are nearer than Depth says
}
