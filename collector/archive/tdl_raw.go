package archive

import (
	"encoding/json"
	"strings"

	"telegramtrac/collector"
)

// goSecrets open something; nothing keeps them. goPersonal tell who a person is.
var (
	goSecrets  = words("AccessHash FileReference")
	goPersonal = words(`PostAuthor FromName FromRank SavedFromName FirstName LastName PhoneNumber Vcard Username Usernames
		RecentReactions RecentRepliers TopReactors RecentVoters Factcheck ViaBusinessBotID Peer`)
	goUsers = words("UserID ViaBotID BotID SenderID")
	goSaid  = words("Message Text text") // what was said stays as it was said
)

// goRaw is what the column raw keeps of a message of tdl: the object as it is,
// without secrets, in a private import without people.
func goRaw(r *reader, raw json.RawMessage) []byte {
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return []byte("{}")
	}
	return encode(goValue(r, v))
}

func goValue(r *reader, v any) any {
	switch v := v.(type) {
	case string:
		return collector.PrivateLink(v, r.conv.Pseudonym)
	case []any:
		for i, x := range v {
			v[i] = goValue(r, x)
		}
	case map[string]any:
		for key, x := range v {
			switch {
			case goSecrets[key], r.conv.Pseudonym != nil && goPersonal[key]:
				delete(v, key)
			case r.conv.Pseudonym != nil && goUsers[key]:
				n, _ := x.(json.Number)
				if id, err := n.Int64(); err == nil && id != 0 {
					v[key] = r.conv.Pseudonym(id)
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
