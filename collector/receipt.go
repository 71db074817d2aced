package collector

import "time"

// Receipt says what one collection did for one channel and how complete it is:
// one row of receipts.parquet. It is written when the channel reached a final
// state; a collection that is resumed later replaces it.
type Receipt struct {
	CollectionID string `parquet:"collection_id"`
	Reference    string `parquet:"requested_as"`
	ChannelID    int64  `parquet:"channel_id,optional"` // null: it could not be resolved
	Username     string `parquet:"channel_username,optional"`
	Title        string `parquet:"channel_title,optional"`
	Source       string `parquet:"source,dict"`
	Personal     bool   `parquet:"personal"`

	State  string `parquet:"state,dict"`          // done, partial, failed, canceled
	Error  string `parquet:"error,optional,dict"` // the Kind that ended it early
	Detail string `parquet:"error_detail,optional"`

	Newest  int64      `parquet:"newest_id,optional"` // the channel's newest id when the collection began
	Lo      int64      `parquet:"lo,optional"`        // the ids asked for
	Hi      int64      `parquet:"hi,optional"`
	Since   *time.Time `parquet:"since,optional,timestamp(microsecond)"`
	Until   *time.Time `parquet:"until,optional,timestamp(microsecond)"`
	Covered []Range    `parquet:"covered,list"`          // ids within Lo..Hi that are accounted for
	Absent  []Range    `parquet:"absent_ids,list"`       // covered ids without a message: deleted, or never there
	Server  *int64     `parquet:"server_count,optional"` // messages that the server said exist; null: it did not say

	Messages    int64 `parquet:"messages"`
	Service     int64 `parquet:"service_messages"`
	New         int64 `parquet:"new_messages"` // of both kinds, added by this collection
	AbsentCount int64 `parquet:"absent"`

	Requests      int64     `parquet:"requests"`
	Retries       int64     `parquet:"retries"`
	Waits         int64     `parquet:"waits"`
	WaitedSeconds int64     `parquet:"waited_seconds"`
	Resumed       int64     `parquet:"resumed"` // how often the collection was taken up again
	StartedAt     time.Time `parquet:"started_at,timestamp(microsecond)"`
	FinishedAt    time.Time `parquet:"finished_at,timestamp(microsecond)"`
}
