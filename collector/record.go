package collector

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// State of a collection or of one channel in it.
type State string

// States. A collection is queued, running, waiting, paused, done, failed or
// canceled; a channel is queued, resolving, collecting, waiting, done, partial
// or failed.
const (
	Queued     State = "queued"
	Running    State = "running"
	Resolving  State = "resolving"
	Collecting State = "collecting"
	Waiting    State = "waiting" // for Telegram, until RetryAt; or for the person to sign in
	Paused     State = "paused"
	Done       State = "done"
	Partial    State = "partial" // ended early; the collected data remains
	Failed     State = "failed"
	Canceled   State = "canceled"
)

// Final reports whether the state is an end state.
func (s State) Final() bool {
	switch s {
	case Done, Partial, Failed, Canceled:
		return true
	}
	return false
}

// Request is one collection as a person asked for it.
type Request struct {
	Channels    []string `json:"channels"`             // references as written
	Since       Date     `json:"since"`                // UTC day, inclusive; zero: from the beginning
	Until       Date     `json:"until"`                // UTC day, exclusive; zero: to the end
	Last        int64    `json:"last,omitempty"`       // only the newest messages, service messages not counted; 0: all
	AgainDays   int64    `json:"again_days,omitempty"` // read the messages of the last days again; 0: only new ones
	DetailsOnly bool     `json:"details_only,omitempty"`
	Check       bool     `json:"check,omitempty"`    // also ask again for the ids without a message
	Comments    bool     `json:"comments,omitempty"` // collect the linked groups too, as CommentsBy says
	CommentsBy  Reach    `json:"comments_by,omitempty"`
	Personal    bool     `json:"personal,omitempty"` // store users' ids, names, phones
	Depth       int64    `json:"depth,omitempty"`    // snowball steps from the channels that a person named; 0: named by the person
	Depths      []int64  `json:"depths,omitempty"`   // the same of each channel, if they differ; empty: Depth
	List        string   `json:"list,omitempty"`     // the id of the list for which it is run; "": none
}

// DepthOf returns the Depth of a channel of a collection. Groups with comments have that of
// their channel.
func (c Collection) DepthOf(p Progress) int64 {
	if len(c.Requested.Depths) == 0 {
		return c.Requested.Depth
	}
	ref := cmp.Or(p.CommentsOf, p.Reference)
	i := slices.Index(c.Requested.Channels, ref)
	if i < 0 || i >= len(c.Requested.Depths) {
		return c.Requested.Depth
	}
	return c.Requested.Depths[i]
}

// Reach says which messages of a linked group are collected as comments.
type Reach string

// Reaches. Dates and Last always mean the messages of the channel itself.
const (
	ByFit   Reach = ""      // ByPost with dates or Last, else ByGroup
	ByPost  Reach = "post"  // all comments of the posts that are asked for: a request or more for each post that has any
	ByGroup Reach = "group" // whatever was ever said in the group: a request for each hundred messages
)

// Bounded reports whether the request asks for a part of each channel only.
func (r Request) Bounded() bool { return r.Last > 0 || !r.Since.IsZero() || !r.Until.IsZero() }

// PostByPost reports whether comments are read under one post after the other.
func (r Request) PostByPost() bool {
	return r.Comments && (r.CommentsBy == ByPost || r.CommentsBy == ByFit && r.Bounded())
}

// OfGroup is the request for a linked group that is collected for its comments: all of it.
func (r Request) OfGroup() Request {
	r.Since, r.Until, r.Last = Date{}, Date{}, 0
	return r
}

// Collection is one run for one Request: the record behind GET /collections/:id.
type Collection struct {
	ID          string     `json:"id"`
	State       State      `json:"state"`
	Requested   Request    `json:"requested"`
	SubmittedAt time.Time  `json:"submitted_at"`
	StartedAt   *time.Time `json:"started_at"`
	FinishedAt  *time.Time `json:"finished_at"`
	RetryAt     *time.Time `json:"retry_at"`  // while Waiting for a flood wait or the network
	Waits       Kind       `json:"waits_for"` // Flood, LookUps, Network, Clock or SignedOut while Waiting, else ""
	// Telegram's name of the request that was refused or is paced; for Network and Clock the
	// Detail; "" if none
	WaitsMethod string     `json:"waits_method"`
	Error       Kind       `json:"error"`    // of a Failed one
	Messages    int64      `json:"messages"` // sum of its channels
	Resumed     int        `json:"resumed"`  // how often it was resumed
	Channels    []Progress `json:"channels"`
}

