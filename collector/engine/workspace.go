package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"telegramtrac/collector/engine/listing"
	"telegramtrac/collector/engine/store"

	"github.com/nats-io/nats.go/jetstream"
)

// Workspace is one person's data, as a visitor sees it. Zero: none.
type Workspace struct {
	ID     string `json:"id"`
	Source string `json:"source"`          // one of collector's Source constants
	Label  string `json:"label"`           // what the page shows, as "Sandbox"
	Shows  string `json:"shows,omitempty"` // of a preview: the source of accounts that read the same channels
}

// VisitorLife is how long a visitor who does not come back stays in a workspace. Days on
// which nobody could have come back are not counted.
const VisitorLife = 180 * day

// Workspace returns the workspace that a visitor is in; zero if the visitor is in none or was
// not seen for VisitorLife. A visitor is the hash of a cookie.
func (e *Engine) Workspace(ctx context.Context, visitor string) (_ Workspace, err error) {
	defer wrap(&err, "read workspace of visitor")
	var p presence
	if err := e.readWorkspaces(ctx, &p, "visitor", visitor); err != nil || e.gone(p) {
		return Workspace{}, err
	}
	return p.Workspace, nil
}

// Seen records a visit of a visitor. It writes at most once a day.
func (e *Engine) Seen(ctx context.Context, visitor string) (err error) {
	defer wrap(&err, "note a visit")
	if err := store.CheckNames(visitor); err != nil {
		return err
	}
	key, today := "visitor."+visitor, e.wall().Truncate(day)
	if last, ok := e.touched.Load(key); ok && last == today {
		return nil
	}
	it, err := e.workspaces.Entry(ctx, key)
	var p presence
	if err == nil && it.Revision > 0 {
		err = json.Unmarshal(it.Value, &p)
	}
	if err == nil && p.ID != "" && (p.Seen.Before(today) || e.ahead(p.Seen)) && !e.gone(p) {
		p.Seen = today
		var value []byte
		if value, err = json.Marshal(p); err == nil {
			_, err = e.workspaces.Update(ctx, key, value, it.Revision)
		}
		if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			return nil // somebody else was quicker: next time
		}
	}
	if err == nil {
		e.touched.Store(key, today)
	}
	return err
}

// SetWorkspace puts a visitor into a workspace.
func (e *Engine) SetWorkspace(ctx context.Context, visitor string, w Workspace) (err error) {
	defer wrap(&err, "set workspace of visitor")
	if err := store.CheckNames(visitor, w.ID); err != nil {
		return err
	}
	before, err := e.Workspace(ctx, visitor)
	if err != nil {
		return err
	}
	now := e.wall()
	if err := e.workspaces.PutJSON(ctx, "visitor."+visitor, presence{w, now, now.Truncate(day)}); err != nil {
		return err
	}
	if before.ID != "" && before.ID != w.ID {
		e.tellLeft(visitor)
	}
	return nil
}

// presence is the stored record of a visitor.
type presence struct {
	Workspace
	Since time.Time `json:"since"`         // zero in records of older versions
	Seen  time.Time `json:"seen,omitzero"` // last, exact to the day; zero in records of older versions
}

// gone reports whether a visitor was not seen for VisitorLife: the cookie has expired.
func (e *Engine) gone(p presence) bool {
	return !p.Seen.IsZero() && e.Past(p.Seen, int64(VisitorLife/day)+1)
}

// Presence is a browser in a workspace.
type Presence struct {
	Visitor string
	Since   time.Time // when it came in; zero when unknown
}

// Visitors lists the visitors of a workspace, the longest there first.
func (e *Engine) Visitors(ctx context.Context, w string) (out []Presence, err error) {
	defer wrap(&err, "list visitors")
	all, err := e.workspaces.List(ctx, "visitor.*")
	for _, it := range all {
		var p presence
		if json.Unmarshal(it.Value, &p) == nil && p.ID == w && !e.gone(p) {
			out = append(out, Presence{strings.TrimPrefix(it.Key, "visitor."), p.Since})
		}
	}
	slices.SortFunc(out, func(a, b Presence) int { return a.Since.Compare(b.Since) })
	return out, err
}

// MoveVisitor puts the visitor to into the workspace of from, and deletes from. If from is in
// no workspace, it is only deleted.
func (e *Engine) MoveVisitor(ctx context.Context, from, to string) (err error) {
	defer wrap(&err, "move visitor")
	w, err := e.Workspace(ctx, from)
	if err == nil && w.ID != "" {
		err = e.SetWorkspace(ctx, to, w)
	}
	if err != nil {
		return err
	}
	return e.ForgetVisitor(ctx, from)
}

// ForgetVisitors takes all visitors but one out of a workspace; but may be "".
func (e *Engine) ForgetVisitors(ctx context.Context, w, but string) error {
	all, err := e.Visitors(ctx, w)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.Visitor == but {
			continue
		}
		if err := e.ForgetVisitor(ctx, p.Visitor); err != nil {
			return err
		}
	}
	return nil
}

// ForgetVisitor takes a visitor out of its workspace, which stays, and deletes the visitor's
// sign-in.
func (e *Engine) ForgetVisitor(ctx context.Context, visitor string) (err error) {
	defer wrap(&err, "forget visitor")
	if err := store.CheckNames(visitor); err != nil {
		return err
	}
	if err := e.workspaces.Drop(ctx, "visitor."+visitor); err != nil {
		return err
	}
	e.tellLeft(visitor)
	return e.DropSignIn(ctx, visitor)
}

