package export

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/dataset/part"
	"telegramtrac/collector/export/sheet"
)

// TestBundleVersion: the bundle says which program wrote it.
func TestBundleVersion(t *testing.T) {
	d := listed(t)
	d.Channel = 1_400_000_001
	files := unzipped(t, write(t, file(t, bundleName), d))
	if want := "The files were written by telegramtrac " + collector.Version() + "."; !strings.Contains(files["methods.md"], want) {
		t.Errorf("methods.md does not say %q:\n%s", want, files["methods.md"])
	}
	var described struct {
		Software struct{ Name, Version string }
	}
	if err := json.Unmarshal([]byte(files["datapackage.json"]), &described); err != nil || described.Software.Name != "telegramtrac" ||
		described.Software.Version != collector.Version() {
		t.Errorf("datapackage.json says %+v, %v", described, err)
	}
}

// TestBundleTimes: its files are of the time of the data: the newest collection's,
// import's or look's; of no data's they are as old as an archive can say.
func TestBundleTimes(t *testing.T) {
	looked := catalog.ChannelSummary{Updated: noon.Add(time.Minute)}
	for name, tt := range map[string]struct {
		of   evidence
		want time.Time
	}{
		"nothing": {evidence{}, sheet.ZipTime},
		"a look":  {evidence{channels: []catalog.ChannelSummary{looked}}, noon.Add(time.Minute)},
		"a collection": {evidence{channels: []catalog.ChannelSummary{looked},
			receipts: []receipt{{FinishedAt: noon.Add(time.Hour + time.Nanosecond)}}}, noon.Add(time.Hour)},
		"an import":    {evidence{imports: []part.ImportRecord{{At: noon}, {At: noon.Add(2 * time.Hour)}}}, noon.Add(2 * time.Hour)},
		"a wrong time": {evidence{receipts: []receipt{{FinishedAt: time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)}}}, sheet.ZipTime},
	} {
		if got := tt.of.newest(); !got.Equal(tt.want) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
	d := listed(t)
	d.Channel = 1_400_000_001
	first := write(t, file(t, bundleName), d)
	r, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		if !f.Modified.Equal(noon) {
			t.Errorf("%s is of %v, want %v", f.Name, f.Modified, noon)
		}
	}
	other := listed(t)
	other.Channel = d.Channel
	if !bytes.Equal(first, write(t, file(t, bundleName), other)) {
		t.Error("equal data in another folder gives another bundle")
	}
}
