package world

import (
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world/voices"
)

// profile is one row of the table of generated channels.
type profile struct {
	name, second  string // usernames; second may be ""
	title, about  string
	id            int64
	voice         *voices.Voice
	messages      int    // approximate; service messages included
	since         string // day of the first message
	subscribers   int
	always        bool     // also posts at night
	stretches     int      // long runs of missing ids
	forwards      float64  // share of messages forwarded from elsewhere
	copies        float64  // share copied word for word from sources without attribution
	media         float64  // share with a photo, video, file …
	links         float64  // share that mentions or links other channels
	rich          float64  // share of rich messages
	sources       []string // channels that it forwards, mentions and links; earlier ones more often
	authors       []string // signatures
	bot           int64    // the bot that sends some of its messages
	discussion    string   // username of the linked group
	group         bool
	private       bool
	banned        bool
	restricted    string // why it is restricted on one platform
	onlyService   bool
	noForwards    bool
	hiddenSources bool // forwards mostly from users and hidden names
}

// cast lists the generated channels in the order to show them to people: first the city, then
// the quay bulletin and the channels that copy it, the foreign-language desks, and last the
// special cases.
var cast = []profile{
	{name: "marenna_port", title: "Marenna Port News ⚓️", id: 1700000101, voice: voices.Port, messages: 4000, since: "2021-03-02",
		subscribers: 41200, stretches: 1,
		about: "Ships, berths and cargo of a coastal city that does not exist (English, 4,000 messages)", forwards: .06, media: .45, links: .15,
		sources: []string{"vane", "marenna_transit", "gavan_live"}, authors: []string{"I. Morrow", "T. Hask"}},
	{name: "vane", title: "Vane · Weather Desk", id: 1700000102, voice: voices.Weather, messages: 20000, since: "2023-01-05",
		subscribers: 88300, always: true, stretches: 3,
		about: "Weather bulletins round the clock; a four-letter name and the largest channel (English, 20,000 messages)", media: .2, links: .04,
		sources: []string{"marenna_port", "marenna_transit"}},
	{name: "marenna_transit", second: "tramwatch", title: "Marenna Transit", id: 1700000103, voice: voices.Transit, messages: 7000,
		since: "2022-06-01", subscribers: 65900, stretches: 1,
		about: "Trams and ferries; also reached as @tramwatch, some messages sent through a bot (English, 7,000 messages)", forwards: .05,
		media: .12, links: .1, sources: []string{"vane", "marenna_port"}, bot: 6100000001},
	{name: "sal_y_fogon", title: "Sal y Fogón 🧂", id: 1700000104, voice: voices.Kitchen, messages: 1200, since: "2022-02-11",
		subscribers: 15400,
		about:       "Recipes, with comments in the linked group @sal_y_fogon_charla (Spanish, 1,200 messages)", forwards: .03, media: .7,
		links: .12, sources: []string{"marenna_port", "haiwan_bao"}, discussion: "sal_y_fogon_charla"},
	{name: "sal_y_fogon_charla", title: "Charla de Sal y Fogón", id: 1700000105, voice: voices.Kitchen, messages: 900, since: "2022-03-01",
		subscribers: 2310, group: true,
		about: "The discussion group of @sal_y_fogon: automatic forwards and comments (Spanish, some 4,000 messages)"},
	{name: "open_quay", title: "The Open Quay", id: 1700000106, voice: voices.Bulletin, messages: 3500, since: "2021-09-14",
		subscribers: 27800, stretches: 1,
		about: "An opposition bulletin, with signatures and many edits (English, 3,500 messages)", forwards: .2, media: .3, links: .3,
		sources: []string{"marenna_port", "gavan_live", "marenna_transit", "bayt_albahr"}, authors: []string{"Oda", "Milo T.", "the editors"}},
	{name: "quay_echo", title: "Quay Echo 📣", id: 1700000107, voice: voices.Bulletin, messages: 5200, since: "2023-05-20", subscribers: 9100,
		about: "Copies and forwards the bulletin (English, 5,200 messages)", forwards: .62, copies: .16, media: .1, links: .3,
		sources: []string{"open_quay", "quay_mirror", "gavan_live"}},
	{name: "quay_mirror", title: "Mirror of the Quay", id: 1700000108, voice: voices.Bulletin, messages: 2600, since: "2024-01-08",
		subscribers: 5200,
		about:       "Another amplifier, which also forwards the first one (English, 2,600 messages)", forwards: .7, copies: .12, media: .1,
		links: .25, sources: []string{"open_quay", "quay_echo", "marenna_port"}},
	{name: "gavan_live", title: "Гавань Live", id: 1700000109, voice: voices.Russian, messages: 5500, since: "2021-11-01", subscribers: 120400,
		stretches: 2,
		about:     "News of the harbour in Russian (Cyrillic, 5,500 messages)", forwards: .12, media: .4, links: .2,
		sources: []string{"marenna_port", "open_quay", "bayt_albahr"}, authors: []string{"Редакция", "В. Веснина"}},
	{name: "bayt_albahr", title: "بيت البحر", id: 1700000110, voice: voices.Arabic, messages: 3000, since: "2022-04-03", subscribers: 73300,
		stretches: 1,
		about:     "News of the sea in Arabic (right to left, 3,000 messages)", forwards: .14, media: .4, links: .18,
		sources: []string{"gavan_live", "tamar_harbor", "marenna_port"}},
	{name: "haiwan_bao", title: "海湾报", id: 1700000111, voice: voices.Chinese, messages: 1600, since: "2022-08-19", subscribers: 33800,
		about: "The bay's paper in Chinese (Han script, 1,600 messages)", forwards: .1, media: .4, links: .18,
		sources: []string{"marenna_port", "vane", "gavan_live"}},
	{name: "tamar_harbor", title: "נמל תמר", id: 1700000112, voice: voices.Hebrew, messages: 900, since: "2023-02-01", subscribers: 12100,
		about: "A harbour diary in Hebrew (right to left, 900 messages)", forwards: .1, media: .3, links: .18,
		sources: []string{"bayt_albahr", "vane"}},
	{name: "samudra_vani", title: "समुद्र वाणी", id: 1700000113, voice: voices.Hindi, messages: 700, since: "2023-07-07", subscribers: 18600,
		about: "The voice of the sea in Hindi (Devanagari, 700 messages)", forwards: .12, media: .35, links: .18,
		sources: []string{"marenna_port", "haiwan_bao"}},
	{name: "sable_notes", title: "Sable Bay Tech Notes", id: 1700000114, voice: voices.Notes, messages: 400, since: "2023-10-10",
		subscribers: 3400,
		about:       "Technical notes with code and web links (English, 400 messages)", forwards: .05, media: .15, links: .2,
		sources: []string{"vane", "marenna_transit"}},
	{name: "sable_longreads", title: "Sable Bay Long Reads", id: 1700000121, voice: voices.Notes, messages: 60, since: "2026-06-20",
		subscribers: 1900,
		about:       "Rich messages: headings, lists, tables, quotes (English, 60 messages)", links: .2, sources: []string{"sable_notes", "vane"},
		rich: .7},
	{name: "lottery_of_marenna", title: "Marenna Lottery", id: 1700000115, voice: voices.Port, messages: 50, since: "2026-02-01",
		subscribers: 840,
		about:       "Restricted on one platform, forwarding forbidden (English, 50 messages)", forwards: .3, media: .3, links: .3,
		sources: []string{"quay_echo", "sable_notes"}, restricted: "terms", noForwards: true, hiddenSources: true},
	{name: "new_pier_room", title: "New Pier (opening soon)", id: 1700000116, voice: voices.Port, messages: 9, since: "2026-08-01",
		subscribers: 12, onlyService: true,
		about: "Nothing but service messages (9 of them)"},
	{name: "one_bottle", title: "One Bottle", id: 1700000117, voice: voices.Port, messages: 1, since: "2024-12-24", subscribers: 77,
		about: "A single message"},
	{name: "empty_horizon", title: "Empty Horizon", id: 1700000118, voice: voices.Port, since: "2026-01-01", subscribers: 3,
		about: "No message at all"},
	{name: "harbour_council", title: "Harbour Council (internal)", id: 1700000119, voice: voices.Port, messages: 60, since: "2025-01-01",
		subscribers: 14, private: true,
		about: "A private channel: nobody may read it"},
	{name: "sealed_dock", title: "Sealed Dock", id: 1700000120, voice: voices.Port, messages: 60, since: "2025-01-01", subscribers: 5100,
		banned: true,
		about:  "A channel that banned this account"},
}

