package collector

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Reference names a channel, by username or by bare numeric id.
type Reference struct {
	Username string // without @, as written; "" when ID is set
	ID       int64
}

// String returns @username or the number.
func (r Reference) String() string {
	if r.Username != "" {
		return "@" + r.Username
	}
	return strconv.FormatInt(r.ID, 10)
}

// Key is the same for references with the same number, or the same username in any case.
func (r Reference) Key() string { return strings.ToLower(r.String()) }

// usernameForm is Telegram's syntax. Names of four letters exist (they are sold
// at auction), see https://core.telegram.org/method/account.checkUsername
var usernameForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{2,30}[A-Za-z0-9]$`)

// IsUsername reports whether a text has the form of a username.
func IsUsername(s string) bool { return usernameForm.MatchString(s) }

// Limits of channel ids, see https://core.telegram.org/api/bots/ids
const (
	largestChannel = 997_852_516_352
	markedChannel  = 1_000_000_000_000 // the Bot API's id of a channel is minus the sum of this and its id
)

// telegramHosts are the hosts of links to channels.
var telegramHosts = []string{"t.me", "telegram.me", "telegram.dog"}

// reserved are first parts of t.me paths that do not name a channel. Asking Telegram for them
// would waste a look-up.
var reserved = []string{
	"addemoji", "addlist", "addstickers", "addtheme", "auction", "bg", "boost", "call", "confirmphone", "contact", "giftcode",
	"invoice", "joinchat", "login", "m", "msg", "newbot", "nft", "proxy", "setlanguage", "share", "socks", "web",
}

// ParseReference reads a channel as people write it: @name, name, t.me/name and its usual
// variants (https, www, /s/, one or more message ids, name.t.me, telegram.me, telegram.dog,
// tg://resolve, addresses of web.telegram.org), t.me/c/<id> and tg://privatepost, a numeric id,
// a -100… id. It applies Clean first. Errors: Private for an invite link, else NotFound; both
// wrap a *Misnamed.
func ParseReference(s string) (Reference, error) {
	if len(s) > longestReference {
		return Reference{}, misnamed(s, &Misnamed{Why: TooLong})
	}
	s = Clean(s)
	if ref, why := parseNumber(s); why != nil || ref.ID != 0 {
		return ref, misnamed(s, why)
	}
	name := strings.TrimPrefix(s, "@")
	if !strings.ContainsAny(name, "/:.?") {
		return usernameReference(name, s)
	}
	return parseLink(s)
}

func usernameReference(name, written string) (Reference, error) {
	name = strings.TrimSpace(strings.TrimPrefix(Clean(name), "@"))
	if !usernameForm.MatchString(name) {
		return Reference{}, misnamed(written, whyNoUsername(name))
	}
	return Reference{Username: name}, nil
}

// idReference reads the number from an address.
func idReference(digits, written string) (Reference, error) {
	ref, why := parseNumber(Clean(digits))
	if why == nil && ref.ID == 0 {
		why = &Misnamed{Why: NoChannelThere}
	}
	return ref, misnamed(written, why)
}

// parseNumber reads a bare id or the Bot API's -100… form. If s is not a number, both results
// are zero.
func parseNumber(s string) (Reference, *Misnamed) {
	switch {
	case exponent.MatchString(s):
		return Reference{}, &Misnamed{Why: CutShort}
	case phoneForm.MatchString(s) && !strings.HasPrefix(s, "-"):
		if phone, ok := Phone(s); ok {
			return Reference{}, &Misnamed{Why: PhoneNumber, Detail: phone}
		}
		return Reference{}, &Misnamed{Why: NoName}
	case s != "" && strings.Trim(s, "0123456789-") != "" || strings.LastIndexByte(s, '-') > 0:
		return Reference{}, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return Reference{}, &Misnamed{Why: TooLarge}
	}
	marked := strings.HasPrefix(s, "-100") || n <= -markedChannel
	switch {
	case err != nil || n == 0:
		return Reference{}, nil
	case n <= -markedChannel:
		n = -n - markedChannel
	case marked: // a small number, without the zeros in between
		n, _ = strconv.ParseInt(s[len("-100"):], 10, 64) // cannot fail: these digits were parsed before; "" gives 0
	}
	switch {
	case n > largestChannel && n > markedChannel && n-markedChannel <= largestChannel && strings.HasPrefix(s, "100"):
		return Reference{}, &Misnamed{Why: MinusLost, Detail: "-" + s}
	case n > largestChannel:
		return Reference{}, &Misnamed{Why: TooLarge}
	case n <= 0:
		return Reference{}, nil
	}
	return Reference{ID: n}, nil
}

func parseLink(written string) (Reference, error) {
	s := written
	if rest, ok := cutFold(s, "tg:"); ok {
		s = "tg://" + strings.TrimPrefix(rest, "//")
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return Reference{}, misnamed(written, &Misnamed{Why: NoName})
	}
	if u.Scheme == "tg" {
		return tgReference(u, written)
	}
	host := strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(u.Hostname()), "www."), ".")
	if host == "web.telegram.org" || host == "webk.telegram.org" || host == "webz.telegram.org" {
		return webReference(u, written)
	}
	if name, ok := strings.CutSuffix(host, ".t.me"); ok {
		return usernameReference(name, written)
	}
	if !strings.Contains(host, ".") {
		return Reference{}, misnamed(written, &Misnamed{Why: NoName})
	}
	if !slices.Contains(telegramHosts, host) {
		return Reference{}, misnamed(written, &Misnamed{Why: Elsewhere})
	}
	if strings.Trim(u.Path, "/") == "" && u.Query().Get("domain") != "" { // t.me/?domain=name, as shared by some programs
		return usernameReference(u.Query().Get("domain"), written)
	}
	return pathReference(pathOf(u), written)
}

// cutFold cuts off a prefix, ignoring case.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// tgReference reads an address for Telegram's apps, see https://core.telegram.org/api/links
func tgReference(u *url.URL, written string) (Reference, error) {
	q := u.Query()
	switch strings.ToLower(u.Host) {
	case "resolve":
		if phone := q.Get("phone"); phone != "" {
			return Reference{}, misnamed(written, &Misnamed{Why: PhoneNumber, Detail: "+" + strings.TrimLeft(phone, " +")})
		}
		return usernameReference(q.Get("domain"), written)
	case "privatepost":
		return idReference(q.Get("channel"), written)
	case "join":
		return Reference{}, misnamed(written, &Misnamed{Why: InviteLink})
	case "user", "openmessage":
		return Reference{}, misnamed(written, &Misnamed{Why: PersonLink})
	}
	return Reference{}, misnamed(written, &Misnamed{Why: NoChannelThere})
}

// webReference reads an address of Telegram's web apps: /a/#-100…_5, /k/#-5, /z/#@name,
// /k/#?tgaddr=tg%3A%2F%2F…, and the old #/im?p=@name and p=c5_6.
func webReference(u *url.URL, written string) (Reference, error) {
	at := u.Fragment
	if query, ok := strings.CutPrefix(strings.TrimPrefix(at, "/im"), "?"); ok {
		q, err := url.ParseQuery(query)
		if address := Clean(q.Get("tgaddr")); err == nil && strings.HasPrefix(address, "tg:") {
			return parseLink(address)
		}
		if at = q.Get("p"); strings.HasPrefix(at, "c") {
			at = "-" + at[1:]
		}
	}
	if i := strings.IndexAny(at, "?&/"); i >= 0 {
		at = at[:i]
	}
	if name, ok := strings.CutPrefix(at, "@"); ok {
		return usernameReference(name, written)
	}
	number, _, _ := strings.Cut(Clean(at), "_") // the id of a topic or message may follow
	n, err := strconv.ParseInt(number, 10, 64)
	switch {
	case err != nil:
		return Reference{}, misnamed(written, &Misnamed{Why: NoChannelThere})
	case n > 0:
		return Reference{}, misnamed(written, &Misnamed{Why: PersonLink})
	// which write a channel's number with a minus alone
	case n > -markedChannel && (strings.HasPrefix(u.Path, "/k") || u.Path == "/" || u.Path == ""):
		return idReference(strings.TrimPrefix(number, "-"), written)
	}
	return idReference(number, written)
}

// pathReference reads the path of a t.me link.
func pathReference(path []string, written string) (Reference, error) {
	if len(path) > 1 && path[0] == "s" {
		path = path[1:]
	}
	if len(path) == 0 {
		return Reference{}, misnamed(written, &Misnamed{Why: NoChannelThere})
	}
	first := path[0]
	switch {
	case strings.HasPrefix(first, "+") && phoneForm.MatchString(first):
		return Reference{}, misnamed(written, &Misnamed{Why: PhoneNumber, Detail: first})
	case strings.HasPrefix(first, "+"), strings.EqualFold(first, "joinchat"):
		return Reference{}, misnamed(written, &Misnamed{Why: InviteLink})
	case slices.Contains(reserved, strings.ToLower(first)):
		return Reference{}, misnamed(written, &Misnamed{Why: NoChannelThere})
	case first == "c" && len(path) > 1:
		return idReference(path[1], written)
	}
	return usernameReference(first, written)
}
