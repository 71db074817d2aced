package handlers

import "testing"

// TestSlowSocketIsNotWaitedFor: a page that does not read loses its place, and
// nobody waits for it.
func TestSlowSocketIsNotWaitedFor(t *testing.T) {
	s := newSocket(nil, "")
	for range queueLength {
		if !s.send(nil) {
			t.Fatal("a message was refused while there was room")
		}
	}
	if s.send(nil) {
		t.Error("a message more than the queue holds was taken")
	}
}
