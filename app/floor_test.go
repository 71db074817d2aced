package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"golang.org/x/sync/errgroup"

	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/sandboxtest"
)

// asFloor makes the test binary fetch a channel with gotd alone: what no collecting can be
// quicker than. Its value is a fetch as JSON.
const asFloor = "TELEGRAMTRAC_TEST_FLOOR"

// fetch says which pages to fetch, and where.
type fetch struct {
	DCs          []tg.DCOption
	Key, Session []byte
	Usernames    []string
	InFlight     int
}

// spent is what a process needed.
type spent struct {
	Messages int64
	Seconds  float64
	CPU      float64 // seconds, user and system
}

// floor lets a process of its own fetch channels with gotd alone.
func floor(b *testing.B, s *sandboxtest.Server, usernames []string) (out spent) {
	b.Helper()
	var secret session.StorageMemory
	if err := s.IssueSession(b.Context(), &secret, sandbox.PhonePlain); err != nil {
		b.Fatal(err)
	}
	f := fetch{DCs: s.DCOptions(), Key: x509.MarshalPKCS1PublicKey(s.PublicKey()), Usernames: usernames, InFlight: 2}
	var err error
	if f.Session, err = secret.LoadSession(b.Context()); err != nil {
		b.Fatal(err)
	}
	told, err := json.Marshal(f)
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), asFloor+"="+string(told)), os.Stderr
	answer, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(answer, &out)
	}
	if err != nil {
		b.Fatalf("fetch with gotd alone: %v", err)
	}
	return out
}

// playFloor fetches what it is told to and prints what that took.
func playFloor(told string) error {
	var f fetch
	if err := json.Unmarshal([]byte(told), &f); err != nil {
		return err
	}
	key, err := x509.ParsePKCS1PublicKey(f.Key)
	if err != nil {
		return err
	}
	ctx := context.Background()
	var secret session.StorageMemory
	if err := secret.StoreSession(ctx, f.Session); err != nil {
		return err
	}
	c := telegram.NewClient(sandbox.APIID, sandbox.APIHash, telegram.Options{DC: 2, DCList: dcs.List{Options: f.DCs},
		PublicKeys: []telegram.PublicKey{rsaKey(key)}, SessionStorage: &secret, NoUpdates: true})
	return c.Run(ctx, func(ctx context.Context) error {
		var out spent
		began, cpu := time.Now(), ownCPU()
		for _, name := range f.Usernames {
			n, err := f.channel(ctx, c.API(), name)
			if err != nil {
				return fmt.Errorf("fetch @%s: %w", name, err)
			}
			out.Messages += n
		}
		out.Seconds, out.CPU = time.Since(began).Seconds(), ownCPU()-cpu
		return json.NewEncoder(os.Stdout).Encode(out)
	})
}

func rsaKey(k *rsa.PublicKey) telegram.PublicKey { return telegram.PublicKey{RSA: k} }

// ownCPU is the CPU time of this process in seconds.
func ownCPU() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // cannot fail for this process
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// channel fetches all pages of a channel, as many at a time as it is told to, each from its own
// stretch of ids downwards, and returns how many messages came.
func (f fetch) channel(ctx context.Context, api *tg.Client, name string) (int64, error) {
	found, err := api.ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: name})
	if err != nil {
		return 0, err
	}
	ch, ok := found.Chats[0].(*tg.Channel)
	if !ok {
		return 0, errors.New("that is no channel")
	}
	peer := &tg.InputPeerChannel{ChannelID: ch.ID, AccessHash: ch.AccessHash}
	newest, err := history(ctx, api, peer, 0, 1)
	if err != nil {
		return 0, err
	}
	top := newest[0].GetID()
	var all atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for i := range f.InFlight {
		group.Go(func() error {
			lo, hi := top*i/f.InFlight, top*(i+1)/f.InFlight
			for at := hi + 1; at > lo+1; {
				page, err := history(ctx, api, peer, at, 100)
				if err != nil || len(page) == 0 {
					return err
				}
				for _, m := range page {
					if m.GetID() > lo {
						all.Add(1)
					}
				}
				at = page[len(page)-1].GetID()
			}
			return nil
		})
	}
	err = group.Wait()
	return all.Load(), err
}

func history(ctx context.Context, api *tg.Client, peer tg.InputPeerClass, offset, limit int) ([]tg.MessageClass, error) {
	got, err := api.MessagesGetHistory(ctx, &tg.MessagesGetHistoryRequest{Peer: peer, OffsetID: offset, Limit: limit})
	if err != nil {
		return nil, err
	}
	page, ok := got.(*tg.MessagesChannelMessages)
	if !ok {
		return nil, fmt.Errorf("the history is a %T", got)
	}
	return page.Messages, nil
}