// outside are channels that messages were forwarded from but that can no longer be read; one
// of them has only a name.
var outside = []tg.Channel{
	{ID: 1699000001, Title: "Outer Islands Radio", Broadcast: true},
	{ID: 1699000002, Title: "Старый Бриз", Broadcast: true},
	{ID: 1699000003, Title: "صوت الموج", Broadcast: true},
	{ID: 1699000004, Title: "Lamplighters", Broadcast: true, Min: true},
}

// unresolvable usernames are mentioned and linked, but have no owner.
var unresolvable = []string{"old_lightkeeper", "fennelhill_news", "quay_leaks_2019", "saltbasin_swaps"}

// sites are other web sites that messages link to.
var sites = []string{"https://port.marenna.example/berths", "https://tides.example.org/sable-bay?units=m",
	"https://www.quaypaper.example/2026/10/lease.html", "http://mirror.example.net/a_(b)/c", "https://пример.example/новости",
	"https://shop.example.com/?ref=tg&utm_source=x"}

var bots = []tg.User{
	{ID: 6100000001, FirstName: "Tide Table", Username: "tidetable_bot", Bot: true, BotInfoVersion: 1},
	{ID: 6100000002, FirstName: "Ferry Polls", Username: "ferrypolls_bot", Bot: true, BotInfoVersion: 3},
}

var people = []tg.User{
	{ID: 5200000001, FirstName: "Lenn", LastName: "Ostrava", Username: "lenn_ostrava"},
	{ID: 5200000002, FirstName: "Nuria", LastName: "Pardal", Username: "nuria_pardal"},
	{ID: 5200000003, FirstName: "Ведерников-Тихий"},
	{ID: 5200000004, FirstName: "Amaranta", LastName: "Vela"},
	{ID: 5200000005, FirstName: "سليم", LastName: "الورد"},
	{ID: 5200000006, FirstName: "白汐"},
	{ID: 5200000007, FirstName: "Lucio", Username: "lucio_lonja"},
	{ID: 5200000008, FirstName: "Benita", LastName: "del Faro"},
	{ID: 5200000009, FirstName: "Tobin", LastName: "Hask", Premium: true},
	{ID: 5200000010, FirstName: "דליה", LastName: "שחף"},
	{ID: 5200000011, Deleted: true},
	{ID: 5200000012, FirstName: "Ruy", LastName: "🐟"},
	{ID: 5200000013, FirstName: "Ilse", Username: "ilse_m"},
	{ID: 5200000014, FirstName: "Renna", LastName: "Ostel", Username: "renna_ostel"},
	{ID: 5200000015, FirstName: "मेघा"},
	{ID: 5200000016, FirstName: "Caspian", LastName: "Wick"},
}

// hidden are the names of people whose forwards do not link to their account.
var hidden = []string{"A Reader", "Анна", "ب. م.", "someone at the quay", "Lamplighter 🕯"}
