package part

import "time"

// ImportRecord says what one import brought of one channel and source. It lands
// with the rows, as a receipt is there for what is collected: what is said of the
// data is true of them, too.
type ImportRecord struct {
	At        time.Time `parquet:"imported_at,timestamp(microsecond)"`
	Personal  bool      `parquet:"personal"`             // personal data was kept where the files have it
	ChannelID int64     `parquet:"channel_id,optional"`  // null: the files told of peers only
	Source    string    `parquet:"source,optional,dict"` // of the rows
	Rows      int64     `parquet:"rows"`                 // observations of messages that were not known
	MadeID    int64     `parquet:"made_id,optional"`     // null; or the number that the channel had until TakeOver found it
}

// Same reports whether two records are of the same import, channel and source.
func (r ImportRecord) Same(o ImportRecord) bool {
	return r.At.Equal(o.At) && r.Personal == o.Personal && r.ChannelID == o.ChannelID && r.Source == o.Source
}
