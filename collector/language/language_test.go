package language

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// sentences are what somebody might post, one a language.
func sentences() map[string]string {
	return map[string]string{
		"en": "The port was closed this morning, and nobody knows when it will be opened again.",
		"de": "Der Hafen wurde heute Morgen geschlossen, und niemand weiß, wann er wieder geöffnet wird.",
		"fr": "Le port a été fermé ce matin et personne ne sait quand il sera rouvert.",
		"es": "El puerto fue cerrado esta mañana y nadie sabe cuándo se abrirá de nuevo.",
		"pt": "O porto foi fechado esta manhã e ninguém sabe quando será reaberto, mas não há feridos.",
		"it": "Il porto è stato chiuso questa mattina e nessuno sa quando sarà riaperto.",
		"nl": "De haven werd vanochtend gesloten en niemand weet wanneer hij weer open gaat.",
		"pl": "Port został dziś rano zamknięty i nikt nie wie, kiedy zostanie ponownie otwarty.",
		"cs": "Přístav byl dnes ráno uzavřen a nikdo neví, kdy bude znovu otevřen.",
		"sk": "Prístav bol dnes ráno zatvorený a nikto nevie, kedy bude opäť otvorený, pretože ľudia čakajú.",
		"hu": "A kikötőt ma reggel lezárták, és senki sem tudja, hogy mikor nyitják meg újra.",
		"ro": "Portul a fost închis în această dimineață și nimeni nu știe când va fi redeschis.",
		"sv": "Hamnen stängdes i morse och ingen vet när den ska öppnas igen.",
		"da": "Havnen blev lukket i morges, og ingen ved, hvornår den bliver åbnet igen.",
		"no": "Havnen ble stengt i morges, og ingen vet når den blir åpnet igjen av noe slag.",
		"fi": "Satama suljettiin tänä aamuna, eikä kukaan tiedä, milloin se avataan, mutta laivat ovat jo matkalla.",
		"et": "Sadam suleti täna hommikul ja keegi ei tea, millal see uuesti avatakse, aga laevad on juba teel.",
		"lv": "Osta šorīt tika slēgta, un neviens nezina, kad tā atkal tiks atvērta.",
		"lt": "Uostas šį rytą buvo uždarytas ir niekas nežino, kada jis bus vėl atidarytas.",
		"tr": "Liman bu sabah kapatıldı ve ne zaman yeniden açılacağını kimse bilmiyor.",
		"az": "Liman bu səhər bağlandı və onun nə vaxt yenidən açılacağını heç kim bilmir.",
		"uz": "Port bugun ertalab yopildi va u qachon qayta ochilishi haqida hech kim bilmaydi, lekin bu kerak.",
		"id": "Pelabuhan ditutup pagi ini dan tidak ada yang tahu kapan akan dibuka lagi.",
		"vi": "Cảng đã bị đóng cửa sáng nay và không ai biết khi nào nó sẽ được mở lại.",
		"tl": "Isinara ang daungan kaninang umaga at hindi alam ng mga tao kung kailan ito bubuksan muli.",
		"hr": "Luka je jutros zatvorena i nitko ne zna kada će se ponovno otvoriti.",
		"sl": "Pristanišče je bilo danes zjutraj zaprto in nihče ne ve, kdaj bo spet odprto.",
		"sq": "Porti u mbyll sot në mëngjes dhe askush nuk e di se kur do të hapet përsëri.",
		"ca": "El port s'ha tancat aquest matí i ningú no sap quan es tornarà a obrir, però també hi ha més vaixells.",
		"eu": "Portua gaur goizean itxi dute eta inork ez daki noiz irekiko duten berriro, baina hori egin behar da.",
		"sw": "Bandari ilifungwa asubuhi hii na hakuna anayejua ni lini itafunguliwa tena kwa ajili ya watu.",
		"so": "Dekedda ayaa saaka la xiray oo cidna ma oga goorta dib loo furi doono, laakiin waxaa la sugayaa in ay furanto.",
		"ha": "An rufe tashar jiragen ruwa da safiyar yau kuma ba wanda ya san lokacin da za a sake bude ta.",
		"af": "Die hawe is vanoggend gesluit en niemand weet wanneer dit weer sal oopmaak nie, maar hulle wag daar.",

		"ru": "Порт закрыли сегодня утром, и никто не знает, когда его снова откроют.",
		"uk": "Порт закрили сьогодні вранці, і ніхто не знає, коли його знову відкриють.",
		"be": "Порт закрылі сёння раніцай, і ніхто не ведае, калі яго зноў адкрыюць.",
		"bg": "Пристанището беше затворено тази сутрин и никой не знае кога ще бъде отворено отново.",
		"sr": "Лука је јутрос затворена и нико не зна када ће се поново отворити.",
		"mk": "Пристаништето беше затворено утрово и никој не знае кога ќе биде отворено повторно.",
		"kk": "Порт бүгін таңертең жабылды және оның қашан ашылатынын ешкім білмейді.",
		"ky": "Порт бүгүн эртең менен жабылды жана анын качан ачылаарын эч ким билбейт.",
		"tg": "Бандар имрӯз субҳ баста шуд ва ҳеҷ кас намедонад, ки он кай аз нав кушода мешавад.",
		"mn": "Боомтыг өнөөдөр өглөө хаасан бөгөөд хэзээ дахин нээх нь тодорхойгүй байна.",
		"tt": "Порт бүген иртән ябылды һәм аның кайчан ачылачагын беркем дә белми.",

		"ar":  "تم إغلاق الميناء هذا الصباح ولا أحد يعرف متى سيتم فتحه من جديد.",
		"fa":  "بندر امروز صبح بسته شد و هیچ کس نمی داند که چه زمانی دوباره باز می شود.",
		"ur":  "بندرگاہ آج صبح بند کر دی گئی اور کوئی نہیں جانتا کہ یہ دوبارہ کب کھلے گی۔",
		"ckb": "بەندەرەکە ئەم بەیانییە داخرا و کەس نازانێت کەی دووبارە دەکرێتەوە، بەڵام ئەو لە چاوەڕوانیدایە.",
		"ps":  "بندر نن سهار وتړل شو او هیڅوک نه پوهیږي چې بیا به کله پرانیستل شي.",
		"ug":  "پورت بۈگۈن ئەتىگەن تاقالدى ۋە ئۇنىڭ قاچان ئېچىلىدىغانلىقىنى ھېچكىم بىلمەيدۇ.",

		"hi": "बंदरगाह आज सुबह बंद कर दिया गया और कोई नहीं जानता कि यह फिर कब खुलेगा।",
		"mr": "बंदर आज सकाळी बंद करण्यात आले आणि ते पुन्हा कधी उघडेल हे कोणालाही माहीत नाही.",
		"ne": "बन्दरगाह आज बिहान बन्द गरियो र यो फेरि कहिले खुल्छ भन्ने कसैलाई थाहा छैन, तर यो गर्न भएको छ।",
		"he": "הנמל נסגר הבוקר ואף אחד לא יודע מתי הוא ייפתח שוב, אבל זה לא כל מה שיש.",
		"yi": "דער פּאָרט איז הײַנט פֿאַרמאַכט געוואָרן און קיינער ווייסט נישט ווען.",

		"zh": "港口今天早上关闭了，没有人知道什么时候会重新开放。",
		"ja": "港は今朝閉鎖され、いつ再開されるかは誰にもわからない。",
		"ko": "항구는 오늘 아침 폐쇄되었으며 언제 다시 열릴지 아무도 모릅니다.",
		"th": "ท่าเรือถูกปิดเมื่อเช้านี้และไม่มีใครรู้ว่าจะเปิดอีกเมื่อใด",
		"el": "Το λιμάνι έκλεισε σήμερα το πρωί και κανείς δεν ξέρει πότε θα ανοίξει ξανά.",
		"hy": "Նավահանգիստը փակվել է այսօր առավոտյան։",
		"ka": "პორტი დღეს დილით დაიხურა და არავინ იცის როდის გაიხსნება.",
		"bn": "বন্দরটি আজ সকালে বন্ধ করে দেওয়া হয়েছে।",
		"ta": "துறைமுகம் இன்று காலை மூடப்பட்டது.",
		"te": "ఓడరేవు ఈ ఉదయం మూసివేయబడింది.",
		"kn": "ಬಂದರನ್ನು ಇಂದು ಬೆಳಿಗ್ಗೆ ಮುಚ್ಚಲಾಯಿತು.",
		"ml": "തുറമുഖം ഇന്ന് രാവിലെ അടച്ചു.",
		"gu": "બંદર આજે સવારે બંધ કરવામાં આવ્યું.",
		"pa": "ਬੰਦਰਗਾਹ ਅੱਜ ਸਵੇਰੇ ਬੰਦ ਕਰ ਦਿੱਤੀ ਗਈ।",
		"or": "ବନ୍ଦର ଆଜି ସକାଳେ ବନ୍ଦ ହୋଇଗଲା।",
		"si": "වරාය අද උදෑසන වසා දමන ලදී.",
		"km": "កំពង់ផែត្រូវបានបិទនៅព្រឹកនេះ។",
		"lo": "ທ່າເຮືອຖືກປິດໃນເຊົ້ານີ້",
		"my": "ဆိပ်ကမ်းကို ယနေ့နံနက် ပိတ်ခဲ့သည်။",
		"am": "ወደቡ ዛሬ ጠዋት ተዘግቷል።",
		"dv": "ބަނދަރު މިއަދު ހެނދުނު ބަންދުކުރެވުނެވެ.",
		"bo": "གྲུ་ཁ་དེ་རིང་ཞོགས་པ་བཀག་པ་རེད།",
	}
}

