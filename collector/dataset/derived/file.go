package derived

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"slices"

	"github.com/klauspost/compress/zstd"

	"telegramtrac/collector/dataset/bucket"
	"telegramtrac/collector/dataset/mend"
	"telegramtrac/collector/dataset/part"
)

// version is of what the file holds and how it is counted: another one's is made anew.
const version = 1

// A file is: magic · sections, each compressed · the directory as JSON · a trailer: how
// long the directory is and its CRC-32C, and magic once more.
const (
	magic       = "TTDERIV1"
	trailerSize = 4 + 4 + len(magic)

	longestDirectory = 16 << 20
	longestSection   = 256 << 20 // decoded
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// directory says what the file is of, and where its sections are.
type directory struct {
	Version int     `json:"version"`
	Part    string  `json:"part"`   // its name, without folders
	Size    int64   `json:"size"`   // of the part, in bytes
	Footed  uint32  `json:"footed"` // the part's, see [part.Part]
	Groups  []group `json:"groups"`
}

// group is what is kept of a row group.
type group struct {
	Rows     int64              `json:"rows"`
	Sections map[string]section `json:"sections"`
}

// section is where something lies.
type section struct {
	At   int64  `json:"at"`
	Size int64  `json:"size"`
	Raw  int64  `json:"raw"` // decoded
	Sum  uint32 `json:"sum"` // CRC-32C of what lies there
}

// Name is the name of what is derived of a part.
func Name(p *part.Part) string { return p.Name + bucket.DerivedSuffix }

// Known is what is known of a part without reading it.
type Known struct {
	file      bucket.File
	directory directory
	decoder   *zstd.Decoder
}

// Open returns what is known of a part, nil where nothing is. It is to be closed.
func Open(p *part.Part) *Known {
	if mend.LookThrough(p) != nil { // whoever reads the part meets it, too
		return nil
	}
	k := open(p)
	if k == nil {
		return nil
	}
	var err error
	if k.decoder, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(longestSection)); err != nil {
		k.Close()
		return nil
	}
	return k
}

// open is Open without a look at the part, and without what decodes.
func open(p *part.Part) *Known {
	f, err := p.In.Open(Name(p))
	if err != nil {
		return nil
	}
	d, err := readDirectory(f)
	if err != nil || !d.of(p) {
		f.Close()
		return nil
	}
	return &Known{file: f, directory: d}
}

// Close ends the reading. Nothing may be reading any more; k may be nil.
func (k *Known) Close() {
	if k != nil {
		if k.decoder != nil {
			k.decoder.Close()
		}
		k.file.Close()
	}
}

// of reports whether the file is of a part, as this version makes it.
func (d *directory) of(p *part.Part) bool {
	if d.Version != version || d.Part != path.Base(p.Name) || d.Size != p.Size || d.Footed != p.Footed || len(d.Groups) != len(p.Groups) {
		return false
	}
	for i, g := range d.Groups {
		if g.Rows != p.Groups[i].Rows {
			return false
		}
	}
	return true
}

var errDamaged = errors.New("what is derived of a part is damaged")

func readDirectory(f bucket.File) (d directory, err error) {
	end := f.Size() - int64(trailerSize)
	if end < int64(len(magic)) {
		return d, errDamaged
	}
	b := make([]byte, trailerSize)
	if _, err := f.ReadAt(b, end); err != nil && !errors.Is(err, io.EOF) {
		return d, err
	}
	n := int64(binary.LittleEndian.Uint32(b))
	if string(b[8:]) != magic || n > min(end-int64(len(magic)), longestDirectory) {
		return d, errDamaged
	}
	text := make([]byte, n)
	if _, err := f.ReadAt(text, end-n); err != nil {
		return d, err
	}
	if crc32.Checksum(text, castagnoli) != binary.LittleEndian.Uint32(b[4:]) {
		return d, errDamaged
	}
	return d, json.Unmarshal(text, &d)
}

// section reads something of a row group, and reports whether it is there and whole.
func (k *Known) section(g int, name string) (b []byte, rows int, ok bool) {
	if k == nil || g < 0 || g >= len(k.directory.Groups) {
		return nil, 0, false
	}
	packed, ok := k.packed(g, name, nil)
	if !ok {
		return nil, 0, false
	}
	of := k.directory.Groups[g]
	raw := of.Sections[name].Raw
	b, err := k.decoder.DecodeAll(packed, make([]byte, 0, raw))
	return b, int(of.Rows), err == nil && int64(len(b)) == raw
}

// packed reads something of a row group as it lies there, into buf where that has room, and
// reports whether it is as it was written.
func (k *Known) packed(g int, name string, buf []byte) (b []byte, ok bool) {
	of := k.directory.Groups[g]
	s, there := of.Sections[name]
	if !there || s.At < 0 || s.Size < 0 || s.At > k.file.Size()-s.Size || s.Raw < 0 || s.Raw > longestSection || of.Rows > maxGroup {
		return buf, false
	}
	b = slices.Grow(buf[:0], int(s.Size))[:s.Size]
	_, err := k.file.ReadAt(b, s.At)
	return b, err == nil && crc32.Checksum(b, castagnoli) == s.Sum
}

// writer writes a file.
type writer struct {
	to        io.Writer
	at        int64
	directory directory
	codec     interface {
		Encode(dst, src []byte) ([]byte, error)
	}
	packed []byte // kept between sections
}

func newWriter(to io.Writer, p *part.Part) *writer {
	return &writer{to: to, codec: part.PartCodec(),
		directory: directory{Version: version, Part: path.Base(p.Name), Size: p.Size, Footed: p.Footed}}
}

func (w *writer) write(b []byte) error {
	n, err := w.to.Write(b)
	w.at += int64(n)
	return err
}

// begin begins a row group.
func (w *writer) begin(rows int64) {
	w.directory.Groups = append(w.directory.Groups, group{rows, map[string]section{}})
}

// put adds something to the row group that was begun last.
func (w *writer) put(name string, b []byte) (err error) {
	if w.packed, err = w.codec.Encode(w.packed[:0], b); err != nil {
		return fmt.Errorf("compress %s: %w", name, err)
	}
	w.directory.Groups[len(w.directory.Groups)-1].Sections[name] = section{
		At: w.at, Size: int64(len(w.packed)), Raw: int64(len(b)), Sum: crc32.Checksum(w.packed, castagnoli)}
	return w.write(w.packed)
}

// end writes the directory.
func (w *writer) end() error {
	b, err := json.Marshal(w.directory)
	if err != nil {
		return err
	}
	n, sum := uint32(len(b)), crc32.Checksum(b, castagnoli)
	b = binary.LittleEndian.AppendUint32(b, n)
	b = binary.LittleEndian.AppendUint32(b, sum)
	return w.write(append(b, magic...))
}
