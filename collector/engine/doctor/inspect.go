package doctor

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/minio/highwayhash"
)

// How the server stores a stream on the disk, as of nats-server v2.15: a folder with meta.inf
// (the configuration, JSON) and meta.sum (its hash), and in msgs the blocks n.blk and
// index.db, which the server rebuilds from the blocks if it does not fit them. A block is a
// sequence of records:
//
//	length u32, with headersBit · sequence u64, with erasedBit or tombstoneBit ·
//	time i64 · length of the subject u16 · subject · value · highwayhash
//
// The server cuts a block off at the first record that does not fit its hash, and may then
// wait forever for records that its index names. So the folder is inspected before the server
// starts.
const (
	// KeyStream holds the keys of the workspaces, under KeySubject.
	KeyStream  = "keys"
	KeySubject = "keys."

	StreamsDir = "jetstream/$G/streams"
	blocksDir  = "msgs"
	indexFile  = "index.db"
	metaFile   = "meta.inf"
	metaSum    = "meta.sum"

	recordHeader = 22
	recordHash   = 8
	longRecord   = 32 << 20 // the largest length that the server accepts

	headersBit   = 1 << 31
	erasedBit    = 1 << 63
	tombstoneBit = 1 << 62
)

// streamNames are the streams that an engine has.
var streamNames = []string{KeyStream, "KV_collections", "KV_workspaces", "KV_leases"}

// Damage is something in the folder that is not as the server wrote it.
type Damage struct {
	File string   // within the engine's folder
	What string   // one sentence
	Lost []string // what cannot be read any more, in words; empty: nothing
}

// DamagedError says that the folder is damaged, so that the engine does not start on it. See
// Repair.
type DamagedError struct{ Damage []Damage }

// Error names the files and their damage.
func (e *DamagedError) Error() string {
	var out []string
	for _, d := range e.Damage {
		out = append(out, d.File+": "+d.What)
	}
	return "the records are damaged: " + strings.Join(out, " ")
}

// Inspect looks through the engine's folder, which no engine may have open, and returns what
// is damaged. A half-written last record is no damage: it was never acknowledged.
func Inspect(dir string) ([]Damage, error) {
	in, err := inspect(dir)
	if err != nil {
		return nil, fmt.Errorf("look through the records: %w", err)
	}
	return in.damage(), nil
}

// Ready inspects the folder before the server starts, which would drop what it cannot read, or
// wait for it forever. It also removes what the server must not see. The error is a
// *DamagedError when the folder is damaged.
func Ready(dir string, log *slog.Logger) error {
	in, err := inspect(dir)
	if err != nil {
		return fmt.Errorf("look through the records: %w", err)
	}
	for _, s := range in.streams {
		if s.index {
			log.Warn("index of records made anew", "records", s.name)
		}
	}
	if found := in.damage(); len(found) > 0 {
		for _, d := range found {
			log.Error("records damaged", "file", d.File, "what", d.What, "lost", d.Lost)
		}
		return &DamagedError{found}
	}
	return in.ready()
}

// inspection is what was found in an engine's folder.
type inspection struct {
	dir     string
	streams []*streamState
	closed  *closing // the record of the last clean stop; nil: none
}

// streamState is what was found in one stream.
type streamState struct {
	name    string
	dir     string // "" where the folder is missing
	missing bool
	meta    *Damage // its configuration is damaged
	index   bool    // the index does not fit; the server rebuilds it
	indexed uint64  // the last sequence that the index names
	blocks  []*block
	gone    []Damage // blocks that should be there
	last    uint64   // the highest known sequence
	marks   map[string]bool
}

// Marks are records that are written into each stream of a new engine: first FirstMark into
// all of them, then LastMark. From then on no stream is empty.
const (
	FirstMark = "opened"
	LastMark  = "whole"
)

// Mark returns the subject of a mark in a stream.
func Mark(stream, key string) string {
	if stream == KeyStream {
		return KeySubject + key
	}
	return "$" + "KV." + strings.TrimPrefix(stream, "KV_") + "." + key
}

// block is a file of records.
type block struct {
	path   string
	number uint32
	size   int64
	good   []byte // its undamaged records; nil: the whole file
	bad    []stretch
	torn   int64 // bytes of a half-written last record
}

// stretch is a range of bytes of a block that is not a whole record.
type stretch struct {
	from, to int
	subject  string // if readable
	again    bool   // a later record of the same subject is whole
}

func (b *block) damaged() bool { return len(b.bad) > 0 }

