// Package preview is the source over Telegram's public web preview, the pages t.me/s/<channel>:
// it needs no account, but returns less.
//
// A Site fetches pages, for the whole process, through one gate; a Source reads for one
// collection. What stands on a page is package page's business.
//
// The preview cannot prove absence: it omits deleted messages and those it cannot show in the
// same way.
package preview

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/gate"
)

// DefaultURL is where Telegram serves the preview.
const DefaultURL = "https://t.me"

// Options configure a Site; all have defaults.
type Options struct {
	URL       string            // default DefaultURL; without a path
	Transport http.RoundTripper // default http.DefaultTransport
	Clock     gate.Clock        // default the machine's
	Logger    *slog.Logger      // default none
	Pace      time.Duration     // between two requests; default and least for real sites half a second
	Via       string            // the Detail of Network errors, such as a proxy; default nothing
}

// Site is the preview of one address. Its methods may be called from several
// goroutines at once; all their requests go through one gate.
type Site struct {
	base     *url.URL
	client   *http.Client
	gate     *gate.Site
	pages    *latest[answer]   // by path
	pictures *latest[depicted] // by username, in lower case
	clock    gate.Clock
	log      *slog.Logger
	via      string
}

// New makes a site. It fetches nothing.
func New(o Options) (*Site, error) {
	if o.URL == "" {
		o.URL = DefaultURL
	}
	base, err := url.Parse(strings.TrimSuffix(o.URL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.Path != "" || base.RawQuery != "" {
		return nil, collector.Errorf(collector.Internal, "%q is not an address like %s", o.URL, DefaultURL)
	}
	if o.Clock == nil {
		o.Clock = systemClock{gate.System()}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	client := &http.Client{
		Transport: o.Transport,
		// A redirect is an answer: there is no preview. Following it would let a
		// page send requests of this process anywhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       requestTime,
	}
	return &Site{base: base, client: client, gate: gate.NewSite(o.Clock, o.Pace), clock: o.Clock,
		pages: newLatest[answer](cachedPages), pictures: newLatest[depicted](mostPictures), log: o.Logger, via: o.Via}, nil
}

// Identity distinguishes sites: workspaces of different sites are separate.
func (s *Site) Identity() string {
	if s.base.String() == DefaultURL {
		return collector.SourcePreview
	}
	return collector.SourcePreview + " " + s.base.String()
}

// Remember restores the memory of the site's refusals, and passes each change to save, which
// must return only when it is stored. Call it before the first request.
func (s *Site) Remember(m gate.SiteMemory, save func(gate.SiteMemory)) { s.gate.Remember(m, save) }

// Resume allows requests again after refusals have stopped the site.
func (s *Site) Resume() { s.gate.Resume() }

// systemClock is the machine's clock. Its times carry the monotonic reading: setting the
// machine's wall clock neither cuts a wait short nor makes it longer.
type systemClock struct{ gate.Clock }

func (systemClock) Now() time.Time { return time.Now() }
