package page

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// count is a number as the preview writes it: exact up to 999 or so, then
// shortened to some digits and K or M.
type count struct {
	n       int64
	rounded bool
}

var countForm = regexp.MustCompile(`^([0-9]+)(?:\.([0-9]{1,2}))?([KM])?$`)

// parseCount reads 14, 82.9K, 1.2M; ok is false for anything else.
func parseCount(s string) (count, bool) {
	m := countForm.FindStringSubmatch(unspaced(s))
	if m == nil || len(m[1]) > 12 || m[2] != "" && m[3] == "" {
		return count{}, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return count{}, false
	}
	unit := map[string]int64{"": 1, "K": 1_000, "M": 1_000_000}[m[3]]
	n *= unit
	if m[2] != "" {
		part, _ := strconv.ParseInt(m[2], 10, 64)
		for range len(m[2]) {
			unit /= 10
		}
		n += part * unit
	}
	return count{n, m[3] != ""}, true
}

// leadingCount reads the number at the start of a text, as in "82 932 subscribers".
func leadingCount(s string) (count, bool) {
	i := strings.IndexFunc(s, unicode.IsLetter)
	if i > 0 && (s[i] == 'K' || s[i] == 'M') {
		i++
	}
	if i <= 0 {
		return count{}, false
	}
	return parseCount(s[:i])
}

// unspaced removes blanks, which separate thousands.
func unspaced(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

var sizeForm = regexp.MustCompile(`^([0-9]{1,6}(?:\.[0-9]+)?) ?(B|KB|MB|GB)$`)

// parseSize reads a file's size: 52.6 KB. Units are powers of 1,024.
func parseSize(s string) (bytes int64, rounded, ok bool) {
	m := sizeForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, false, false
	}
	f, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, false, false
	}
	unit := map[string]float64{"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}[m[2]]
	return int64(f*unit + 0.5), m[2] != "B", true
}

var durationForm = regexp.MustCompile(`^(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-9]{2})$`)

// parseDuration reads 0:48 and 1:02:03 into seconds.
func parseDuration(s string) (float64, bool) {
	m := durationForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, false
	}
	var total int64
	for _, part := range m[1:] {
		n, _ := strconv.ParseInt("0"+part, 10, 64)
		total = total*60 + n
	}
	return float64(total), true
}
