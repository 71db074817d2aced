package account

import "testing"

// An import that is asked for while the last one tidies up is begun after it.
func TestImportAskedForAtTheEndOfTheLast(t *testing.T) {
	i := newImports()
	i.kick("w", "w")
	<-i.kicks
	if got := len(i.take(t.Context())); got != 1 {
		t.Fatalf("%d jobs begin, want 1", got)
	}
	i.kick("w")
	<-i.kicks
	if got := len(i.take(t.Context())); got != 0 {
		t.Fatalf("%d jobs begin beside the first, want none", got)
	}
	i.forget("w")
	select {
	case <-i.kicks:
	default:
		t.Fatal("nobody is told to begin the next")
	}
	if got := len(i.take(t.Context())); got != 1 {
		t.Errorf("%d jobs begin after the first, want 1", got)
	}
}
