package table

import _ "embed"

// What the columns mean, a line each: column | unit | Telegram's constructor and
// field | meaning. See https://core.telegram.org/schema. Whoever adds a column
// adds its line.
var (
	//go:embed words/message.txt
	messageWords string
	//go:embed words/link.txt
	linkWords string
	//go:embed words/version.txt
	versionWords string
	//go:embed words/state.txt
	stateWords string
	//go:embed words/channel.txt
	channelWords string
	//go:embed words/peer.txt
	peerWords string
	//go:embed words/receipt.txt
	receiptWords string
)
