package sandbox

import (
	"encoding/binary"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// Trouble makes answers with messages as faulty as the real service's can be. Chances are
// 0..1.
type Trouble struct {
	// Empty is the chance that messages.getHistory or getReplies answers without messages
	// although there are some, as happens while messages are being deleted.
	Empty float64
	// EmptyIf, if set, decides instead of chance. offsetID is the requested offset.
	EmptyIf func(channelID int64, offsetID int) bool
	// Left is the chance that channels.getMessages omits an id from its answer.
	Left float64
	// Unreadable returns how clients of this layer fail to read a message; nil: they can read
	// all.
	Unreadable func(channelID int64, id int) Unreadable
	// Disorder shuffles the messages of a page and repeats some.
	Disorder bool
	// Strange is the chance that a page of history also has a message that was not requested,
	// above its offset.
	Strange float64
	Seed    uint64
}

// Unreadable is a way in which a message cannot be read.
type Unreadable int

// The ways in which a message cannot be read.
const (
	Readable     Unreadable = iota
	UnknownMedia            // its media is of a later layer's class
	UnknownClass            // the message itself is of a later layer's class
	Refused                 // requests for it get 400 MESSAGE_TOO_NEW
)

// laterClass is the id of a class that no layer has.
const laterClass = 0x7e57ab1e

// SetTrouble makes answers with messages faulty.
func (h *Hooks) SetTrouble(t Trouble) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trouble, h.random = t, newRandom(t.Seed)
}

func (h *Hooks) troubles() Trouble {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.trouble
}

// chance returns true with a probability of p.
func (h *Hooks) chance(p float64) bool {
	if p <= 0 {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.random.Float64() < p
}

// answersEmpty reports whether to answer a request for messages without any.
func (h *Hooks) answersEmpty(channelID int64, offsetID int) bool {
	t := h.troubles()
	if t.EmptyIf != nil {
		return t.EmptyIf(channelID, offsetID)
	}
	return h.chance(t.Empty)
}

// shuffled returns the positions of a page in the order of the answer.
func (h *Hooks) shuffled(positions []int) []int {
	if !h.troubles().Disorder || len(positions) < 2 {
		return positions
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.random.Shuffle(len(positions), func(i, j int) { positions[i], positions[j] = positions[j], positions[i] })
	return append(slices.Clone(positions), positions[0], positions[len(positions)/2])
}

// spoil makes the encoded message at b[from:] unreadable.
func (t Trouble) spoil(channelID int64, b []byte, from int) ([]byte, error) {
	if len(b) == from || binary.LittleEndian.Uint32(b[from:]) == tg.MessageEmptyTypeID {
		return b, nil
	}
	m, err := tg.DecodeMessage(&bin.Buffer{Buf: slices.Clone(b[from:])})
	if err != nil {
		return nil, err
	}
	switch t.Unreadable(channelID, m.GetID()) {
	case Refused:
		return nil, errMessageTooNew
	case UnknownClass:
		binary.LittleEndian.PutUint32(b[from:], laterClass)
	case UnknownMedia:
		said, ok := m.(*tg.Message)
		if !ok {
			binary.LittleEndian.PutUint32(b[from:], laterClass)
			return b, nil
		}
		said.SetMedia(&tg.MessageMediaUnsupported{})
		out := bin.Buffer{Buf: b[:from]}
		if err := said.Encode(&out); err != nil {
			return nil, err
		}
		b = out.Buf
		known := binary.LittleEndian.AppendUint32(nil, tg.MessageMediaUnsupportedTypeID)
		for i := from; i+4 <= len(b); i++ {
			if slices.Equal(b[i:i+4], known) {
				binary.LittleEndian.PutUint32(b[i:], laterClass)
				break
			}
		}
	}
	return b, nil
}
