package sandboxtest

import (
	"runtime"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world"
)

// logOf returns the log of a world's channel.
func logOf(t testing.TB, w *world.World, name string) *world.Log {
	t.Helper()
	peer, ok := w.Username(name)
	if !ok {
		t.Fatalf("no @%s", name)
	}
	c, _ := w.Channel(peer.(*tg.PeerChannel).ChannelID)
	return c.Log
}

// read returns all messages of a log.
func read(t *testing.T, l *world.Log) (messages []tg.NotEmptyMessage) {
	t.Helper()
	for i := range l.Len() {
		m, err := l.Message(i)
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, m.(tg.NotEmptyMessage))
	}
	return messages
}

func message(id, date int, text string) *tg.Message {
	return &tg.Message{ID: id, Date: date, Message: text, PeerID: &tg.PeerChannel{ChannelID: 7}, Post: true}
}

func encoded(t *testing.T, m bin.Encoder) []byte {
	t.Helper()
	var b bin.Buffer
	if err := m.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Buf
}

func TestBulk(t *testing.T) {
	const n = 20_000
	l := logOf(t, Bulk("soak", n, 250), "soak")
	if l.Len() != n {
		t.Fatalf("Len() = %d, want %d", l.Len(), n)
	}
	last, lastDate, single, long := 0, 0, 0, 0
	for i := range n {
		id, date := l.ID(i), l.Date(i)
		if id <= last || date < lastDate {
			t.Fatalf("position %d: id %d of %d after %d of %d", i, id, date, last, lastDate)
		}
		if l.Search(id) != i || l.Search(last+1) != i {
			t.Fatalf("Search(%d) = %d, Search(%d) = %d, want %d", id, l.Search(id), last+1, l.Search(last+1), i)
		}
		if date > lastDate && l.SearchDate(date) != i {
			t.Fatalf("SearchDate(%d) = %d, want %d", date, l.SearchDate(date), i)
		}
		if gap := id - last - 1; gap > 100 {
			long++
		} else {
			single += gap
		}
		last, lastDate = id, date
	}
	if l.Top() != last || l.Search(last+1) != n || l.SearchDate(lastDate+1) != n {
		t.Errorf("Top() = %d, want %d", l.Top(), last)
	}
	if share := float64(single) / n; share < .04 || share > .06 || long != 3 {
		t.Errorf("%.3f of the ids are missing, and %d stretches", share, long)
	}
}

func TestBulkMessages(t *testing.T) {
	for _, size := range []int{0, 1, 7, 250, 4096} {
		w, again := Bulk("soak", 50, size), Bulk("soak", 50, size)
		texts := map[string]bool{}
		for i, m := range read(t, logOf(t, w, "soak")) {
			text := m.(*tg.Message).Message
			texts[text] = true
			if len(text) != size {
				t.Fatalf("text of %d bytes, want %d", len(text), size)
			}
			if got := logOf(t, again, "soak").AppendBytes(nil, i); string(got) != string(encoded(t, m)) {
				t.Fatalf("message at %d differs the second time", i)
			}
		}
		if size >= 250 && len(texts) != 50 {
			t.Errorf("%d different texts of %d bytes", len(texts), size)
		}
	}
}

// TestBulkChanges compares a log made on demand with the model, before and after changes.
func TestBulkChanges(t *testing.T) {
	l := logOf(t, Bulk("soak", 60, 40), "soak")
	want := read(t, l)
	for i, m := range want {
		if l.ID(i) != m.GetID() || l.Date(i) != m.GetDate() {
			t.Fatalf("position %d: message %d", i, m.GetID())
		}
	}
	first := want[0].GetDate()
	if !l.Delete(want[30].GetID()) || l.Delete(want[30].GetID()) {
		t.Fatal("a message is deleted once")
	}
	want = append(want[:30:30], want[31:]...)
	edited := message(want[10].GetID(), want[10].GetDate(), "edited")
	if err := l.Edit(edited); err != nil {
		t.Fatal(err)
	}
	want[10] = edited
	live := message(l.Top()+2, l.Date(l.Len()-1)+5, "live")
	if err := l.Append(live); err != nil {
		t.Fatal(err)
	}
	want = append(want, live)
	for i, m := range want {
		if string(l.AppendBytes(nil, i)) != string(encoded(t, m)) || l.Search(m.GetID()) != i {
			t.Fatalf("position %d is not message %d", i, m.GetID())
		}
	}
	if l.Len() != len(want) || l.Top() != live.ID || l.SearchDate(first) != 0 {
		t.Errorf("Len() = %d, Top() = %d", l.Len(), l.Top())
	}
}

func TestBulkIsCheap(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	w := Bulk("soak", 5_000_000, 250)
	l := logOf(t, w, "soak")
	if l.ID(4_999_999) != l.Top() || len(l.AppendBytes(nil, 4_999_999)) < 250 {
		t.Error("the last message is not there")
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
		t.Errorf("5,000,000 messages cost %d bytes", grown)
	}
	runtime.KeepAlive(w)
}

func BenchmarkBulkAppendBytes(b *testing.B) {
	log := logOf(b, Bulk("soak", 1_000_000, 250), "soak")
	var buffer []byte
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		buffer = log.AppendBytes(buffer[:0], i%1_000_000)
		i++
	}
}
