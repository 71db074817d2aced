package handlers_test

import (
	"net/http"
	"net/url"
	"testing"

	"telegramtrac/collector"
	"telegramtrac/handlers"
)

// TestLentAPI: if the host lends its api_id, people need only a phone, and the api_hash never
// appears on a page.
func TestLentAPI(t *testing.T) {
	t.Parallel()
	const hash = "fedcba9876543210fedcba9876543210"
	s := newSite(t, func(o *handlers.Options) { o.APIID, o.APIHash = 777777, hash })
	b := s.visit(t)
	secret := func(r response) { t.Helper(); r.lacks(t, hash, "777777") }
	form := b.get("/?source=telegram")
	form.shows(t, 200, "Use an api_id of your own", "the phone number is all you need")
	secret(form)
	phone := url.Values{"source": {"telegram"}, "phone": {"+44 7700 900123"}}
	s.engine.failing("SendCode", &collector.Error{Kind: collector.PhoneInvalid})
	wrong := b.post("/signin/credentials", phone)
	wrong.shows(t, 422, "Write it with the country code")
	secret(wrong)
	s.engine.failing("SendCode", nil)
	phone.Del("_csrf")
	code := b.swapping("view").post("/signin/credentials", phone)
	code.shows(t, 200, "Enter the login code")
	secret(code)
	if got := s.engine.sent; got.APIID != 777777 || got.APIHash != hash {
		t.Errorf("sent with api_id %d", got.APIID)
	}
	half := b.post("/signin/credentials", url.Values{"source": {"telegram"}, "api_id": {"5"}, "phone": {"+447700900123"}})
	half.shows(t, http.StatusUnprocessableEntity, "Write the api_hash", "<details class=\"help\" open>")
	secret(half)
	newSite(t).visit(t).get("/?source=telegram").lacks(t, "Use an api_id of your own")
}
