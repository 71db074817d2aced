package doctor

import (
	"bytes"
	"encoding/binary"
	"hash"
	"strings"
)

// blockRecord is one record of a block.
type blockRecord struct {
	length   int // 0: no record
	sequence uint64
	subject  string
	hashed   [][]byte
	sum      []byte
}

// readRecord reads the record at the beginning of b, whether it fits its hash or not.
func readRecord(b []byte) blockRecord {
	if len(b) < recordHeader+recordHash {
		return blockRecord{}
	}
	n := binary.LittleEndian.Uint32(b)
	headers := n&headersBit != 0
	n &^= headersBit
	subject := int(binary.LittleEndian.Uint16(b[20:]))
	values := subject
	if headers {
		values += 4
	}
	if n > longRecord || int(n) > len(b) || int(n) < recordHeader+values+recordHash {
		return blockRecord{}
	}
	data := b[recordHeader:n]
	return blockRecord{
		length: int(n), sequence: binary.LittleEndian.Uint64(b[4:]), subject: string(data[:subject]),
		hashed: [][]byte{b[4:20], data[:subject], data[values : len(data)-recordHash]}, sum: data[len(data)-recordHash:],
	}
}

func (r blockRecord) fits(h hash.Hash) bool {
	if r.length == 0 {
		return false
	}
	h.Reset()
	for _, b := range r.hashed {
		h.Write(b)
	}
	return bytes.Equal(h.Sum(nil), r.sum)
}

// scan reads the records of a block. An incomplete record at the end of the last block was
// being written when the machine stopped; elsewhere it is damage.
func (b *block) scan(data []byte, h hash.Hash, last bool, found func(at int, r blockRecord)) {
	good := []byte{} // filled only once damage is found: an undamaged block is not copied
	run := 0         // where the whole records begin that are not yet in good
	damaged := false
	for at := 0; at < len(data); {
		r := readRecord(data[at:])
		if r.fits(h) {
			found(at, r)
			at += r.length
			continue
		}
		next := at + 1
		for next < len(data) && !readRecord(data[next:]).fits(h) {
			next++
		}
		damaged = true
		good = append(good, data[run:at]...)
		run = next
		if last && next == len(data) && len(good) > 0 && torn(data[at:], r, h) {
			b.torn = int64(next - at)
			break
		}
		b.bad = append(b.bad, stretch{from: at, to: next, subject: readableSubject(data[at:next])})
		at = next
	}
	if damaged {
		b.good = append(good, data[run:]...)
	}
}

// torn reports whether the end of a file looks like an interrupted write: its record is longer
// than the rest of the file, or the rest is only zeros.
func torn(rest []byte, r blockRecord, h hash.Hash) bool {
	if len(rest) >= recordHeader+recordHash { // the length is not hashed: only it may be wrong
		whole := bytes.Clone(rest)
		binary.LittleEndian.PutUint32(whole, uint32(len(whole))|binary.LittleEndian.Uint32(whole)&headersBit)
		if readRecord(whole).fits(h) {
			return false
		}
	}
	return r.length == 0 && (len(rest) < recordHeader || sane(rest)) || len(bytes.Trim(rest, "\x00")) == 0
}

// sane reports whether a header whose record exceeds the file may be genuine.
func sane(rest []byte) bool {
	n := binary.LittleEndian.Uint32(rest) &^ headersBit
	return n <= longRecord && int(n) > len(rest) && int(binary.LittleEndian.Uint16(rest[20:])) < int(n)
}

// readableSubject returns the subject of a damaged record, "" if unreadable.
func readableSubject(b []byte) string {
	if len(b) < recordHeader {
		return ""
	}
	n := int(binary.LittleEndian.Uint16(b[20:]))
	if n == 0 || recordHeader+n > len(b) {
		return ""
	}
	subject := string(b[recordHeader : recordHeader+n])
	for _, c := range []byte(subject) {
		if c <= ' ' || c > '~' {
			return ""
		}
	}
	if !strings.HasPrefix(subject, "$"+"KV.") && !strings.HasPrefix(subject, KeySubject) {
		return ""
	}
	return subject
}
