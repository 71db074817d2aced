package dataset

import (
	"bytes"
	"fmt"
	"sync"
	"telegramtrac/collector/dataset/part"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// TestCodec: one codec compresses for many at once, what it writes is read by
// another, and an encoder is kept.
func TestCodec(t *testing.T) {
	c := part.NewCodec(zstd.SpeedFastest)
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for length := range 40 {
				want := bytes.Repeat([]byte(fmt.Sprint(n, " ", length, ";")), length*length)
				packed, err := c.Encode(nil, want)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := part.NewCodec(zstd.SpeedDefault).Decode(nil, packed)
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bytes came out as %d, %v", len(want), len(got), err)
				}
			}
		})
	}
	all.Wait()
	first, err := c.Encoder()
	if err != nil {
		t.Fatal(err)
	}
	c.Idle <- first
	if _, err := c.Encode(nil, []byte("again")); err != nil {
		t.Fatal(err)
	}
	if second, err := c.Encoder(); err != nil || second != first {
		t.Errorf("the encoder was not kept, %v", err)
	}
}
