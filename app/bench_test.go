package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest/long"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
)

// The README's figures: the product is a process of its own, and the sandbox,
// in this one, stands in for Telegram.
//
//	go test ./app -run '^$' -bench . -benchtime 1x

// BenchmarkCollection collects 20,000 messages of 250 bytes of text.
func BenchmarkCollection(b *testing.B) {
	for _, latency := range []time.Duration{0, 80 * time.Millisecond} {
		b.Run(latency.String(), func(b *testing.B) {
			for b.Loop() {
				collectOnce(b, latency)
			}
		})
	}
}

func collectOnce(b *testing.B, latency time.Duration) {
	messages := long.Size(20_000)
	s, args := telegramElsewhere(b, sandboxtest.Bulk("bulk", messages, 250))
	base, cmd := spawn(b, b.TempDir(), args...)
	v := newVisitor(b, base)
	v.signInAt("telegram", sandbox.Phones()[0])
	b.ReportMetric(memory(b, cmd, "VmRSS"), "MB-idle")
	s.Hooks().SetLatency(latency)
	began := time.Now()
	c := v.done(url.Values{"channels": {"@bulk"}})
	took := time.Since(began)
	if c.State != collector.Done || c.Messages != int64(messages) {
		b.Fatalf("collection: %+v", c)
	}
	b.ReportMetric(float64(messages)/took.Seconds(), "messages/s")
	b.ReportMetric(memory(b, cmd, "VmRSS"), "MB-after")
	kill(cmd)
}

// memory is a figure of a process's memory in MB: VmRSS is what it has, VmHWM the most it had.
func memory(t testing.TB, cmd *exec.Cmd, name string) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Skipf("no figures of memory here: %v", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb / 1024
		}
	}
	return 0
}

// BenchmarkStart is the time from starting the product to its first page.
func BenchmarkStart(b *testing.B) {
	data := b.TempDir()
	for b.Loop() {
		base, cmd := spawn(b, data)
		if status, _ := newVisitor(b, base).get("/"); status != 200 {
			b.Fatal(status)
		}
		b.StopTimer()
		kill(cmd)
		b.StartTimer()
	}
}

// BenchmarkResume is the time from starting the product after a kill in the
// middle of a collection to the first request for history: the median of ten.
func BenchmarkResume(b *testing.B) {
	for b.Loop() {
		s, args := telegramElsewhere(b, sandboxtest.Bulk("bulk", max(20_000, long.Size(200_000)), 250))
		data := b.TempDir()
		base, cmd := spawn(b, data, args...)
		v := newVisitor(b, base)
		v.signInAt("telegram", sandbox.Phones()[0])
		s.Hooks().SetLatency(40 * time.Millisecond)
		id := v.trac(url.Values{"channels": {"@bulk"}})
		var took []time.Duration
		for range max(1, long.Size(10)) {
			v.watch(id, func(c collector.Collection) bool { return c.Messages > 0 })
			kill(cmd)
			before := s.Hooks().Requests("messages.getHistory")
			began := time.Now()
			v.base, cmd = spawn(b, data, args...)
			for s.Hooks().Requests("messages.getHistory") <= before+1 { // the first asks for the bounds
				time.Sleep(time.Millisecond)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "ms-median")
		kill(cmd)
	}
}
