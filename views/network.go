package views

import (
	"time"

	"telegramtrac/collector/network"
)

// Network is the tab with the graph.
type Network struct {
	Graph    string // the address of the node-link JSON
	Timeline string // the address of the days of each edge
	State    string // the address that says whether there is more data by now
	Scripts  []string

	Counts  NetworkCounts
	Sampled int64 // from how many channels betweenness was estimated; 0: all

	Filter  NetworkFilter
	Tables  NetworkTables
	Details *NetworkDetails // of the chosen channel, nil for none
	Files   []Download
}

// NetworkCounts are the sentences about the whole graph.
type NetworkCounts struct {
	Nodes, Edges, Collected int64
	Communities             int64
	Modularity, Reciprocity string
	Drawn                   int64 // how many channels are drawn; 0: all
	Live                    bool  // a collection is adding to it
	Renewed                 bool  // they replace those in the page
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

// NetworkTables are the channels and ties within the filter.
type NetworkTables struct {
	Nodes              NetworkNodes
	Edges              NetworkEdges
	Messages, Channels int64 // from which the graph was made
	Narrowed           bool  // something is left out
}

// NetworkRenewed is the part of the tab that changes with the filter and the data.
type NetworkRenewed struct {
	Tables NetworkTables
	Counts NetworkCounts
}

// TableState is a table's order and page, as an address has them; "" is the default.
type TableState struct{ Order, Page string }

// SortHead is the head of a column that can be sorted by.
type SortHead struct {
	ID     string // in the page, so that the focus survives swapping the table
	Label  string
	Href   string
	Order  string // ascending, descending, "" if the table is sorted by another
	Number bool
	Title  string // explains a short label
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
	network.Node
	Name          string
	Details       string // the address of its details
	Rank, Between string
	Depth         string // steps of a snowball, "" when not collected
	CommunityTone int    // 1 to 8: the colour of its community; 0: it has no ties
}

// CommunityNumber is its community's number, from 1.
func (n NetworkNode) CommunityNumber() int { return n.Community + 1 }

// NetworkEdge is a tie between two channels.
type NetworkEdge struct {
	network.Edge
	ID       string // of its link in the page
	From, To string // the channels' names
	Evidence string // the address of its messages
}

// NetworkDetails are the facts about a channel of the graph.
type NetworkDetails struct {
	Key          string
	Name, Title  string
	Href         string // at Telegram, "" when there is none
	Facts        []string
	Narrowed     bool         // only what is within the filter is counted
	Ties         []NetworkTie // the strongest
	All, More    int64        // ties, and how many of them are not listed
	MessagesHref string       // its messages here, "" if it was not collected
	PriceHref    string       // where to trac it, "" if it was collected
}

// NetworkTie sums the edges from a channel to another, or the reverse.
type NetworkTie struct {
	Out         bool // the channel names the other
	Key, Other  string
	Details     string // the address of the other's details
	Kinds       string // "forward 12, mention 3"
	Weight      int64
	First, Last time.Time
	Evidence    string
}

// Ties are the messages behind an edge.
type Ties struct {
	Form
	Source, Target         string
	SourceHref, TargetHref string // their details
	Kind                   string // "" for all
	Narrowed               string // says that a filter is on, "" when none is
	Total                  int64
	Rows                   []TieRow
	Pager                  Pager
	Whole                  string // the address of all of them, if this shows only some
	Back                   string // the address of the network
}

// TieRow is a message that points at a channel.
type TieRow struct {
	network.Statement
	Href       string // at Telegram
	Target     string // "its message 12", "" when none is named
	TargetHref string
	Text       string // shortened
}

// Snowball lists where a collection could go on.
type Snowball struct {
	Form
	Kinds  []KindChoice
	Chosen []string // the chosen kinds; empty: all
	Least  string   // mentions, or as typed
	Last   string   // newest messages of each, or as typed
	Rows   []SnowballRow
	Total  int64 // candidates, listed or not
	Basis  string
	Back   string
	Unsure bool // some names may be people or bots
}

// SnowballRow is a channel that may be collected.
type SnowballRow struct {
	network.Candidate
	Name     string
	Kind     string // channel, group, "" when not known
	Details  string
	Requests int64
	Took     string
	Known    string // "at least 4 200 messages", "" when not known
	Tried    string // the day when collecting it failed, "" if it was not tried
}

// Price is what going on would cost, before a person agrees.
type Price struct {
	CSRF            string
	Rows            []SnowballRow
	Requests, Depth int64
	Took            string
	Basis           string
	LookUps         string // the price in look-ups, "" if not known
	Last            int64  // newest messages of each; 0: all
	LastField       string // the same, or as typed
	Form
	Skipped []string // sentences about what is left out
	Held    string   // says why it would wait, "" if it would not
	Kinds   []string // kinds of ties to which the list of candidates was narrowed
	Least   string   // the list's minimum of mentions, as typed
	Back    string   // the address of that list
	Farther bool     // some of the channels are nearer than Depth
	Into    ListChoice
}
