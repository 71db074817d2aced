package language

// vocabulary is what one language is known by.
type vocabulary struct {
	code    string // ISO 639-1, or 639-3 where it has none
	script  script
	letters string // that few of its neighbours use
	words   string
}

// common lists, for each language, words that are among its most frequent ones and letters that
// its neighbours do not use. A word may stand under several languages: it counts less then.
// Words are written as tokens gives them: lower case, and without apostrophes.
func common() []vocabulary {
	return []vocabulary{
		{"en", latin, "", `the of and to in a is that for it with as was on are be this by have from or had not but what all were
			when we there can an your which their said if do will each about how up out them then she many some so these would other into has
			more her two like him see could no make than been its who now people my made over did down only way find use may water long you
			they his he i at one our new after just also because any most us says has against where before amid`},
		{"de", latin, "ß", `der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass
			sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde
			wir ich ihr uns unter gegen vom kann schon wenn habe seine ihre dann diese dieser was keine mehr hier jetzt heute`},
		{"fr", latin, "œ", `de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont la mais ou avec son
			ont cette aux comme nous être sa elle fait leur deux même été aussi ses tout bien peut sans ces était je vous on entre après
			leurs très où c d l qu n s j avait contre lors cest dun dune quil selon depuis`},
		{"es", latin, "ñ¿¡", `de la que el en y a los se del las un por con no una su para es al lo como más pero sus le ya o este sí porque
			esta entre cuando muy sin sobre también me hasta hay donde quien desde todo nos durante todos uno les ni contra otros ese eso
			ante ellos e esto mí antes algunos qué unos yo otro otras fue ha son está han ser tiene hoy según tras`},
		{"pt", latin, "ãõ", `de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou
			ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem mesmo aos ter seus quem nas me esse
			eles estão você tinha foram essa num nem suas meu às minha têm numa pelos elas são hoje sobre contra segundo`},
		{"it", latin, "ì", `di e il la che in a per un è non una i si le con del da sono al come dei nel della anche più lo ha alla gli ma
			dal delle o se ci alle questo nella suo sua ed dalla degli essere stato tra sul loro tutti fra quando solo quella fatto dopo
			cosa molto io mi ti lui lei noi voi perché così già ancora chi dove hanno era sulla contro oggi`},
		{"nl", latin, "", `de van het een en in is dat op te zijn met voor niet aan er om ook als dan maar bij nog uit door over naar heeft
			hij ik ze deze wordt werd kan tot je geen zich wel meer hebben of die was worden moet zo zou wij we hun onder had dit tegen
			kunnen veel waar hier nu al na jaar mensen omdat tussen`},
		{"pl", latin, "łąęśźżń", `i w na z do się nie to jest że o jak za po co a od przez dla już tym ale tak oraz czy ma być są było może
			tylko który która które ich jego jej przed także był tego tej ze jeszcze pod bardzo przy lub gdy kiedy we nas mnie bo więc
			gdzie sobie będzie wszystko go mu ten ta te przeciwko dziś roku`},
		{"cs", latin, "řůě", `a v se na je že to s z do o i ve za k od po by pro který jako si jsou ale jeho při byl jsem tak aby jsme které
			která bude jen už nebo podle před až však jak také má co ještě ze což u nás této není být mezi jejich více proti dnes kdy
			protože když roku ten kde může`},
		{"sk", latin, "ľĺŕ", `a v sa na je že to s z do o i vo za k od po by pre ktorý ako si sú ale jeho pri bol som tak aby sme ktoré ktorá
			bude len už alebo podľa pred až však tiež má čo ešte zo u nás nie byť medzi ich viac proti dnes keď pretože kde môže roku bola
			bolo boli`},
		{"hu", latin, "őű", `a az és hogy nem is egy ez van meg csak de már ha el volt még mint azt sem ki be le fel után lesz minden kell
			itt én amely pedig vagy aki nagy mert most ezt lehet ami majd nagyon több első két magyar szerint között alatt ők ő mi így
			úgy olyan akkor ahol során miatt ellen ma`},
		{"ro", latin, "țșă", `și de în a la cu nu pe este că o un din să care mai pentru ce se sunt au fost dar al prin după sau cel am fi
			lui ca ale ai va cea până când doar fără foarte acest această între ar vor ei ea el noi iar despre unui unei cum era si sa
			ni iti deci însă împotriva astăzi`},
		{"sv", latin, "å", `och i att det som en på är av för med den till inte har de om ett han men var jag sig från vi så kan när hon nu
			då eller ut bli vara under sin efter upp hade också mycket skulle bara där få ska över här ska detta inom man alla blir mot
			vid utan dem mer sitt sina idag enligt`},
		{"da", latin, "øæå", `og i at det er en til på de som der af for den med har ikke et var han jeg vi men fra om sig kan så du hun nu
			eller også efter over bliver være ud ham op være havde hvor skal når under blev hvad kun meget mod alle vil deres siger sin
			mig ind hvis disse bare noget dag`},
		{"no", latin, "øæå", `og i at det er en til på de som av for den med har ikke et var han jeg vi men fra om seg kan så du hun nå
			eller også etter over blir være ut opp hadde hvor skal når under ble hva bare mye mot alle vil deres sier sin meg inn hvis
			disse noe mellom ifølge dag`},
		{"fi", latin, "", `ja on ei että oli se hän mutta ovat kuin myös joka niin jos kun sen ole vain olla tai mukaan jo sekä voi mitä
			nyt vielä hänen siitä sitä minä olen tämä tämän sitten kaikki ollut me he te mikä ne sillä koska kanssa jälkeen ennen noin
			yli enemmän hyvin ovat eivät olisi tänään`},
		{"et", latin, "õ", `ja on ei et see oli kui ka aga mis ta ning oma selle nii siis või seda kes mida ma veel olla juba kõik ole pärast
			tema välja enne üle väga nende mitte olid olnud ainult koos teha sest peab saab siin kus vastu täna aasta eesti`},
		{"lv", latin, "ķļņģ", `un ir no ka ar par uz kas bet arī vai to tas tā lai pēc kā nav pie bija jau tikai gan viņš es mēs var ja būs
			līdz tiek kad vēl tam šo šis savu visi pret esam ļoti vairāk latvijas gada kur starp šodien`},
		{"lt", latin, "ėįų", `ir kad yra į su iš bet tai kaip o ne ar už jau dar apie tik po buvo jis nuo prie per jo mes jie taip kai būti
			gali dėl kurie kuris labai iki bus savo visi prieš lietuvos metų pagal tarp kur šiandien`},
		{"tr", latin, "ğı", `ve bir bu da de için ile çok olarak daha olan gibi ne kadar en sonra var ama o ya mi ki değil her oldu olduğu ise
			ben sen biz onun tarafından yeni göre iki kendi şey diye hiç bile veya ancak önce bunu olduğunu etti dedi son karşı bugün
			türkiye yok yıl yeniden nasıl neden bazı`},
		{"az", latin, "əğı", `və bir bu da də üçün ilə çox olan kimi ki daha sonra var amma hər onun deyil olub edir edib isə olaraq yeni görə
			öz qarşı belə etmək heç ya həm qədər biz mən azərbaycan bildirib tərəfindən bugün ildə`},
		{"uz", latin, "", `va bilan uchun bu ham bir esa deb edi bo'lgan boʻlgan bolgan ekan emas uning ular biz men shu har yoki lekin kerak
			haqida qilish kabi keyin eng yangi o'zbekiston oʻzbekiston ozbekiston bo'yicha boyicha yil bugun hamda`},
		{"id", latin, "", `yang dan di ini itu dengan untuk dari dalam tidak akan pada juga ke karena ada oleh saya kami mereka sudah atau
			bisa tersebut telah kita hanya lebih saat adalah para seperti orang dia secara tahun bahwa dapat menjadi belum banyak setelah
			hari masih anda lagi jika`},
		{"vi", latin, "ơưđạảấầẩậắằẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ", `và của là có trong được cho không với các người này một đã những để
			khi từ đến cũng ra như về tại nhiều năm sẽ vào ở theo trên việc còn sau bị phải rất đó nhưng thì mà`},
		{"tl", latin, "", `ang ng sa na mga at ay ito si ni para hindi kay may mula siya nila niya kung pero rin din ko ako kami tayo lang
			naman nang dahil pa wala ka po isang upang bilang ayon`},
		{"hr", latin, "đ", `i je u na da se za su od s koji što kao iz ne će bi o ali do nije po kako sam sa samo ili te više koja koje
			njegov bio bila biti ima prema nakon jer kad ako sve još prije treba smo danas godine protiv između gdje gde`},
		{"sl", latin, "", `in je v na da se za so ki ne pri tudi bi po z pa kot o do iz ali od ni bo sem še med kar že lahko le bil samo kako
			smo ko zelo več proti danes leta ker kaj vse bila`},
		{"sq", latin, "ë", `të e në dhe i për me që një se nga është u ka si do më nuk por kjo ky janë duke ne por edhe ishte këtë kishte vetëm
			pas mund tek ndaj sipas sot ata`},
		{"ca", latin, "", `de la que el i a les en els del per un una amb no és al es dels com més ha per o però aquest aquesta són va ser
			també hi ho seva seu pel quan han entre sense fins molt avui tot`},
		{"eu", latin, "", `eta da ez bat du dira izan zuen egin ere baina hau dute zen horren baino bere beste duen egiten hori ari dela
			behar bai gaur arte`},
		{"sw", latin, "", `ya na wa kwa ni katika za la kuwa cha hii huo hiyo yake wake lakini pia kama watu huu baada hata kutoka sana hivyo
			alisema ambayo ambao kila si leo mwaka bila`},
		{"so", latin, "", `iyo ka oo in ay ku waa la soo ayaa uu kale u lagu isku aan waxaa laakiin sida dadka kala kuwa waxay inuu maanta
			dalka markii`},
		{"ha", latin, "", `da na a ya ta ba shi ce wannan kuma ne cikin za su yi daga wani mai don ake amma ga sai kan lokacin mutane ko`},
		{"af", latin, "", `die en van in is dat nie het te om vir sy met op hy was wat aan as ook word hulle ek kan maar sal uit na deur haar
			een nog moet baie ons daar toe vandag`},

		{"ru", cyrillic, "ыэё", `и в не на что я с он а как это по но они мы все она так его за был от у же из к до вы бы только о для было
			мне при ещё еще ты если уже или когда во со чтобы меня нет его их под где есть кто чем сейчас себя может были после этого также
			который которые тоже более которая лет без быть над будет сегодня россии против через потому`},
		{"uk", cyrillic, "їєґі", `і в не на що я з він а як це по але вони ми все вона так його за був від у же із до ви та для було при ще ти
			якщо вже або коли зі щоб мене немає їх під де є хто чим зараз себе може були після цього також який які яка тому більше років
			без бути над буде сьогодні україни проти через про й`},
		{"be", cyrillic, "ўіыэё", `і ў не на што я з ён а як гэта па але яны мы усе яна так яго за быў ад да вы для было пры яшчэ ты калі ўжо або
			каб мяне няма іх пад дзе ёсць хто цяпер сябе можа былі пасля гэтага таксама які якія якая больш год без быць беларусі супраць`},
		{"bg", cyrillic, "ъ", `и на в да се за от е с не по са че ще като но той до което който бе това след при към които си има може ли или
			още само му един една бъде много те ни вече преди са беше между всички сме срещу днес без през той тя когато защото тази този тези няма така никой`},
		{"sr", cyrillic, "ђћџљњј", `и је у на да се за су од са који што као из не ће би о али до није по како сам само или те више која које
			његов био била бити има према након јер кад ако све још пре треба смо данас године против између где`},
		{"mk", cyrillic, "ѓќѕљњј", `и на во да се за од е со не по ќе што дека тоа како но тој до кој која кои има може или само еден една
			биде многу тие ни веќе пред беше меѓу сите сме против денес без кога бидејќи ги го му`},
		{"kk", cyrillic, "ұқңғәөүһіы", `және бұл мен үшін бір деп да де осы бар сол ол болды туралы кейін қазақстан болып жылы үлкен емес біз
			оның барлық дейін керек көп өз ал`},
		{"ky", cyrillic, "ңөүыэ", `жана бул менен үчүн бир деп да де ошол бар ал болгон болду кийин кыргызстан болуп жылы эмес биз анын бардык
			чейин керек көп өз тууралуу`},
		{"tg", cyrillic, "ҳҷӣӯқғ", `ва дар ба аз ки ин барои бо аст як то он мо шуд кард ҳам буд низ худ мекунад тоҷикистон соли аммо агар`},
		{"uz", cyrillic, "ўқғҳ", `ва билан учун бу ҳам бир эса деб эди бўлган экан эмас унинг улар биз мен шу ҳар ёки лекин керак ҳақида каби
			кейин энг янги ўзбекистон бўйича йил`},
		{"mn", cyrillic, "өүыэ", `нь энэ юм байна бол дээр гэж болон монгол улсын хийх байгаа оны тэр бид гэсэн буюу байсан та нэг хүн үед
			байх дараа`},
		{"tt", cyrillic, "әөүҗңһыэ", `һәм бу белән өчен бер дип да дә шул бар ул булды турында соң татарстан булып елы түгел без аның барлык
			кадәр кирәк күп үз`},

		{"ar", arabic, "ةىأإ", `في من على أن إلى عن التي الذي هذا هذه مع كان لا ما أو كما بعد كل قد لم بين ذلك وقد إن هو هي و قال ثم حتى كانت
			أي منذ عند غير لن نحن أنا يوم خلال ضد اليوم حيث عبر وفي ومن وقال أمام به له لها`},
		{"fa", arabic, "پچژگ", `و در به از که این را با است برای آن یک تا می خود بر هم شد کرد اما شده ما بود نیز کند دارد او هر آنها پس دو بی
			ایران روز همه باید اگر شود کنند امروز علیه نیست گفت های`},
		{"ur", arabic, "ٹڈڑںے", `کے میں کی ہے اور سے کا کو نے پر کہ ہیں اس یہ بھی نہیں تو ہو ایک گیا کر لئے لیے تھا وہ جو ان ہی تک پاکستان بعد
			دی رہے کیا ساتھ`},
		{"ckb", arabic, "ڕڵۆێ", `و لە بە کە بۆ ئەو ئەم لەگەڵ هەر یەک دەکات بوو کرد سەر ناو هەموو کوردستان دوای`},
		{"ps", arabic, "ښځټډړږڼې", `د په او چې له کې ته دی هم يې دا سره یو نه کړي کړ شو خو هغه افغانستان وروسته`},
		{"ug", arabic, "ۇۈېڭۋ", `ۋە بىر بۇ ئۇ ھەم بىلەن ئۈچۈن دەپ بولغان كېيىن`},
		{"sd", arabic, "ٻڄڃڏڙڳ", `جي ۾ ۽ جو کي آهي جا سان ته به هو کان آهن هن`},

		{"hi", devanagari, "", `के में की है और से का को ने पर कि हैं यह इस भी नहीं तो हो एक गया कर लिए था वह जो उन ही तक बाद दिया रहे क्या साथ
			अपने किया हुए अब गई थे`},
		{"mr", devanagari, "ळ", `आणि आहे या च्या मध्ये हे ही तो ते की व आहेत होते केली केले नाही होता मी असे एक झाली झाले त्यांनी त्या साठी पण करण्यात`},
		{"ne", devanagari, "", `को र मा छ लाई हो पनि ले गर्न भएको गरेको छन् यो एक नेपाल थियो तर भन्ने गरी बाट हुन रहेको`},

		{"he", hebrew, "", `של את על לא הוא זה עם גם כי אם היא או יש אני כל מה אבל אין היה לפני אחרי רק`},
		{"yi", hebrew, "ײװױ", `און די דער פון איז אין צו דאס מיט ניט נישט א האט וואס אויף`},
	}
}

