package voices

var Port = &Voice{
	headlines: []string{
		"{ship} delayed at {place}", "Berth {1-24}: {ship} alongside", "{cargo} prices at the quay, week {1-52}",
		"Dredging at {place} until {hour}", "Harbour master on {cargo}", "{emoji} {ship} arrives with {cargo}",
	},
	sentences: []string{
		"The {ship} is due at {place} at {hour} with {200-9000} tonnes of {cargo}.",
		"Pilots report {30-900} metres of visibility off {place}.",
		"{person} of the harbour office expects the backlog to clear within {2-9} days.",
		"Crane {1-9} at {place} is out of service, so {cargo} moves by lighter.",
		"Last year the port handled {100-990} thousand tonnes of {cargo}, {1-19} percent more than before.",
		"Lock gates at {place} close between {hour} and {hour}.",
		"The crew of the {ship} has been paid after {3-80} days, says {person}.",
		"Fog signals sound every {20-90} seconds {emoji} off {place}.",
	},
	comments: []string{"Seen from {place}, can confirm {emoji}", "Again {cargo}?", "Who pays for it?",
		"The {ship} has been there since {hour}.", "Thanks!"},
	words: map[string][]string{
		"ship": {"MV Tern of Sable", "Hesper Lind", "Aurelia Dock", "Stella Brine", "Old Kestrel", "Northern Wick", "Isla Verrin",
			"Quiet Margin"},
		"place":  {"Lantern Pier", "the Salt Basin", "Gull Rock", "East Mole", "Cooper's Slip", "the Long Breakwater", "Tarn Lock", "Buoy Nine"},
		"cargo":  {"sea salt", "timber", "oranges", "scrap copper", "dried fish", "cement", "barley", "ferry parts"},
		"person": {"Ilse Morrow", "Tobin Hask", "Renna Ostel", "Davi Calder", "Mirel Quince"},
		"hour":   {"05:40", "07:15", "noon", "14:30", "18:05", "22:50"},
	},
	Tags: []string{"port", "berths", "SaltBasin", "marenna", "cargo_watch"},
	More: []string{"Read more", "the full list of berths", "our report", "details here"},
	Polls: []question{
		{"Should the Salt Basin be dredged before winter?", []string{"Yes", "No", "Only the east side", "Who asks? 🐟"}},
		{"Which pier was built first?", []string{"Lantern Pier", "East Mole", "Cooper's Slip"}},
	},
}

var Weather = &Voice{
	headlines: []string{"{hour} bulletin {emoji}", "Marenna {4-31}°C, {sky}", "Wind warning: {place}", "{emoji}{emoji} Tide table for {place}",
		"Sea state {1-8}"},
	sentences: []string{
		"{place}: wind {direction} {2-38} knots, gusts to {39-70}.",
		"Sky {sky}, {4-31}°C in the city and {2-28}°C on the water.",
		"High water at {hour}, {1-4}.{0-9} m; low water at {hour}.",
		"Swell {1-6}.{0-9} m from the {direction}, easing after {hour}.",
		"Chance of rain {5-95} % between {hour} and {hour} {emoji}.",
		"Barometer {985-1039} hPa and {trend}.",
		"Small craft near {place} should be in by {hour}.",
	},
	comments: []string{"It is {sky} here {emoji}", "You said the opposite at {hour}!", "{4-31} degrees at {place}, really?", "Lovely."},
	words: map[string][]string{
		"place":     {"Lantern Pier", "Gull Rock", "Outer Roads", "Sable Bay", "Cape Merrow", "the Long Breakwater", "Fennel Hill"},
		"direction": {"NW", "NNE", "E", "SSE", "SW", "WSW", "N"},
		"sky":       {"clear", "overcast", "broken cloud", "drizzle", "sea fog", "showers with sun", "thundery"},
		"trend":     {"rising", "falling", "steady", "falling quickly"},
		"hour":      {"00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"},
	},
	Tags: []string{"weather", "tides", "gale", "SableBay"},
	More: []string{"radar picture", "tide tables", "what the colours mean"},
	Polls: []question{{"Was the gale warning of last night useful?", []string{"Yes ⚓️", "Too late", "I slept"}},
		{"What does a falling barometer announce?", []string{"Wind or rain", "Fine weather", "Visitors"}}},
}

var Transit = &Voice{
	headlines: []string{"Line {1-14}: {problem}", "{emoji} Line {1-14} back to normal", "Night service from {stop}", "Works at {stop}",
		"Ferry {ferry}: {problem}"},
	sentences: []string{
		"Trams on line {1-14} turn at {stop} because of {problem}.",
		"Expect {5-45} minutes between {stop} and {stop}.",
		"The {ferry} ferry leaves every {15-60} minutes until {hour}.",
		"Replacement buses stop outside {stop}, bay {1-8}.",
		"Tickets stay valid {emoji} on all lines until {hour}.",
		"Lift {1-6} at {stop} is closed for {2-12} days.",
		"Service resumed at {hour} after {problem}.",
	},
	comments: []string{"Stuck at {stop} for {5-45} minutes.", "Line {1-14} again, of course.", "Bus came at once {emoji}",
		"Is the {ferry} running?"},
	words: map[string][]string{
		"stop":    {"Customs House", "Fennel Hill", "Lantern Pier", "Old Arsenal", "Fishmarket", "Observatory", "Ropewalk", "St Brine's"},
		"problem": {"a fallen wire", "flooded track", "a stalled cart", "signal works", "heavy fog", "a street fair", "a stubborn swan"},
		"ferry":   {"Cape Merrow", "Outer Islands", "Salt Basin"},
		"hour":    {"05:00", "08:20", "13:45", "19:30", "23:55", "01:10"},
	},
	Tags: []string{"line4", "line11", "ferry", "nightbus", "delays"},
	More: []string{"live map", "replacement timetable", "all works this month"},
	Polls: []question{{"Which stop needs a roof most?", []string{"Fishmarket", "Ropewalk", "Observatory", "All of them"}},
		{"How many lines cross at Customs House?", []string{"Five", "Three", "Nine"}}},
}

