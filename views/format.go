package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// thin separates thousands; it does not break and cannot be mistaken for a comma.
const thin = "\u202f"

// Count writes a number with thin spaces between thousands.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + thin + s[i:]
	}
	return sign + s
}

// Plural writes a count with the noun in the right form: "1 message", "2 messages".
func Plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// Bytes writes a size in decimal units: 980 bytes, 12.4 kB, 3.1 MB.
func Bytes(n int64) string {
	if n < 1000 {
		return Plural(n, "byte", "bytes")
	}
	f, units := float64(n), []string{"kB", "MB", "GB", "TB"}
	unit := ""
	for _, unit = range units {
		if f /= 1000; f < 999.95 {
			break
		}
	}
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0") + " " + unit
}

// Duration writes a length of time in its two largest units: 18 s, 2 min 5 s, 2 h 5 min, 3 d 4
// h. Fractions of a second round up.
func Duration(d time.Duration) string {
	s := int64((d + time.Second - 1) / time.Second)
	switch {
	case s < 0:
		return "0 s"
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return twoUnits(s/60, "min", s%60, "s")
	case s < 86400:
		return twoUnits(s/3600, "h", s%3600/60, "min")
	}
	return twoUnits(s/86400, "d", s%86400/3600, "h")
}

// Seconds is Duration for a number of seconds.
func Seconds(s float64) string { return Duration(time.Duration(s * float64(time.Second))) }

func twoUnits(large int64, name string, small int64, smallName string) string {
	if small == 0 {
		return fmt.Sprintf("%d %s", large, name)
	}
	return fmt.Sprintf("%d %s %d %s", large, name, small, smallName)
}

// Left says roughly how much time is left: "about 2 minutes left".
func Left(d time.Duration) string {
	minutes := int64((d + 30*time.Second) / time.Minute)
	switch {
	case d < 20*time.Second:
		return "a few seconds left"
	case d < 50*time.Second:
		return "less than a minute left"
	case minutes <= 1:
		return "about a minute left"
	case minutes < 90:
		return fmt.Sprintf("about %d minutes left", minutes)
	}
	return fmt.Sprintf("about %d hours left", (minutes+30)/60)
}

// Stamp shows a time in UTC, to the minute.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// Instant writes a time for machines.
func Instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Clock is a time of day in UTC.
func Clock(t time.Time) string { return t.UTC().Format("15:04") }

// Day is a day in UTC.
func Day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
