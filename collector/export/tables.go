package export

import (
	"telegramtrac/collector/dataset/table"
	"telegramtrac/collector/network"
)

// tieWords say what the columns of edges.parquet mean, see [table.Describe].
const tieWords = `
source_channel_id | | message.peer_id | The channel that speaks.
source_username | | channel.username | Its username, without @. Null where it has none.
source_title | | channel.title | Its title.
message_id | | message.id | The message that points at the target; with source_channel_id it is a row of messages.parquet.
date | UTC, microseconds | message.date | When it was sent.
kind | | | How it points: forward, reply, link or mention, as in edges.csv.
target | | | The target's key, as in nodes.csv.
target_channel_id | | | The target's id. Null where only its username is known.
target_username | | | The target's username, without @. Null where it has none or it is not known.
target_title | | | The target's title, where it is known.
target_message_id | | | The message that is forwarded, linked or replied to. Null where the message points at the channel as such.
ambiguous | | | Whether the message names the target by a username that changed hands, and nobody knows who held it then. The target is the name itself.
candidates | | | The channels that may have held it then.
`

// tables are the files of rows and their columns, those of the network included.
func tables() []table.Table {
	return append(table.Tables(), table.Table{
		File: "edges.parquet", Meaning: "The evidence of the network: one row for every message, target and kind. " + network.Direction + ".",
		Key: []string{"source_channel_id", "message_id", "target", "kind"}, Columns: table.Describe[network.Tie](tieWords),
	})
}
