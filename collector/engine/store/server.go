package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// maxPayload is the largest value or call: a request for some hundred thousand channels.
const maxPayload = 8 << 20

// maxStore is more than any disk has, so that the disk is the limit. The default is a share of
// what is free when the server starts: on a nearly full disk it would refuse everything.
const maxStore = 1 << 40

// startServer starts JetStream in the folder. It opens no socket: connections are pipes within
// the process. SyncAlways because the default is to sync every two minutes, and what was
// acknowledged must survive a power cut.
//
// It calls failed when the server's store has failed for good.
func startServer(dir string, log *slog.Logger, failed func()) (*server.Server, error) {
	s, err := server.NewServer(&server.Options{
		ServerName:        "telegramtrac",
		DontListen:        true,
		NoSigs:            true,
		JetStream:         true,
		JetStreamMaxStore: maxStore,
		StoreDir:          dir,
		SyncAlways:        true,
		SyncInterval:      2 * time.Minute,
		MaxPayload:        maxPayload,
	})
	if err != nil {
		return nil, fmt.Errorf("make nats server: %w", err)
	}
	s.SetLoggerV2(serverLog{log, failed}, log.Enabled(context.Background(), slog.LevelDebug), false, false)
	s.Start()
	if !s.ReadyForConnections(time.Minute) {
		s.Shutdown()
		return nil, errors.New("start nats server: not ready after a minute")
	}
	return s, nil
}

func connect(s nats.InProcessConnProvider, log *slog.Logger) (*nats.Conn, error) {
	nc, err := nats.Connect("",
		nats.InProcessServer(s),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(50*time.Millisecond),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("nats client", "error", err)
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("connect to nats server: %w", err)
	}
	return nc, nil
}

// serverLog logs the server's lines. Its notices become debug lines.
type serverLog struct {
	log    *slog.Logger
	failed func()
}

func (l serverLog) write(level slog.Level, format string, v []any) {
	if l.log.Enabled(context.Background(), level) {
		l.log.Log(context.Background(), level, "nats server", "line", fmt.Sprintf(format, v...))
	}
}

func (l serverLog) Noticef(format string, v ...any) { l.write(slog.LevelDebug, format, v) }
func (l serverLog) Debugf(format string, v ...any)  { l.write(slog.LevelDebug, format, v) }
func (l serverLog) Tracef(format string, v ...any)  { l.write(slog.LevelDebug, format, v) }
func (l serverLog) Warnf(format string, v ...any)   { l.write(slog.LevelWarn, format, v) }
func (l serverLog) Errorf(format string, v ...any) {
	l.write(slog.LevelError, format, v)
	if strings.Contains(strings.ToLower(format), "critical write error") { // the only sign of it
		l.failed()
	}
}
func (l serverLog) Fatalf(format string, v ...any) { l.write(slog.LevelError, format, v) }

// Settle returns when the server has registered the subscriptions.
func (s *Store) Settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // Flush wants a deadline
	defer cancel()
	return s.Conn.FlushWithContext(ctx)
}
