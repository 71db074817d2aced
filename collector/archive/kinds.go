package archive

// Kinds of files, in words.
const (
	kindTelethon  = "Telethon messages"
	kindTracker   = "telegram-tracker messages"
	kindDetails   = "telegram-tracker details of a channel"
	kindDesktop   = "Telegram Desktop export"
	kindTDL       = "tdl chat export"
	kind4CAT      = "4CAT's Telegram messages"
	kindNumbered  = "Telethon messages by number"
	kindConverted = "telegram-download-chat's messages of a Telegram Desktop export"
	kindPyrogram  = "Pyrogram messages"
	kindSnscrape  = "snscrape's Telegram posts"
)
