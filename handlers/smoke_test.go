package handlers_test

import "testing"

func TestSmoke(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	b.get("/").shows(t, 200, "Try it in the sandbox")
	b = s.signedIn(t)
	b.get("/").shows(t, 200, "Which channels do you want")
	id := b.submit("@alpha; @beta")
	b.get("/collections/"+id).shows(t, 200, "Next: 2 channels")
	b.get("/tabs/messages").shows(t, 200, "Messages")
	b.get("/tabs/metadata").shows(t, 200)
	b.get("/tabs/dataset").shows(t, 200)
	b.get("/tabs/network").shows(t, 200)
	b.get("/tabs/options").shows(t, 200)
	b.get("/collections").shows(t, 200)
}
