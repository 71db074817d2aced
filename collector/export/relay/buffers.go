package relay

// Buffers are what pieces are made into, used again when they are written.
type Buffers struct{ idle chan []byte }

// mostIdle and mostKept bound what is kept: so many buffers, none of them larger.
const (
	mostIdle = 8
	mostKept = 4 << 20
)

func NewBuffers() *Buffers { return &Buffers{make(chan []byte, mostIdle)} }

// Take returns an empty buffer.
func (b *Buffers) Take() []byte {
	select {
	case out := <-b.idle:
		return out[:0]
	default:
		return nil
	}
}

// Give takes a buffer back that nobody reads any more.
func (b *Buffers) Give(out []byte) {
	if cap(out) > mostKept {
		return
	}
	select {
	case b.idle <- out:
	default:
	}
}
