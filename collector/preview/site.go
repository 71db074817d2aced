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
	path       string
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
	known, again := s.pages.validators(path)
	if again {
		setIf(req.Header, "If-None-Match", known.etag)
		setIf(req.Header, "If-Modified-Since", known.modified)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return a, 0, fmt.Errorf("%w: %w", errLost, err)
	}
	defer resp.Body.Close()
	a = answer{path: path, at: s.clock.Now()}
	switch code := resp.StatusCode; {
	case code == http.StatusNotModified && again:
		known.at = a.at
		s.pages.put(known)
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
		s.pages.put(a)
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

// cachedPages is how many answers are cached.
const cachedPages = 64

// cache stores the latest answers, for conditional requests and for reuse within a minute.
type cache struct {
	mu      sync.Mutex
	answers map[string]answer
	order   []string // oldest first
}

func newCache() *cache { return &cache{answers: map[string]answer{}} }

func (c *cache) put(a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.answers[a.path]; !ok {
		c.order = append(c.order, a.path)
	}
	c.answers[a.path] = a
	if len(c.order) > cachedPages {
		delete(c.answers, c.order[0])
		c.order = c.order[1:]
	}
}

// validators returns the cached answer for a conditional request.
func (c *cache) validators(path string) (answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.answers[path]
	return a, a.etag != "" || a.modified != ""
}

// since returns a cached answer that was fetched at or after a time.
func (c *cache) since(path string, t time.Time) (answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.answers[path]
	return a, ok && !a.at.Before(t)
}

// fresh is how long an answer is reused, so that a look and the collection after it share it.
const fresh = time.Minute

// recent is fetch, unless a fresh answer is cached.
func (s *Site) recent(ctx context.Context, t trip, path string) (answer, error) {
	if a, ok := s.pages.since(path, s.clock.Now().Add(-fresh)); ok {
		return a, ctx.Err()
	}
	return s.fetch(ctx, t, pageOf(path))
}
