package collector_test

import (
	"testing"

	"telegramtrac/collector"
)

func TestPhone(t *testing.T) {
	for written, want := range map[string]string{
		"+44 7700 900-123": "+447700900123", "00447700900123": "+447700900123", " (44) 7700.900123": "+447700900123",
		"447700900123": "+447700900123", "+44 (0) 7700 900123": "+447700900123", "+49 30/901 82": "+493090182",
		"\u202a+44\u00a07700\u2011900123\u202c": "+447700900123", // as address books write it
		"+999 662 0001":                         "+9996620001",
		"+447700900123x":                        "", "": "", "+": "", "12": "", "+١٢٣٤٥٦٧٨": "", "07700 900123": "", "+0 7700 900123": "",
		"+44 7700 +900123": "", "+1234567890123456": "",
	} {
		if got, ok := collector.Phone(written); got != want || ok != (want != "") {
			t.Errorf("Phone(%q) = %q, %v; want %q", written, got, ok, want)
		}
	}
}
