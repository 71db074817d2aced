package answer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/listed"
	"telegramtrac/collector/network"
	"telegramtrac/collector/quota"
	"telegramtrac/collector/spool"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// Engine is what the page needs of the engine; *engine.Engine implements it.
type Engine interface {
	Workspace(ctx context.Context, visitor string) (engine.Workspace, error)
	SignIn(ctx context.Context, visitor string) (engine.SignIn, error)
	Submit(ctx context.Context, workspace string, r collector.Request) (id string, err error)
	Ask(ctx context.Context, workspace, id string, want engine.Want) error
	Collection(ctx context.Context, workspace, id string) (collector.Collection, error)
	Collections(ctx context.Context, workspace string) ([]collector.Collection, error)
	WholeCollections(ctx context.Context, workspace string) ([]collector.Collection, error)
	Summaries(ctx context.Context, workspace string) ([]engine.Summary, error)
	CollectionsOf(ctx context.Context, workspace string, ids []string) (map[string]collector.Collection, error)
	Lists(ctx context.Context, workspace string) ([]listed.List, error)
	List(ctx context.Context, workspace, id string) (listed.List, error)
	AddList(ctx context.Context, workspace string, l listed.List) (listed.List, error)
	ChangeList(ctx context.Context, workspace, id string, change func(*listed.List) error) (listed.List, error)
	DropList(ctx context.Context, workspace, id string) error
	Subscribe(ctx context.Context, id string) (<-chan engine.Event, func(), error)
	MoveVisitor(ctx context.Context, from, to string) error
	Visitors(ctx context.Context, workspace string) ([]engine.Presence, error)
	OnLeave(f func(visitor string)) (stop func(), err error)
	Reached(ctx context.Context) error
	Grace() time.Time
	Touch(ctx context.Context, workspace string) error
	Seen(ctx context.Context, visitor string) error
	Retention(ctx context.Context, workspace string) (engine.Retention, error)
	Session(ctx context.Context, workspace string) (sealed []byte, err error)
	Counts(ctx context.Context) (map[collector.State]int, error)
}

// Options are what the page is made from. Engine, Accounts, Data, Graph, Evidence, Ties and
// Secret are required.
type Options struct {
	Engine Engine

	// Accounts calls the holder of the workspaces.
	Accounts engine.Accounts

	// Data opens a workspace's dataset. It is called for each request, so it should cache what
	// it opens.
	Data func(workspace string) (*dataset.Dataset, error)

	// Graph makes a workspace's network.
	Graph func(ctx context.Context, workspace string) (*network.Graph, error)

	// Evidence finds the messages behind an edge of a workspace's network.
	Evidence func(ctx context.Context, workspace string, q network.Question) (network.Answer, error)

	// Ties writes a workspace's edges.parquet.
	Ties func(ctx context.Context, workspace string, w io.Writer) error

	Sandbox *views.SandboxInfo // nil: the sandbox is not offered
	// Scan scans the link of a QR code with the sandbox's account that has a phone
	// number, for the people who try it out. nil: the page does not offer it.
	Scan func(link, phone string) error

	Spool *spool.Spool // of uploads to import; nil: nothing is imported

	Preview bool         // the public web preview is offered: no account
	Secret  []byte       // keys the tokens of forms; at least 16 bytes
	Logger  *slog.Logger // nil: nothing is logged

	// TrustProxy says that a proxy in front sets X-Forwarded-Proto, so that
	// cookies are Secure when people come over TLS.
	TrustProxy bool

	// ClientHeader is the header in which that proxy names the client; "": X-Forwarded-For. Of
	// several addresses in it the last counts.
	ClientHeader string

	// AccessPassword is required of everybody before anything else; "": the page is open to
	// all.
	AccessPassword string

	// APIID and APIHash are the host's own, for people who enter none and then need only their
	// phone. APIID 0: everybody needs their own.
	APIID   int
	APIHash string

	// Privacy and Terms are the host's own texts in place of the built-in pages: plain text,
	// an empty line between paragraphs.
	Privacy, Terms string

	Keep  time.Duration   // untouched workspaces are deleted after this time; 0: never
	Quota quota.Allowance // of each workspace

	// Room returns an error while the disk is full; nil: that is not checked.
	Room func() error

	// Ready adds to /healthz what the page cannot check itself: whether the data folder can be
	// written. nil: nothing more.
	Ready func(ctx context.Context) error

	// Metrics are counted elsewhere and shown at /metrics too.
	Metrics []prometheus.Collector

	// MetricsToken is the token that /metrics requires; "": only this machine may read it.
	MetricsToken string

	MaxUpload int64 // bytes of one upload; 0: nothing is imported

	ReadTimeout time.Duration // in which a request must arrive, and more of an upload; 0: a minute

	ReadWithin       time.Duration // in which a browser must take the next piece of a download; 0: a minute
	SocketsByVisitor int           // at the same time; 0: live's default

	// MaxConnections limits the connections at the same time; those over it are told to come
	// back later. 0: no limit.
	MaxConnections int64

	AtWork int // requests that are worked on at the same time; 0: guard's default

	Now func() time.Time // nil: time.Now
}

// Site is what all handlers share: whom they ask, who asks them, and how they answer.
type Site struct {
	Options
	*Pages
	Guard *guard.Guard
	Files *Files
}

// NoRoom reports whether the disk is full, so that nothing new can be stored.
func (s *Site) NoRoom() bool { return s.Room != nil && s.Room() != nil }

