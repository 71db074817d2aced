package handlers_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/network"
	"telegramtrac/collector/spool"
	"telegramtrac/handlers"
	"telegramtrac/views"
)

// noon is when everything in these tests happens.
var noon = time.Date(2024, 2, 2, 14, 4, 0, 0, time.UTC)

var sandboxInfo = &views.SandboxInfo{
	APIID: 12345, APIHash: "0123456789abcdef0123456789abcdef",
	Accounts: []views.SandboxAccount{{Phone: "+9996620001", Code: "22222"}, {Phone: "+9996620002", Code: "22222", Password: "sandbox"}},
	Channels: []views.SandboxChannel{
		{Username: "alpha", Title: "Alpha News", About: "A daily, with forwards of others."},
		{Username: "beta", Title: "Бета", About: "Cyrillic."},
	},
}

// site is a page under test with its fakes.
type site struct {
	*handlers.Server
	engine *fakeEngine
	data   map[string]*dataset.Dataset
	mu     sync.Mutex
	graph  *network.Graph
}

func (s *site) setGraph(g *network.Graph) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.graph = g
}

func newSite(t testing.TB, change ...func(*handlers.Options)) *site {
	t.Helper()
	now := func() time.Time { return noon }
	s := &site{engine: newFakeEngine(now), data: map[string]*dataset.Dataset{}, graph: &network.Graph{}}
	dir := t.TempDir()
	o := handlers.Options{
		Engine: s.engine, Accounts: s.engine, Secret: []byte("a secret of some length"), Sandbox: sandboxInfo, Now: now,
		Spool: spool.Open(dir + "/uploads"), MaxUpload: 1 << 20,
		Data: func(w string) (*dataset.Dataset, error) { return s.dataset(dir, w) },
		Graph: func(context.Context, string) (*network.Graph, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.graph, nil
		},
		Evidence: func(ctx context.Context, w string, q network.Question) (network.Answer, error) {
			d, err := s.dataset(dir, w)
			if err != nil {
				return network.Answer{}, err
			}
			return network.Find(ctx, d, q)
		},
		Ties: func(ctx context.Context, w string, out io.Writer) error {
			d, err := s.dataset(dir, w)
			if err != nil {
				return err
			}
			in, err := network.Read(ctx, d, 0)
			if err != nil {
				return err
			}
			return network.WriteTies(ctx, out, in)
		},
	}
	for _, each := range change {
		each(&o)
	}
	var err error
	if s.Server, err = handlers.New(o); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) dataset(dir, workspace string) (*dataset.Dataset, error) {
	if d := s.data[workspace]; d != nil {
		return d, nil
	}
	d, err := dataset.Open(dir + "/" + workspace)
	s.data[workspace] = d
	return d, err
}

// browser is a visitor: it remembers its cookie and the token of the last page.
type browser struct {
	t      testing.TB
	site   *site
	cookie string
	signIn string // the cookie of a sign-in under way
	token  string
	htmx   string // the id that htmx will swap; "": a plain browser
	header map[string]string
}

func (s *site) visit(t testing.TB) *browser {
	b := &browser{t: t, site: s, header: map[string]string{}}
	b.get("/")
	return b
}

// signedIn is a visitor who is in a workspace of the sandbox.
func (s *site) signedIn(t testing.TB) *browser {
	t.Helper()
	return s.signedInAt(t, collector.SourceSandbox)
}

// signedInAt is a visitor who is in a workspace of a source.
func (s *site) signedInAt(t testing.TB, source string) *browser {
	t.Helper()
	b := s.visit(t)
	b.post("/signin/credentials",
		url.Values{"source": {source}, "api_id": {"12345"}, "api_hash": {sandboxInfo.APIHash}, "phone": {"+9996620001"}})
	if r := b.post("/signin/code", url.Values{"code": {"22222"}}); r.status >= 400 {
		t.Fatalf("sign in: status %d: %s", r.status, r.body)
	}
	b.get("/") // the page after the form: its forms have the new cookie's token
	return b
}

func (b *browser) with(name, value string) *browser {
	out := *b
	out.header = map[string]string{name: value}
	for k, v := range b.header {
		out.header[k] = v
	}
	return &out
}

func (b *browser) swapping(id string) *browser {
	out := *b
	out.htmx = id
	return &out
}

// response is an answer whose body has been read.
type response struct {
	status int
	header http.Header
	body   string
}

func (b *browser) get(path string) response {
	b.t.Helper()
	return b.do(httptest.NewRequest(http.MethodGet, path, nil))
}

func (b *browser) post(path string, form url.Values) response {
	b.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	if _, ok := form["_csrf"]; !ok {
		form.Set("_csrf", b.token)
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

var tokenForm = regexp.MustCompile(`name="_csrf" value="([0-9a-f]{64})"`)

func (b *browser) do(r *http.Request) response {
	b.t.Helper()
	if b.cookie != "" {
		r.AddCookie(&http.Cookie{Name: "visitor", Value: b.cookie})
	}
	if b.signIn != "" {
		r.AddCookie(&http.Cookie{Name: "signin", Value: b.signIn})
	}
	if b.htmx != "" {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Target", "div#"+b.htmx)
	}
	r.Header.Set("X-Forwarded-For", "192.0.2.1") // as a proxy does
	for name, value := range b.header {
		r.Header.Set(name, value)
	}
	resp, err := b.site.Test(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range resp.Cookies() {
		if c.Name == "visitor" {
			b.cookie = c.Value
		}
		if c.Name == "signin" {
			b.signIn = c.Value
		}
	}
	if m := tokenForm.FindSubmatch(body); m != nil {
		b.token = string(m[1])
	}
	return response{resp.StatusCode, resp.Header, string(body)}
}

// shows checks the status and that the body has every text.
func (r response) shows(t *testing.T, status int, texts ...string) {
	t.Helper()
	if r.status != status {
		t.Errorf("status %d, want %d", r.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(r.body, text) {
			t.Errorf("the answer does not have %q:\n%s", text, r.body)
		}
	}
}

func (r response) lacks(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(r.body, text) {
			t.Errorf("the answer has %q:\n%s", text, r.body)
		}
	}
}

// workspace is the id of the browser's workspace.
func (b *browser) workspace() string {
	b.t.Helper()
	for _, w := range b.site.engine.workspaces {
		if strings.Contains(b.get("/collections").body, w.Label) {
			return w.ID
		}
	}
	b.t.Fatal("not in a workspace")
	return ""
}

// submit starts a collection and returns its id.
func (b *browser) submit(channels string) string {
	b.t.Helper()
	r := b.post("/collections", url.Values{"channels": {channels}})
	if r.status != http.StatusSeeOther {
		b.t.Fatalf("submit: status %d: %s", r.status, r.body)
	}
	return strings.TrimPrefix(r.header.Get("Location"), "/collections/")
}

func ptr[T any](v T) *T { return &v }
