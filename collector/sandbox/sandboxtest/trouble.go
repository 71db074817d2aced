package sandboxtest

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"telegramtrac/collector/sandbox"
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
	h.set(func(c *sandbox.Conditions) {
		h.trouble, h.random = t, newRandom(t.Seed)
		c.Library.Message = nil
		if t.Unreadable != nil {
			c.Library.Message = t.spoil
		}
	})
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

// arrange returns the positions of a page in the order of the answer: see library.Conditions.
func (h *Hooks) arrange(channelID int64, offsetID int, positions []int, end int) []int {
	t := h.troubles()
	if t.EmptyIf != nil && t.EmptyIf(channelID, offsetID) || t.EmptyIf == nil && h.chance(t.Empty) {
		return nil
	}
	if len(positions) > 0 && positions[0]+1 < end && h.chance(t.Strange) {
		positions = append([]int{positions[0] + 1}, positions...) // was not requested
	}
	if !t.Disorder || len(positions) < 2 {
		return positions
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.random.Shuffle(len(positions), func(i, j int) { positions[i], positions[j] = positions[j], positions[i] })
	return append(positions, positions[0], positions[len(positions)/2])
}

// Pages makes pages of history shorter than requested, as Telegram may, but never empty.
type Pages struct {
	Max     int     // messages a page at most; 0 = Telegram's 100
	Shorter float64 // chance, 0..1, that a page is cut at a random place
	Seed    uint64
}

// SetPages makes pages of history shorter.
func (h *Hooks) SetPages(p Pages) {
	h.set(func(*sandbox.Conditions) { h.pages, h.pageRandom = p, newRandom(p.Seed) })
}

// pageSize shortens a page of n messages.
func (h *Hooks) pageSize(n int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pages.Max > 0 {
		n = min(n, h.pages.Max)
	}
	if n > 1 && h.pages.Shorter > 0 && h.pageRandom.Float64() < h.pages.Shorter {
		n = 1 + h.pageRandom.IntN(n)
	}
	return n
}

// spoil makes an encoded message unreadable.
func (t Trouble) spoil(channelID int64, b []byte) ([]byte, error) {
	if len(b) == 0 || binary.LittleEndian.Uint32(b) == tg.MessageEmptyTypeID {
		return b, nil
	}
	m, err := tg.DecodeMessage(&bin.Buffer{Buf: slices.Clone(b)})
	if err != nil {
		return nil, err
	}
	said, isMessage := m.(*tg.Message)
	switch kind := t.Unreadable(channelID, m.GetID()); {
	case kind == Readable:
		return b, nil
	case kind == Refused:
		return nil, tgerr.New(400, "MESSAGE_TOO_NEW") // invented: an error that clients do not know
	case kind == UnknownClass || !isMessage:
		binary.LittleEndian.PutUint32(b, laterClass)
		return b, nil
	}
	said.SetMedia(&tg.MessageMediaUnsupported{})
	var out bin.Buffer
	if err := said.Encode(&out); err != nil {
		return nil, err
	}
	known := binary.LittleEndian.AppendUint32(nil, tg.MessageMediaUnsupportedTypeID)
	later := binary.LittleEndian.AppendUint32(nil, laterClass)
	return bytes.Replace(out.Buf, known, later, 1), nil
}
