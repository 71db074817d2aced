package engine

import (
	"fmt"

	"github.com/nats-io/nats.go"
)

// leavingSubject carries the names of visitors who have just left a workspace.
const leavingSubject = "leaving"

// OnLeave calls f for every visitor who leaves a workspace from now on, in every
// process, until stop or Close: one who logged out, was taken out, went into
// another, or whose workspace was deleted. f is called by one goroutine.
func (e *Engine) OnLeave(f func(visitor string)) (stop func(), err error) {
	sub, err := e.store.Conn.Subscribe(leavingSubject, func(m *nats.Msg) { f(string(m.Data)) })
	if err == nil {
		err = e.store.Conn.Flush()
	}
	if err != nil {
		return nil, fmt.Errorf("listen for visitors who leave: %w", err)
	}
	return func() { _ = sub.Unsubscribe() }, nil // fails only where the connection has ended
}

// tellLeft publishes that a visitor left. A listener that misses it finds out when it next
// reads the visitor's workspace.
func (e *Engine) tellLeft(visitor string) {
	if err := e.store.Conn.Publish(leavingSubject, []byte(visitor)); err != nil {
		e.log.Warn("leaving not told", "error", err)
	}
}
