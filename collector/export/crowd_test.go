package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"telegramtrac/collector/export/relay"
)

// taken is a browser that takes what is written slowly, and may leave.
type taken struct {
	bytes.Buffer
	leaves int // after so many bytes; 0: never
	leave  context.CancelFunc
}

func (w *taken) Write(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	if w.leaves > 0 && w.Len() > w.leaves {
		w.leave()
		return 0, errors.New("the browser left")
	}
	return w.Buffer.Write(p)
}

// TestCrowd: of many downloads at once on two hands, some of which are broken off, each other
// one is whole and as if it were alone.
func TestCrowd(t *testing.T) {
	d := varied(t, 150)
	d.Hands = relay.New(2)
	names := []string{"messages.csv", "messages_excel.csv", "messages.xlsx", "msgs_dataset.csv", "messages.json"}
	write := func(ctx context.Context, name string, w *taken) error {
		f, ok := Find(name, true)
		if !ok {
			return fmt.Errorf("no file %s", name)
		}
		one := d
		one.Data.Channel = 5
		return f.Write(ctx, w, one)
	}
	want := map[string][]byte{}
	for _, name := range names {
		var w taken
		if err := write(t.Context(), name, &w); err != nil {
			t.Fatal(err)
		}
		want[name] = w.Bytes()
	}
	before := runtime.NumGoroutine()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			name := names[i%len(names)]
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w := &taken{leave: cancel}
			if i%3 == 0 {
				w.leaves = len(want[name]) / 3
			}
			err := write(ctx, name, w)
			if left := w.leaves > 0; left != (err != nil) {
				t.Errorf("%s, left %v: %v", name, left, err)
			} else if !left && !bytes.Equal(w.Bytes(), want[name]) {
				t.Errorf("%s is another one", name)
			}
		})
	}
	all.Wait()
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, were %d", n, before)
	}
}
