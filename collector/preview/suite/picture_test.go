package suite_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/preview"
	"telegramtrac/collector/sandbox/web"
)

var sourceForm = regexp.MustCompile(`<img([^>]*) src="[^"]*"`)

// recorder notes which hosts were asked.
type recorder struct {
	mu    sync.Mutex
	hosts []string
}

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.hosts = append(r.hosts, q.URL.Host)
	r.mu.Unlock()
	if strings.HasSuffix(q.URL.Host, ".telesco.pe") { // stands for Telegram's
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", "image/png")
		w.Write(blank(90, 90))
		return w.Result(), nil
	}
	return http.DefaultTransport.RoundTrip(q)
}

func blank(w, h int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// TestPicture: the picture of a channel that was looked at, and of no other, is
// fetched once, through the gate.
func TestPicture(t *testing.T) {
	w, ch, _ := harbour(t, 20)
	ch.TL.Photo = &tg.ChatPhoto{PhotoID: 1}
	h, site, c := serve(t, w)
	if _, err := site.Picture(t.Context(), "harbour_news"); collector.KindOf(err) != collector.NotFound || len(h.Asked()) != 0 {
		t.Errorf("of a channel that nobody looked at: %v, asked %v", err, h.Asked())
	}
	seen, err := site.Look(t.Context(), "@harbour_news")
	if err != nil || !seen.Picture {
		t.Fatalf("look: %+v, %v", seen, err)
	}
	before := c.Now()
	for range 2 {
		p, err := site.Picture(t.Context(), "Harbour_News")
		if err != nil || p.Type != "image/png" {
			t.Fatalf("picture: %q, %v", p.Type, err)
		}
		if m, err := png.Decode(bytes.NewReader(p.Body)); err != nil || m.Bounds().Dx() < 100 {
			t.Errorf("the picture does not open: %v", err)
		}
	}
	if asked := h.Asked(); len(asked) != 3 || asked[2] != "/file/7001.png" {
		t.Errorf("asked %v, want the two pages and one picture", asked)
	}
	if c.Now() == before {
		t.Error("the picture did not pass the gate")
	}
	h.Set(web.Hooks{Refuse: func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}})
	ch.TL.Photo = &tg.ChatPhotoEmpty{}
	if p, err := site.Picture(t.Context(), "harbour_news"); err != nil || len(p.Body) == 0 {
		t.Errorf("remembered: %v", err)
	}
}

// TestPictureAddresses: pages may name pictures anywhere, and anything may be
// there. Only what Telegram has is fetched, and only what is a picture is passed on.
func TestPictureAddresses(t *testing.T) {
	w, ch, _ := harbour(t, 20)
	ch.TL.Photo = &tg.ChatPhoto{PhotoID: 1}
	var elsewhere int
	other := serverURL(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	files := map[string]http.HandlerFunc{
		"/good":      typed("image/png", blank(100, 100)),
		"/svg":       typed("image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)),
		"/svg-as":    typed("image/png", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)),
		"/html-as":   typed("image/jpeg", []byte("<!doctype html><script>alert(1)</script>")),
		"/html":      typed("text/html", blank(100, 100)),
		"/oversized": typed("image/png", append(blank(100, 100), make([]byte, 600<<10)...)),
		"/vast":      typed("image/png", blank(3000, 10)),
		"/empty":     typed("image/png", nil),
		"/expired":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
		"/away":      func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other+"/x", http.StatusFound) },
	}
	const (
		none    = "none"    // the look says that there is no picture
		refused = "refused" // it is fetched, and not passed on
		shown   = "shown"
	)
	for address, want := range map[string]string{
		"SELF/good": shown, "https://cdn4.telesco.pe/file/abc.jpg": shown,
		"SELF/svg": refused, "SELF/svg-as": refused, "SELF/html-as": refused, "SELF/html": refused, "SELF/oversized": refused,
		"SELF/vast": refused, "SELF/empty": refused, "SELF/expired": refused, "SELF/away": refused,
		other + "/x": none, "http://169.254.169.254/latest/meta-data": none, "http://localhost/": none, "file:///etc/passwd": none, "": none,
		"https://telesco.pe.evil.example/a.jpg": none, "https://eviltelesco.pe/a.jpg": none, "https://cdn4.telesco.pe:8443/a.jpg": none,
		"http://cdn4.telesco.pe/a.jpg": none, "https://user@cdn4.telesco.pe/a.jpg": none, "//cdn4.telesco.pe/a.jpg": none,
		"javascript:alert(1)": none, "data:image/png;base64,AAAA": none, "https://[::1]/a": none, "https://cdn4.telesco.pe@evil.example/a": none,
	} {
		t.Run(address, func(t *testing.T) {
			pages := web.New(w)
			var self string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if f, ok := files[r.URL.Path]; ok {
					f(w, r)
					return
				}
				page := httptest.NewRecorder()
				pages.ServeHTTP(page, r)
				w.Header().Set("Content-Type", page.Header().Get("Content-Type"))
				w.Write(sourceForm.ReplaceAll(page.Body.Bytes(), []byte(`<img$1 src="`+strings.Replace(address, "SELF", self, 1)+`"`)))
			}))
			defer server.Close()
			self = server.URL
			hosts := &recorder{}
			site, err := preview.New(preview.Options{URL: server.URL, Clock: newClock(), Transport: hosts})
			if err != nil {
				t.Fatal(err)
			}
			seen, err := site.Look(t.Context(), "harbour_news")
			if err != nil {
				t.Fatal(err)
			}
			if seen.Picture != (want != none) {
				t.Errorf("has a picture: %v, want %s", seen.Picture, want)
			}
			asked := len(hosts.hosts)
			p, err := site.Picture(t.Context(), "harbour_news")
			if (err == nil) != (want == shown) || err != nil && (collector.KindOf(err) != collector.NotFound || p.Body != nil) {
				t.Errorf("picture %q of %d bytes, %v; want %s", p.Type, len(p.Body), err, want)
			}
			if want == none && len(hosts.hosts) != asked || elsewhere > 0 {
				t.Errorf("asked %v, and %d times elsewhere", hosts.hosts[asked:], elsewhere)
			}
			if _, err := site.Look(t.Context(), "harbour_talk"); collector.KindOf(err) != collector.NoPreview {
				t.Errorf("the next look: %v; a bad picture must not close the gate", err)
			}
		})
	}
}

func typed(kind string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Write(body)
	}
}