// Progress is the progress of one channel in a collection. Messages, Service, Absent and Unseen
// count ids within Lo..Hi that are accounted for, whenever they were collected; New counts the
// messages added by this collection. With Request.Last, Lo is the lowest id needed so far,
// while New counts all ids within the dates.
type Progress struct {
	Reference  string `json:"reference"`
	CommentsOf string `json:"comments_of,omitempty"` // the reference whose linked group this is
	// the reference is an earlier username of the channel, which was found by its id
	Renamed   bool       `json:"renamed,omitempty"`
	SameAs    string     `json:"same_as,omitempty"` // the earlier reference to the same channel, which has the counts
	ChannelID int64      `json:"channel_id"`
	Username  string     `json:"username"`
	Title     string     `json:"title"`
	State     State      `json:"state"`
	RetryAt   *time.Time `json:"retry_at,omitempty"` // while Waiting for look-ups: when it continues; nil: not waiting for them
	Error     Kind       `json:"error"`
	Detail    string     `json:"detail,omitempty"` // what the sentence needs for the error or for the look-up wait
	Messages  int64      `json:"messages"`         // without service messages
	Service   int64      `json:"service"`
	New       int64      `json:"new"`
	// messages and service messages among the ids asked for that this collection did not add;
	// nil: not counted yet
	Before  *int64 `json:"before"`
	Counted bool   `json:"counted,omitempty"` // New is complete, as the run stopped in order
	// messages and service messages that exist according to the server, after deletions
	// meanwhile; nil: unknown
	Expected      *int64     `json:"expected"`
	Lo            int64      `json:"lo"`
	Hi            int64      `json:"hi"`
	Newest        int64      `json:"newest"`               // the channel's newest id when it was resolved, whatever was asked for
	Unreadable    int64      `json:"unreadable,omitempty"` // messages that exist and could not be read
	Absent        int64      `json:"absent"`
	Unproven      int64      `json:"unproven,omitempty"` // ids that an earlier version marked as absent or gone without proof
	Vanished      int64      `json:"vanished,omitempty"` // stored messages that were found to be gone
	Unseen        int64      `json:"unseen,omitempty"`   // ids without a message, from a source that cannot prove absence
	Requests      int64      `json:"requests"`
	Retries       int64      `json:"retries"`
	Waits         int64      `json:"waits"`
	WaitedSeconds int64      `json:"waited_seconds"`
	StartedAt     *time.Time `json:"started_at"`
	FinishedAt    *time.Time `json:"finished_at"`
	Source        string     `json:"source"`

	// Comments are read thread by thread, for one message of the channel after the other, if
	// this is asked for, or if the group's history is closed.
	ByPost     bool  `json:"by_post,omitempty"`     // it is asked for
	ThreadsAll int64 `json:"threads_all,omitempty"` // messages whose comments were or are to be read
	Threads    int64 `json:"threads,omitempty"`     // messages whose comments were read
	ThreadsTo  int64 `json:"threads_to,omitempty"`  // the last of these messages: threads up to it are not read again

	// Of the messages whose comments are read by thread: how many comments they say they have,
	// how many are stored, and how many of those they say are not; nil: not counted yet.
	CommentsSaid   *int64 `json:"comments_said,omitempty"`
	CommentsStored *int64 `json:"comments_stored,omitempty"`
	CommentsShort  *int64 `json:"comments_short,omitempty"`
}

// StartProgress returns the progress of a collection that has not started.
func StartProgress(r Request) []Progress {
	out := make([]Progress, len(r.Channels))
	for i, ref := range r.Channels {
		out[i] = Progress{Reference: ref, State: Queued}
	}
	return out
}

// Accounted counts the ids within Lo..Hi that are known: collected, absent, or not shown.
func (p Progress) Accounted() int64 {
	return p.Messages + p.Service + p.Unreadable + p.Absent + p.Unseen
}

// Short counts the messages that exist according to the server but were not collected: 0 if it
// gave no count, or not everything was asked for.
func (p Progress) Short() int64 {
	if p.Expected == nil {
		return 0
	}
	return max(0, *p.Expected-(p.Messages+p.Service+p.Unreadable-p.Vanished))
}

// Span counts the ids within Lo..Hi.
func (p Progress) Span() int64 {
	if p.Lo == 0 {
		return 0
	}
	return Range{p.Lo, p.Hi}.Len()
}

// Date is a UTC day. The zero Date means none, and is null in JSON.
type Date struct{ time.Time }

// ParseDate reads YYYY-MM-DD; "" is the zero Date.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return Date{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("read date: %w", err)
	}
	return Date{t}, nil
}

// String returns YYYY-MM-DD, "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// MarshalJSON writes the day as a string, or null.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(d.String())
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Date) UnmarshalJSON(b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("read date: %w", err)
	}
	if s == nil {
		*d = Date{}
		return nil
	}
	var err error
	*d, err = ParseDate(*s)
	return err
}