var Bulletin = &Voice{
	headlines: []string{"What the council did not say about {topic}", "{number} questions on {topic}", "{person}: “{quote}”",
		"Minutes of the {date} session", "{emoji} Join us at {place}"},
	sentences: []string{
		"The council voted {3-12} to {1-9} on {topic} without a hearing.",
		"{person} asked three times who signed the contract for {topic}.",
		"According to the minutes, {2-80} million were moved to {topic}.",
		"We publish the documents in full; names of clerks are left out.",
		"Meet at {place} at {hour}, bring a lantern {emoji}.",
		"“{quote}”, said {person} to our correspondent.",
		"The harbour company has not answered our letter of {date}.",
		"Copies of this bulletin may be passed on freely.",
	},
	comments: []string{"Shame!", "Source?", "“{quote}” {emoji}", "I was at {place}, there were {40-900} of us.", "And {topic}?"},
	words: map[string][]string{
		"topic":  {"the quay lease", "tram fares", "the water tender", "night work at the Salt Basin", "the new sea wall", "the archive fire"},
		"person": {"Oda Verrin", "Councillor Hask", "Milo Tern", "Pavla Reet", "the ombudswoman"},
		"quote": {"Nobody asked the dockers", "We were shown an empty page", "The wall will not hold", "Publish the list",
			"It was signed in the dark"},
		"place":  {"Ropewalk", "Old Arsenal steps", "Fishmarket", "Lantern Pier"},
		"date":   {"3 March", "14 May", "9 September", "21 October"},
		"number": {"Three", "Five", "Seven", "Eleven"},
		"hour":   {"17:00", "18:30", "20:00"},
	},
	Tags: []string{"OpenQuay", "quaylease", "publishTheList", "council"},
	More: []string{"the documents", "earlier part", "sign here", "the minutes"},
	Polls: []question{{"Do you believe the council on the quay lease?", []string{"No", "Not a word", "Yes"}},
		{"In which year was the lease first signed?", []string{"1987", "1999", "2011"}}},
}

var Notes = &Voice{
	headlines: []string{"Note {1-400}: {thing}", "Why {thing} is slow", "{thing} in {10-200} lines", "{emoji} Small fix for {thing}",
		"Reading list, week {1-52}"},
	sentences: []string{
		"Measured {thing} again: {2-90} ms, down from {91-400}.",
		"The trick is to {act} before anything else.",
		"Most of the time went into {thing}, not into the network.",
		"If you {act}, remember the lock.",
		"A reader asks how to {act}; the answer is a queue {emoji}.",
		"Version {0-4}.{0-30}.{0-9} of our tide logger is out.",
	},
	comments: []string{"Works on my buoy {emoji}", "Have you tried to {act}?", "{2-90} ms here.", "+1"},
	words: map[string][]string{
		"thing": {"the tide logger", "a radio gateway", "batch decoding", "the buoy firmware", "a hash join", "our backup script"},
		"act":   {"flush the buffer", "pin the version", "read the log backwards", "count twice", "sort by time"},
	},
	Tags: []string{"notes", "tidelogger", "howto", "C_sharp", "v2"},
	More: []string{"source", "the benchmark", "slides", "changelog"},
	Polls: []question{{"Tabs or spaces on a buoy?", []string{"Tabs", "Spaces", "It has no keyboard"}},
		{"How many bits has a nibble?", []string{"4", "2", "8"}}},
}

var Kitchen = &Voice{
	headlines: []string{"{emoji} {dish} de {place}", "Hoy: {dish}", "Receta nº {1-900}: {dish}", "¿{dish} con {ingredient}?",
		"El mercado de {place}"},
	sentences: []string{
		"Se corta {ingredient} muy fino y se deja {5-60} minutos con sal.",
		"Para {2-8} personas hacen falta {100-900} g de {ingredient}.",
		"El año pasado probamos {dish} en {place}: ¡qué sabor! {emoji}",
		"Añade {ingredient} al final, cuando el fuego esté apagado.",
		"La abuela {person} lo hacía con {ingredient} y sin prisa.",
		"Al horno a {120-240} °C durante {15-90} minutos.",
		"Si no hay {ingredient}, sirve también {ingredient}.",
	},
	comments: []string{"¡Qué hambre! {emoji}", "¿Y sin {ingredient}?", "Lo hice con {ingredient}, riquísimo.",
		"Mi abuela dice que no lleva {ingredient} 😅", "¿A cuántos grados?", "Gracias, {person}.", "👏👏"},
	words: map[string][]string{
		"dish": {"arroz del muelle", "sopa de faro", "empanada de bonito", "caldo de almejas", "pan de niebla", "guiso de lonja",
			"naranjas saladas"},
		"ingredient": {"ajo", "hinojo", "limón", "pimentón", "bonito", "almendra", "cebolla", "perejil", "aceite"},
		"place":      {"Marenna", "la Lonja", "Cabo Merrow", "el Barrio del Faro"},
		"person":     {"Nuria", "Benita", "Leocadia", "Amaranta"},
	},
	Tags: []string{"receta", "sopa", "Marenna", "pescado", "otoño"},
	More: []string{"la receta completa", "fotos del mercado", "lista de la compra"},
	Polls: []question{{"¿Con o sin cebolla?", []string{"Con 🧅", "Sin", "Depende del día"}},
		{"¿A qué temperatura hierve el caldo al nivel del mar?", []string{"100 °C", "80 °C", "120 °C"}}},
}
