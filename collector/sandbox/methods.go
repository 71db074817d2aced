package sandbox

import (
	"fmt"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
)

// Errors as Telegram names them: https://core.telegram.org/api/errors
var (
	errMethodInvalid    = tgerr.New(400, "METHOD_INVALID")
	errInputRequest     = tgerr.New(400, "INPUT_REQUEST_INVALID")
	errUnregistered     = tgerr.New(401, "AUTH_KEY_UNREGISTERED")
	errPasswordNeeded   = tgerr.New(401, "SESSION_PASSWORD_NEEDED")
	errKeyDuplicated    = tgerr.New(406, "AUTH_KEY_DUPLICATED")
	errAPIID            = tgerr.New(400, "API_ID_INVALID")
	errPhoneInvalid     = tgerr.New(400, "PHONE_NUMBER_INVALID")
	errPhoneBanned      = tgerr.New(400, "PHONE_NUMBER_BANNED")
	errCodeInvalid      = tgerr.New(400, "PHONE_CODE_INVALID")
	errEmailInvalid     = tgerr.New(400, "CODE_INVALID") // of a code that came by email
	errAuthRestart      = tgerr.New(500, "AUTH_RESTART")
	errCodeEmpty        = tgerr.New(400, "PHONE_CODE_EMPTY")
	errCodeExpired      = tgerr.New(400, "PHONE_CODE_EXPIRED")
	errCodeHashEmpty    = tgerr.New(400, "PHONE_CODE_HASH_EMPTY")
	errCodeUnavailable  = tgerr.New(406, "SEND_CODE_UNAVAILABLE")
	errPasswordHash     = tgerr.New(400, "PASSWORD_HASH_INVALID")
	errSRPID            = tgerr.New(400, "SRP_ID_INVALID")
	errDCID             = tgerr.New(400, "DC_ID_INVALID")
	errAuthBytes        = tgerr.New(400, "AUTH_BYTES_INVALID")
	errTokenInvalid     = tgerr.New(400, "AUTH_TOKEN_INVALID")
	errTokenExpired     = tgerr.New(400, "AUTH_TOKEN_EXPIRED")
	errTokenAccepted    = tgerr.New(400, "AUTH_TOKEN_ALREADY_ACCEPTED")
	errUsernameInvalid  = tgerr.New(400, "USERNAME_INVALID")
	errUsernameUnknown  = tgerr.New(400, "USERNAME_NOT_OCCUPIED")
	errPeerInvalid      = tgerr.New(400, "PEER_ID_INVALID")
	errUserInvalid      = tgerr.New(400, "USER_ID_INVALID")
	errChannelInvalid   = tgerr.New(400, "CHANNEL_INVALID")
	errChannelPrivate   = tgerr.New(400, "CHANNEL_PRIVATE")
	errChannelBanned    = tgerr.New(400, "USER_BANNED_IN_CHANNEL")
	errForumMissing     = tgerr.New(400, "CHANNEL_FORUM_MISSING")
	errMessageIDInvalid = tgerr.New(400, "MSG_ID_INVALID")
	errMessageIDsEmpty  = tgerr.New(400, "MESSAGE_IDS_EMPTY")
	errMessageInvalid   = tgerr.New(400, "MESSAGE_ID_INVALID")
	errMessageTooNew    = tgerr.New(400, "MESSAGE_TOO_NEW") // invented, to test an error that clients do not know
)

// migrate returns the error that sends a client to another data centre. kind is PHONE or USER.
func migrate(kind string, dc int) error {
	return tgerr.New(303, fmt.Sprintf("%s_MIGRATE_%d", kind, dc))
}

// method is one method of the API.
type method struct {
	name string
	open bool // also answered before sign-in, and in every data centre
	do   func(call, *bin.Buffer) (bin.Encoder, error)
}

// run answers a query.
func (m method) run(c call, query *bin.Buffer) (bin.Encoder, error) {
	if m.do == nil {
		c.srv.log.Warn("method not served", "method", m.name)
		return nil, errMethodInvalid
	}
	if c.signIn.Refusal == errKeyDuplicated.Message {
		return nil, errKeyDuplicated
	}
	if !m.open {
		if err := c.authorized(); err != nil {
			return nil, err
		}
	}
	return m.do(c, query)
}

