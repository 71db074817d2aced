package part

import (
	"fmt"

	encoding "github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// codec is parquet-go's zstd with an encoder that is kept for as long as the codec
// is. parquet-go's own has them in a pool that every garbage collection empties,
// and the race detector at random, while an encoder is dear to make: its tables
// have 256 KB or more, and a file has a hundred columns.
type codec struct {
	zstd.Codec // decodes
	Idle       chan *encoding.Encoder
}

func NewCodec(level zstd.Level) *codec {
	return &codec{Codec: zstd.Codec{Level: level}, Idle: make(chan *encoding.Encoder, 1)}
}

// Encode compresses src into dst.
func (c *codec) Encode(dst, src []byte) ([]byte, error) {
	e, err := c.Encoder()
	if err != nil {
		return nil, err
	}
	defer func() {
		select {
		case c.Idle <- e:
		default: // one is enough
		}
	}()
	return e.EncodeAll(src, dst[:0]), nil
}

// Encoder returns the kept encoder, or another one while that is at work.
func (c *codec) Encoder() (*encoding.Encoder, error) {
	select {
	case e := <-c.Idle:
		return e, nil
	default:
	}
	e, err := encoding.NewWriter(nil, encoding.WithEncoderConcurrency(1),
		encoding.WithEncoderLevel(c.Level), encoding.WithZeroFrames(true), encoding.WithEncoderCRC(false))
	if err != nil {
		return nil, fmt.Errorf("make an encoder: %w", err)
	}
	return e, nil
}
