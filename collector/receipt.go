package collector

import "time"

// Receipt says what one collection did for one channel and how complete it is: one row of
// receipts.parquet. It is written when the channel reaches a final state; if the collection is
// resumed later, the new receipt replaces it.
type Receipt struct {
	CollectionID string `json:"collection_id" parquet:"collection_id"`
	Reference    string `json:"requested_as" parquet:"requested_as"`
	ChannelID    int64  `json:"channel_id" parquet:"channel_id,optional"` // null: it could not be resolved
	Username     string `json:"channel_username" parquet:"channel_username,optional"`
	Title        string `json:"channel_title" parquet:"channel_title,optional"`
	Source       string `json:"source" parquet:"source,dict"`
	Personal     bool   `json:"personal" parquet:"personal"`

	State  string `json:"state" parquet:"state,dict"`          // done, partial, failed, canceled
	Error  string `json:"error" parquet:"error,optional,dict"` // the Kind that ended it early
	Detail string `json:"error_detail" parquet:"error_detail,optional"`

	Newest  int64      `json:"newest_id" parquet:"newest_id,optional"` // the channel's newest id when the collection began
	Lo      int64      `json:"lo" parquet:"lo,optional"`               // the ids asked for
	Hi      int64      `json:"hi" parquet:"hi,optional"`
	Since   *time.Time `json:"since" parquet:"since,optional,timestamp(microsecond)"`
	Until   *time.Time `json:"until" parquet:"until,optional,timestamp(microsecond)"`
	Covered []Range    `json:"covered" parquet:"covered,list"`               // ids within Lo..Hi that are accounted for
	Absent  []Range    `json:"absent_ids" parquet:"absent_ids,list"`         // covered ids without a message: deleted, or never there
	Server  *int64     `json:"server_count" parquet:"server_count,optional"` // messages that exist according to the server; null: unknown

	Messages    int64 `json:"messages" parquet:"messages"`
	Service     int64 `json:"service_messages" parquet:"service_messages"`
	New         int64 `json:"new_messages" parquet:"new_messages"` // of both kinds, added by this collection
	AbsentCount int64 `json:"absent" parquet:"absent"`

	// Unproven are absent ids, and stored messages marked as gone, for which an earlier version
	// took an empty answer as proof. Unreadable are messages that exist and could not be read.
	// Vanished are stored messages that were found to be gone. Short is how many messages are
	// missing compared to Server, without the vanished ones.
	Unproven   int64 `json:"unproven" parquet:"unproven,optional"`
	Unreadable int64 `json:"unreadable" parquet:"unreadable,optional"`
	Vanished   int64 `json:"vanished" parquet:"vanished,optional"`
	Short      int64 `json:"short" parquet:"short,optional"`

	// How many messages had their comments read one thread at a time, because this was asked
	// for or the history of the linked group is closed; null: the history was read. With threads
	// the comments are known, but not which ids are absent.
	Threads int64 `json:"threads,omitempty" parquet:"threads,optional"`

	// "post" where comments were asked for post by post; null elsewhere.
	CommentsBy string `json:"comments_by,omitempty" parquet:"comments_by,optional,dict"`

	// Of the channel's messages whose comments were read by thread: how many comments they say
	// they have, how many are stored, and how many of those they say are not; null: the history
	// was read.
	CommentsSaid   *int64 `json:"comments_said,omitempty" parquet:"comments_said,optional"`
	CommentsStored *int64 `json:"comments_stored,omitempty" parquet:"comments_stored,optional"`
	CommentsShort  *int64 `json:"comments_short,omitempty" parquet:"comments_short,optional"`

	Requests      int64     `json:"requests" parquet:"requests"`
	Retries       int64     `json:"retries" parquet:"retries"`
	Waits         int64     `json:"waits" parquet:"waits"`
	WaitedSeconds int64     `json:"waited_seconds" parquet:"waited_seconds"`
	Resumed       int64     `json:"resumed" parquet:"resumed"` // how often the collection was resumed
	StartedAt     time.Time `json:"started_at" parquet:"started_at,timestamp(microsecond)"`
	FinishedAt    time.Time `json:"finished_at" parquet:"finished_at,timestamp(microsecond)"`
}
