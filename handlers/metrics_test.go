package handlers_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"telegramtrac/handlers"
)

const metricsToken = "a token of some length"

func tokened(o *handlers.Options) { o.MetricsToken = metricsToken }

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, s *site) map[string]*dto.MetricFamily {
	t.Helper()
	r := s.visit(t).with("Authorization", "Bearer "+metricsToken).get("/metrics")
	if r.status != http.StatusOK || !strings.HasPrefix(r.header.Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Fatalf("status %d, %q", r.status, r.header.Get("Content-Type"))
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	out, err := parser.TextToMetricFamilies(strings.NewReader(r.body))
	if err != nil {
		t.Fatalf("%v in\n%s", err, r.body)
	}
	return out
}

// labelled finds the metric with the labels, nil when there is none.
func labelled(f *dto.MetricFamily, labels map[string]string) *dto.Metric {
	for _, m := range f.GetMetric() {
		same := len(m.GetLabel()) == len(labels)
		for _, l := range m.GetLabel() {
			same = same && labels[l.GetName()] == l.GetValue()
		}
		if same {
			return m
		}
	}
	return nil
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	parts := prometheus.NewCounter(prometheus.CounterOpts{Name: "telegramtrac_parts_total", Help: "Parts."})
	parts.Add(7)
	s := newSite(t, tokened, func(o *handlers.Options) { o.Metrics = []prometheus.Collector{parts} })
	b := s.signedIn(t)
	b.submit("@secretchannel")
	b.get("/tabs/messages?channel=secretchannel")
	b.get("/wp-login.php?secret")
	b.post("/nowhere", nil)
	got := scrape(t, s)

	collections := got["telegramtrac_collections"]
	if m := labelled(collections, map[string]string{"state": "queued"}); m.GetGauge().GetValue() != 1 || len(collections.GetMetric()) != 7 {
		t.Errorf("collections: %v", collections)
	}
	if v := got["telegramtrac_parts_total"].GetMetric()[0].GetCounter().GetValue(); v != 7 {
		t.Errorf("what is counted elsewhere: %v", v)
	}
	if v := got["telegramtrac_websockets"].GetMetric()[0].GetGauge().GetValue(); v != 0 {
		t.Errorf("websockets: %v", v)
	}
	requests := got["telegramtrac_request_duration_seconds"]
	for route, want := range map[[2]string]uint64{{"/tabs/messages", "404"}: 1, {"other", "404"}: 2} {
		m := labelled(requests, map[string]string{"route": route[0], "status": route[1]})
		if n := m.GetHistogram().GetSampleCount(); n != want {
			t.Errorf("%v was asked for %d times, want %d", route, n, want)
		}
	}
	w, id := onlyCollection(s)
	for name, family := range got {
		text := family.String()
		for _, secret := range []string{"secret", "wp-login", w, id, b.cookie} {
			if strings.Contains(text, secret) {
				t.Errorf("%s tells %q: %s", name, secret, text)
			}
		}
	}
}

// If collections cannot be counted, the other metrics are still there.
func TestMetricsWithoutRecords(t *testing.T) {
	t.Parallel()
	s := newSite(t, tokened)
	s.engine.failing("counts", errors.New("the engine is gone"))
	if got := scrape(t, s); got["telegramtrac_collections"] != nil || got["telegramtrac_websockets"] == nil {
		t.Errorf("got %v", got)
	}
}

// Only who has the token, or without one this machine, may read the metrics.
func TestMetricsAreNotForAll(t *testing.T) {
	t.Parallel()
	ask := func(s *site, remote string, header ...string) int {
		t.Helper()
		if remote == "" { // through a network
			r, err := http.NewRequest(http.MethodGet, "http://"+s.serve(t)+"/metrics", nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i+1 < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			return resp.StatusCode
		}
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil) // seems to come from 0.0.0.0
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		resp, err := s.Test(r)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode
	}
	const elsewhere, loopback = "elsewhere", ""
	proxied := func(o *handlers.Options) { o.TrustProxy = true }
	for name, tt := range map[string]struct {
		change []func(*handlers.Options)
		from   string
		header []string
		want   int
	}{
		"this machine":                {nil, loopback, nil, 200},
		"elsewhere":                   {nil, elsewhere, nil, 404},
		"a trusted proxy here":        {[]func(*handlers.Options){proxied}, loopback, nil, 404},
		"a proxy here nobody told of": {nil, loopback, []string{"X-Forwarded-For", "203.0.113.5"}, 404},
		"no token":                    {[]func(*handlers.Options){tokened}, loopback, nil, 404},
		"another token": {[]func(*handlers.Options){tokened}, elsewhere,
			[]string{"Authorization", "Bearer " + metricsToken + "x"}, 404},
		"the token without its scheme": {[]func(*handlers.Options){tokened}, elsewhere, []string{"Authorization", metricsToken}, 404},
		"the token": {[]func(*handlers.Options){tokened}, elsewhere, []string{"Authorization", "Bearer " + metricsToken},
			200},
		"the token, by a trusted proxy": {[]func(*handlers.Options){tokened, proxied}, elsewhere,
			[]string{"Authorization", "Bearer " + metricsToken}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ask(newSite(t, tt.change...), tt.from, tt.header...); got != tt.want {
				t.Errorf("status %d, want %d", got, tt.want)
			}
		})
	}
}
