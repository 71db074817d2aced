package export

import (
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
)

func TestMethods(t *testing.T) {
	server := int64(500)
	done := receipt{
		CollectionID: "c2", Reference: "@alpha", ChannelID: 1, Username: "alpha", Title: "A | <b>", Source: "telegram", State: "done", Lo: 1, Hi: 120, Covered: []collector.Range{{Lo: 1, Hi: 120}},
		Messages: 100, Service: 1, AbsentCount: 19, Server: &server, Requests: 3, StartedAt: noon, FinishedAt: noon.Add(time.Minute),
	}
	earlier := done
	earlier.CollectionID, earlier.State, earlier.Error, earlier.StartedAt, earlier.FinishedAt = "c1", "partial", "flood", noon.AddDate(0, 0, -2), noon.AddDate(0, 0, -2)
	earlier.Requests, earlier.Waits, earlier.WaitedSeconds = 1, 1, 70
	lost := receipt{CollectionID: "c1", Reference: "@gone", Source: "telegram", State: "failed", Error: "not_found", Personal: true, StartedAt: noon, FinishedAt: noon}
	web := receipt{CollectionID: "c3", Reference: "@beta", ChannelID: 2, Username: "beta", Title: "B", Source: "preview", State: "done", Lo: 1, Hi: 9, Covered: []collector.Range{{Lo: 1, Hi: 9}}, Messages: 7, StartedAt: noon, FinishedAt: noon}
	channels := []dataset.ChannelSummary{{Count: collector.Count{Messages: 100, Service: 1}}}
	for name, tt := range map[string]struct {
		receipts []receipt
		want     []string
	}{
		"nothing": {nil, []string{"There is no receipt of any collection"}},
		"one": {[]receipt{done}, []string{
			"On 1 March 2024, 1 collection asked for 1 channel with telegramtrac, through Telegram's API (MTProto), with a personal account. Each was collected to the end of what was asked for. The data holds 100 messages and 1 service message of 1 channel. It took 3 requests.\n",
			"Personal data of users was not kept", `| @alpha | A \| &lt;b> | done | 1–120 | 120 | 100 | 1 | 19 | 500 | 2024-03-01 12:01:00 |`,
		}},
		"web preview": {[]receipt{done, web}, []string{"not shown on the web, and these cannot be told apart", "| @beta | B | done | 1–9 | 9 | 7 | 0 | 0 |"}},
		"several": {[]receipt{done, lost, earlier}, []string{
			"Between 28 February 2024 and 1 March 2024, 2 collections asked for 2 channels", "1 channel was collected to the end of what was asked for; for the others", "It took 4 requests. Telegram asked to wait 1 time, 70 seconds in all.",
			"kept by some collections and left out by others", "| @gone |  | failed (not_found) |  |  | 0 | 0 | 0 |  |",
		}},
	} {
		got := methods(tt.receipts, channels)
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: there is no %q in\n%s", name, want, got)
			}
		}
		if told := strings.Contains(got, "cannot be told apart"); told != (name == "web preview") {
			t.Errorf("%s: tells of the web preview: %v", name, told)
		}
		if name == "several" && strings.Count(got, "@alpha") != 1 {
			t.Errorf("a channel has two lines:\n%s", got)
		}
	}
}
