package page

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"telegramtrac/collector"
)

// sample is a page with what the saved pages lack. The markup is Telegram's, the text is ours.
var sample = samplePage(
	samplePost(1, `<div class="tgme_widget_message_sticker_wrap media_supported_cont"><i class="tgme_widget_message_sticker" data-webp="https://cdn/s.webp"></i></div>`),
	samplePost(2, `<a class="tgme_widget_message_location_wrap" href="https://maps.google.com/maps?q=53.5,-9.25&amp;ll=53.5,-9.25&amp;z=16"><div class="tgme_widget_message_location"></div></a>`),
	samplePost(3, `<a class="tgme_widget_message_venue_wrap" href="https://maps.google.com/maps?q=53.5,9"><div class="tgme_widget_message_location_title">Quay</div><div class="tgme_widget_message_location_address">Pier 4</div></a>`),
	samplePost(4, `<div class="tgme_widget_message_contact_wrap"><div class="tgme_widget_message_contact_name">Mara</div><div class="tgme_widget_message_contact_phone">+1 555</div></div>`),
	samplePost(5, `<a class="tgme_widget_message_roundvideo_player" href="https://t.me/harbour/5"><video src="https://cdn/r.mp4"></video><time class="tgme_widget_message_roundvideo_duration">1:02:03</time></a>`),
	samplePost(6, `<a class="tgme_widget_message_document_wrap" href="https://t.me/harbour/6"><div class="tgme_widget_message_document_icon audio"></div><div class="tgme_widget_message_document"><div class="tgme_widget_message_document_title">Song</div><div class="tgme_widget_message_document_extra">Trio</div></div></a>`),
	samplePost(7, `<div class="tgme_widget_message_text js-message_text">a<br/><tg-spoiler>😀 <b>who</b></tg-spoiler> <pre>x
 y</pre> <a href="tg://user?id=5">Mara</a> <a href="?q=%23tide">#tide</a> <a href="https://t.me/harbour/6?single">see</a></div>`),
	samplePost(8, `<div class="tgme_widget_message_forwarded_from">Forwarded from&nbsp;<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/mara_quay">Mara</a></div><div class="tgme_widget_message_text">hi</div>`),
	samplePost(9, `<a class="tgme_widget_message_reply" href="https://t.me/other_channel/4"></a><div class="tgme_widget_message_text">re</div>`),
	samplePost(10, `<div class="tgme_widget_message_text"></div><a class="tgme_widget_message_location_wrap" href="https://maps.google.com/maps?q=999,9"></a>`),
)

func samplePage(posts ...string) string {
	return `<html><head><link rel="prev" href="/s/harbour?before=1"></head><body><div class="tgme_channel_info"><div class="tgme_channel_info_header_title"><span>Harbour</span></div>
<div class="tgme_channel_info_header_username"><a href="https://t.me/harbour">@harbour</a></div></div><section class="tgme_channel_history">` + strings.Join(posts, "\n") + `</section></body></html>`
}

// samplePost is a block of channel 42, whose data-view is {"c":-42}.
func samplePost(id int, inside string) string {
	n := collector.Reference{ID: int64(id)}.String()
	return `<div class="tgme_widget_message_wrap"><div class="tgme_widget_message" data-post="harbour/` + n +
		`" data-view="eyJjIjotNDJ9"><div class="tgme_widget_message_bubble">` + inside +
		`<span class="tgme_widget_message_meta"><a class="tgme_widget_message_date" href="#"><time datetime="2024-01-01T00:00:00+00:00"></time></a></span></div></div></div>`
}