func TestOf(t *testing.T) {
	for want, text := range sentences() {
		for name, text := range map[string]string{
			"as it is": text, "in capitals": strings.ToUpper(text),
			"between links": "https://example.org/the/of/and @the_news #und " + text + " t.me/s/der_die_das",
		} {
			if got := Of(text); got != want || !Told(want) {
				t.Errorf("%s, %s: got %q; told: %v", want, name, got, Told(want))
			}
		}
	}
}

// TestOfNothing: of what is no text of a language, none is told.
func TestOfNothing(t *testing.T) {
	for _, text := range []string{
		"", " ", "😀😀😀", "123 456", "https://example.org/the/of/and/that", "@the_and #of #that", "OK", "Reuters", "BREAKING",
		"Marenna Port Vane Harbour", "\xff\xfe\xfa", "a", "а", "Lorem ipsum", "ᚠᚢᚦᚨᚱᚲ ᚷᚹᚺᚾᛁᛃ", "🇺🇦 12:30",
		strings.Repeat("qwrt zxcv bnmp ", 50),
	} {
		if got := Of(text); got != "" {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

// TestOfMixed: what most of it is written in counts.
func TestOfMixed(t *testing.T) {
	s := sentences()
	for _, c := range []struct{ text, want string }{
		{s["ru"] + " " + s["ru"] + " Reuters: The port was closed", "ru"},
		{s["ja"] + "（ロイター）", "ja"},
		{"🔴 LIVE " + s["uk"], "uk"},
		{s["zh"] + " COVID-19 WHO", "zh"},
	} {
		if got := Of(c.text); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

// TestVocabularies: a language is known by enough, and no more of a script than a set holds.
func TestVocabularies(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range common() {
		if key := v.code + string(rune('0'+v.script)); seen[key] {
			t.Errorf("%s is there twice", v.code)
		} else {
			seen[key] = true
		}
		if n := len(strings.Fields(v.words)); n < 10 {
			t.Errorf("%s has %d words", v.code, n)
		}
	}
	for s, codes := range known().codes {
		if len(codes) > 64 {
			t.Errorf("script %d has %d languages: a set holds 64", s, len(codes))
		}
	}
	for s := hangul; s < scripts; s++ {
		if s.code() == "" {
			t.Errorf("script %d has no language", s)
		}
	}
}

func FuzzOf(f *testing.F) {
	for _, text := range sentences() {
		f.Add(text)
	}
	f.Add("h@t.me/\u0300\u0640क्")
	f.Fuzz(func(t *testing.T, text string) {
		got := Of(text)
		if got != Of(text) || len(got) > 3 || !utf8.ValidString(got) {
			t.Errorf("%q: %q", text, got)
		}
	})
}

func TestOfAllocatesNothing(t *testing.T) {
	text := strings.Repeat(sentences()["ru"]+" "+sentences()["en"], 10)
	Of(text)
	if got := testing.AllocsPerRun(100, func() { Of(text) }); got > 0 {
		t.Errorf("%v allocations", got)
	}
}

func BenchmarkOf(b *testing.B) {
	for _, code := range []string{"en", "ru", "ar", "zh"} {
		text := strings.Repeat(sentences()[code]+" ", 4)
		b.Run(code, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				Of(text)
			}
		})
	}
}
