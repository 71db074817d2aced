package sandbox

import (
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// exportLifetime is how long an exported authorization can be imported.
const exportLifetime = 5 * time.Minute

// exports are authorizations that are being transferred to another data centre:
// https://core.telegram.org/api/datacenter#authorization-transfer
type exports struct {
	mu      sync.Mutex
	pending map[string]export
}

type export struct {
	account int64
	dc      int
	expires time.Time
}

func (e *exports) add(x export, now time.Time) []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	for token, old := range e.pending {
		if !now.Before(old.expires) {
			delete(e.pending, token)
		}
	}
	token := random(32)
	e.pending[string(token)] = x
	return token
}

func (e *exports) take(token []byte) (export, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x, ok := e.pending[string(token)]
	delete(e.pending, string(token))
	return x, ok
}

func (c call) exportAuthorization(req *tg.AuthExportAuthorizationRequest) (bin.Encoder, error) {
	if c.signIn.Account == 0 {
		return nil, c.authorized()
	}
	if req.DCID < 1 || req.DCID > len(c.srv.dcs) || req.DCID == c.dc {
		return nil, errDCID
	}
	now := time.Now()
	token := c.srv.exits.add(export{c.signIn.Account, req.DCID, now.Add(exportLifetime)}, now)
	return &tg.AuthExportedAuthorization{ID: c.signIn.Account, Bytes: token}, nil
}

func (c call) importAuthorization(req *tg.AuthImportAuthorizationRequest) (bin.Encoder, error) {
	x, ok := c.srv.exits.take(req.Bytes)
	if !ok || x.account != req.ID || x.dc != c.dc || !time.Now().Before(x.expires) {
		return nil, errAuthBytes
	}
	a, err := c.srv.known(x.account)
	if err != nil {
		return nil, err
	}
	return c.enter(a)
}
