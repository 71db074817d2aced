package world

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// model is the simplest implementation of a Log.
type model []tg.NotEmptyMessage

func (m model) search(id int) int {
	for i := range m {
		if m[i].GetID() >= id {
			return i
		}
	}
	return len(m)
}

func (m model) searchDate(unix int) int {
	for i := range m {
		if m[i].GetDate() >= unix {
			return i
		}
	}
	return len(m)
}

func (m model) find(id int) (int, bool) {
	i := m.search(id)
	return i, i < len(m) && m[i].GetID() == id
}

func message(id, date int, text string) *tg.Message {
	m := &tg.Message{ID: id, Date: date, Message: text, PeerID: &tg.PeerChannel{ChannelID: 7}, Post: true}
	m.SetViews(id * 3)
	return m
}

func encoded(t *testing.T, m bin.Encoder) []byte {
	t.Helper()
	var b bin.Buffer
	if err := m.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Buf
}

// check compares all answers of a log with the model.
func check(t *testing.T, l *Log, want model) {
	t.Helper()
	if got, want := l.Len(), len(want); got != want {
		t.Fatalf("Len() = %d, want %d", got, want)
	}
	top, last := 0, 100
	for i, m := range want {
		if l.ID(i) != m.GetID() || l.Date(i) != m.GetDate() {
			t.Fatalf("position %d: id %d date %d, want %d %d", i, l.ID(i), l.Date(i), m.GetID(), m.GetDate())
		}
		if got, want := l.AppendBytes([]byte("x"), i), append([]byte("x"), encoded(t, m)...); !slices.Equal(got, want) {
			t.Fatalf("AppendBytes(%d) = %x, want %x", i, got, want)
		}
		got, err := l.Message(i)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m.(tg.MessageClass), got); diff != "" {
			t.Fatalf("Message(%d): %s", i, diff)
		}
		top, last = m.GetID(), m.GetDate()
	}
	if got := l.Top(); got != top {
		t.Fatalf("Top() = %d, want %d", got, top)
	}
	for id := -1; id < top+3; id++ {
		if got, want := l.Search(id), want.search(id); got != want {
			t.Fatalf("Search(%d) = %d, want %d", id, got, want)
		}
	}
	for date := 98; date < last+3; date++ {
		if got, want := l.SearchDate(date), want.searchDate(date); got != want {
			t.Fatalf("SearchDate(%d) = %d, want %d", date, got, want)
		}
	}
}

func TestLogAgainstModel(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			l, want := &Log{}, model{}
			for step := range 120 {
				want = change(t, r, l, want, step)
			}
			check(t, l, want)
		})
	}
}

// change does one random operation on the log and the model, sometimes one without effect.
func change(t *testing.T, r *rand.Rand, l *Log, want model, step int) model {
	t.Helper()
	id := r.IntN(300)
	i, found := want.find(id)
	switch r.IntN(5) {
	case 0:
		if got := l.Delete(id); got != found {
			t.Fatalf("Delete(%d) = %t, want %t", id, got, found)
		}
		if found {
			want = slices.Delete(want, i, i+1)
		}
	case 1:
		date := 100
		if found {
			date = want[i].GetDate()
		}
		edited := message(id, date, strings.Repeat("e", r.IntN(300)))
		if err := l.Edit(edited); (err == nil) != found {
			t.Fatalf("Edit(%d): %v, want found %t", id, err, found)
		}
		if found {
			want[i] = edited
		}
	default:
		id, date := 1, 100
		if n := len(want); n > 0 {
			id, date = want[n-1].GetID()+1+r.IntN(4), want[n-1].GetDate()+r.IntN(3)
		}
		var m tg.NotEmptyMessage = message(id, date, fmt.Sprint("text ", step))
		if r.IntN(4) == 0 {
			m = &tg.MessageService{ID: id, Date: date, PeerID: &tg.PeerChannel{ChannelID: 7}, Action: &tg.MessageActionPinMessage{}}
		}
		if err := l.Append(m.(tg.MessageClass)); err != nil {
			t.Fatal(err)
		}
		want = append(want, m)
	}
	return want
}

func TestLogRefuses(t *testing.T) {
	l := &Log{}
	if err := l.Append(message(5, 100, "five")); err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]tg.MessageClass{
		"the same id":   message(5, 101, "again"),
		"a smaller id":  message(4, 101, "before"),
		"no message":    &tg.MessageEmpty{ID: 6},
		"a zero id":     message(0, 101, ""),
		"a huge id":     message(1<<31, 101, ""),
		"without peer":  &tg.Message{ID: 6},
		"no such thing": nil,
	} {
		if err := l.Append(m); err == nil {
			t.Errorf("append %s: no error", name)
		}
	}
	check(t, l, model{message(5, 100, "five")})
	for _, i := range []int{-1, 1} {
		if _, err := l.Message(i); err == nil || l.ID(i) != 0 || l.Date(i) != 0 || l.AppendBytes(nil, i) != nil {
			t.Errorf("position %d is outside and should answer nothing", i)
		}
	}
}

func TestLogConcurrent(t *testing.T) {
	l := &Log{fill: func(l *Log) {
		for id := 1; id <= 100; id++ {
			if err := l.append(message(id, id, "lazy")); err != nil {
				t.Error(err)
			}
		}
	}}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range l.Len() {
				if m, err := l.Message(i); err == nil && m.GetID() != l.ID(i) && i < 50 {
					t.Errorf("position %d holds message %d", i, m.GetID())
				}
			}
		})
	}
	wg.Go(func() {
		for id := 101; id <= 200; id++ {
			if err := l.Append(message(id, id, "live")); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for id := 60; id <= 100; id++ {
			l.Delete(id)
		}
	})
	wg.Wait()
	if got, want := l.Len(), 200-41; got != want {
		t.Errorf("Len() = %d, want %d", got, want)
	}
}
