package telethon

import (
	"regexp"
	"strings"
)

// A rule says how a field is written to JSON.
type rule uint8

const (
	keep    rule = iota
	drop         // always omitted, including its key
	person       // the id of a user, or several: a pseudonym in a private collection
	hide         // identifies a user, or is their secret: unset in a private collection
	address      // may be a link to a user by id: that id becomes a pseudonym
)

// secrets are keys with secret values, which are never stored.
var secrets = map[string]bool{"access_hash": true, "file_reference": true}

// personFields are the fields with users' ids (bots are users).
var personFields = set(`
	botInfo.user_id
	botVerification.bot_id
	channelFull.guard_bot_id channelFull.recent_requesters
	chatFull.recent_requesters
	chatInviteExported.admin_id
	chatParticipant.user_id chatParticipant.inviter_id
	chatParticipantAdmin.user_id chatParticipantAdmin.inviter_id
	chatParticipantCreator.user_id
	inlineButtonTypeUserProfile.user_id
	inputPeerUser.user_id inputPeerUserFromMessage.user_id
	inputUser.user_id inputUserFromMessage.user_id
	message.via_bot_id message.via_business_bot_id
	messageActionChangeCreator.new_creator_id
	messageActionChatAddUser.users
	messageActionChatCreate.users
	messageActionChatDeleteUser.user_id
	messageActionChatJoinedByLink.inviter_id
	messageActionInviteToGroupCall.users
	messageActionManagedBotCreated.bot_id
	messageActionNewCreatorPending.new_creator_id
	messageActionSetMessagesTTL.auto_setting_from
	messageEntityMentionName.user_id
	messageMediaContact.user_id
	messageMediaGiveawayResults.winners
	peerUser.user_id
	privacyValueAllowUsers.users privacyValueDisallowUsers.users
	requestedPeerUser.user_id
	storyViews.recent_viewers
	textMentionName.user_id
	user.id userEmpty.id
`)

// hiddenFields are the fields that identify a user, say how to reach them, or are private to
// them.
var hiddenFields = set(`
	chatParticipant.rank chatParticipantAdmin.rank chatParticipantCreator.rank
	inputMediaContact.phone_number inputMediaContact.first_name inputMediaContact.last_name inputMediaContact.vcard
	message.from_rank message.post_author
	messageActionWebViewDataSentMe.data
	messageFwdHeader.from_name messageFwdHeader.post_author messageFwdHeader.saved_from_name
	messageMediaContact.phone_number messageMediaContact.first_name messageMediaContact.last_name messageMediaContact.vcard
	paymentCharge.id paymentCharge.provider_charge_id
	paymentRequestedInfo.name paymentRequestedInfo.phone paymentRequestedInfo.email
	postAddress.street_line1 postAddress.street_line2 postAddress.city postAddress.state postAddress.country_iso2 postAddress.post_code
	requestedPeerUser.first_name requestedPeerUser.last_name requestedPeerUser.username requestedPeerUser.photo
	secureCredentialsEncrypted.data secureCredentialsEncrypted.hash secureCredentialsEncrypted.secret
	secureData.data secureData.data_hash secureData.secret
	secureFile.file_hash secureFile.secret
	securePlainEmail.email securePlainPhone.phone
	secureValue.hash
	starGiftUnique.owner_name starGiftUnique.owner_address starGiftUnique.gift_address
	storyFwdHeader.from_name
	user.first_name user.last_name user.username user.usernames user.phone user.photo user.status
	user.lang_code user.emoji_status user.stories_max_id user.color user.profile_color user.restriction_reason
	user.bot_inline_placeholder user.bot_active_users user.bot_verification_icon user.linked_community_id
	user.self user.contact user.mutual_contact user.close_friend
`)

// publicFields are fields that only seem to identify someone.
var publicFields = set(`
	# names of things
	botApp.short_name game.short_name inputGameShortName.short_name stickerSet.short_name inputStickerSetShortName.short_name
	documentAttributeFilename.file_name inputFile.name inputFileBig.name pageBlockAnchor.name textAnchor.name webPage.site_name
	starGiftAttributeBackdrop.name starGiftAttributeModel.name starGiftAttributePattern.name
	# names of channels; a user's usernames are hidden as a whole
	channel.username channel.bot_verification_icon requestedPeerChannel.username username.username
	# proposed for a bot that does not exist yet
	requestPeerTypeCreateBot.suggested_name requestPeerTypeCreateBot.suggested_username
	# what a published web page says about itself
	webPage.author pageRelatedArticle.author pageBlockEmbedPost.author pageBlockEmbedPost.author_photo_id textEmail.email textPhone.phone
	# places
	channelLocation.address inputMediaVenue.address mediaAreaVenue.address messageMediaVenue.address
	geoPointAddress.state geoPointAddress.city geoPointAddress.street
	# channels and basic groups
	messageMediaGiveaway.channels privacyValueAllowChatParticipants.chats privacyValueDisallowChatParticipants.chats
	# amounts
	invoice.suggested_tip_amounts
`)

func set(list string) map[string]bool {
	m := map[string]bool{}
	for line := range strings.Lines(list) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, f := range strings.Fields(line) {
			m[f] = true
		}
	}
	return m
}

// Fields that are not in the lists, because a newer layer has them or no channel leads to them,
// are classified by name: rather too many are private than too few.
var (
	looksLikePerson = regexp.MustCompile(`(^|_)(user|users|bot|admin|inviter|creator|sender|recipient|receiver|owner|promoted|kicked|from|voter)_ids?$` +
		`|^(users|uids|winners|exclude_users|top_bidders|promoted_by|kicked_by|auto_setting_from)$|^recent_(requesters|viewers|voters|repliers)$`)
	looksLikeName = regexp.MustCompile(`(^|_)(name|author|username|phone|email|vcard|rank|address|street|city|state)($|_)|phone_number|street_line|post_code`)
)

func ruleOf(constructor, field string, k kind) rule {
	name := constructor + "." + field
	switch {
	case secrets[field]:
		return drop
	case personFields[name]:
		return person
	case hiddenFields[name]:
		return hide
	case publicFields[name]:
		return keep
	}
	switch {
	case k == kindString && field == "url":
		return address
	case k == kindLong && looksLikePerson.MatchString(field):
		return person
	case k == kindString && looksLikeName.MatchString(field):
		return hide
	}
	return keep
}