func TestSample(t *testing.T) {
	p, err := Read([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	doc, f := "MessageMediaDocument", func(x float64) *float64 { return &x }
	base := func(id int64, m collector.Message) collector.Message {
		m.ChannelID, m.ID, m.Kind, m.Date = 42, id, collector.KindMessage, p.Posts[0].date
		return m
	}
	want := []collector.Message{
		base(1, collector.Message{MediaType: doc}),
		base(2, collector.Message{MediaType: "MessageMediaGeo", GeoType: "MessageMediaGeo", Latitude: f(53.5), Longitude: f(-9.25)}),
		base(3, collector.Message{MediaType: "MessageMediaVenue", GeoType: "MessageMediaVenue", Latitude: f(53.5), Longitude: f(9),
			VenueTitle: "Quay", VenueAddress: "Pier 4"}),
		base(4, collector.Message{MediaType: "MessageMediaContact", ContactName: "Mara", ContactPhone: "+1 555"}),
		base(5, collector.Message{MediaType: doc, Duration: f(3723)}),
		base(6, collector.Message{MediaType: doc}),
		base(7, collector.Message{Text: "a\n😀 who x\n y Mara #tide see", Hashtags: []string{"tide"},
			Links: []string{"tg://user?id=5", "https://t.me/harbour/6?single"}, TMeLinks: []collector.TMeLink{{Username: "harbour", MessageID: 6}},
			Entities: []collector.Entity{
				{Type: "MessageEntitySpoiler", Offset: 2, Length: 6}, {Type: "MessageEntityBold", Offset: 5, Length: 3},
				{Type: "MessageEntityPre", Offset: 9, Length: 4},
				{Type: "MessageEntityTextUrl", Offset: 14, Length: 4, URL: "tg://user?id=5"}, {Type: "MessageEntityHashtag", Offset: 19, Length: 5},
				{Type: "MessageEntityTextUrl", Offset: 25, Length: 3, URL: "https://t.me/harbour/6?single"},
			}}),
		base(8, collector.Message{Text: "hi", ForwardFromType: collector.PeerUser, ForwardFromName: "Mara"}),
		base(9, collector.Message{Text: "re"}),
		base(10, collector.Message{MediaType: "MessageMediaGeo", GeoType: "MessageMediaGeo"}),
	}
	var got []collector.Message
	for _, x := range p.Posts {
		rows, err := Reader{Personal: true}.Rows(x)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, rows...)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(collector.Message{}, "Raw")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	private, err := Reader{}.Rows(p.Posts[7])
	if err != nil || private[0].ForwardFromName != "" || strings.Contains(private[0].Raw, "ara") ||
		!strings.Contains(private[0].Raw, `"forwarded_from":{}`) {
		t.Errorf("private forward of a person: %q, raw %s, %v", private[0].ForwardFromName, private[0].Raw, err)
	}
}

// TestEmoji: a picture's character has the joiners that its name has.
func TestEmoji(t *testing.T) {
	for _, tt := range []struct{ name, shown, want string }{
		{"F09FA791E2808DF09F92BB", "🧑💻", "🧑\u200d💻"},
		{"F09FA791E2808DF09F92BB", "🧑\u200d💻", "🧑\u200d💻"},
		{"E29881", "☁\ufe0f", "☁\ufe0f"},
		{"F09FA791E2808DF09F92BB", "🌊", "🌊"},
		{"E2808", "🌊", "🌊"},
		{"E2", "🌊", "🌊"},
	} {
		p, err := Read([]byte(samplePage(samplePost(5,
			`<div class="tgme_widget_message_text"><i class="emoji" style="background-image:url('//telegram.org/img/emoji/40/`+tt.name+`.png')"><b>`+
				tt.shown+`</b></i></div>`))))
		if err != nil || p.Posts[0].text != tt.want {
			t.Errorf("%s, %+q: %+q, %v; want %+q", tt.name, tt.shown, p.Posts[0].text, err, tt.want)
		}
	}
}

// TestPhotoID: a class that is too long for an id is ignored.
func TestPhotoID(t *testing.T) {
	for class, want := range map[string]int64{"5370869711888194012": 5370869711888194012, "9999999999999999999": 0, "12": 0,
		"123456789012": 123456789012} {
		p, err := Read([]byte(samplePage(samplePost(5,
			`<a class="tgme_widget_message_photo_wrap `+class+` x" href="https://t.me/harbour/5"></a>`))))
		if err != nil || p.Posts[0].media[0].photoID != want {
			t.Errorf("class %s: %+v, %v; want %d", class, p.Posts[0].media, err, want)
		}
	}
}

// TestLinks: a link's kind follows from its address, and no address that the text does not show
// is lost.
func TestLinks(t *testing.T) {
	for _, tt := range []struct{ href, shown, kind string }{
		{"?q=%23tide", "#tide", "Hashtag"},
		{"https://t.me/s/harbour?q=%23tide", "#tide", "Hashtag"},
		{"?q=%24TON", "$TON", "Cashtag"},
		{"https://t.me/s/other_channel/12", "#news", "TextUrl"},
		{"https://mail.example/s/x", "$5 off today and more", "TextUrl"},
		{"?q=%24TON", "$TON to the moon", "TextUrl"},
		{"https://search.example/?q=%23tide", "#tide", "TextUrl"},
		{"?q=tide", "#tide", "TextUrl"},
		{"mailto:ann@quay.example", "ann@quay.example", "Email"},
		{"mailto:ann@quay.example", "write to us", "TextUrl"},
		{"tel:+15550100", "+1 (555) 01-00", "Phone"},
		{"tel:+15550100", "call us", "TextUrl"},
		{"tel:", "", ""},
		{"https://t.me/harbour", "@harbour", "Mention"},
		{"https://t.me/s/harbour", "@quay", "TextUrl"},
		{"https://quay.example/", "quay.example", "Url"},
	} {
		p, err := Read([]byte(samplePage(samplePost(5,
			`<div class="tgme_widget_message_text"><a href="`+tt.href+`">`+tt.shown+`</a></div>`))))
		if err != nil {
			t.Fatal(err)
		}
		got, want := p.Posts[0].entities, []collector.Entity{{Type: "MessageEntity" + tt.kind, Length: int32(len(tt.shown))}}
		if tt.kind == "TextUrl" {
			want[0].URL = tt.href
		}
		if tt.kind == "" {
			want = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s shown as %q (-want +got):\n%s", tt.href, tt.shown, diff)
		}
	}
}

// TestWho: the owner of a username is read from its page; if the page does not say, it stays
// unknown.
func TestWho(t *testing.T) {
	for _, tt := range []struct{ extra, action, kind, participants string }{
		{"82 932 subscribers", "View in Telegram", KindChannel, "82932"},
		{"82.9K subscribers", "View in Telegram", KindChannel, "~82900"},
		{"1 subscriber", "View in Telegram", KindChannel, "1"},
		{"no subscribers", "View in Telegram", KindChannel, "0"},
		{"no members", "View in Telegram", infoGroup, "0"},
		{"14 035 members, 5 791 online", "View in Telegram", infoGroup, "14035"},
		{"1.2M members, 5.7K online", "View in Telegram", infoGroup, "~1200000"},
		{"@gif", "Send Message", infoSomebody, "null"},
		{"", "Send Message", infoSomebody, "null"},
		{"12 345 monthly users", "Send Message", infoBot, "null"},
		{"@quay_helper", "Start Bot", infoBot, "null"},
	} {
		i, err := ReadInfo([]byte(`<div class="tgme_page"><div class="tgme_page_title"><span>Quay</span></div><div class="tgme_page_extra">` +
			tt.extra +
			`</div><div class="tgme_page_action"><a href="tg://resolve?domain=quay">` + tt.action + `</a></div></div>`))
		if err != nil || i.kind != tt.kind || told(i.participants) != tt.participants {
			t.Errorf("%q, %q: %q with %s, %v; want %q with %s", tt.extra, tt.action, i.kind, told(i.participants), err, tt.kind, tt.participants)
		}
	}
}

// TestDamaged: what makes a page unreadable is an error, not fewer messages.
func TestDamaged(t *testing.T) {
	good := samplePost(5, `<div class="tgme_widget_message_text">x</div>`)
	for name, post := range map[string]string{
		"no date":       strings.Replace(good, "2024-01-01T00:00:00+00:00", "", 1),
		"no number":     strings.Replace(good, "harbour/5", "harbour/", 1),
		"number zero":   strings.Replace(good, "harbour/5", "harbour/0", 1),
		"huge number":   strings.Replace(good, "harbour/5", "harbour/99999999999", 1),
		"out of order":  samplePost(4, "") + samplePost(3, ""),
		"twice":         samplePost(4, "") + samplePost(4, ""),
		"other channel": samplePost(3, "") + strings.Replace(samplePost(4, ""), "eyJjIjotNDJ9", "eyJjIjotNDN9", 1),
		"album's name": samplePost(40,
			`<a class="tgme_widget_message_photo_wrap" href="https://t.me/harbour/40?single"></a><a class="tgme_widget_message_photo_wrap" href="https://t.me/quay/41?single"></a>`),
		"album's id":  samplePost(40, `<a class="tgme_widget_message_photo_wrap" href="https://t.me/harbour/x?single"></a>`),
		"album below": samplePost(40, `<a class="tgme_widget_message_photo_wrap" href="https://t.me/harbour/3?single"></a>`),
	} {
		if p, err := Read([]byte(samplePage(post))); err == nil {
			t.Errorf("%s: read as %d messages", name, len(p.Posts))
		}
	}
}

func TestParseCount(t *testing.T) {
	for s, want := range map[string]count{
		"0": {0, false}, "942": {942, false}, "1K": {1000, true}, "82.9K": {82_900, true}, "5.81K": {5810, true}, "3.31M": {3_310_000, true},
		"10.0K": {10_000, true}, "1 474 933": {1_474_933, false}, "1\u00a0000": {1000, false},
	} {
		if got, ok := parseCount(s); !ok || got != want {
			t.Errorf("%q: %+v, %v, want %+v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "-1", "1.5", "many", "1,5K", "K", "1.234K", "9999999999999", "1e5"} {
		if got, ok := parseCount(s); ok {
			t.Errorf("%q: read as %+v", s, got)
		}
	}
}

func TestParseSizeAndDuration(t *testing.T) {
	for s, want := range map[string]int64{"12 B": 12, "52.6 KB": 53_862, "6.5 MB": 6_815_744, "1 GB": 1 << 30} {
		if got, rounded, ok := parseSize(s); !ok || got != want || rounded != !strings.HasSuffix(s, " B") {
			t.Errorf("%q: %d, %v, %v, want %d", s, got, rounded, ok, want)
		}
	}
	for _, s := range []string{"", "Trio", "1.5", "MB", "-1 MB", "1 TB"} {
		if got, _, ok := parseSize(s); ok {
			t.Errorf("%q: read as %d", s, got)
		}
	}
	for s, want := range map[string]float64{"0:11": 11, "12:03": 723, "1:02:03": 3723} {
		if got, ok := parseDuration(s); !ok || got != want {
			t.Errorf("%q: %v, %v, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "11", "0:1", "a:bc", ":11"} {
		if got, ok := parseDuration(s); ok {
			t.Errorf("%q: read as %v", s, got)
		}
	}
}

// TestCounters: the page's other counters are stored as written.
func TestCounters(t *testing.T) {
	page := strings.Replace(sample, `<section class="tgme_channel_history">`,
		`<div class="tgme_channel_info"><div class="tgme_channel_info_counter"></div></div><section class="tgme_channel_history">`, 1)
	page = strings.Replace(page, `</div></div><div class="tgme_channel_info">`,
		`</div><div class="tgme_channel_info_counters"><div class="tgme_channel_info_counter"><span class="counter_value">8.1K</span> <span class="counter_type">subscribers</span></div><div class="tgme_channel_info_counter"><span class="counter_value">1.2K</span> <span class="counter_type">photos</span></div></div></div><div class="tgme_channel_info">`, 1)
	p, err := Read([]byte(page))
	if err != nil {
		t.Fatal(err)
	}
	ch, err := p.Channel(42, Info{}, time.Time{})
	if err != nil || !strings.Contains(ch.Raw, `"counters":{"photos":"1.2K","subscribers":"8.1K"}`) || ch.Participants == nil ||
		*ch.Participants != 8100 || !ch.ParticipantsRounded {
		t.Errorf("channel %+v, %v", ch, err)
	}
}
