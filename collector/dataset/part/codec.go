package part

import (
	"fmt"

	encoding "github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// Codec is parquet-go's zstd with encoders that are kept for as long as the codec
// is. parquet-go's own has them in a pool that every garbage collection empties,
// and the race detector at random, while an encoder is dear to make: its tables
// have 256 KB or more, and a file has a hundred columns.
//
// Those who write at the same time share a codec: it never has more encoders than
// there are cores in a small machine, and the next one waits. So memory does not
// grow with how many parts are on their way.
type Codec struct {
	zstd.Codec // decodes
	Idle       chan *encoding.Encoder
	turns      chan struct{} // one for each encoder at work
}

const (
	encoders = 2

	// window is how far back an encoder looks: a page has no more. By default it
	// would keep 8 MB for it.
	window = 256 << 10
)

func NewCodec(level zstd.Level) *Codec {
	return &Codec{
		Codec: zstd.Codec{Level: level}, Idle: make(chan *encoding.Encoder, encoders), turns: make(chan struct{}, encoders),
	}
}

// Encode compresses src into dst.
func (c *Codec) Encode(dst, src []byte) ([]byte, error) {
	c.turns <- struct{}{}
	defer func() { <-c.turns }()
	e, err := c.Encoder()
	if err != nil {
		return nil, err
	}
	defer func() {
		select {
		case c.Idle <- e:
		default: // there are enough
		}
	}()
	return e.EncodeAll(src, dst[:0]), nil
}

// Encoder returns a kept encoder, or another one while these are at work.
func (c *Codec) Encoder() (*encoding.Encoder, error) {
	select {
	case e := <-c.Idle:
		return e, nil
	default:
	}
	e, err := encoding.NewWriter(nil, encoding.WithEncoderConcurrency(1),
		encoding.WithEncoderLevel(c.Level), encoding.WithWindowSize(window), encoding.WithLowerEncoderMem(true),
		encoding.WithZeroFrames(true), encoding.WithEncoderCRC(false))
	if err != nil {
		return nil, fmt.Errorf("make an encoder: %w", err)
	}
	return e, nil
}
