package handlers_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl"
	"telegramtrac/handlers"
)

// everyConstructor calls f with each constructor of a class of the schema, its texts and
// numbers filled in.
func everyConstructor(t *testing.T, class string, f func(t *testing.T, name string, object bin.Object)) {
	t.Helper()
	make := tg.TypesConstructorMap()
	ids := tg.ClassConstructorsMap()[class]
	if len(ids) < 15 {
		t.Fatalf("the schema has %d constructors of %s", len(ids), class)
	}
	for _, id := range ids {
		object := make[id]()
		v := reflect.ValueOf(object).Elem()
		fillIn(v)
		if o, ok := object.(interface{ SetFlags() }); ok {
			o.SetFlags()
		}
		t.Run(v.Type().Name(), func(t *testing.T) { f(t, v.Type().Name(), object) })
	}
}

func fillIn(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("word")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fillIn(v.Field(i))
			}
		}
	}
}

// classWord matches words of the schema rather than of people.
var classWord = regexp.MustCompile(`[a-z][A-Z]|^$|MessageMedia|MessageAction`)

// Everything that the layer can attach to a message has words on the page, and its values are
// in the row.
func TestEveryMediaHasWords(t *testing.T) {
	t.Parallel()
	everyConstructor(t, tg.MessageMediaClassName, func(t *testing.T, name string, object bin.Object) {
		if name == "MessageMediaEmpty" {
			return
		}
		m, ok := tl.Converter{}.Message(&tg.Message{ID: 1, PeerID: &tg.PeerChannel{ChannelID: 2}, Media: object.(tg.MessageMediaClass)}, nil)
		if !ok || m.MediaType == "" {
			t.Fatalf("row %+v", m)
		}
		words := handlers.MediaWords(&m)
		if m.MediaType == "MessageMediaWebPage" || m.MediaType == "MessageMediaPoll" {
			words = handlers.MediaLabel(m.MediaType) // shown themselves
		}
		if classWord.MatchString(words) ||
			strings.HasPrefix(words, strings.TrimPrefix(m.MediaType, "MessageMedia")) && len(words) > 12 && !strings.Contains(words, " ") {
			t.Errorf("the page says %q of %s", words, m.MediaType)
		}
		if label := handlers.MediaLabel(m.MediaType); classWord.MatchString(label) {
			t.Errorf("the filter says %q of %s", label, m.MediaType)
		}
		holds(t, m, "media", m.MediaType, object)
	})
}

// Everything that can happen to a channel or group in the layer has words.
func TestEveryActionHasWords(t *testing.T) {
	t.Parallel()
	everyConstructor(t, tg.MessageActionClassName, func(t *testing.T, name string, object bin.Object) {
		m, ok := tl.Converter{}.Message(&tg.MessageService{ID: 1, PeerID: &tg.PeerChannel{ChannelID: 2}, Action: object.(tg.MessageActionClass)},
			nil)
		if !ok || m.Action == "" {
			t.Fatalf("row %+v", m)
		}
		words := handlers.ServiceWords(&m)
		if classWord.MatchString(words) || !strings.Contains(words, " ") {
			t.Errorf("the page says %q of %s", words, m.Action)
		}
		holds(t, m, "action", m.Action, object)
	})
}

// holds checks that a row's raw object names the class, and directly contains the values that
// were filled in.
func holds(t *testing.T, m collector.Message, key, class string, object bin.Object) {
	t.Helper()
	_, rest, ok := strings.Cut(m.Raw, `"`+key+`":{"_":"`+class+`"`)
	if !ok {
		t.Fatalf("raw lacks %s: %s", class, m.Raw)
	}
	v := reflect.ValueOf(object).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Type.Kind() == reflect.String && !strings.Contains(rest, `:"word"`) {
			t.Errorf("raw lacks %s", f.Name)
		}
		if k := f.Type.Kind(); (k == reflect.Int || k == reflect.Int64) && !strings.Contains(rest, `:7`) &&
			!strings.Contains(rest, `"1970-01-01T00:00:07+00:00"`) {
			t.Errorf("raw lacks %s", f.Name)
		}
	}
}

// TestWordsOfMedia checks what a line says besides the media's name.
func TestWordsOfMedia(t *testing.T) {
	t.Parallel()
	peer := &tg.PeerChannel{ChannelID: 2}
	text := func(s string) tg.TextWithEntities { return tg.TextWithEntities{Text: s} }
	giveaway := &tg.MessageMediaGiveaway{Channels: []int64{2}, Quantity: 5, UntilDate: 1_711_929_600}
	giveaway.SetPrizeDescription("a lamp")
	todo := &tg.MessageMediaToDo{Todo: tg.TodoList{Title: text("Lamps to mend"),
		List: []tg.TodoItem{{ID: 1, Title: text("north")}, {ID: 2, Title: text("south")}}}}
	todo.SetCompletions([]tg.TodoCompletion{{ID: 2, CompletedBy: &tg.PeerUser{UserID: 5}}})
	for _, tt := range []struct {
		media tg.MessageMediaClass
		want  string
	}{
		{todo, "Checklist · Lamps to mend · north, south ✓"},
		{giveaway, "Giveaway · a lamp · 5 prizes · until 2024-04-01"},
		{&tg.MessageMediaPaidMedia{StarsAmount: 50, ExtendedMedia: []tg.MessageExtendedMediaClass{}}, "Paid media · 50 stars"},
		{&tg.MessageMediaDice{Value: 4, Emoticon: "🎯"}, "Dice · 🎯 4"},
		{&tg.MessageMediaStory{Peer: &tg.PeerChannel{ChannelID: 55}, ID: 9}, "Story · of channel 55"},
		{&tg.MessageMediaVideoStream{Call: &tg.InputGroupCall{ID: 7}}, "Live video"},
		{&tg.MessageMediaUnsupported{}, "Media that this version of Telegram's protocol does not describe"},
	} {
		m, _ := tl.Converter{}.Message(&tg.Message{ID: 1, PeerID: peer, Media: tt.media}, nil)
		if got := handlers.MediaWords(&m); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	for _, tt := range []struct {
		action tg.MessageActionClass
		want   string
	}{
		{&tg.MessageActionChatEditTitle{Title: "Quay"}, "The title was changed: Quay"},
		{&tg.MessageActionPaidMessagesPrice{Stars: 10}, "The price of a message was changed: 10 stars"},
		{&tg.MessageActionTodoAppendTasks{List: []tg.TodoItem{{ID: 1, Title: text("north")}}}, "Points were added to a checklist: north"},
		{&tg.MessageActionNoForwardsToggle{NewValue: true}, "Forwarding and saving were switched on or off: off now"},
		{&tg.MessageActionBoostApply{Boosts: 1}, "The channel was boosted: 1 boost"},
		{&tg.MessageActionPinMessage{}, "A message was pinned"},
	} {
		m, _ := tl.Converter{}.Message(&tg.MessageService{ID: 1, PeerID: peer, Action: tt.action}, nil)
		if got := handlers.ServiceWords(&m); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
