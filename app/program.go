package main

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"telegramtrac/collector"
	"telegramtrac/collector/datafolder"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/keyring"
	"telegramtrac/collector/preview"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/web"
	"telegramtrac/collector/sandbox/world"
	"telegramtrac/collector/signin"
	"telegramtrac/collector/spool"
	"telegramtrac/collector/telegram/client"
	"telegramtrac/collector/workspace"
	"telegramtrac/handlers"
	"telegramtrac/views"
)

// sandboxPace is the pace of requests for the sandbox's own web preview, which
// nobody else is to be spared.
const sandboxPace = 50 * time.Millisecond

// worldSeed makes the sandbox's invented city the same for everybody.
const worldSeed = 1

// program is the running product: start makes it, close ends it.
type program struct {
	listener net.Listener
	engine   *engine.Engine
	sandbox  *sandbox.Server // nil: off
	invented func(channelID int64, username string) bool
	page     *handlers.Server
	stop     context.CancelFunc // ends the account host
	parts    *errgroup.Group
	failed   <-chan struct{} // closed when a part ended by itself
}

// start puts the parts together. Whatever was started is ended again when a
// later part fails.
func start(ctx context.Context, s settings, logger *slog.Logger) (_ *program, err error) {
	p := &program{}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close(ctx))
		}
	}()
	keys, err := p.openRecords(ctx, s, logger)
	if err != nil {
		return nil, err
	}
	servers := map[string]signin.Server{collector.SourceTelegram: telegramServer(s)}
	previews := map[string]*preview.Site{}
	if s.previewURL != "off" {
		if previews[collector.SourcePreview], err = preview.New(previewOptions(s, logger)); err != nil {
			return nil, fmt.Errorf("set up the web preview: %w", err)
		}
	}
	info, err := p.startSandbox(ctx, s, logger, servers, previews)
	if err != nil {
		return nil, err
	}
	privacy, err := datafolder.Notice(s.data, "privacy.txt")
	if err != nil {
		return nil, err
	}
	terms, err := datafolder.Notice(s.data, "terms.txt")
	if err != nil {
		return nil, err
	}
	sets := datafolder.New(s.data, logger)
	uploads := spool.Open(filepath.Join(s.data, "uploads"))
	host := workspace.New(workspace.Options{
		Engine: p.engine, Keys: keys, Logger: logger,
		Data: sets.Find, Store: sets.Store, RemoveData: sets.Remove, Stored: sets.Stored,
		Servers: servers, Previews: previews, MaxInFlight: s.maxInFlight,
		Spool: uploads, Invented: p.invented,
		Quota: s.quota, Room: uploads.Room, Keep: s.keep,
	})
	if p.page, err = handlers.New(handlers.Options{
		Engine:   p.engine,
		Accounts: p.engine.Accounts(),
		Data:     sets.Open,
		Graph:    sets.Graph,
		Evidence: sets.Evidence,
		Ties:     sets.Ties,
		Sandbox:  info,
		Scan:     p.scan(),
		Preview:  s.previewURL != "off",
		Spool:    uploads, MaxUpload: s.maxUpload,
		Secret: keys.Derive("page"),
		Logger: logger,

		TrustProxy: s.trustedProxy, ClientHeader: s.clientHeader, AccessPassword: s.accessPassword,
		APIID: s.apiID, APIHash: s.apiHash, Privacy: privacy, Terms: terms,

		MaxConnections: mostConnections(descriptors()),

		Keep: s.keep, Quota: s.quota,
		Room: uploads.Room, Ready: func(context.Context) error { return datafolder.Writable(s.data) },
		Metrics: []prometheus.Collector{hostMetrics{host.Tally}}, MetricsToken: s.metricsToken,
	}); err != nil {
		return nil, err
	}
	if p.listener, err = net.Listen("tcp", s.addr); err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	p.run(ctx, host)
	return p, nil
}

