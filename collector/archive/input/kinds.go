package input

// Kinds of files, in words.
const (
	KindTelethon  = "Telethon messages"
	KindTracker   = "telegram-tracker messages"
	KindDetails   = "telegram-tracker details of a channel"
	KindDesktop   = "Telegram Desktop export"
	KindTDL       = "tdl chat export"
	Kind4CAT      = "4CAT's Telegram messages"
	KindNumbered  = "Telethon messages by number"
	KindConverted = "telegram-download-chat's messages of a Telegram Desktop export"
	KindPyrogram  = "Pyrogram messages"
	KindSnscrape  = "snscrape's Telegram posts"
)
