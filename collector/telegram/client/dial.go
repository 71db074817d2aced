package client

import (
	"context"
	"net"
	"time"

	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/transport"

	"telegramtrac/collector/proxy"
)

// resolver dials data centres directly, or through a proxy.
func resolver(p *proxy.Proxy) dcs.Resolver {
	switch {
	case p == nil:
		return dcs.DefaultResolver()
	case p.Kind() == proxy.MTProxy:
		return throughMTProxy{p}
	}
	return dcs.Plain(dcs.PlainOptions{Dial: p.Dial})
}

// throughMTProxy dials through an MTProxy, which gets the number of the data centre and knows
// its address. See https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
type throughMTProxy struct{ proxy *proxy.Proxy }

// Primary implements dcs.Resolver.
func (t throughMTProxy) Primary(ctx context.Context, dc int, list dcs.List) (transport.Conn, error) {
	return t.dial(ctx, func(r dcs.Resolver) (transport.Conn, error) { return r.Primary(ctx, dc, list) })
}

// MediaOnly implements dcs.Resolver.
func (t throughMTProxy) MediaOnly(ctx context.Context, dc int, list dcs.List) (transport.Conn, error) {
	return t.dial(ctx, func(r dcs.Resolver) (transport.Conn, error) { return r.MediaOnly(ctx, dc, list) })
}

// CDN implements dcs.Resolver.
func (t throughMTProxy) CDN(ctx context.Context, dc int, list dcs.List) (transport.Conn, error) {
	return t.dial(ctx, func(r dcs.Resolver) (transport.Conn, error) { return r.CDN(ctx, dc, list) })
}

// dial connects and does the handshake. It ends when ctx ends, because the client library would
// wait without limit for a proxy that accepts the connection but stays silent.
func (t throughMTProxy) dial(ctx context.Context, shake func(dcs.Resolver) (transport.Conn, error)) (transport.Conn, error) {
	stop := func() bool { return true }
	defer func() { stop() }()
	r, err := dcs.MTProxy(t.proxy.Addr(), t.proxy.Secret(), dcs.MTProxyOptions{
		Dial: func(_ context.Context, network, addr string) (net.Conn, error) {
			conn, err := t.proxy.Dial(ctx, network, addr)
			if err == nil {
				stop = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
			}
			return conn, err
		},
	})
	if err != nil {
		return nil, &proxy.Error{Proxy: t.proxy, Err: err}
	}
	conn, err := shake(r)
	if err != nil {
		return nil, &proxy.Error{Proxy: t.proxy, Err: err}
	}
	return conn, nil
}