// used reports whether anybody has anything in the data folder.
func (p *program) used(ctx context.Context, dir string) (bool, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "workspaces"))
	if len(entries) > 0 {
		return true, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("look for workspaces: %w", err)
	}
	known, err := p.engine.Workspaces(ctx)
	if err != nil {
		return false, fmt.Errorf("look for workspaces: %w", err)
	}
	return len(known) > 0, nil
}

// openRecords opens the data folder's records and the keys that seal them.
func (p *program) openRecords(ctx context.Context, s settings, logger *slog.Logger) (keys *keyring.Keys, err error) {
	if err := datafolder.Restored(s.data); err != nil {
		return nil, err
	}
	if p.engine, err = engine.Open(ctx, engine.Options{
		Dir: filepath.Join(s.data, "engine"), Logger: logger, Free: func() (uint64, uint64, bool) { return spool.Free(s.data) },
	}); err != nil {
		return nil, fmt.Errorf("open the engine: %w", err)
	}
	used, err := p.used(ctx, s.data)
	if err != nil {
		return nil, err
	}
	if keys, err = keyring.Open(s.data, s.secretKey, used); err != nil {
		return nil, err
	}
	p.engine.SealWith(keys)
	if left := filepath.Join(s.data, "secret.key"); s.secretKey != "" {
		if _, err := os.Stat(left); err == nil {
			logger.Warn("key left in the data folder", "file", left)
		}
	}
	return keys, nil
}

// connectionsEver is the largest number of connections: more than one machine serves.
const connectionsEver = 16000

// mostConnections is how many connections the page takes at the same time, so that a
// quarter of the descriptors are left for files and for Telegram. 0 descriptors: the
// system does not say.
func mostConnections(descriptors uint64) int64 {
	if descriptors == 0 {
		return connectionsEver
	}
	return int64(max(16, min(connectionsEver, descriptors-max(descriptors/4, min(descriptors, 128)))))
}

// run starts the goroutines of the program; wait and close end them.
func (p *program) run(ctx context.Context, host *workspace.Host) {
	ctx, p.stop = context.WithCancel(context.WithoutCancel(ctx))
	group, failed := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := host.Run(ctx); err != nil && ctx.Err() == nil {
			return fmt.Errorf("hold accounts: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		giveBack(ctx, restEvery)
		return nil
	})
	select {
	case <-host.Ready(): // a page that is served before could not sign anybody in
	case <-failed.Done():
	}
	group.Go(func() error {
		if err := p.page.Serve(p.listener); err != nil {
			return fmt.Errorf("serve the page: %w", err)
		}
		return nil
	})
	p.parts, p.failed = group, failed.Done()
}

// previewOptions are those of the public web preview. It takes the way of the proxy,
// unless that lets nothing but Telegram's own protocol through.
func previewOptions(s settings, logger *slog.Logger) preview.Options {
	o := preview.Options{URL: s.previewURL, Logger: logger}
	if s.proxy == nil {
		return o
	}
	logger.Info("proxy", "to", s.proxy)
	if t := s.proxy.Transport(); t != nil {
		o.Transport, o.Via = t, s.proxy.Detail()
	} else {
		logger.Info("web preview goes past the proxy")
	}
	return o
}

// telegramServer is the real Telegram, or the server that the settings name,
// which is an identity of its own.
func telegramServer(s settings) signin.Server {
	out := signin.Server{
		Identity: "telegram", Label: "Telegram account", Server: client.Server{Proxy: s.proxy}, Pace: s.pace == "auto",
	}
	if s.telegramKey == nil {
		out.Pace = s.pace != "off"
		return out
	}
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(s.telegramKey))
	out.Identity = "telegram " + hex.EncodeToString(sum[:])
	out.Label = "Telegram account (another server)"
	out.Server = client.Server{DC: s.telegramDC[0].ID, DCs: s.telegramDC, Keys: []*rsa.PublicKey{s.telegramKey}, Proxy: s.proxy}
	return out
}

