package table

// What the columns mean, a line each: column | unit | Telegram's constructor and
// field | meaning. See https://core.telegram.org/schema. Whoever adds a column
// adds its line.

const messageWords = `
channel_id | | message.peer_id | The channel's numeric id, without the -100 that bots put before it.
channel_username | | channel.username | The channel's username, without @, at the time of the look. Null where it has none.
channel_title | | channel.title | The channel's title at the time of the look.
message_id | | message.id | The message's number in its channel. With channel_id it tells messages apart; a link to it is t.me/<username>/<message_id>.
kind | | message or messageService | "message": something that was said. "service": something that happened to the channel, as a pin or a new title. "unreadable": a message that exists and that this version of the program could not read: it has a number and no text, its date may be that of the message beside it, and raw says why.
action | | messageService.action | What a service message tells, by Telethon's class name, as MessageActionPinMessage.
date | UTC, microseconds | message.date | When it was sent. Telegram tells whole seconds.
edit_date | UTC, microseconds | message.edit_date | When it was last changed. Telegram also counts changes nobody sees, as of a link preview: see edit_hidden.
text | | message.message or richMessage.blocks | The text or the caption, as plain text; of a rich message all its blocks, with list marks and with | between the cells of tables. Empty where there is none, never null.
entities | | message.entities | Formatted and marked spans of the text.
entities[].type | | MessageEntity, RichText or PageBlock | What the span is, by Telethon's class name, as MessageEntityTextUrl. Rich messages also have TextMarked, PageBlockHeader and others.
entities[].offset | UTF-16 units | MessageEntity.offset | Where it begins. An emoji counts as two units.
entities[].length | UTF-16 units | MessageEntity.length | How long it is.
entities[].url | | messageEntityTextUrl.url | The address behind linked text.
edit_hidden | | message.edit_hide | Whether edit_date tells of a change that Telegram's apps show as none: a reaction came, a button changed. Null: unknown.
rich | | message.rich_message | Of a rich message, made of headings, lists, tables and the like: "whole", or "part" where Telegram sent only its beginning or a block that cannot be read. Null: none.
post_author | | message.post_author | Who signed the message. Null unless personal data is kept.
from_type | | message.from_id | Who sent it: user, chat or channel. Null in channels that speak as themselves.
from_id | | message.from_id | The sender's id. A user's is a pseudonym unless personal data is kept.
views | people | message.views | How often it was seen, by Telegram's count, at the last look.
forwards | forwards | message.forwards | How often it was forwarded, at the last look.
replies | messages | messageReplies.replies | Comments, or replies in a group, at the last look.
replies_channel_id | | messageReplies.channel_id | The group that a channel's message has its comments in. A channel may have had another group before.
reactions | | messageReactions.results | Each kind of reaction and how often it was given, at the last look. Paid ones are in stars.
reactions[].emoji | | reactionEmoji.emoticon | The emoji, of a plain reaction.
reactions[].custom_emoji_id | | reactionCustomEmoji.document_id | The id of a custom emoji.
reactions[].paid | | reactionPaid | Only in rows of earlier versions of telegramtrac, whose count is of stars then, and is in reactions_total too. False elsewhere.
reactions[].count | reactions | reactionCount.count | How often it was given.
reactions_total | reactions | reactionCount.count | The sum of all reactions, without paid stars.
stars | stars | reactionCount.count of reactionPaid | How many stars were paid as reactions, at the last look. Null: none, or unknown in rows of earlier versions.
views_rounded | | | Whether views is a shortened number, as 82.9K on the public web preview stands for 82,931.
reactions_rounded | | | Whether some count of a reaction, and so their total, or the number of stars is a shortened one.
forward_from_type | | messageFwdHeader.from_id | Where a forwarded message comes from: user, chat or channel. Null for what is no forward, and for hidden users.
forward_from_id | | messageFwdHeader.from_id | The origin's id. A user's is a pseudonym unless personal data is kept.
forward_from_username | | channel.username | The origin's username, where it is a channel that the answer described.
forward_from_name | | messageFwdHeader.from_name or channel.title | The origin's title; of a hidden user the name shown, unless personal data is left out.
forward_message_id | | messageFwdHeader.channel_post | The number of the original message in the channel of origin.
forward_date | UTC, microseconds | messageFwdHeader.date | When the original was sent.
forward_post_author | | messageFwdHeader.post_author | Who signed the original. Null unless personal data is kept.
reply_to_message_id | | messageReplyHeader.reply_to_msg_id | The message that this one answers. Null for a post in a forum's topic that answers nobody.
reply_to_channel_id | | messageReplyHeader.reply_to_peer_id | The channel that message is in. Null: in the same one.
reply_to_top_id | | messageReplyHeader.reply_to_top_id | The message that began the thread or topic.
topic_id | | messageReplyHeader.forum_topic | Of a message in a forum: the topic that it is in, by the number of the topic's first message. 1 is General. A post in a topic that answers nobody has no reply_to_message_id.
topic_title | | forumTopic.title | The topic's title at the time of the look. Null where nobody told it.
thread_channel_id | | messageFwdHeader.saved_from_peer | Of a comment, and of the copy in the group that comments answer: the channel it belongs to.
thread_message_id | | messageFwdHeader.saved_from_msg_id | Of a comment: the message of that channel it belongs to.
album_id | | message.grouped_id | Messages that are shown as one album share it.
media_type | | message.media | What is attached, by Telethon's class name, as MessageMediaPhoto. A link preview counts, too.
mime_type | | document.mime_type | The file's type, as video/mp4.
file_name | | documentAttributeFilename.file_name | The file's name, as the sender gave it.
file_size | bytes | document.size or photoSize.size | The size of the file, or of the photo's largest form.
file_size_rounded | | | Whether the size is a shortened one, as 52.6 KB on the public web preview.
duration | seconds | documentAttributeVideo.duration or documentAttributeAudio.duration | How long a video, voice message or song plays.
width | pixels | documentAttributeVideo.w or photoSize.w | Width of the photo or video.
height | pixels | documentAttributeVideo.h or photoSize.h | Height of the photo or video.
document_id | | document.id | Telegram's id of the file. Equal ids are the same upload, in other channels too.
photo_id | | photo.id | Telegram's id of the photo. Equal ids are the same upload.
url | | webPage.url | The address of the link preview.
domain | | webPage.url | The host of that address, in lower case, without www. before it.
url_title | | webPage.title | The title in the link preview.
url_description | | webPage.description | The description in the link preview.
links | | messageEntityUrl, messageEntityTextUrl | Every address in the text, as written, t.me included.
tme_links | | messageEntityUrl, messageEntityTextUrl | The links in the text that lead to channels or their messages. Invite links are not among them.
tme_links[].username | | | The username in the link. Null in links by number.
tme_links[].channel_id | | | The channel's id in a t.me/c/… link.
tme_links[].message_id | | | The message in the link. Null where it leads to the channel.
mentions | | messageEntityMention | Usernames in the text, without @, as written.
hashtags | | messageEntityHashtag | Hashtags in the text, without #, as written.
poll_id | | poll.id | The poll's id.
poll_question | | poll.question | What the poll asks.
poll_total_voters | people | pollResults.total_voters | How many voted, at the last look.
poll_results | | poll.answers, pollResults.results | The answers, in the poll's order.
poll_results[].text | | pollAnswer.text | The answer.
poll_results[].voters | people | pollAnswerVoters.voters | Who chose it. Null while Telegram hides that: until the account votes or the poll is closed.
poll_results[].correct | | pollAnswerVoters.correct | Whether it is a quiz's right answer, where Telegram tells.
poll_results[].percent | percent of the voters | | The answer's share, where only the public web preview was read. Null elsewhere.
poll_total_voters_rounded | | | Whether the number of voters is a shortened one.
geo_type | | message.media | What carries the point, by Telethon's class name: MessageMediaGeo, MessageMediaGeoLive, MessageMediaVenue.
latitude | degrees | geoPoint.lat | North of the equator, WGS 84.
longitude | degrees | geoPoint.long | East of Greenwich, WGS 84.
venue_id | | messageMediaVenue.venue_id | The place's id at its provider.
venue_type | | messageMediaVenue.venue_type | The provider's word for the kind of place.
venue_title | | messageMediaVenue.title | The place's name.
venue_address | | messageMediaVenue.address | Its address.
venue_provider | | messageMediaVenue.provider | Who describes the place, as foursquare.
contact_phone_number | | messageMediaContact.phone_number | The phone number of a shared contact. Null unless personal data is kept.
contact_name | | messageMediaContact.first_name, last_name | The name of a shared contact. Null unless personal data is kept.
contact_user_id | | messageMediaContact.user_id | The contact's account, a pseudonym unless personal data is kept. Null: none.
via_bot_id | | message.via_bot_id | The bot that helped to write it, a pseudonym unless personal data is kept.
pinned | | message.pinned | Whether it is pinned.
noforwards | | message.noforwards | Whether forwarding and saving are switched off.
restricted | | message.restriction_reason | Whether Telegram withholds it from some readers.
source | | | What the row was read from: telegram, sandbox or preview; where it was imported, the tool whose file it was: telethon, telegram-tracker, telegram-desktop, tdl, pyrogram or snscrape. Rows of a telegramtrac bundle keep what they had.
first_seen_at | UTC, microseconds | | When this message was first collected.
last_seen_at | UTC, microseconds | | When it was last looked at. The counters are of that time.
gone_at | UTC, microseconds | | When a look found it gone: deleted between last_seen_at and then. Null: it was there.
raw | | the whole object | Everything Telegram sent, as JSON in the shape of Telethon's to_dict, without access_hash and file_reference.
`

