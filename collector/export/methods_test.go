package export

import (
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/dataset/staging"
	"telegramtrac/collector/export/reading"
)

func TestMethods(t *testing.T) {
	server := int64(500)
	done := receipt{
		CollectionID: "c2", Reference: "@alpha", ChannelID: 1, Username: "alpha", Title: "A | <b>", Source: "telegram", State: "done", Lo: 1,
		Hi: 120, Covered: []collector.Range{{Lo: 1, Hi: 120}},
		Messages: 100, Service: 1, AbsentCount: 19, Server: &server, Requests: 3, StartedAt: noon, FinishedAt: noon.Add(time.Minute),
	}
	earlier := done
	earlier.CollectionID, earlier.State, earlier.Error, earlier.StartedAt, earlier.FinishedAt = "c1", "partial", "flood",
		noon.AddDate(0, 0, -2), noon.AddDate(0, 0, -2)
	earlier.Requests, earlier.Waits, earlier.WaitedSeconds = 1, 1, 70
	lost := receipt{CollectionID: "c1", Reference: "@gone", Source: "telegram", State: "failed", Error: "not_found", Personal: true,
		StartedAt: noon, FinishedAt: noon}
	web := receipt{CollectionID: "c3", Reference: "@beta", ChannelID: 2, Username: "beta", Title: "B", Source: "preview", State: "done", Lo: 1,
		Hi: 9, Covered: []collector.Range{{Lo: 1, Hi: 9}}, Messages: 7, StartedAt: noon, FinishedAt: noon}
	channels := []catalog.ChannelSummary{{Count: collector.Count{Messages: 100, Service: 1}}}
	for name, tt := range map[string]struct {
		receipts []receipt
		want     []string
	}{
		"nothing": {nil, []string{"There is no receipt of any collection"}},
		"one": {[]receipt{done}, []string{
			"On 1 March 2024, 1 collection asked for 1 channel with telegramtrac, through Telegram's API (MTProto), with a personal account. Each " +
				"was collected to the end of what was asked for. The data holds 100 messages and 1 service message of 1 channel. It took 3 requests.\n",
			"Personal data of users was not kept", `| @alpha | A \| &lt;b> | done | 1–120 | 120 | 100 | 1 | 19 | 500 | 2024-03-01 12:01:00 |`,
		}},
		"web preview": {[]receipt{done, web},
			[]string{"not shown on the web, and these cannot be told apart", "| @beta | B | done | 1–9 | 9 | 7 | 0 | 0 |"}},
		"several": {[]receipt{done, lost, earlier}, []string{
			"Between 28 February 2024 and 1 March 2024, 2 collections asked for 2 channels",
			"1 channel was collected to the end of what was asked for; for the others",
			"It took 4 requests. Telegram asked to wait 1 time, 70 seconds in all.",
			"kept by some collections and left out by others", "| @gone |  | failed (not_found) |  |  | 0 | 0 | 0 |  |",
		}},
	} {
		got := evidence{receipts: tt.receipts, channels: channels}.methods()
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

// TestMethodsOfImports: nothing false is said of what was imported, or of what no
// receipt tells yet.
func TestMethodsOfImports(t *testing.T) {
	const notKept, kept, mixed, untold = "was not kept", "Personal data of users (ids, names, shared contacts) was kept.",
		"kept by some collections or imports", "no receipt tells of"
	receipt := collector.Receipt{CollectionID: "c1", Reference: "@alpha", ChannelID: 1, Username: "alpha", Source: collector.SourceTelegram,
		State: "done", StartedAt: noon, FinishedAt: noon.Add(time.Minute)}
	personal := receipt
	personal.Personal = true
	for name, tt := range map[string]struct {
		receipts []collector.Receipt
		imported map[string]bool // by text of the message: personal
		running  bool
		want     []string
		not      []string
	}{
		"a personal import": {nil, map[string]bool{"one": true}, false,
			[]string{kept, "There is no receipt", "The data holds 1 message and",
				"On 1 March 2024, files were imported 1 time: they brought 1 row of 1 channel", "these are 1 row from exports of Telegram Desktop.",
				"| 2024-03-01 13:00:00 | 2 | exports of Telegram Desktop | 1 | kept where the files have it |"},
			[]string{notKept, untold}},
		"a private import": {nil, map[string]bool{"one": false}, false, []string{notKept, "| left out |"}, []string{untold}},
		"a private collection and a personal import": {[]collector.Receipt{receipt}, map[string]bool{"one": true}, false,
			[]string{mixed, "through Telegram's API (MTProto), with a personal account.",
				"these are 1 row from Telegram's API (MTProto), with a personal account; 1 row from exports of Telegram Desktop."},
			[]string{notKept, untold}},
		"both kinds of import": {nil, map[string]bool{"one": true, "two": false}, false,
			[]string{mixed, "imported 2 times: they brought 2 rows of 1 channel"}, nil},
		"a collection alone": {[]collector.Receipt{receipt}, nil, false, []string{notKept}, []string{untold, "imported", "By what they"}},
		"a personal one":     {[]collector.Receipt{personal}, nil, false, []string{kept}, []string{untold}},
		"a collection goes on": {[]collector.Receipt{receipt}, nil, true,
			[]string{"The collections and imports that are told of here kept no personal data", "There are rows of 1 that " + untold},
			[]string{notKept}},
		"no receipt yet": {nil, nil, true, []string{untold}, []string{notKept, "and imports that are told of here"}},
	} {
		d, err := dataset.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		w := d.Writer(1)
		put := func(at time.Time) {
			p := collector.Part{ChannelID: 1, Source: collector.SourceTelegram, ObservedAt: at, Range: collector.Range{Lo: 1, Hi: 1},
				Messages: []collector.Message{
					{ChannelID: 1, ID: 1, Kind: collector.KindMessage, Date: noon, Text: "x", Source: collector.SourceTelegram},
				}}
			if err := w.PutPart(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range tt.receipts {
			put(noon)
			if err := w.PutReceipt(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		if tt.running {
			put(noon.Add(time.Hour))
		}
		at := noon
		for text, personal := range tt.imported {
			at = at.Add(time.Hour)
			importText(t, w, text, at, personal)
		}
		got := methodsOf(t, Data{Data: reading.Data{Dataset: d}})
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: there is no %q in\n%s", name, want, got)
			}
		}
		for _, not := range tt.not {
			if strings.Contains(got, not) {
				t.Errorf("%s: there is %q in\n%s", name, not, got)
			}
		}
	}
}

// importText imports a message of channel 2.
func importText(t *testing.T, w *staging.Writer, text string, at time.Time, personal bool) {
	t.Helper()
	s, err := staging.NewStaging(t.TempDir(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Personal = personal
	err = s.Add(t.Context(), collector.Observations{ChannelID: 2, SeenAt: noon, Messages: []collector.Message{
		{ID: int64(len(text)) + int64(text[0]), Kind: collector.KindMessage, Date: noon, Text: text, Source: collector.SourceDesktop},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Import(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func methodsOf(t *testing.T, d Data) string {
	t.Helper()
	channels, err := d.Channels(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	told, err := evidenceOf(t.Context(), d, channels)
	if err != nil {
		t.Fatal(err)
	}
	return told.methods()
}

// TestMethodsOfChange: a bundle during which the data changed says so.
func TestMethodsOfChange(t *testing.T) {
	was := evidence{channels: []catalog.ChannelSummary{{Channel: collector.Channel{ID: 1}, Updated: noon}}}
	more := evidence{channels: []catalog.ChannelSummary{{Channel: collector.Channel{ID: 1}, Updated: noon,
		Count: collector.Count{Messages: 1}}}}
	another := evidence{channels: append(was.channels, catalog.ChannelSummary{})}
	imported := evidence{channels: was.channels, imports: []part.ImportRecord{{}}}
	for _, now := range []evidence{more, another, imported} {
		if !now.differs(was) {
			t.Errorf("%+v is as before", now)
		}
	}
	if was.differs(was) {
		t.Error("what did not change differs")
	}
	for _, changed := range []bool{false, true} {
		if told := strings.Contains(evidence{changed: changed}.methods(), "changed while this bundle was written"); told != changed {
			t.Errorf("changed %v: told %v", changed, told)
		}
	}
}

// TestTablesComplete: every column of every file of rows in the bundle has a meaning.
func TestTablesComplete(t *testing.T) {
	described := map[string]bool{}
	for _, table := range tables() {
		described[table.File] = true
		for _, e := range table.Columns {
			if e.Meaning == "" || strings.HasPrefix(e.Type, "timestamp") != (e.Unit == "UTC, microseconds") {
				t.Errorf("%s: %+v", table.File, e)
			}
		}
	}
	for _, f := range Files() {
		if f.MediaType == parquetType && (!described[f.Name] || f.folder == "") {
			t.Errorf("%s is not in the bundle, or not described", f.Name)
		}
	}
}