// startSandbox starts the sandbox where it is on, and says what the page tells
// people about it.
func (p *program) startSandbox(ctx context.Context, s settings, logger *slog.Logger, servers map[string]signin.Server,
	previews map[string]*preview.Site) (*views.SandboxInfo, error) {
	if !s.sandbox {
		return nil, nil
	}
	w := world.Generate(worldSeed)
	if s.sandboxWorld != "" {
		var err error
		if w, err = world.Load(s.sandboxWorld); err != nil {
			return nil, fmt.Errorf("load the sandbox's world: %w", err)
		}
	}
	var err error
	p.sandbox, err = sandbox.Start(ctx, sandbox.Options{World: w, Dir: filepath.Join(s.data, "sandbox"), Logger: logger})
	if err != nil {
		return nil, fmt.Errorf("start the sandbox: %w", err)
	}
	if s.sandboxWorld == "" {
		p.invented = func(channelID int64, username string) bool {
			ch, ok := w.Channel(channelID)
			return ok && (username == "" || strings.EqualFold(username, ch.Name()))
		}
	}
	servers[collector.SourceSandbox] = signin.Server{
		Server:   client.Server{DC: 2, DCs: p.sandbox.DCOptions(), Keys: []*rsa.PublicKey{p.sandbox.PublicKey()}},
		Identity: "sandbox", Label: "Sandbox", Shared: true, Pace: s.pace == "auto",
	}
	previews[collector.SourceSandbox], err = preview.New(preview.Options{
		URL: "http://sandbox.invalid", Transport: web.Transport(web.New(w)), Pace: sandboxPace, Logger: logger,
	})
	return sandboxInfo(w), err
}

// scan scans QR codes for people who try the sandbox; nil where it is off.
func (p *program) scan() func(link, phone string) error {
	if p.sandbox == nil {
		return nil
	}
	return func(link, phone string) error {
		token, err := base64.URLEncoding.DecodeString(strings.TrimPrefix(link, "tg://login?token="))
		if err != nil {
			return errors.New("scan: no login token")
		}
		return p.sandbox.AcceptLogin(token, phone)
	}
}

func sandboxInfo(w *world.World) *views.SandboxInfo {
	info := &views.SandboxInfo{APIID: sandbox.APIID, APIHash: sandbox.APIHash}
	for _, phone := range sandbox.Phones() {
		info.Accounts = append(info.Accounts, views.SandboxAccount{Phone: phone.Number, Code: phone.Code, Password: phone.Password})
	}
	for _, ch := range w.Public() {
		info.Channels = append(info.Channels, views.SandboxChannel{Username: ch.Name(), Title: ch.TL.Title, About: ch.Full.About})
	}
	return info
}

// url is where the page is.
func (p *program) url() string {
	host, port, _ := net.SplitHostPort(p.listener.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(strings.TrimSpace(host), port)
}

// wait returns when the context ends (nil) or a part fails.
func (p *program) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-p.failed:
		return errors.New("a part of the program ended by itself")
	}
}

// pageTimeout is how long open requests may take to end at a stop. Connections
// that never sent one are then cut.
const pageTimeout = 2 * time.Second

// await waits for the parts to end, or for the context: a stop is bounded.
func (p *program) await(ctx context.Context) error {
	over := make(chan error, 1)
	go func() { over <- p.parts.Wait() }() // ends with the parts
	select {
	case err := <-over:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for the work to end: %w", ctx.Err())
	}
}

// close ends the parts in the order in which they need each other: the work and
// the pages, then the server they read from, then the records.
func (p *program) close(ctx context.Context) error {
	var errs []error
	if p.parts != nil {
		p.stop() // the work stops while the pages are told to reconnect later
		pages, cancel := context.WithTimeout(ctx, pageTimeout)
		defer cancel()
		if err := p.page.Shutdown(pages); err != nil && pages.Err() == nil {
			errs = append(errs, err)
		}
		p.listener.Close()
		errs = append(errs, p.await(ctx))
	}
	if p.sandbox != nil {
		errs = append(errs, p.sandbox.Close())
	}
	if p.engine != nil {
		errs = append(errs, p.engine.Close())
	}
	return errors.Join(errs...)
}