// endings of longer words, by language: texts without a common word have some.
func endings() map[string]string {
	return map[string]string{
		"en": "ing tion ness ment able ously ally ight ould ists",
		"de": "ung ungen lich lichen isch ischen keit heit schaft iert ierung stellt",
		"fr": "tion ement aire euse ités ée ées aient eaux elle ique",
		"es": "ción ciones mente dad ando iendo aron ieron ado ada idos ales",
		"pt": "ção ções mente dade ando endo aram eram agem ável ados eiro",
		"it": "zione zioni mente tà ando endo ato ata ati sono etto ità iano",
		"nl": "ing ingen lijk lijke heid eerd isch eren aar ijn",
		"pl": "ość ości anie enie ych ych ego owy owa owych ski ska cje cja ła ły",
		"cs": "ní ých ého ost osti ský ská ování ěl ěla ují ým",
		"sk": "nie ých ého osť osti ský ská ovanie uje ujú ým ených",
		"hu": "ban ben nak nek ság ség ások ott ett ást ésére kban",
		"ro": "ție ții ului ilor rea ată ări ești iei mente ăților",
		"sv": "ningen ningar arna erna ande heten igt iska ades lig",
		"da": "ningen ninger erne ende heden igt iske ede lig",
		"no": "ningen ninger ene ende heten igt iske et lig",
		"fi": "ssa ssä sta stä lla llä inen isen vat vät mista jen iin",
		"tr": "lar ler lar ları leri ında inde iyor ıyor mak mek dır dir acak ecek nın nin",
		"az": "lar lər ları ləri ında ində dir dır maq mək ıb acaq",
		"id": "kan nya annya ikan asi",
		"hr": "nje ije ju ama ima ski ska osti enje anja ala ali",
		"sl": "nje nja ega emu ski ska osti anje ali ih",
		"uz": "lari lar ning dagi ishi gan moqda ga",
		"vi": "ương ường iệt ông iều ước uyển",

		"ru": "ться ение ения ению ание ания ного ский ская ские ого ему ые ый ая ой ать ить ует ает ости ость ция ции ется ешь ите",
		"uk": "ться ння нню ення ання ного ський ська ські ого ий ої ати ити ує ає ості ість ція ції ів ють",
		"be": "цца нне ння аннe нага скі ская скія ага ы ай аць іць ае асці асць цыя цыі аў",
		"bg": "ния ние ята ите ството ският ската ските ост ция ции ата ето ове",
		"sr": "ње ња ије ски ска ске ости ост ција ције ања ама има ло ла",
		"mk": "ње њето ската скиот ските ост ција ции ата ето от",
		"kk": "лар лер дар дер тар тер ның нің дың дің ған ген",
		"ky": "лар лер дар дер нын нин дын дин ган ген уу",

		"ar": "ات ية ون ين",
		"fa": "های ها ند ترین",
		"he": "ים ות",
	}
}
