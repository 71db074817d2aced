package tdl

import (
	"encoding/json"

	"telegramtrac/collector"
	"telegramtrac/collector/archive/input"
)

// goSecrets grant access and are never stored. goPersonal identify a person.
var (
	goSecrets  = input.Words("AccessHash FileReference")
	goPersonal = input.Words(`PostAuthor FromName FromRank SavedFromName FirstName LastName PhoneNumber Vcard Username Usernames
		RecentReactions RecentRepliers TopReactors RecentVoters Factcheck ViaBusinessBotID Peer`)
	goUsers = input.Words("UserID ViaBotID BotID SenderID")
	goSaid  = input.Words("Message Text text") // what was said stays unchanged
)

// Raw returns the column raw for a message of tdl: the object without secrets, and in a
// private import without persons.
func Raw(r *input.Reader, raw json.RawMessage) []byte {
	var v any
	if input.Decode(raw, &v) != nil {
		return []byte("{}")
	}
	p := r.Conv.Pseudonym
	return input.Encode(input.Walk("", v, func(key string, v any) (any, bool) {
		switch {
		case goSecrets[key], p != nil && goPersonal[key]:
			return nil, true
		case p == nil:
			return nil, false
		}
		switch x := v.(type) {
		case json.Number:
			if id, err := x.Int64(); goUsers[key] && err == nil && id != 0 {
				return p(id), true
			}
		case string:
			if !goSaid[key] {
				return collector.PrivateLink(x, p), true
			}
		}
		return nil, false
	}))
}
