package export

import (
	"slices"
	"strconv"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
)

// maxStem is how long a stem may be: names of files have 255 bytes almost
// everywhere, and the rest of a path has to fit, too.
const maxStem = 64

// reserved are names that Windows keeps for devices, whatever follows a dot.
var reserved = strings.Fields("con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9")

// Stem names a channel in file names: its username where that is a name that
// every file system takes, else its id.
func Stem(ch collector.Channel) string {
	safe := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return -1
	}
	name, id := strings.Map(safe, ch.Username), strconv.FormatInt(ch.ID, 10)
	switch {
	case name == "" || len(name) > maxStem:
		return id
	case slices.Contains(reserved, strings.ToLower(name)):
		return name + "_" + id
	}
	return name
}

// stems names channels apart from each other, also where file systems do not
// tell capital letters from small ones.
func stems(channels []catalog.ChannelSummary) map[int64]string {
	times := map[string]int{}
	for _, ch := range channels {
		times[strings.ToLower(Stem(ch.Channel))]++
	}
	out := make(map[int64]string, len(channels))
	for _, ch := range channels {
		stem := Stem(ch.Channel)
		if times[strings.ToLower(stem)] > 1 {
			stem += "_" + strconv.FormatInt(ch.ID, 10)
		}
		out[ch.ID] = stem
	}
	return out
}