const linkWords = `
link | | | The message's address at Telegram: t.me/<username>/<message_id> by the username that the channel has now, or t.me/c/<channel_id>/<message_id> where it has none; that one opens for members only.
`

const versionWords = `
observed_from | UTC, microseconds | | When this wording was first seen.
observed_until | UTC, microseconds | | When it was last seen.
`

const stateWords = `
state_from | UTC, microseconds | | When the channel was first seen so. It may have been so before.
state_until | UTC, microseconds | | When it was last seen so.
current | | | Whether this is how the channel is known now. Each channel has one such row.
`

const channelWords = `
channel_id | | channel.id | The channel's numeric id, without the -100 that bots put before it.
username | | channel.username | Its username, without @. Null where it has none.
usernames | | channel.username, channel.usernames | Every active username, the main one first.
title | | channel.title | Its title.
about | | channelFull.about | Its description.
kind | | channel.megagroup, channel.gigagroup | broadcast, supergroup or gigagroup.
created_at | UTC, microseconds | channel.date | When it was made; for a member of it, when they joined.
participants | people | channelFull.participants_count | Subscribers or members, at the last look.
participants_rounded | | | Whether that is a shortened number, as 1.2M on the public web preview.
linked_channel_id | | channelFull.linked_chat_id | The group with the channel's comments, or the channel that a group belongs to.
forum | | channel.forum | Whether its messages are in topics.
topics | | forumTopic | The topics of a forum, as far as Telegram tells them.
topics[].topic_id | | forumTopic.id | The number of the topic's first message. General has 1.
topics[].title | | forumTopic.title | The topic's title at the last look.
photo_id | | photo.id | Telegram's id of its picture.
available_min_id | | channelFull.available_min_id | Messages up to this number are hidden from the account that collected. Null: none are.
verified | | channel.verified | Whether Telegram verified it.
scam | | channel.scam | Whether Telegram marked it as a scam.
fake | | channel.fake | Whether Telegram marked it as an impersonator.
restricted | | channel.restricted | Whether Telegram withholds it from some readers.
restriction_reason | | channel.restriction_reason | Why, as platform-reason: text.
noforwards | | channel.noforwards | Whether forwarding and saving are switched off.
signatures | | channel.signatures | Whether authors sign.
join_request | | channel.join_request | Whether joining takes an administrator's yes.
source | | | What the row was read from: telegram, sandbox or preview; where it was imported, the tool whose file it was: telethon, telegram-tracker, telegram-desktop, tdl, pyrogram or snscrape. Rows of a telegramtrac bundle keep what they had.
first_seen_at | UTC, microseconds | | When its details were first collected.
last_seen_at | UTC, microseconds | | When they were last looked at.
requested_as | | | How the person who collected wrote it.
raw | | messages.chatFull | Everything Telegram sent, as JSON in the shape of Telethon's to_dict, without access_hash and file_reference.
`

