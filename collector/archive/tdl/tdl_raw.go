package tdl

import (
	"encoding/json"
	"strings"

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
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return []byte("{}")
	}
	return input.Encode(goValue(r, v))
}

func goValue(r *input.Reader, v any) any {
	switch v := v.(type) {
	case string:
		return collector.PrivateLink(v, r.Conv.Pseudonym)
	case []any:
		for i, x := range v {
			v[i] = goValue(r, x)
		}
	case map[string]any:
		for key, x := range v {
			switch {
			case goSecrets[key], r.Conv.Pseudonym != nil && goPersonal[key]:
				delete(v, key)
			case r.Conv.Pseudonym != nil && goUsers[key]:
				n, _ := x.(json.Number)
				if id, err := n.Int64(); err == nil && id != 0 {
					v[key] = r.Conv.Pseudonym(id)
				}
			default:
				if _, said := x.(string); !said || !goSaid[key] {
					v[key] = goValue(r, x)
				}
			}
		}
	}
	return v
}
