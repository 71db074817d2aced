package bucket

// Names of folders and files of a dataset.
const (
	MessagesDir = "messages"
	ChannelsDir = "channels"
	PeersDir    = "peers"
	VersionsDir = "versions"
	ReceiptsDir = "receipts"
	RecordsDir  = "imported"
	PartSuffix  = ".parquet"
	TempSuffix  = ".tmp"
)