const peerWords = `
peer_type | | Peer | user, chat (a basic group) or channel.
peer_id | | Peer | The id. A user's is a pseudonym unless personal data is kept.
username | | channel.username or user.username | The username, without @. A user's is null unless personal data is kept.
title | | channel.title or user.first_name, last_name | The title; a user's name, null unless personal data is kept.
kind | | channel.megagroup, channel.gigagroup, user.bot | Of a channel broadcast, supergroup or gigagroup; of a bot "bot"; otherwise null.
verified | | channel.verified or user.verified | Whether Telegram verified it.
scam | | channel.scam or user.scam | Whether Telegram marked it as a scam.
fake | | channel.fake or user.fake | Whether Telegram marked it as an impersonator.
participants | people | channel.participants_count | Subscribers or members, where the answer told.
first_seen_at | UTC, microseconds | | When it was first named.
last_seen_at | UTC, microseconds | | When it was last named.
raw | | channel, chat or user | Everything Telegram sent, as JSON in the shape of Telethon's to_dict, without access_hash and file_reference.
`

const receiptWords = `
collection_id | | | The collection's id.
requested_as | | | How the person wrote the channel.
channel_id | | channel.id | The channel's id. Null: it was not found.
channel_username | | channel.username | Its username, without @.
channel_title | | channel.title | Its title.
source | | | What was read: telegram, sandbox or preview.
personal | | | Whether personal data of users was kept.
state | | | How it ended: done, partial (early, what was collected is kept), failed or canceled.
error | | | Why it ended early: not_found, not_a_channel, private, restricted, banned, refused, signed_out, no_preview, flood, network or internal.
error_detail | | | What is behind that; of refused, Telegram's word.
newest_id | | | The channel's newest message when the collection began.
lo | | | The lowest message number that was asked for.
hi | | | The highest message number that was asked for.
since | UTC, microseconds | | The first day that was asked for. Null: from the beginning.
until | UTC, microseconds | | The day before which to stop. Null: to the end.
covered | | | Ranges of message numbers that are accounted for: each number in them is a message, a service message, or absent.
covered[].lo | | | The first number of the range.
covered[].hi | | | The last number of the range.
absent_ids | | | Ranges of covered numbers without a message: deleted, or never there.
absent_ids[].lo | | | The first number of the range.
absent_ids[].hi | | | The last number of the range.
server_count | messages | messages.channelMessages.count | How many messages Telegram said the channel has. Null: it did not say.
messages | messages | | Messages that are there, without service messages.
service_messages | messages | | Service messages that are there.
new_messages | messages | | Rows that this collection added, of both kinds.
absent | numbers | | How many covered numbers are absent.
unproven | numbers | | How many of those only an empty answer spoke of: collected by an earlier version that took it for proof. "Check again" asks for them one by one.
unreadable | messages | | How many messages exist and could not be read. A newer version of the program asks for them again.
vanished | messages | | How many messages are kept that were found to be gone.
short | messages | | How many messages fewer than server_count are there, without those that vanished.
threads | messages | | Messages whose comments were read one after the other, because the group's history is closed. Null: it was read as a whole.
requests | requests | | Requests to Telegram that it took.
retries | requests | | Requests that had to be made again.
waits | waits | | How often Telegram asked to wait.
waited_seconds | seconds | | How long that was.
resumed | times | | How often the collection was taken up again.
started_at | UTC, microseconds | | When it began.
finished_at | UTC, microseconds | | When it ended.
`
