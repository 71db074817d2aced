package dataset

// Names of folders and files of a dataset.
const (
	messagesDir = "messages"
	channelsDir = "channels"
	peersDir    = "peers"
	versionsDir = "versions"
	receiptsDir = "receipts"
	recordsDir  = "imported"
	partSuffix  = ".parquet"
	tempSuffix  = ".tmp"
)
