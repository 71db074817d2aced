package input

import (
	"path"
	"regexp"
	"strconv"
	"strings"

	"telegramtrac/collector"
)

// generic matches words in names of files that do not name channels.
var generic = regexp.MustCompile(`^(?i:all|channel|chat|data|dump|export|file|full|history|json|message|messages|ndjson|new|old|output|post|posts|raw|result|results|telegram|telethon|test)s?$`)

// hint returns the username in a file's name, "" for none: the whole name, or the part before
// the channel's id or the word messages. id is the number in the name, if any, as text.
func hint(name string) (username, id string) {
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	username = base
	if before, ok := strings.CutSuffix(base, "_messages"); ok {
		username = before
	} else if at := strings.LastIndexByte(base, '_'); at > 0 && IsID(base[at+1:]) {
		username, id = base[:at], strings.TrimPrefix(base[at+1:], "-100")
	}
	if !collector.IsUsername(username) || strings.Contains(username, "__") {
		return "", id
	}
	words, common := strings.Split(username, "_"), 0
	for _, word := range words {
		if generic.MatchString(word) {
			common++
		}
	}
	if common == len(words) || common > 0 && username == base {
		return "", id
	}
	return username, id
}

func IsID(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

// UsernameOf returns the username that a file is named after. It is only a hint, weaker than
// any other source: "" where the name has another channel's id, or where two files have the
// same username.
func (r *Reader) UsernameOf(m *Member, channelID int64) string {
	username, id := hint(m.Name)
	if username == "" || id != "" && id != strconv.FormatInt(channelID, 10) {
		return ""
	}
	lower := strings.ToLower(username)
	if other, ok := r.named[lower]; ok && other != channelID || r.hints[lower] > 1 {
		return ""
	}
	r.named[lower] = channelID
	return username
}

// countHints counts files by the username in their names; files with the same id count once.
func countHints(all []*Member) map[string]int {
	seen := map[[2]string]bool{}
	counts := map[string]int{}
	for _, m := range all {
		username, id := hint(m.Name)
		key := [2]string{strings.ToLower(username), id}
		if id == "" {
			key[1] = m.Name // of an unknown channel
		}
		if username != "" && !seen[key] {
			seen[key] = true
			counts[key[0]]++
		}
	}
	return counts
}
