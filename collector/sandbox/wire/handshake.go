package wire

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/exchange"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
)

// The factors of pq. They are deliberately small: a client factors pq as a proof of work,
// which is useless here.
const (
	primeP = 65521
	primeQ = 65537
)

// Generator and Prime are Telegram's own Diffie-Hellman parameters, which clients know to be
// safe: https://core.telegram.org/mtproto/auth_key
const Generator = 3

// Prime returns a copy of the prime.
func Prime() *big.Int {
	p, _ := exchange.TestServerRNG{}.DhPrime() // cannot fail: it is a constant
	return p
}

// errWrongDC means that the client expected another data centre.
var errWrongDC = errors.New("the client expects another data centre")

// handshake is the state of one key exchange on one connection. Each method takes a message
// from the client and returns the answer; a client may start again at any time. See
// https://core.telegram.org/mtproto/auth_key.
type handshake struct {
	rsa *rsa.PrivateKey
	dc  int
	now func() time.Time

	nonce, serverNonce bin.Int128
	newNonce           bin.Int256
	secret             *big.Int // our exponent a
	aesKey, aesIV      []byte
}

// step answers one unencrypted message. When the exchange is complete, it calls keep with the
// new key and its salt before it returns the last answer.
func (h *handshake) step(data []byte, keep func(crypto.AuthKey, int64) error) (bin.Encoder, error) {
	b := &bin.Buffer{Buf: data}
	id, err := b.PeekID()
	if err != nil {
		return nil, fmt.Errorf("peek id: %w", err)
	}
	switch id {
	case mt.ReqPqRequestTypeID:
		return decoded(b, func(req *mt.ReqPqRequest) (bin.Encoder, error) { return h.start(req.Nonce) })
	case mt.ReqPqMultiRequestTypeID:
		return decoded(b, func(req *mt.ReqPqMultiRequest) (bin.Encoder, error) { return h.start(req.Nonce) })
	case mt.ReqDHParamsRequestTypeID:
		return decoded(b, h.params)
	case mt.SetClientDHParamsRequestTypeID:
		return decoded(b, func(req *mt.SetClientDHParamsRequest) (bin.Encoder, error) { return h.finish(req, keep) })
	}
	return nil, bin.NewUnexpectedID(id)
}

// decodable is a pointer to a type that can be decoded.
type decodable[R any] interface {
	*R
	bin.Decoder
}

// decoded decodes a message and answers it by do.
func decoded[R any, P decodable[R]](b *bin.Buffer, do func(P) (bin.Encoder, error)) (bin.Encoder, error) {
	req := P(new(R))
	if err := req.Decode(b); err != nil {
		return nil, err
	}
	return do(req)
}

func (h *handshake) start(nonce bin.Int128) (bin.Encoder, error) {
	*h = handshake{rsa: h.rsa, dc: h.dc, now: h.now, nonce: nonce}
	rand.Read(h.serverNonce[:])
	return &mt.ResPQ{
		Nonce:                       nonce,
		ServerNonce:                 h.serverNonce,
		Pq:                          big.NewInt(primeP * primeQ).Bytes(),
		ServerPublicKeyFingerprints: []int64{crypto.RSAFingerprint(&h.rsa.PublicKey)},
	}, nil
}

func (h *handshake) params(req *mt.ReqDHParamsRequest) (bin.Encoder, error) {
	if h.serverNonce == (bin.Int128{}) || req.Nonce != h.nonce || req.ServerNonce != h.serverNonce {
		return nil, errors.New("req_DH_params: nonces of another exchange")
	}
	inner, err := h.decrypt(req.EncryptedData)
	if err != nil {
		return nil, err
	}
	if dc, ok := innerDC(inner); ok && dc != h.dc {
		return nil, fmt.Errorf("%w: %d instead of %d", errWrongDC, dc, h.dc)
	}
	h.newNonce = inner.GetNewNonce()
	prime := Prime()
	var ga *big.Int
	if h.secret, ga, err = NewExponent(prime); err != nil {
		return nil, err
	}
	var b bin.Buffer
	err = (&mt.ServerDHInnerData{
		Nonce: h.nonce, ServerNonce: h.serverNonce,
		G: Generator, DhPrime: prime.Bytes(), GA: ga.Bytes(),
		ServerTime: int(h.now().Unix()),
	}).Encode(&b)
	if err != nil {
		return nil, err
	}
	h.aesKey, h.aesIV = crypto.TempAESKeys(h.newNonce.BigInt(), h.serverNonce.BigInt())
	answer, err := crypto.EncryptExchangeAnswer(rand.Reader, b.Raw(), h.aesKey, h.aesIV)
	if err != nil {
		return nil, err
	}
	return &mt.ServerDHParamsOk{Nonce: h.nonce, ServerNonce: h.serverNonce, EncryptedAnswer: answer}, nil
}

