package search

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"telegramtrac/collector"
)

func message(text string) *collector.Message {
	return &collector.Message{ChannelID: 7, ID: 1, Kind: collector.KindMessage, Text: text}
}

func parsed(t testing.TB, text string) Query {
	t.Helper()
	q, mistakes := Parse(text)
	if len(mistakes) > 0 {
		t.Fatalf("%q: %v", text, mistakes)
	}
	return q
}

func TestWords(t *testing.T) {
	for _, tt := range []struct{ query, text string }{
		{"ferry", "The FERRY, at nine"},
		{"ferry bread", "bread on the ferry"},
		{`"leaves at nine"`, "It leaves\nat – nine!"},
		{"cafe", "Café"}, {"café", "CAFE"}, {"cafe", "cafe\u0301"},
		{"елка", "Ёлка"}, {"ёлка", "елка"}, {"мой", "МОЙ"}, {"мой", "мои\u0306"}, {"їх", "і\u0308х"}, {"сорок", "со́рок"},
		{"strasse", "Straße"}, {"STRAẞE", "strasse"}, {"uber", "über"}, {"blod", "blød"}, {"istanbul", "İstanbul"},
		{"احمد", "أحمد"}, {"مدرسه", "مدرسة"}, {"على", "علي"}, {"سلام", "ســلام"}, {"محمد", "مُحَمَّد"}, {"کتاب", "كتاب"},
		{"123", "١٢٣"}, {"123", "۱۲۳"}, {"abc", "ＡＢＣ"}, {"ガ", "ｶﾞ"}, {"fi", "ﬁ"}, {"abc", "𝐀𝐛𝐜"},
		{"渡し", "この渡し船は"}, {"เรือ", "ขึ้นเรือข้ามฟาก"}, {`"渡し 船"`, "渡し船"}, {"서울*", "서울에서"},
		{"tend*", "tendency"}, {"*land", "Holland"}, {"*art*", "parting"},
		{"o'clock", "nine o’clock"}, {"🔥", "wow🔥wow"}, {"C++", "use c++!"}, {"example.org", "see https://EXAMPLE.org/x"},
		{"ferry OR boat", "a boat"}, {"-boat", "a ferry"}, {"-(a b)", "a c"},
		{"/ferr(y|ies)/", "FERRIES"}, {"/^a.b$/", "a-b"}, {"faehre OR fahre", "Fähre"},
		{"ελλας", "ΕΛΛΆΣ"}, {"שלום", "שָׁלוֹם"}, {"میخواهم", "می\u200cخواهم"}, {"", "anything"},
		{"lang:ru", "Порт закрыли сегодня утром, и никто не знает почему"},
		{"LANG:De -lang:en", "Der Hafen ist heute nicht offen und wir warten"},
		{"lang:none", "OK"},
	} {
		if !parsed(t, tt.query).Matcher(nil).Match(message(tt.text)) {
			t.Errorf("%s is not found in %q", tt.query, tt.text)
		}
	}
	for _, tt := range []struct{ query, text string }{
		{"ferry", "ferryman"}, {"man", "ferryman"}, {"мои", "мой"}, {"tend*", "attend"}, {"*land", "landing"},
		{`"at nine"`, "nine at"}, {`"at nine"`, "at about nine"}, {"ferry boat", "ferry"}, {"-boat", "boat"},
		{"brand tm", "brand™"}, {"12", "²1"}, {"/(?-i)a/", "A"}, {"서울", "서울에서"}, {"a_b", "a b"},
	} {
		if parsed(t, tt.query).Matcher(nil).Match(message(tt.text)) {
			t.Errorf("%s is found in %q", tt.query, tt.text)
		}
	}
}

func number(n int64) *int64 { return &n }

func TestFields(t *testing.T) {
	at := time.Date(2024, 3, 31, 23, 59, 59, 0, time.UTC)
	yes := false
	m := &collector.Message{
		ChannelID: 7, ID: 5, Kind: collector.KindService, Date: at, EditDate: &at, EditHidden: &yes, GoneAt: &at,
		PostAuthor: "Zoë Smith", FromType: collector.PeerUser, FromID: 9, Views: number(1000), Replies: number(1), ReactionsTotal: number(3),
		ForwardFromType: collector.PeerChannel, ForwardFromID: 8, ForwardFromName: "The Source", Mentions: []string{"Durov"},
		Hashtags: []string{"Ferry"}, Links: []string{"https://news.bbc.co.uk/a?B=c"}, Domain: "example.org", URL: "https://example.org/x",
		MediaType: "MessageMediaDocument", MIMEType: "video/mp4", PollID: 1, GeoType: "MessageMediaGeo", Pinned: true, AlbumID: 3,
		ReplyToMessageID: 2, ThreadMessageID: 4,
	}
	known := Known(func(do func(Who, ...string)) {
		do(Who{collector.PeerChannel, 7}, "harbour", "port", "Ports and harbours")
		do(Who{collector.PeerChannel, 9}, "nine")
		do(Who{collector.PeerUser, 9}, "", "Anna")
		do(Who{collector.PeerChannel, 8}, "source")
	})
	for _, q := range []string{
		"channel:harbour", "channel:@PORT", "channel:t.me/port", `channel:"ports and Harbours"`, "channel:7", "channel:-1000000000007",
		"channel:har*", "from:anna", "from:9", `from:"zoe smith"`, "forward:source", `forward:"the source"`, "forward:8", "forward:the*",
		"mentions:durov", "mentions:@Dur*", "domain:bbc.co.uk", "domain:example.org", "domain:news.*",
		"domain:www.BBC.co.uk", "domain:https://www.example.org/page?a=b", "domain:bbc.co.uk:443", "link:a?b=C", "link:example.org/x",
		"hashtag:#ferry", "media:video", "media:file", "media:any", "media:MessageMediaDocument", "has:link has:media has:poll has:reply",
		"has:comments has:geo", "is:forward is:edited is:gone is:pinned is:service is:album is:comment", "views:1000", "views:>999",
		"views:>=1000", "views:<1001", "views:<=1000", "views:..1000", "views:1000..", "-forwards:>0", "-forwards:..5", "replies:1",
		"reactions:2..3", "date:2024", "date:2024-03", "date:2024-03-31", "date:2024-03..2024-05", "date:<2024-04", "date:>=2024-03-31",
		"date:>2024-02",
	} {
		if !parsed(t, q).Matcher(known).Match(m) {
			t.Errorf("%s does not hold", q)
		}
	}
	for _, q := range []string{
		"channel:nine", "channel:Ports", "from:nine", "forward:harbour", "mentions:dur", "domain:co", "domain:bbc.co", "link:nowhere",
		"hashtag:fer", "media:photo", "media:none", "media:audio", "views:>1000",
		"views:<1000", "date:>2024", "date:2024-04..", "date:<2024-03-31",
		"forwards:0",
	} {
		if parsed(t, q).Matcher(known).Match(m) {
			t.Errorf("%s holds", q)
		}
	}
}

