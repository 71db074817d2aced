package export

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest"
)

// TestSenderColumns: with personal data, tables say who wrote a message; a person
// without is a number alone.
func TestSenderColumns(t *testing.T) {
	d := listed(t)
	peers := []collector.Peer{
		{Type: collector.PeerUser, ID: 999_999_999_999_999, Title: "=Mara", Username: "mara_quay", LastSeenAt: noon, Raw: "{}"},
		{Type: collector.PeerUser, ID: 4_611_686_018_427_387_904, LastSeenAt: noon, Raw: "{}"}, // a pseudonym
	}
	part := collector.Part{ChannelID: 1_400_000_001, Source: "telegram", ObservedAt: noon, Range: collector.Range{Lo: 4, Hi: 4}, Peers: peers}
	if err := d.Dataset.Writer(2).PutPart(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	_, rows := collectortest.Table(t, write(t, file(t, "messages.csv"), d))
	got := map[string][]string{}
	for _, row := range rows {
		got[row["message_id"]] = []string{row["from_id"], row["from_name"], row["from_username"]}
	}
	want := map[string][]string{"1": {"", "", ""}, "2": {"4611686018427387904", "", ""}, "3": {"999999999999999", "=Mara", "mara_quay"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages.csv (-want +got):\n%s", diff)
	}
	if excel := string(write(t, file(t, "messages_excel.csv"), d)); !strings.Contains(excel, "'=Mara,mara_quay") {
		t.Errorf("messages_excel.csv:\n%s", excel)
	}
	book := openBook(t, write(t, file(t, "messages.xlsx"), d))
	cells, err := book.GetRows("messages")
	if err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(append(cells[0], cells[len(cells)-1]...), "|"); !strings.Contains(all, "from_name|from_username") ||
		!strings.Contains(all, "=Mara|mara_quay") {
		t.Errorf("messages.xlsx: %s", all)
	}
	about, err := book.GetRows("about")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range about {
		if len(row) > 0 && strings.HasPrefix(row[0], "from_") && (len(row) < 2 || row[1] == "") {
			t.Errorf("nothing says what %s means", row[0])
		}
	}
}