// decrypt decrypts the client's p_q_inner_data, in the present form or the older one that some
// clients still use.
func (h *handshake) decrypt(encrypted []byte) (mt.PQInnerDataClass, error) {
	data, err := crypto.DecodeRSAPad(encrypted, h.rsa)
	if err != nil {
		if data, err = crypto.RSADecryptHashed(encrypted, h.rsa); err != nil {
			return nil, fmt.Errorf("decrypt p_q_inner_data: %w", err)
		}
	}
	inner, err := mt.DecodePQInnerData(&bin.Buffer{Buf: data})
	if err != nil {
		return nil, fmt.Errorf("decode p_q_inner_data: %w", err)
	}
	if inner.GetNonce() != h.nonce || inner.GetServerNonce() != h.serverNonce {
		return nil, errors.New("p_q_inner_data: nonces of another exchange")
	}
	return inner, nil
}

// innerDC returns the data centre in the client's message, if any. For test servers 10000 is
// added; for media servers the number is negative.
func innerDC(inner mt.PQInnerDataClass) (int, bool) {
	dc := 0
	switch d := inner.(type) {
	case *mt.PQInnerDataDC:
		dc = d.DC
	case *mt.PQInnerDataTempDC:
		dc = d.DC
	default:
		return 0, false
	}
	return max(dc, -dc) % 10000, true
}

func (h *handshake) finish(req *mt.SetClientDHParamsRequest, keep func(crypto.AuthKey, int64) error) (bin.Encoder, error) {
	if h.secret == nil || req.Nonce != h.nonce || req.ServerNonce != h.serverNonce {
		return nil, errors.New("set_client_DH_params: nonces of another exchange")
	}
	data, err := crypto.DecryptExchangeAnswer(req.EncryptedData, h.aesKey, h.aesIV)
	if err != nil {
		return nil, fmt.Errorf("decrypt client_DH_inner_data: %w", err)
	}
	var inner mt.ClientDHInnerData
	if err := inner.Decode(&bin.Buffer{Buf: data}); err != nil {
		return nil, fmt.Errorf("decode client_DH_inner_data: %w", err)
	}
	gb := new(big.Int).SetBytes(inner.GB)
	prime := Prime()
	if !Safe(gb, prime) {
		return nil, errors.New("g_b is out of range")
	}
	var key crypto.Key
	if !crypto.FillBytes(new(big.Int).Exp(gb, h.secret, prime), key[:]) {
		return nil, errors.New("auth key is too big")
	}
	if err := keep(key.WithID(), crypto.ServerSalt(h.newNonce, h.serverNonce)); err != nil {
		return nil, err
	}
	h.secret = nil
	return &mt.DhGenOk{
		Nonce: h.nonce, ServerNonce: h.serverNonce,
		NewNonceHash1: crypto.NonceHash1(h.newNonce, key),
	}, nil
}

// NewExponent returns a secret exponent x and Generator^x mod prime.
func NewExponent(prime *big.Int) (x, gx *big.Int, err error) {
	limit := new(big.Int).Lsh(big.NewInt(1), crypto.RSAKeyBits)
	for {
		if x, err = rand.Int(rand.Reader, limit); err != nil {
			return nil, nil, fmt.Errorf("make exponent: %w", err)
		}
		if gx = new(big.Int).Exp(big.NewInt(Generator), x, prime); Safe(gx, prime) {
			return x, gx, nil
		}
	}
}

// Safe reports whether a public value is in the range that Telegram demands:
// 2^(2048-64) < value < prime - 2^(2048-64).
func Safe(value, prime *big.Int) bool {
	margin := new(big.Int).Lsh(big.NewInt(1), crypto.RSAKeyBits-64)
	return value.Cmp(margin) > 0 && value.Cmp(new(big.Int).Sub(prime, margin)) < 0
}

// unencrypted encodes an answer of the key exchange as a frame.
func unencrypted(answer bin.Encoder, msgID int64) (*bin.Buffer, error) {
	var body, frame bin.Buffer
	if err := answer.Encode(&body); err != nil {
		return nil, err
	}
	err := proto.UnencryptedMessage{MessageID: msgID, MessageData: body.Raw()}.Encode(&frame)
	return &frame, err
}