// removeWhere removes the keys of the bucket workspaces that match and whose values hold.
func (e *Engine) removeWhere(ctx context.Context, remove func(context.Context, string) error, filter string,
	holds func(value []byte) bool) error {
	all, err := e.workspaces.List(ctx, filter)
	for _, it := range all {
		if err == nil && holds(it.Value) {
			err = remove(ctx, it.Key)
		}
	}
	return err
}

// Session returns a workspace's sealed session, nil when there is none.
func (e *Engine) Session(ctx context.Context, w string) ([]byte, error) {
	return e.blob(ctx, "read session", w, "session")
}

// PutSession stores a workspace's sealed session.
func (e *Engine) PutSession(ctx context.Context, w string, sealed []byte) error {
	return e.putBlob(ctx, "keep session", sealed, w, "session")
}

// DropSession deletes a workspace's session. Log out first: whoever has a copy of a session
// can use it until then.
func (e *Engine) DropSession(ctx context.Context, w string) (err error) {
	defer wrap(&err, "drop session")
	return e.drop(ctx, w, "session")
}

// Peer returns the value of PutPeer, nil when there is none.
func (e *Engine) Peer(ctx context.Context, w, key string) ([]byte, error) {
	name, err := e.peerName(ctx, w, key)
	if err != nil {
		return nil, fmt.Errorf("read peer: %w", err)
	}
	v, err := e.blob(ctx, "read peer", w, "peer."+name)
	if v == nil && err == nil {
		v, err = e.blob(ctx, "read peer", w, "peer."+key) // the key of older versions
	}
	return v, err
}

// PutPeer stores a channel's access hash for a workspace's account. The key is "id.<id>" or
// "name.<username in lower case>".
func (e *Engine) PutPeer(ctx context.Context, w, key string, v []byte) error {
	name, err := e.peerName(ctx, w, key)
	if err != nil {
		return fmt.Errorf("keep peer: %w", err)
	}
	return e.putBlob(ctx, "keep peer", v, w, "peer."+name)
}

// peerName hides the key of a peer: keys stay in the files after a workspace is deleted, and
// must not reveal usernames.
func (e *Engine) peerName(ctx context.Context, w, key string) (string, error) {
	if _, err := blobKey(w, "peer."+key); err != nil {
		return "", err
	}
	return e.store.Hidden(ctx, w, key)
}

// Flood returns a workspace's flood budget, nil when there is none.
func (e *Engine) Flood(ctx context.Context, w string) ([]byte, error) {
	return e.blob(ctx, "read flood budget", w, "flood")
}

// PutFlood stores a workspace's flood budget.
func (e *Engine) PutFlood(ctx context.Context, w string, v []byte) error {
	return e.putBlob(ctx, "keep flood budget", v, w, "flood")
}

// DropWorkspace deletes all records of a workspace: session, flood budget, peers, collections,
// and the visitors who are in it or signing in to it. Its holder learns of it from Wants and
// must release the lease. The visitors go last, so that a visitor can ask again after a
// deletion failed half way. Sealed bytes stay in JetStream's block files, but the key that
// opens them is overwritten there.
func (e *Engine) DropWorkspace(ctx context.Context, w string) (err error) {
	defer wrap(&err, "drop workspace")
	if err := store.CheckNames(w); err != nil {
		return err
	}
	// Drop leaves a marker, which survives an unclean stop of a server.
	if err := e.DropSession(ctx, w); err != nil {
		return err
	}
	if err := e.dropCollections(ctx, w); err != nil {
		return err
	}
	for _, rest := range append(listing.Filters(), "flood", "peer.>", "merge.>", importKey) {
		err = errors.Join(err, e.workspaces.Erase(ctx, w+"."+rest))
	}
	if err != nil {
		return err
	}
	if err := e.store.Shred(ctx, w); err != nil {
		return err
	}
	if err := e.ForgetVisitors(ctx, w, ""); err != nil {
		return err
	}
	return e.removeWhere(ctx, e.workspaces.Drop, "signin.*", func(value []byte) bool {
		var s keptSignIn
		return json.Unmarshal(value, &s) == nil && s.Workspace == w
	})
}

func (e *Engine) dropCollections(ctx context.Context, w string) error {
	wants, err := e.collections.Sealed(ctx, "want."+w+".*")
	if err != nil {
		return err
	}
	for _, it := range wants {
		if err := e.collections.Drop(ctx, it.Key); err != nil {
			return err
		}
	}
	return e.collections.Erase(ctx, "have."+w+".>")
}

// readWorkspaces reads the JSON under kind.name into v.
func (e *Engine) readWorkspaces(ctx context.Context, v any, kind, name string) error {
	if err := store.CheckNames(name); err != nil {
		return err
	}
	return e.workspaces.GetJSON(ctx, kind+"."+name, v)
}

func (e *Engine) blob(ctx context.Context, doing, w, rest string) (_ []byte, err error) {
	defer wrap(&err, doing)
	key, err := blobKey(w, rest)
	if err != nil {
		return nil, err
	}
	return e.workspaces.Get(ctx, key)
}

func (e *Engine) putBlob(ctx context.Context, doing string, v []byte, w, rest string) (err error) {
	defer wrap(&err, doing)
	key, err := blobKey(w, rest)
	if err != nil {
		return err
	}
	return e.workspaces.Put(ctx, key, v)
}

func (e *Engine) drop(ctx context.Context, w, rest string) error {
	key, err := blobKey(w, rest)
	if err != nil {
		return err
	}
	return e.workspaces.Drop(ctx, key)
}

// blobKey returns the key of a value that a workspace owns.
func blobKey(w, rest string) (string, error) {
	if ownerless(w) {
		return "", ErrName
	}
	if err := store.CheckNames(append(strings.Split(rest, "."), w)...); err != nil {
		return "", err
	}
	return w + "." + rest, nil
}