func inspect(dir string) (*inspection, error) {
	out := &inspection{dir: dir}
	root := filepath.Join(dir, filepath.FromSlash(StreamsDir))
	entries, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if out.closed, err = readClosing(dir); err != nil {
		return nil, err
	}
	known := 0
	for _, e := range entries {
		if slices.Contains(streamNames, e.Name()) {
			known++
		}
	}
	if known == 0 && out.closed == nil {
		return out, nil // a new folder, or the program was killed while making it
	}
	for _, name := range streamNames {
		s, err := inspectStream(filepath.Join(root, name), name)
		if err != nil {
			return nil, err
		}
		if s.missing && out.closed == nil && out.born(known) {
			continue // the program was killed while making the folder
		}
		out.streams = append(out.streams, s)
	}
	out.compare()
	out.compareMarks()
	return out, nil
}

// compareMarks finds streams that are empty, although each was marked before it was used.
func (in *inspection) compareMarks() {
	if !slices.ContainsFunc(in.streams, func(s *streamState) bool { return s.marks[LastMark] }) {
		return // made by an earlier version, or the program was killed while making it
	}
	for _, s := range in.streams {
		told := s.missing || len(s.gone) > 0 || slices.ContainsFunc(s.blocks, (*block).damaged)
		if !told && s.name != "KV_leases" && !s.marks[FirstMark] {
			s.gone = append(s.gone, Damage{File: s.name + "/" + blocksDir, What: "The records are missing.", Lost: []string{lostStream(s.name)}})
		}
	}
}

// born reports whether the program may have been killed while making the folder: it makes the
// streams one after the other.
func (in *inspection) born(known int) bool {
	return len(in.streams) == known && !slices.ContainsFunc(in.streams, func(s *streamState) bool { return s.last > 0 })
}

// damage lists the damage, without what the server repairs itself.
func (in *inspection) damage() []Damage {
	var out []Damage
	for _, s := range in.streams {
		if s.missing {
			out = append(out, Damage{File: s.name, What: "The folder is missing.", Lost: []string{lostStream(s.name)}})
			continue
		}
		if s.meta != nil {
			out = append(out, *s.meta)
		}
		for _, b := range s.blocks {
			if b.damaged() {
				out = append(out, b.damage(s))
			}
		}
		out = append(out, s.gone...)
	}
	return out
}

func lostStream(name string) string {
	switch name {
	case KeyStream:
		return "all keys of workspaces: no session, collection or import that was recorded can be read"
	case "KV_collections":
		return "all records of collections"
	case "KV_workspaces":
		return "all visitors, sessions, lists and imports: people sign in again"
	}
	return "who was at work when the program stopped, which nobody needs"
}

// damage describes the records of a block that cannot be read.
func (b *block) damage(s *streamState) Damage {
	d := Damage{File: filepath.ToSlash(filepath.Join(s.name, blocksDir, filepath.Base(b.path)))}
	var bytes int
	for _, bad := range b.bad {
		bytes += bad.to - bad.from
		if !bad.again {
			d.Lost = append(d.Lost, lostRecord(s.name, bad.subject))
		}
	}
	d.What = fmt.Sprintf("%d bytes in %d places cannot be read.", bytes, len(b.bad))
	slices.Sort(d.Lost)
	d.Lost = slices.Compact(d.Lost)
	return d
}

// lostRecord describes the record of a subject in words.
func lostRecord(stream, subject string) string {
	key := strings.TrimPrefix(strings.TrimPrefix(subject, "$K"+"V."+strings.TrimPrefix(stream, "KV_")+"."), KeySubject)
	tokens := strings.Split(key, ".")
	switch {
	case subject == "":
		return "a record of " + strings.TrimPrefix(stream, "KV_") + " whose name cannot be read"
	case stream == KeyStream && len(key) > len(FirstMark):
		return "the key of workspace " + key + ": what was recorded of it cannot be read; its messages can"
	case stream == "KV_leases":
		return lostStream(stream)
	case key == FirstMark || key == LastMark:
		return "a mark that the program makes anew"
	case len(tokens) == 3 && tokens[0] == "want":
		return "what was asked of collection " + tokens[2] + " of workspace " + tokens[1]
	case len(tokens) >= 3 && tokens[0] == "have":
		return "how far collection " + tokens[2] + " of workspace " + tokens[1] + " was; its messages are kept"
	case tokens[0] == "visitor":
		return "a visitor, who signs in again"
	case tokens[0] == "signin":
		return "a sign-in that was under way"
	case len(tokens) >= 2 && tokens[1] == "session":
		return "the session of workspace " + tokens[0] + ": its owner signs in again"
	case len(tokens) == 3 && tokens[1] == "list":
		return "a list of channels of workspace " + tokens[0] + "; what was collected for it is kept"
	}
	return "the record " + key
}