// Imports reports whether files can be imported here.
func (s *Site) Imports() bool { return s.Spool != nil && s.MaxUpload > 0 }

// Keeping is the retention of a workspace that was opened just now.
func (s *Site) Keeping() views.Keeping {
	if s.Keep <= 0 {
		return views.Keeping{}
	}
	k := views.Keeping{Days: int64(s.Keep / (24 * time.Hour)), Until: engine.ExpiresAt(s.Now(), s.Keep), Grace: s.Engine.Grace()}
	if k.Until.Before(k.Grace) {
		k.Until = k.Grace
	}
	return k
}

// Dataset opens the visitor's data.
func (s *Site) Dataset(c *fiber.Ctx) (*dataset.Dataset, error) {
	d, err := s.Data(guard.VisitorOf(c).Workspace.ID)
	if err != nil {
		return nil, fmt.Errorf("open dataset: %w", err)
	}
	return d, nil
}

// Totals counts the visitor's data.
func (s *Site) Totals(c *fiber.Ctx) (dataset.Totals, error) {
	d, err := s.Dataset(c)
	if err != nil {
		return dataset.Totals{}, err
	}
	totals, err := d.Totals(c.UserContext())
	if err != nil {
		return totals, fmt.Errorf("count the dataset: %w", err)
	}
	return totals, nil
}

// Inside is what the visitor's workspace has, and who is in it.
func (s *Site) Inside(c *fiber.Ctx) (views.Inside, error) {
	v := guard.VisitorOf(c)
	totals, err := s.Totals(c)
	if err != nil {
		return views.Inside{}, err
	}
	present, err := s.Engine.Visitors(c.UserContext(), v.Workspace.ID)
	if err != nil {
		return views.Inside{}, fmt.Errorf("list the browsers: %w", err)
	}
	in := views.Inside{
		Label: PlaceLabel(v), Source: v.Workspace.Source, Channels: totals.Channels, Messages: totals.Messages, Bytes: totals.Bytes,
		Keeping: s.Keeping(),
	}
	for _, p := range present {
		in.Browsers = append(in.Browsers, p.Since)
	}
	return in, nil
}

// Collections lists the collections of the visitor's workspace, newest first and without their
// channels.
func (s *Site) Collections(c *fiber.Ctx) ([]collector.Collection, error) {
	all, err := s.Engine.Collections(c.UserContext(), guard.VisitorOf(c).Workspace.ID)
	if err != nil {
		return nil, fmt.Errorf("list collections: %w", err)
	}
	return all, nil
}

// Collection is a collection of the visitor's workspace.
func (s *Site) Collection(c *fiber.Ctx, id string) (collector.Collection, error) {
	each, err := s.Engine.Collection(c.UserContext(), guard.VisitorOf(c).Workspace.ID, id)
	if err != nil {
		return each, fmt.Errorf("read collection: %w", err)
	}
	return each, nil
}

// ImportState asks how far the import of the visitor's workspace has come.
func (s *Site) ImportState(c *fiber.Ctx) (collector.Import, error) {
	now, err := Inquire(s, c, engine.Accounts.ImportState, guard.VisitorOf(c).Hash)
	if err != nil {
		return now, fmt.Errorf("ask about the import: %w", err)
	}
	return now, nil
}

// callTime limits how long Telegram may take to answer a step of signing in.
const callTime = 90 * time.Second

// Inquire calls a method of the accounts, which has callTime to answer.
func Inquire[In, Out any](s *Site, c *fiber.Ctx, method func(engine.Accounts, context.Context, In) (Out, error), in In) (Out, error) {
	ctx, cancel := context.WithTimeout(c.UserContext(), callTime)
	defer cancel()
	return method(s.Accounts, ctx, in)
}

// Instruct is Inquire for methods that return nothing.
func Instruct[In any](s *Site, c *fiber.Ctx, method func(engine.Accounts, context.Context, In) error, in In) error {
	_, err := Inquire(s, c, func(a engine.Accounts, ctx context.Context, in In) (struct{}, error) {
		return struct{}{}, method(a, ctx, in)
	}, in)
	return err
}

// NoSpace reports whether an error is caused by a full disk.
func NoSpace(err error) bool {
	return collector.KindOf(err) == collector.Disk || errors.Is(err, engine.ErrDiskFull) || errors.Is(err, syscall.ENOSPC) ||
		errors.Is(err, syscall.EDQUOT)
}

// Full says that the visitor's workspace holds as many bytes as it may, "" if it does not.
func (s *Site) Full(c *fiber.Ctx) (sentence string, err error) {
	if s.Quota.Bytes <= 0 {
		return "", nil
	}
	d, err := s.Dataset(c)
	if err != nil {
		return "", err
	}
	used, err := d.Bytes(c.UserContext())
	if err != nil {
		return "", fmt.Errorf("measure the dataset: %w", err)
	}
	if !s.Quota.Full(used) {
		return "", nil
	}
	return words.WorkspaceFull(used, s.Quota.Bytes), nil
}

// SignedIn is middleware that sends those who are not signed in to the first page.
func SignedIn(c *fiber.Ctx) error {
	if guard.VisitorOf(c).In() {
		return c.Next()
	}
	if WantsJSON(c) {
		return collector.Errorf(collector.SignedOut, "not signed in")
	}
	return Redirect(c, "/")
}
