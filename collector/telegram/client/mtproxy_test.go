package client_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/mtproxy/obfuscated2"
	"github.com/gotd/td/tg"
)

// mtproxy is an MTProxy on loopback: it takes connections that know its secret, reads
// the number of the data centre, and passes on what comes, without the obfuscation.
// See https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
type mtproxy struct {
	t        *testing.T
	listener net.Listener
	secret   []byte // 16 bytes
	tls      bool   // it imitates a website
	dcs      []tg.DCOption
	passed   atomic.Int32 // accepted connections
	wg       sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
}

func startMTProxy(t *testing.T, secret []byte, tls bool, dcs []tg.DCOption) *mtproxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &mtproxy{t: t, listener: l, secret: secret, tls: tls, dcs: dcs}
	p.wg.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *mtproxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.keep(conn)
		p.wg.Go(func() {
			defer conn.Close()
			_ = p.serve(conn) // a client that does not know the secret, or is gone
		})
	}
}

func (p *mtproxy) keep(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, c)
}

func (p *mtproxy) close() {
	p.listener.Close()
	p.mu.Lock()
	for _, c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

func (p *mtproxy) serve(conn net.Conn) error {
	var rw io.ReadWriter = conn
	if p.tls {
		var err error
		if rw, err = acceptTLS(conn, p.secret); err != nil {
			return err
		}
	}
	plain, meta, err := obfuscated2.Accept(rw, p.secret)
	if err != nil {
		return err
	}
	switch meta.Protocol[0] {
	case 0xef, 0xee, 0xdd:
	default: // another secret: a real proxy stays silent, to hide what it is
		_, err := io.Copy(io.Discard, conn)
		return err
	}
	for _, dc := range p.dcs {
		if dc.ID != int(meta.DC) {
			continue
		}
		to, err := net.Dial("tcp", net.JoinHostPort(dc.IPAddress, strconv.Itoa(dc.Port)))
		if err != nil {
			return err
		}
		defer to.Close()
		p.keep(to)
		p.passed.Add(1)
		tag := meta.Protocol[:]
		if tag[0] == 0xef { // abridged: one byte
			tag = tag[:1]
		}
		if _, err := to.Write(tag); err != nil {
			return err
		}
		go func() { // ends with to
			_, _ = io.Copy(plain, to)
			conn.Close()
		}()
		_, err = io.Copy(to, plain)
		return err
	}
	return fmt.Errorf("no data centre %d", meta.DC)
}

// record is one TLS record.
type record struct {
	kind byte
	data []byte
}

const (
	changeCipherSpec = 0x14
	handshakeRecord  = 0x16
	applicationData  = 0x17
)

func readRecord(r io.Reader) (record, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return record{}, err
	}
	data := make([]byte, binary.BigEndian.Uint16(head[3:]))
	_, err := io.ReadFull(r, data)
	return record{head[0], data}, err
}

func (r record) bytes() []byte {
	b := []byte{r.kind, 3, 3}
	return append(binary.BigEndian.AppendUint16(b, uint16(len(r.data))), r.data...)
}

// random is where a hello has its 32 random bytes, after the record's head.
const random = 6

// acceptTLS answers the hello of a client that imitates a browser: in both hellos the random
// bytes of TLS are a hash of the hello, which needs the secret.
func acceptTLS(conn net.Conn, secret []byte) (io.ReadWriter, error) {
	hello, err := readRecord(conn)
	if err != nil || hello.kind != handshakeRecord || len(hello.data) < random+32+33 {
		return nil, errors.Join(err, errors.New("no hello"))
	}
	digest := bytes.Clone(hello.data[random:][:32])
	clear(hello.data[random:][:32])
	whole := hello.bytes()
	whole[2] = 1 // a client's hello says TLS 1.0
	mac := hmac.New(sha256.New, secret)
	mac.Write(whole)
	want := mac.Sum(nil)
	sent := binary.LittleEndian.Uint32(want[28:]) ^ binary.LittleEndian.Uint32(digest[28:])
	if !hmac.Equal(want[:28], digest[:28]) || time.Since(time.Unix(int64(sent), 0)).Abs() > 2*time.Minute {
		return nil, errors.New("another secret, or another time")
	}
	answer := make([]byte, 122)
	copy(answer, []byte{2, 0, 0, 118, 3, 3})
	var site [2000]byte
	rand.Read(site[:])
	packet := record{handshakeRecord, answer}.bytes()
	packet = append(packet, record{changeCipherSpec, []byte{1}}.bytes()...)
	packet = append(packet, record{applicationData, site[:]}.bytes()...)
	mac = hmac.New(sha256.New, secret)
	mac.Write(digest)
	mac.Write(packet)
	copy(packet[5+random:], mac.Sum(nil))
	_, err = conn.Write(packet)
	return &records{conn: conn}, err
}

// records is a stream in TLS records.
type records struct {
	conn net.Conn
	rest []byte
}

func (r *records) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		next, err := readRecord(r.conn)
		if err != nil {
			return 0, err
		}
		if next.kind == applicationData {
			r.rest = next.data
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *records) Write(p []byte) (int, error) {
	for part := range slices.Chunk(p, 16<<10) {
		if _, err := r.conn.Write(record{applicationData, part}.bytes()); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
