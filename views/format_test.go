package views_test

import (
	"testing"
	"time"

	"telegramtrac/views"
)

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1\u202f000", 12480: "12\u202f480", 1234567: "1\u202f234\u202f567", -1000: "−1\u202f000",
	} {
		if got := views.Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int64]string{0: "0 ids", 1: "1 id", 2: "2 ids", 4100: "4\u202f100 ids"} {
		if got := views.Plural(n, "id", "ids"); got != want {
			t.Errorf("Plural(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1 kB", 12_400: "12.4 kB", 999_949: "999.9 kB", 999_960: "1 MB", 18_400_000: "18.4 MB",
		3_100_000_000: "3.1 GB", 5_000_000_000_000_000: "5000 TB",
	} {
		if got := views.Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 0: "0 s", time.Millisecond: "1 s", 18 * time.Second: "18 s", 60 * time.Second: "1 min",
		125 * time.Second:           "2 min 5 s",
		2*time.Hour + 5*time.Minute: "2 h 5 min", 24 * time.Hour: "1 d", 76 * time.Hour: "3 d 4 h",
	} {
		if got := views.Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestLeft(t *testing.T) {
	for d, want := range map[time.Duration]string{
		5 * time.Second: "a few seconds left", 40 * time.Second: "less than a minute left", 70 * time.Second: "about a minute left",
		115 * time.Second: "about 2 minutes left", 89 * time.Minute: "about 89 minutes left", 150 * time.Minute: "about 3 hours left",
	} {
		if got := views.Left(d); got != want {
			t.Errorf("Left(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestTimesAreUTC(t *testing.T) {
	at := time.Date(2024, 2, 2, 23, 30, 0, 0, time.FixedZone("east", 3*3600))
	if got, want := views.Stamp(at), "2024-02-02 20:30"; got != want {
		t.Errorf("Stamp = %q, want %q", got, want)
	}
	if got, want := views.Day(at.Add(4*time.Hour)), "2024-02-03"; got != want {
		t.Errorf("Day = %q, want %q", got, want)
	}
	if got, want := views.Instant(at), "2024-02-02T20:30:00Z"; got != want {
		t.Errorf("Instant = %q, want %q", got, want)
	}
}
