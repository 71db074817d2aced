package sandbox_test

import (
	"testing"

	"github.com/gotd/td/session"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
)

// BenchmarkHistory measures a page of 100 messages, client and server together.
func BenchmarkHistory(b *testing.B) {
	for _, compress := range []bool{true, false} {
		name := map[bool]string{true: "packed", false: "plain"}[compress]
		b.Run(name, func(b *testing.B) {
			srv := start(b, sandbox.Options{World: sandboxtest.Bulk("bulk", 100_000, 250)})
			srv.Hooks().SetCompression(compress)
			api := signedIn(b, srv, sandbox.PhonePlain).API()
			bulk := peer(resolve(b, api, "bulk"))
			offset, n := 0, 0
			b.ResetTimer()
			for range b.N {
				m := page(b, api, &tg.MessagesGetHistoryRequest{Peer: bulk, OffsetID: offset, Limit: 100}).Messages
				n += len(m)
				if offset = 0; len(m) > 0 {
					offset = m[len(m)-1].GetID()
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

func BenchmarkIssueSession(b *testing.B) {
	srv := start(b, sandbox.Options{})
	for range b.N {
		if err := srv.IssueSession(b.Context(), new(session.StorageMemory), sandbox.PhonePlain); err != nil {
			b.Fatal(err)
		}
	}
}
