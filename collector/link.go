package collector

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Domain returns the host of an address, in lower case, without scheme, user, port and a
// leading "www." label.
func Domain(address string) string {
	host := address
	if _, rest, ok := strings.Cut(host, "://"); ok {
		host = rest
	}
	if i := strings.IndexAny(host, `/?#\`); i >= 0 {
		host = host[:i]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if rest, ok := strings.CutPrefix(host, "www."); ok && rest != "" {
		return rest
	}
	return host
}

// Address returns Telegram's address of a channel or of one of its messages:
// https://t.me/<username>/<message id>, or, without a username, https://t.me/c/<channel
// id>/<message id>, which opens for members of the channel only. It is "" without a username
// and a real id; a MadeID is none.
func Address(username string, channelID, messageID int64) string {
	return string(AppendAddress(nil, username, channelID, messageID))
}

// AppendAddress appends what Address returns.
func AppendAddress(dst []byte, username string, channelID, messageID int64) []byte {
	switch {
	case username != "":
		dst = append(append(dst, "https://t.me/"...), url.PathEscape(username)...)
	case channelID != 0 && !IsMadeID(channelID):
		dst = strconv.AppendInt(append(dst, "https://t.me/c/"...), channelID, 10)
	default:
		return dst
	}
	if messageID == 0 {
		return dst
	}
	return strconv.AppendInt(append(dst, '/'), messageID, 10)
}

// pathOf splits the path of an address.
func pathOf(u *url.URL) []string {
	return strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' })
}

// ParseTMe reads a link to a channel or one of its messages: t.me, telegram.me and telegram.dog
// in their usual forms, name.t.me, tg://resolve and tg://privatepost. For any other address,
// including invite links, ok is false.
func ParseTMe(address string) (TMeLink, bool) {
	if !mayBeTMe(address) {
		return TMeLink{}, false
	}
	if !strings.Contains(address, ":/") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		return TMeLink{}, false
	}
	if strings.EqualFold(u.Scheme, "tg") {
		return parseTG(u)
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	if slices.Contains(telegramHosts, host) {
		return parsePath(pathOf(u))
	}
	if name, ok := strings.CutSuffix(host, ".t.me"); ok {
		return usernameLink(name, pathOf(u))
	}
	return TMeLink{}, false
}

// mayBeTMe is a fast check that excludes most addresses before parsing.
func mayBeTMe(address string) bool {
	if len(address) < 5 {
		return false
	}
	lower := strings.ToLower(address[:min(len(address), 64)])
	return strings.HasPrefix(lower, "tg:") || strings.Contains(lower, "t.me") || strings.Contains(lower, "telegram.")
}

// parsePath reads name, name/5, name/topic/5, s/name/5, c/1234/5, c/1234/topic/5.
func parsePath(path []string) (TMeLink, bool) {
	if len(path) > 0 && path[0] == "s" {
		path = path[1:]
	}
	if len(path) == 0 {
		return TMeLink{}, false
	}
	if path[0] != "c" {
		return usernameLink(path[0], path[1:])
	}
	if len(path) < 2 {
		return TMeLink{}, false
	}
	id, ok := positive(path[1])
	if !ok {
		return TMeLink{}, false
	}
	return TMeLink{ChannelID: id, MessageID: messageID(path[2:])}, true
}

func usernameLink(name string, path []string) (TMeLink, bool) {
	name = strings.TrimPrefix(name, "@")
	if !usernameForm.MatchString(name) || slices.Contains(reserved, strings.ToLower(name)) {
		return TMeLink{}, false
	}
	return TMeLink{Username: name, MessageID: messageID(path)}, true
}

// parseTG reads tg://resolve?domain=name&post=5 and tg://privatepost?channel=1234&post=5.
func parseTG(u *url.URL) (TMeLink, bool) {
	q := u.Query()
	post, _ := positive(q.Get("post"))
	switch strings.ToLower(u.Host) {
	case "resolve":
		if link, ok := usernameLink(q.Get("domain"), nil); ok {
			link.MessageID = post
			return link, true
		}
	case "privatepost":
		if id, ok := positive(q.Get("channel")); ok {
			return TMeLink{ChannelID: id, MessageID: post}, true
		}
	}
	return TMeLink{}, false
}

// messageID reads the message id from the rest of a path: a single number, or the second of
// two, after a topic. 0: none.
func messageID(path []string) int64 {
	if len(path) == 0 {
		return 0
	}
	first, ok := positive(path[0])
	if !ok {
		return 0
	}
	if len(path) > 1 {
		if second, ok := positive(path[1]); ok {
			return second
		}
	}
	return first
}

func positive(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, false
	}
	return n, true
}

// userLink matches a link to a user by id.
var userLink = regexp.MustCompile(`(?i)(tg:(?://)?(?:user\?id|openmessage\?user_id)=)([0-9]+)`)

// PrivateLink replaces a user's id in a link with a pseudonym. The text of a message is not
// changed.
func PrivateLink(s string, pseudonym Pseudonym) string {
	if pseudonym == nil || len(s) < 3 || !strings.EqualFold(s[:3], "tg:") {
		return s
	}
	return userLink.ReplaceAllStringFunc(s, func(link string) string {
		m := userLink.FindStringSubmatch(link)
		id, err := strconv.ParseInt(m[2], 10, 64)
		if err != nil {
			return m[1]
		}
		return m[1] + strconv.FormatInt(pseudonym(id), 10)
	})
}
