package preview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/gate"
	"telegramtrac/collector/preview/page"
)

const (
	userAgent   = "telegramtrac (collects public channels for research; at most two requests a second)"
	requestTime = 30 * time.Second
	pageLimit   = 8 << 20 // bytes of a page; real ones have some 200,000
)

// answer is the site's answer for one address.
type answer struct {
	redirected bool // the site redirects
	missing    bool // 404
	body       []byte
	at         time.Time // when it was fetched

	etag, modified string // for asking whether it has changed
}

// trip is the caller of requests.
type trip struct {
	patient bool                 // waits out refusals and lost connections
	notify  func(collector.Wait) // called for waits; may be nil
	spend   func(collector.Usage)
}

func (t trip) wait(w collector.Wait) {
	if t.notify != nil {
		t.notify(w)
	}
}

// question is one request to the site.
type question struct {
	path     string
	absolute bool   // path is a whole, permitted address
	accept   string // kinds of content, comma-separated
	limit    int    // bytes
}

// pageOf makes the request for a page.
func pageOf(path string) question { return question{path: path, accept: "text/html", limit: pageLimit} }

// fetch gets an answer from the site. A patient trip waits out refusals and lost connections
// until the gate stops or its context ends.
func (s *Site) fetch(ctx context.Context, t trip, q question) (answer, error) {
	path := q.path
	lost := 0
	for try := 0; ; try++ {
		waited, err := s.gate.Pass(ctx, t.patient, t.wait)
		t.spend(collector.Usage{Waited: waited})
		if err != nil {
			return answer{}, fmt.Errorf("fetch %s: %w", path, err)
		}
		t.spend(collector.Usage{Requests: 1, Retries: int64(min(try, 1))})
		a, after, err := s.ask(ctx, q)
		switch {
		case err == nil:
			s.gate.Answered()
			return a, nil
		case ctx.Err() != nil:
			return answer{}, ctx.Err()
		case errors.Is(err, errRefused):
			t.spend(collector.Usage{Waits: 1})
			s.log.Info("the web preview refused a request", "error", err)
			if stop := s.gate.Refuse(after); stop != nil {
				return answer{}, fmt.Errorf("fetch %s: %w", path, stop)
			}
		case errors.Is(err, errLost) && t.patient:
			delay := gate.Reconnect(lost)
			lost++
			t.wait(collector.Wait{Kind: collector.Network, Method: s.via, Until: s.clock.Now().Add(delay)})
			err := gate.Sleep(ctx, s.clock, delay, nil)
			t.wait(collector.Wait{})
			if err != nil {
				return answer{}, err
			}
		case errors.Is(err, errLost):
			return answer{}, &collector.Error{Kind: collector.Network, Detail: s.via, Err: fmt.Errorf("fetch %s: %w", path, err)}
		default:
			return answer{}, fmt.Errorf("fetch %s: %w", path, err)
		}
	}
}

var (
	errRefused = errors.New("refused")       // 429, 5xx, 403: the site wants fewer requests
	errLost    = errors.New("not reachable") // no answer
)

// ask sends one request. After is how long a refusal asks to wait, 0 if it does not say.
func (s *Site) ask(ctx context.Context, q question) (a answer, after time.Duration, err error) {
	path, address := q.path, s.base.String()+q.path
	if q.absolute {
		address = q.path
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return a, 0, err
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", q.accept)
	req.Header.Set("Accept-Language", "en")
	known, _ := s.pages.get(path)
	again := known.etag != "" || known.modified != ""
	if again {
		setIf(req.Header, "If-None-Match", known.etag)
		setIf(req.Header, "If-Modified-Since", known.modified)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return a, 0, fmt.Errorf("%w: %w", errLost, err)
	}
	defer resp.Body.Close()
	a = answer{at: s.clock.Now()}
	switch code := resp.StatusCode; {
	case code == http.StatusNotModified && again:
		known.at = a.at
		s.pages.put(path, known)
		return known, 0, nil
	case code == http.StatusNotFound, q.absolute && (code == http.StatusForbidden || code == http.StatusGone): // addresses of pictures expire
		a.missing = true
		return a, 0, nil
	case code >= 300 && code < 400:
		a.redirected = true
		return a, 0, nil
	case code == http.StatusTooManyRequests, code == http.StatusForbidden, code >= 500:
		return a, retryAfter(resp.Header.Get("Retry-After"), a.at), fmt.Errorf("%w: status %d", errRefused, code)
	case code != http.StatusOK:
		return a, 0, fmt.Errorf("%w: status %d", page.ErrForeign, code)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); !slices.Contains(strings.Split(q.accept, ","), kind) {
		return a, 0, fmt.Errorf("%w: content type %q", page.ErrForeign, kind)
	}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, int64(q.limit)+1))
	switch {
	case err != nil:
		return a, 0, fmt.Errorf("%w: %w", errLost, err)
	case len(a.body) > q.limit:
		return a, 0, fmt.Errorf("%w: larger than %d bytes", page.ErrForeign, q.limit)
	}
	a.etag, a.modified = resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	if !q.absolute { // pictures are remembered elsewhere
		s.pages.put(path, a)
	}
	return a, 0, nil
}

func setIf(h http.Header, key, value string) {
	if value != "" {
		h.Set(key, value)
	}
}

// longestAfter limits the accepted Retry-After.
const longestAfter = 24 * time.Hour

// retryAfter reads the header: seconds, or a date.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return min(time.Duration(n)*time.Second, longestAfter)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(0, at.Sub(now)), longestAfter)
	}
	return 0
}

// cachedPages is how many answers are cached, for conditional requests and for reuse within a
// minute.
const cachedPages = 64

// latest remembers the values of the keys that came last.
type latest[V any] struct {
	most  int
	mu    sync.Mutex
	known map[string]V
	order []string // oldest first
}

func newLatest[V any](most int) *latest[V] { return &latest[V]{most: most, known: map[string]V{}} }

func (l *latest[V]) put(key string, v V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.known[key]; !ok {
		l.order = append(l.order, key)
	}
	l.known[key] = v
	if len(l.order) > l.most {
		delete(l.known, l.order[0])
		l.order = l.order[1:]
	}
}

func (l *latest[V]) get(key string) (V, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, ok := l.known[key]
	return v, ok
}

// fresh is how long an answer is reused, so that a look and the collection after it share it.
const fresh = time.Minute

// recent is fetch, unless a fresh answer is cached.
func (s *Site) recent(ctx context.Context, t trip, path string) (answer, error) {
	if a, ok := s.pages.get(path); ok && s.clock.Now().Sub(a.at) <= fresh {
		return a, ctx.Err()
	}
	return s.fetch(ctx, t, pageOf(path))
}
