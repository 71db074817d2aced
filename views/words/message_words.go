package words

import (
	"cmp"
	"strings"
)

// MediaNames are what people call Telethon's media classes. See
// https://core.telegram.org/type/MessageMedia
var MediaNames = map[string]string{
	"MessageMediaPhoto": "Photo", "MessageMediaDocument": "File", "MessageMediaGeo": "Place", "MessageMediaGeoLive": "Live place",
	"MessageMediaVenue": "Venue", "MessageMediaContact": "Contact", "MessageMediaGame": "Game", "MessageMediaInvoice": "Invoice",
	"MessageMediaDice": "Dice", "MessageMediaStory": "Story", "MessageMediaGiveaway": "Giveaway",
	"MessageMediaGiveawayResults": "Giveaway results", "MessageMediaPaidMedia": "Paid media", "MessageMediaToDo": "Checklist",
	"MessageMediaVideoStream": "Live video",
	"MessageMediaUnsupported": "Media that this version of Telegram's protocol does not describe",
}

// ShownThemselves are the media whose content the page shows directly.
var ShownThemselves = map[string]string{"MessageMediaWebPage": "Link preview", "MessageMediaPoll": "Poll"}

// MediaLabel is a media class in a word or two.
func MediaLabel(class string) string {
	if class == "MessageMediaUnsupported" {
		return "Unsupported"
	}
	return cmp.Or(MediaNames[class], ShownThemselves[class], strings.TrimPrefix(class, "MessageMedia"))
}

// Actions are the sentences about service messages, by Telethon's names. See
// https://core.telegram.org/type/MessageAction
var Actions = map[string]string{
	"MessageActionEmpty":              "Something happened that Telegram does not describe",
	"MessageActionChannelCreate":      "The channel was created",
	"MessageActionChatCreate":         "The group was created",
	"MessageActionChannelMigrateFrom": "A group became this supergroup",
	"MessageActionChatMigrateTo":      "The group became a supergroup",
	"MessageActionChatEditTitle":      "The title was changed",
	"MessageActionChatEditPhoto":      "The photo was changed",
	"MessageActionChatDeletePhoto":    "The photo was removed",
	"MessageActionPinMessage":         "A message was pinned",
	"MessageActionHistoryClear":       "The history was cleared",
	"MessageActionCustomAction":       "A note by Telegram",
	"MessageActionScreenshotTaken":    "Somebody took a screenshot",
	"MessageActionSetMessagesTTL":     "The time until messages delete themselves was changed",
	"MessageActionSetChatTheme":       "The theme was changed",
	"MessageActionSetChatWallPaper":   "The background was changed",
	"MessageActionTopicCreate":        "A topic was created",
	"MessageActionTopicEdit":          "A topic was changed",
	"MessageActionNoForwardsToggle":   "Forwarding and saving were switched on or off",
	"MessageActionNoForwardsRequest":  "Somebody asked to switch forwarding and saving on or off",
	"MessageActionChangeCommunity":    "The community that this belongs to was changed",

	"MessageActionChatAddUser":            "Somebody was added",
	"MessageActionChatDeleteUser":         "Somebody left or was removed",
	"MessageActionChatJoinedByLink":       "Somebody joined by a link",
	"MessageActionChatJoinedByRequest":    "Somebody was let in",
	"MessageActionChatJoinedViaCommunity": "Somebody joined through a community",
	"MessageActionContactSignUp":          "Somebody joined Telegram",
	"MessageActionNewCreatorPending":      "Somebody is to become the owner",
	"MessageActionChangeCreator":          "Somebody else became the owner",
	"MessageActionManagedBotCreated":      "A bot was created",

	"MessageActionGroupCall":           "A live stream began or ended",
	"MessageActionGroupCallScheduled":  "A live stream was scheduled",
	"MessageActionInviteToGroupCall":   "People were invited to a live stream",
	"MessageActionPhoneCall":           "There was a call",
	"MessageActionConferenceCall":      "There was a call of several people",
	"MessageActionGeoProximityReached": "Somebody came near",
	"MessageActionGameScore":           "Somebody scored in a game",
	"MessageActionTodoCompletions":     "Points of a checklist were ticked off or opened again",
	"MessageActionTodoAppendTasks":     "Points were added to a checklist",
	"MessageActionPollAppendAnswer":    "An answer was added to a poll",
	"MessageActionPollDeleteAnswer":    "An answer was taken out of a poll",
	"MessageActionSuggestProfilePhoto": "A profile photo was suggested",
	"MessageActionSuggestBirthday":     "A birthday was suggested",
	"MessageActionBotAllowed":          "A bot was allowed to write",
	"MessageActionRequestedPeer":       "A person or chat was shared with a bot",
	"MessageActionRequestedPeerSentMe": "A person or chat was shared with a bot",
	"MessageActionWebViewDataSent":     "Data of a mini app was sent to a bot",
	"MessageActionWebViewDataSentMe":   "Data of a mini app was sent to a bot",
	"MessageActionSecureValuesSent":    "Documents of Telegram Passport were sent",
	"MessageActionSecureValuesSentMe":  "Documents of Telegram Passport were sent",

	"MessageActionBoostApply":                    "The channel was boosted",
	"MessageActionGiveawayLaunch":                "A giveaway began",
	"MessageActionGiveawayResults":               "A giveaway ended",
	"MessageActionPaymentSent":                   "Something was paid for",
	"MessageActionPaymentSentMe":                 "Something was paid for",
	"MessageActionPaymentRefunded":               "A payment was given back",
	"MessageActionPaidMessagesPrice":             "The price of a message was changed",
	"MessageActionPaidMessagesRefunded":          "Stars paid for messages were given back",
	"MessageActionGiftPremium":                   "Telegram Premium was given away",
	"MessageActionGiftCode":                      "A gift code was given away",
	"MessageActionGiftStars":                     "Stars were given away",
	"MessageActionGiftTon":                       "Toncoins were given away",
	"MessageActionPrizeStars":                    "Somebody won stars",
	"MessageActionStarGift":                      "A gift was given",
	"MessageActionStarGiftUnique":                "A collectible gift changed hands",
	"MessageActionStarGiftPurchaseOffer":         "Somebody offered to buy a gift",
	"MessageActionStarGiftPurchaseOfferDeclined": "An offer to buy a gift was declined",
	"MessageActionSuggestedPostApproval":         "A suggested message was approved or declined",
	"MessageActionSuggestedPostSuccess":          "A suggested message was paid for",
	"MessageActionSuggestedPostRefund":           "The price of a suggested message was given back",
}