func TestHistory(t *testing.T) {
	m := message("now")
	for query, want := range map[string]bool{
		"then": false, "then in:history": true, "now then in:history": true, "-then in:history": false, "-then": true, "/th.n/ in:history": true,
	} {
		if got := parsed(t, query).Matcher(nil).Match(m, "then", "before"); got != want {
			t.Errorf("%s: %t", query, got)
		}
	}
}

func TestMarks(t *testing.T) {
	for _, tt := range []struct {
		query, text string
		want        []string
	}{
		{"ferry", "The ferry, the FERRY, no ferryman", []string{"ferry", "FERRY"}},
		{"ferr* -boat", "Ferryman boat", []string{"Ferryman"}[:0:0]},
		{`"at nine" 渡し`, "渡し船 At – nine", []string{"渡し", "At – nine"}},
		{"cafe", "un cafe\u0301 là", []string{"cafe\u0301"}},
		{"*s*", "Straße", []string{"S", "ß"}},
		{"/f.rry/", "é ferry", []string{"ferry"}},
		{"👩 OR x", "a 👩‍👩 x", []string{"👩‍👩", "x"}},
		{"", "nothing", nil},
	} {
		var got []string
		letters := []rune(tt.text)
		for _, s := range parsed(t, tt.query).Matcher(nil).Marks(tt.text) {
			got = append(got, string(letters[s.From:s.To]))
		}
		if tt.query == "ferr* -boat" {
			tt.want = []string{"Ferr"}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s in %q: %s", tt.query, tt.text, diff)
		}
	}
}

// TestFoldingIsWhole: what the table has no runs of is folded to itself, and what is folded stays
// as it is when it is folded again.
func TestFoldingIsWhole(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		if !utf8.ValidRune(r) || r == 0x306 || r == 0x308 {
			continue
		}
		once := Fold(string(r))
		if want := string(foldSlowly(r)); once != want {
			t.Errorf("%U is folded to %q, want %q", r, once, want)
		}
		if twice := Fold(once); twice != once {
			t.Errorf("%U is folded to %q, and that to %q", r, once, twice)
		}
	}
}

// TestEightAtOnce: whole runs of ASCII are folded as letter by letter.
func TestEightAtOnce(t *testing.T) {
	var text, want []byte
	for c := range byte(utf8.RuneSelf) {
		text = append(text, c, 'Z', '[', '@', 'A', 'z', '{', '`', 'a')
	}
	for _, c := range text {
		want = append(want, []byte(string(unicode.ToLower(rune(c))))...)
	}
	for from := range 9 {
		if got := AppendFolded([]byte("x"), text[from:]); string(got) != "x"+string(want[from:]) {
			t.Errorf("from %d: %q", from, got)
		}
	}
}

// FuzzMarks: a word that is found is marked, and what is marked is in the text.
func FuzzMarks(f *testing.F) {
	f.Add("Straße", "*ß*")
	f.Add("й и\u0306", "й")
	f.Fuzz(func(t *testing.T, text, typed string) {
		text = strings.ToValidUTF8(text, "\ufffd")
		q, mistakes := Parse(typed)
		if tree := q.Tree(); len(mistakes) > 0 || tree.Op != Leaf || tree.Term.Field != WordsKind {
			return
		}
		m := q.Matcher(nil)
		marks := m.Marks(text)
		if found := m.Match(message(text)); found != (len(marks) > 0) {
			t.Errorf("found: %t, marks: %v", found, marks)
		}
		n := utf8.RuneCountInString(text)
		if !slices.IsSortedFunc(marks, func(a, b Span) int { return a.From - b.To }) || len(marks) > 0 && marks[len(marks)-1].To > n {
			t.Errorf("marks %v of %d runes", marks, n)
		}
	})
}
