package collector

import (
	"encoding/json"
	"fmt"
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
	Waiting    State = "waiting" // for Telegram: RetryAt says until when; or for the person to sign in
	Paused     State = "paused"
	Done       State = "done"
	Partial    State = "partial" // ended early; what was collected is kept
	Failed     State = "failed"
	Canceled   State = "canceled"
)

// Final reports whether the state is not left any more.
func (s State) Final() bool {
	switch s {
	case Done, Partial, Failed, Canceled:
		return true
	}
	return false
}

// Request is what a person asked for: one collection.
type Request struct {
	Channels    []string `json:"channels"`             // references as written
	Since       Date     `json:"since"`                // UTC day, inclusive; zero: from the beginning
	Until       Date     `json:"until"`                // UTC day, exclusive; zero: to the end
	Last        int64    `json:"last,omitempty"`       // only the newest messages, service messages not counted; 0: all
	AgainDays   int64    `json:"again_days,omitempty"` // look again at the messages of the last days; 0: only what is new
	DetailsOnly bool     `json:"details_only,omitempty"`
	Check       bool     `json:"check,omitempty"`    // ask again for the ids that have no message, beside what is new
	Comments    bool     `json:"comments,omitempty"` // collect the linked groups too
	Personal    bool     `json:"personal,omitempty"` // keep users' ids, names, phones
	Depth       int64    `json:"depth,omitempty"`    // steps of a snowball from the channels that a person named to these; 0: named
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
	// Telegram's name of the request that was refused or is paced; of Network and Clock the Detail; "" when none was
	WaitsMethod string     `json:"waits_method"`
	Error       Kind       `json:"error"`    // of a Failed one
	Messages    int64      `json:"messages"` // the sum over its channels
	Resumed     int        `json:"resumed"`  // how often a holder took it up again
	Channels    []Progress `json:"channels"`
}

// Progress is how far one channel of a collection is. Messages, Service, Absent
// and Unseen count ids within Lo..Hi that are accounted for, whenever they were
// collected; New counts the messages this collection added. Of the newest N
// messages Lo is as low as it was needed to look so far, and New is so of all ids
// within the dates.
type Progress struct {
	Reference  string `json:"reference"`
	CommentsOf string `json:"comments_of,omitempty"` // the reference whose linked group this is
	// the reference is a username that the channel had before; it was found by its number
	Renamed   bool       `json:"renamed,omitempty"`
	SameAs    string     `json:"same_as,omitempty"` // the earlier reference that named the same channel; its counts stand there
	ChannelID int64      `json:"channel_id"`
	Username  string     `json:"username"`
	Title     string     `json:"title"`
	State     State      `json:"state"`
	RetryAt   *time.Time `json:"retry_at,omitempty"` // while Waiting for look-ups: when it is taken up again; nil: it does not
	Error     Kind       `json:"error"`
	Detail    string     `json:"detail,omitempty"` // what the error's sentence needs, or that of a look-up that is waited for
	Messages  int64      `json:"messages"`         // without service messages
	Service   int64      `json:"service"`
	New       int64      `json:"new"`
	// messages and service messages among the ids asked for that were not added by this collection; nil: not counted yet
	Before  *int64 `json:"before"`
	Counted bool   `json:"counted,omitempty"` // New is all that was added, for the run stopped in order
	// messages and service messages the server says exist, after those that were deleted meanwhile; nil: unknown
	Expected      *int64     `json:"expected"`
	Lo            int64      `json:"lo"`
	Hi            int64      `json:"hi"`
	Newest        int64      `json:"newest"`               // the channel's newest id when it was looked up, whatever was asked for
	Unreadable    int64      `json:"unreadable,omitempty"` // messages that exist and could not be read
	Absent        int64      `json:"absent"`
	Unproven      int64      `json:"unproven,omitempty"` // ids that an earlier version took for absent, or for gone, without proof
	Vanished      int64      `json:"vanished,omitempty"` // messages that are kept and were found to be gone
	Unseen        int64      `json:"unseen,omitempty"`   // ids without a message that a source accounted for which cannot prove absence
	Requests      int64      `json:"requests"`
	Retries       int64      `json:"retries"`
	Waits         int64      `json:"waits"`
	WaitedSeconds int64      `json:"waited_seconds"`
	StartedAt     *time.Time `json:"started_at"`
	FinishedAt    *time.Time `json:"finished_at"`
	Source        string     `json:"source"`

	// Where a linked group's history is closed, its comments are read under one
	// message of the channel after the other.
	Threads   int64 `json:"threads,omitempty"`    // messages whose comments were read
	ThreadsTo int64 `json:"threads_to,omitempty"` // and the last one: those up to it need not be read again
}

// StartProgress is the progress of a collection that nobody has taken up yet.
func StartProgress(r Request) []Progress {
	out := make([]Progress, len(r.Channels))
	for i, ref := range r.Channels {
		out[i] = Progress{Reference: ref, State: Queued}
	}
	return out
}

// Accounted counts the ids within Lo..Hi that are known: collected, absent, or
// not shown.
func (p Progress) Accounted() int64 {
	return p.Messages + p.Service + p.Unreadable + p.Absent + p.Unseen
}

// Short counts the messages that the server says exist and that are not there: 0
// where it did not say, or not everything was asked for.
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

// Date is a UTC day. The zero Date is none, null in JSON.
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

// String is YYYY-MM-DD, "" for the zero Date.
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
