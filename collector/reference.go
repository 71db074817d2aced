package collector

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Reference names a channel: by username or by bare numeric id.
type Reference struct {
	Username string // without @, as written; "" when ID is set
	ID       int64
}

// String is how people write it: @username or the number.
func (r Reference) String() string {
	if r.Username != "" {
		return "@" + r.Username
	}
	return strconv.FormatInt(r.ID, 10)
}

// Key is equal for references that name the same channel in the same way.
func (r Reference) Key() string { return strings.ToLower(r.String()) }

// usernameForm is Telegram's syntax. Names of four letters exist (they are sold
// at auction), see https://core.telegram.org/method/account.checkUsername
var usernameForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{2,31}[A-Za-z0-9]$`)

// telegramHosts are the hosts of links to channels.
var telegramHosts = []string{"t.me", "telegram.me", "telegram.dog"}

// reserved are first parts of t.me paths that name no channel. Asking Telegram
// for them would cost a look-up.
var reserved = []string{
	"addemoji", "addlist", "addstickers", "addtheme", "auction", "bg", "boost", "call", "confirmphone", "contact", "giftcode",
	"invoice", "joinchat", "login", "m", "msg", "newbot", "nft", "proxy", "setlanguage", "share", "socks", "web",
}

// ParseReference reads a channel as people write it: @name, name, t.me/name and
// its usual variants (https, www, /s/, a message's number, name.t.me,
// tg://resolve, web.telegram.org's address), t.me/c/<id>, a numeric id, a -100…
// id; quotes, brackets and full stops around it do not matter. An invite link
// is Private, anything else NotFound.
func ParseReference(s string) (Reference, error) {
	s = strings.TrimRight(strings.Trim(strings.TrimSpace(s), `"'<>()[]{}«»“”„`), ".")
	s = strings.Replace(s, "＠", "@", 1)
	if id, ok := parseID(s); ok {
		return Reference{ID: id}, nil
	}
	name := strings.TrimPrefix(s, "@")
	if !strings.ContainsAny(name, "/:.?") {
		return usernameReference(name, s)
	}
	return parseLink(s)
}

func usernameReference(name, written string) (Reference, error) {
	if !usernameForm.MatchString(name) {
		return Reference{}, &Error{Kind: NotFound, Detail: written}
	}
	return Reference{Username: name}, nil
}

// parseID reads a bare id or the Bot API's -100… form.
func parseID(s string) (int64, bool) {
	digits := s
	if rest, ok := strings.CutPrefix(s, "-100"); ok {
		digits = rest
	}
	id, err := strconv.ParseInt(digits, 10, 64)
	return id, err == nil && id > 0
}

func parseLink(written string) (Reference, error) {
	s := written
	if rest, ok := strings.CutPrefix(s, "tg:"); ok && !strings.HasPrefix(rest, "//") {
		s = "tg://" + rest
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return Reference{}, &Error{Kind: NotFound, Detail: written, Err: err}
	}
	if u.Scheme == "tg" {
		if u.Host != "resolve" {
			return Reference{}, &Error{Kind: Private, Detail: written}
		}
		return usernameReference(u.Query().Get("domain"), written)
	}
	if u.Hostname() == "web.telegram.org" && u.Fragment != "" && !strings.Contains(u.Fragment, "/") {
		return ParseReference(u.Fragment)
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	if name, ok := strings.CutSuffix(host, ".t.me"); ok {
		return usernameReference(name, written)
	}
	if !slices.Contains(telegramHosts, host) {
		return Reference{}, &Error{Kind: NotFound, Detail: written}
	}
	return pathReference(strings.Split(strings.Trim(u.Path, "/"), "/"), written)
}

// pathReference reads the path of a t.me link.
func pathReference(path []string, written string) (Reference, error) {
	first := path[0]
	if first == "s" && len(path) > 1 {
		path = path[1:]
		first = path[0]
	}
	switch {
	case strings.HasPrefix(first, "+"), first == "joinchat":
		return Reference{}, &Error{Kind: Private, Detail: written}
	case slices.Contains(reserved, strings.ToLower(first)):
		return Reference{}, &Error{Kind: NotFound, Detail: written}
	case first == "c" && len(path) > 1:
		if id, ok := parseID(path[1]); ok {
			return Reference{ID: id}, nil
		}
		return Reference{}, &Error{Kind: NotFound, Detail: written}
	}
	return usernameReference(strings.TrimPrefix(first, "@"), written)
}

// SplitReferences cuts a text into the references written in it: one a line,
// or separated by ; or commas or blanks. Doubles are dropped.
func SplitReferences(text string) []string {
	fields := strings.FieldsFunc(text, func(r rune) bool {
		return r == ';' || r == ',' || r == '،' || r == '、' || r == '，' || r == '；' || r == '\n' || r == '\r' || r == '\t' || r == ' ' || r == '\u00a0' || r == '\ufeff'
	})
	seen := map[string]bool{}
	var out []string
	for _, f := range fields {
		key := strings.ToLower(f)
		if ref, err := ParseReference(f); err == nil {
			key = ref.Key()
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, f)
		}
	}
	return out
}