// authorized checks that the caller is signed in and at the right data centre.
func (c call) authorized() error {
	switch s := c.signIn; {
	case s.Refusal != "":
		return tgerr.New(401, s.Refusal)
	case s.Pending != 0:
		return errPasswordNeeded
	case s.Account == 0:
		return errUnregistered
	}
	if dc, moved := c.srv.moved.elsewhere(c.signIn.Account); moved && dc != c.dc {
		return migrate("USER", dc)
	}
	return nil
}

// lookUp finds the method of a query and its name, which unserved methods have too.
func lookUp(query *bin.Buffer) (method, string) {
	id, err := query.PeekID()
	if err != nil {
		return method{name: "none"}, "none"
	}
	if m, ok := methods[id]; ok {
		return m, m.name
	}
	name := tg.TypesMap()[id]
	if name == "" {
		name = fmt.Sprintf("%#08x", id)
	}
	return method{name: name}, name
}

// request is a pointer to a request type.
type request[R any] interface {
	*R
	bin.Decoder
}

// open makes a method that is also answered before sign-in.
func open[R any, P request[R]](name string, do func(call, P) (bin.Encoder, error)) method {
	m := closed(name, do)
	m.open = true
	return m
}

// closed makes a method that is answered only after sign-in.
func closed[R any, P request[R]](name string, do func(call, P) (bin.Encoder, error)) method {
	return method{name: name, do: func(c call, query *bin.Buffer) (bin.Encoder, error) {
		req := P(new(R))
		if err := req.Decode(query); err != nil {
			c.srv.log.Warn("request not understood", "method", name, "error", err)
			return nil, errInputRequest
		}
		return do(c, req)
	}}
}

// methods are all methods that the sandbox serves.
var methods = map[uint32]method{
	tg.HelpGetConfigRequestTypeID:    open("help.getConfig", call.getConfig),
	tg.HelpGetNearestDCRequestTypeID: open("help.getNearestDc", call.getNearestDC),
	tg.HelpGetAppConfigRequestTypeID: open("help.getAppConfig", call.getAppConfig),

	tg.AuthSendCodeRequestTypeID:            open("auth.sendCode", call.sendCode),
	tg.AuthResendCodeRequestTypeID:          open("auth.resendCode", call.resendCode),
	tg.AuthCancelCodeRequestTypeID:          open("auth.cancelCode", call.cancelCode),
	tg.AuthSignInRequestTypeID:              open("auth.signIn", call.signInByCode),
	tg.AuthCheckPasswordRequestTypeID:       open("auth.checkPassword", call.checkPassword),
	tg.AuthLogOutRequestTypeID:              open("auth.logOut", call.logOut),
	tg.AuthExportAuthorizationRequestTypeID: open("auth.exportAuthorization", call.exportAuthorization),
	tg.AuthImportAuthorizationRequestTypeID: open("auth.importAuthorization", call.importAuthorization),
	tg.AuthExportLoginTokenRequestTypeID:    open("auth.exportLoginToken", call.exportLoginToken),
	tg.AuthImportLoginTokenRequestTypeID:    open("auth.importLoginToken", call.importLoginToken),
	tg.AuthAcceptLoginTokenRequestTypeID:    closed("auth.acceptLoginToken", call.acceptLoginToken),
	tg.AccountGetPasswordRequestTypeID:      open("account.getPassword", call.getPassword),

	tg.UsersGetUsersRequestTypeID:           closed("users.getUsers", call.getUsers),
	tg.UsersGetFullUserRequestTypeID:        closed("users.getFullUser", call.getFullUser),
	tg.UpdatesGetStateRequestTypeID:         closed("updates.getState", call.getState),
	tg.ContactsResolveUsernameRequestTypeID: closed("contacts.resolveUsername", call.resolveUsername),
	tg.ChannelsGetChannelsRequestTypeID:     closed("channels.getChannels", call.getChannels),
	tg.ChannelsGetFullChannelRequestTypeID:  closed("channels.getFullChannel", call.getFullChannel),
	tg.ChannelsGetMessagesRequestTypeID:     closed("channels.getMessages", call.getMessages),
	tg.MessagesGetHistoryRequestTypeID:      closed("messages.getHistory", call.getHistory),
	tg.MessagesGetRepliesRequestTypeID:      closed("messages.getReplies", call.getReplies),
	tg.MessagesGetForumTopicsRequestTypeID:  closed("messages.getForumTopics", call.getForumTopics),
	tg.MessagesGetRichMessageRequestTypeID:  closed("messages.getRichMessage", call.getRichMessage),
}