// inspectStream looks through a stream's folder.
func inspectStream(dir, name string) (*streamState, error) {
	s := &streamState{name: name, dir: dir}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		s.missing = true
		return s, nil
	}
	if err := s.readMeta(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(dir, blocksDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		digits, ok := strings.CutSuffix(e.Name(), ".blk")
		number, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil {
			continue
		}
		s.blocks = append(s.blocks, &block{path: filepath.Join(dir, blocksDir, e.Name()), number: uint32(number)})
	}
	slices.SortFunc(s.blocks, func(a, b *block) int { return int(int64(a.number) - int64(b.number)) })
	if err := s.readIndex(); err != nil {
		return nil, err
	}
	return s, s.readBlocks()
}

// hasher returns the server's hash for a name.
func hasher(name string) hash.Hash {
	key := sha256.Sum256([]byte(name))
	h, _ := highwayhash.New64(key[:]) // fails only for other lengths of keys
	return h
}

// readMeta checks the stream's configuration against its hash.
func (s *streamState) readMeta() error {
	config, err := os.ReadFile(filepath.Join(s.dir, metaFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(s.dir, metaSum))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	h := hasher(s.name)
	h.Write(config)
	if len(config) == 0 || hex.EncodeToString(h.Sum(nil)) != string(sum) {
		s.meta = &Damage{File: s.name + "/" + metaFile, What: "The settings of these records cannot be read; they can be written anew."}
	}
	return nil
}

// readIndex reads the last sequence that the index names. The server rebuilds an index that
// does not fit.
func (s *streamState) readIndex() error {
	b, err := os.ReadFile(filepath.Join(s.dir, blocksDir, indexFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the server writes it now and then
	}
	if err != nil {
		return err
	}
	last, ok := parseIndex(b, s.name)
	if !ok {
		s.index = true
		return nil
	}
	s.indexed = last
	return nil
}

// parseIndex reads the last sequence from an index; false if it does not fit its hash.
func parseIndex(b []byte, stream string) (last uint64, ok bool) {
	if len(b) < 32 {
		return 0, false
	}
	body, sum := b[:len(b)-recordHash], b[len(b)-recordHash:]
	h := hasher(stream)
	h.Write(body)
	if !bytes.Equal(h.Sum(nil), sum) {
		return 0, false
	}
	r := bytes.NewReader(body[2:])
	for range 5 { // messages, bytes, first sequence, its time, last sequence
		if last, _ = binary.ReadUvarint(r); r.Len() == 0 {
			return 0, false
		}
	}
	return last, true
}

// readBlocks reads all records.
func (s *streamState) readBlocks() error {
	newest := map[string]uint64{} // subject → the place of its last whole record
	for i, b := range s.blocks {
		data, err := os.ReadFile(b.path)
		if err != nil {
			return err
		}
		b.size = int64(len(data))
		b.scan(data, hasher(fmt.Sprintf("%s-%d", s.name, b.number)), i == len(s.blocks)-1, func(at int, r blockRecord) {
			s.last = max(s.last, r.sequence&^(erasedBit|tombstoneBit))
			if r.sequence&(erasedBit|tombstoneBit) == 0 {
				newest[r.subject] = b.place(at)
			}
		})
	}
	damaged := false
	s.marks = map[string]bool{}
	for _, key := range []string{FirstMark, LastMark} {
		_, s.marks[key] = newest[Mark(s.name, key)]
	}
	for _, b := range s.blocks {
		for i, bad := range b.bad {
			b.bad[i].again = bad.subject != "" && newest[bad.subject] > b.place(bad.from)
			damaged = true
		}
	}
	if s.indexed > s.last && !damaged {
		s.gone = append(s.gone, Damage{
			File: s.name + "/" + blocksDir, What: "The newest records are missing.",
			Lost: []string{"records of " + strings.TrimPrefix(s.name, "KV_") + ", which ones is not known"},
		})
	}
	s.last = max(s.last, s.indexed)
	return nil
}

// place orders the records of a stream's blocks.
func (b *block) place(at int) uint64 { return uint64(b.number)<<32 | uint64(at) }
