package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"telegramtrac/collector/workspace/totals"
)

// hostMetrics shows what the account host has done to Prometheus. Labels are
// sources and kinds: nothing that a person chose.
type hostMetrics struct{ tally func() totals.Totals }

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("telegramtrac_"+name, help, labels, nil)
}

var (
	metricMessages = described("messages_total", "Messages and service messages that were kept, by source.", "source")
	metricRequests = described("source_requests_total", "Requests that collections sent to a source.", "source")
	metricWaits    = described("waits_total", "Times that a collection had to wait, by what for.", "kind")
	metricWaited   = described("waited_seconds_total", "Seconds that collections waited because Telegram asked for it.")
	metricErrors   = described("errors_total", "Channels and collections that failed, by kind of error.", "kind")
	metricParts    = described("parts_total", "Parts that were written.")
	metricBytes    = described("part_bytes_total", "Bytes of the parts that were written.")
	metricHeld     = described("workspaces_held", "Workspaces that are being worked for.")
)

// Describe implements prometheus.Collector.
func (hostMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{metricMessages, metricRequests, metricWaits, metricWaited, metricErrors, metricParts, metricBytes,
		metricHeld} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (m hostMetrics) Collect(out chan<- prometheus.Metric) {
	t := m.tally()
	count := func(d *prometheus.Desc, n int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	for source, n := range t.Messages {
		count(metricMessages, n, source)
	}
	for source, n := range t.Requests {
		count(metricRequests, n, source)
	}
	for kind, n := range t.Waits {
		count(metricWaits, n, string(kind))
	}
	for kind, n := range t.Errors {
		count(metricErrors, n, string(kind))
	}
	count(metricWaited, t.Waited)
	count(metricParts, t.Parts)
	count(metricBytes, t.Bytes)
	out <- prometheus.MustNewConstMetric(metricHeld, prometheus.GaugeValue, float64(t.Holders))
}
