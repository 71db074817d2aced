package handlers_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestChannelsFromFile: a file's names are collected, without its notes; what is wrong with a
// name is said beside the form.
func TestChannelsFromFile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(t)
	list := part{"batch", "list.txt", "\ufeff# my list, of names\r\n@alpha\r\n  # @gamma\n\nt.me/beta #not_a_note\n"}
	b.uploadTo("/collections", part{field: "channels"}, list).shows(t, 422, "#not_a_note", "@alpha")
	list.text = "# my list\n@alpha\n\nt.me/beta"
	if r := b.uploadTo("/collections", part{field: "channels", text: "1003"}, list); r.status >= 400 {
		t.Fatalf("status %d\n%s", r.status, r.body)
	}
	w, id := onlyCollection(s)
	c, err := s.engine.Collection(t.Context(), w, id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1003", "@alpha", "t.me/beta"}, c.Requested.Channels); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
}
