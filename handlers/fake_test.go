package handlers_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/collector/listed"
)

// fakeEngine has everything in memory, and signs people in as the sandbox does.
type fakeEngine struct {
	mu           sync.Mutex
	workspaces   map[string]engine.Workspace
	signIns      map[string]engine.SignIn
	collections  map[string][]collector.Collection // by workspace, oldest first
	lists        map[string][]listed.List          // by workspace, oldest first
	listeners    map[string][]chan engine.Event
	refuse       map[string]error // by method: what the next calls fail with
	calls        []string
	sent         engine.SendCode // the last
	ids          int
	listsMade    int
	standing     collector.Standing
	cost         engine.LookUps
	listed       []string // the references of the last question about cost
	looks        []engine.Look
	picture      engine.Picture
	pictured     []string // whose pictures were asked for
	brought      engine.Brought
	codes        map[string]*fakeCode // by visitor
	left         engine.Left          // what SignOut and the like answer
	onLeave      func(visitor string)
	anyway       bool                        // the last to leave insisted
	entered      string                      // the last code
	ends         map[string]bool             // by method: a refusal ends the sign-in
	onCall       func(method string)         // called, with mu held, before a call is answered
	held         map[string]chan struct{}    // by method: calls wait until it is closed
	grace        time.Time                   // until when nothing is deleted by its age
	touched      []string                    // workspaces, as they were touched
	imports      map[string]collector.Import // by visitor
	started      engine.StartImport          // the last
	seen         []string                    // visitors, as they came back
	from         map[string]string           // by sign-in: the visitor that it replaces
	beforeSubmit func()
	askedOnce    func() // called, with mu held, after the next answer of Workspace
	now          func() time.Time
}

func newFakeEngine(now func() time.Time) *fakeEngine {
	return &fakeEngine{
		codes: map[string]*fakeCode{}, from: map[string]string{},
		workspaces: map[string]engine.Workspace{}, signIns: map[string]engine.SignIn{}, now: now,
		imports: map[string]collector.Import{}, lists: map[string][]listed.List{},
		collections: map[string][]collector.Collection{}, listeners: map[string][]chan engine.Event{},
		refuse: map[string]error{},
	}
}

func (e *fakeEngine) Workspace(_ context.Context, visitor string) (engine.Workspace, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w, err := e.workspaces[visitor], e.refuse["workspace"]
	if then := e.askedOnce; then != nil {
		e.askedOnce = nil
		then()
	}
	return w, err
}

func (e *fakeEngine) SignIn(_ context.Context, visitor string) (engine.SignIn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.signIns[visitor], nil
}

func (e *fakeEngine) MoveVisitor(_ context.Context, from, to string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.workspaces[to] = e.workspaces[from]
	delete(e.workspaces, from)
	return nil
}

func (e *fakeEngine) Visitors(_ context.Context, workspace string) ([]engine.Presence, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []engine.Presence
	for v, w := range e.workspaces {
		if w.ID == workspace {
			out = append(out, engine.Presence{Visitor: v, Since: noon})
		}
	}
	return out, nil
}

func (e *fakeEngine) OnLeave(f func(visitor string)) (func(), error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.onLeave = f
	return func() {}, nil
}

// takeOut removes a visitor from its workspace, as logging out everywhere does.
func (e *fakeEngine) takeOut(visitor string) {
	e.mu.Lock()
	delete(e.workspaces, visitor)
	f := e.onLeave
	e.mu.Unlock()
	f(visitor)
}

func (e *fakeEngine) Reached(context.Context) error { return nil }

func (e *fakeEngine) Grace() time.Time { return e.grace }

func (e *fakeEngine) Touch(_ context.Context, workspace string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.touched = append(e.touched, workspace)
	return e.refuse["touch"]
}

func (e *fakeEngine) Seen(_ context.Context, visitor string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = append(e.seen, visitor)
	return nil
}

func (e *fakeEngine) Retention(context.Context, string) (engine.Retention, error) {
	return engine.Retention{Touched: noon}, nil
}

func (e *fakeEngine) Session(_ context.Context, workspace string) ([]byte, error) {
	return []byte("sealed session of " + workspace), nil
}

func (e *fakeEngine) Counts(context.Context) (map[collector.State]int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := map[collector.State]int{}
	for _, all := range e.collections {
		for _, c := range all {
			out[c.State]++
		}
	}
	return out, e.refuse["counts"]
}

func (e *fakeEngine) Submit(_ context.Context, workspace string, r collector.Request) (string, error) {
	e.mu.Lock()
	before := e.beforeSubmit
	e.mu.Unlock()
	if before != nil {
		before()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ids++
	c := collector.Collection{ID: fmt.Sprintf("c%03d", e.ids), State: collector.Queued, Requested: r, SubmittedAt: e.now()}
	for _, ref := range r.Channels {
		c.Channels = append(c.Channels, collector.Progress{Reference: ref, State: collector.Queued})
	}
	e.collections[workspace] = append(e.collections[workspace], c)
	return c.ID, nil
}

func (e *fakeEngine) find(workspace, id string) *collector.Collection {
	all := e.collections[workspace]
	at := slices.IndexFunc(all, func(c collector.Collection) bool { return c.ID == id })
	if at < 0 {
		return nil
	}
	return &all[at]
}

func (e *fakeEngine) Ask(_ context.Context, workspace, id string, want engine.Want) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.find(workspace, id)
	if c == nil {
		return engine.ErrNoCollection
	}
	if c.State.Final() {
		return engine.ErrFinal
	}
	c.State = map[engine.Want]collector.State{
		engine.Run: collector.Queued, engine.Pause: collector.Paused, engine.Cancel: collector.Canceled,
	}[want]
	e.publish(*c, -1)
	return nil
}

func (e *fakeEngine) Collection(_ context.Context, workspace, id string) (collector.Collection, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.find(workspace, id)
	if c == nil {
		return collector.Collection{}, engine.ErrNoCollection
	}
	out := *c
	out.Channels = slices.Clone(c.Channels)
	return out, nil
}

func (e *fakeEngine) Collections(_ context.Context, workspace string) ([]collector.Collection, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := e.whole(workspace)
	for i := range out { // the engine's come without channels
		out[i].Channels = nil
	}
	return out, nil
}

func (e *fakeEngine) whole(workspace string) []collector.Collection {
	out := slices.Clone(e.collections[workspace])
	slices.Reverse(out)
	return out
}

func (e *fakeEngine) WholeCollections(_ context.Context, workspace string) ([]collector.Collection, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.whole(workspace), nil
}

func (e *fakeEngine) CollectionsOf(_ context.Context, workspace string, ids []string) (map[string]collector.Collection, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := map[string]collector.Collection{}
	for _, id := range ids {
		if c := e.find(workspace, id); c != nil {
			out[id] = *c
		}
	}
	return out, nil
}

func (e *fakeEngine) Lists(_ context.Context, workspace string) ([]listed.List, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.lists[workspace]), e.refuse["lists"]
}

// listAt is the index of a list, -1 if there is none.
func (e *fakeEngine) listAt(workspace, id string) int {
	return slices.IndexFunc(e.lists[workspace], func(l listed.List) bool { return l.ID == id })
}

func (e *fakeEngine) List(_ context.Context, workspace, id string) (listed.List, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := e.listAt(workspace, id)
	if i < 0 {
		return listed.List{}, engine.ErrNoList
	}
	return e.lists[workspace][i], nil
}

func (e *fakeEngine) AddList(_ context.Context, workspace string, l listed.List) (listed.List, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := cmp.Or(l.Check(), e.refuse["AddList"]); err != nil {
		return l, err
	}
	if slices.ContainsFunc(e.lists[workspace], func(o listed.List) bool { return strings.EqualFold(o.Name, l.Name) }) {
		return l, listed.ErrNameTaken
	}
	e.listsMade++
	l.ID, l.MadeAt = fmt.Sprintf("l%03d", e.listsMade), e.now()
	e.lists[workspace] = append(e.lists[workspace], l)
	return l, nil
}

func (e *fakeEngine) ChangeList(_ context.Context, workspace, id string, change func(*listed.List) error) (listed.List, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := e.listAt(workspace, id)
	if i < 0 {
		return listed.List{}, engine.ErrNoList
	}
	l := e.lists[workspace][i]
	err := change(&l)
	if err = cmp.Or(err, l.Check()); err != nil {
		return l, err
	}
	for j, other := range e.lists[workspace] {
		if j != i && strings.EqualFold(other.Name, l.Name) {
			return l, listed.ErrNameTaken
		}
	}
	e.lists[workspace][i] = l
	return l, nil
}

func (e *fakeEngine) DropList(_ context.Context, workspace, id string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := e.listAt(workspace, id)
	if i < 0 {
		return engine.ErrNoList
	}
	e.lists[workspace] = slices.Delete(slices.Clone(e.lists[workspace]), i, i+1)
	return nil
}

func (e *fakeEngine) Summaries(ctx context.Context, workspace string) (out []engine.Summary, err error) {
	all, err := e.WholeCollections(ctx, workspace)
	for _, c := range all {
		out = append(out, engine.Summary{Collection: c, Count: len(c.Channels)})
	}
	return out, err
}

func (e *fakeEngine) Subscribe(ctx context.Context, id string) (<-chan engine.Event, func(), error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	events := make(chan engine.Event, 64)
	e.listeners[id] = append(e.listeners[id], events)
	stop := func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.listeners[id] = slices.DeleteFunc(e.listeners[id], func(c chan engine.Event) bool { return c == events })
	}
	return events, stop, nil
}

// listening counts the subscribers of a collection.
func (e *fakeEngine) listening(id string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.listeners[id])
}

// change changes a collection and notifies its subscribers. Index -1: only the head.
func (e *fakeEngine) change(workspace, id string, index int, with func(*collector.Collection)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.find(workspace, id)
	c.Channels = slices.Clone(c.Channels)
	with(c)
	e.publish(*c, index)
}

func (e *fakeEngine) publish(c collector.Collection, index int) {
	ev := engine.Event{Collection: c, Index: index}
	if index >= 0 {
		p := c.Channels[index]
		ev.Channel = &p
	}
	ev.Collection.Channels, ev.Collection.Requested.Channels = nil, nil
	for _, events := range e.listeners[c.ID] {
		select {
		case events <- ev:
		default:
		}
	}
}

func (e *fakeEngine) setStanding(st collector.Standing) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.standing = st
}

func (e *fakeEngine) failing(method string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refuse[method] = err
}

// ending makes a method fail and end the sign-in.
func (e *fakeEngine) ending(method string, err error) {
	e.failing(method, err)
	e.ends = map[string]bool{method: true}
}

// at sets the step of every sign-in.
func (e *fakeEngine) at(step string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.moveTo(step)
}

// moveTo is at, with mu held.
func (e *fakeEngine) moveTo(step string) {
	for visitor, s := range e.signIns {
		s.Step = step
		e.signIns[visitor] = s
	}
}

// sentBy says how every code was sent.
func (e *fakeEngine) sentBy(via, about string, digits int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for visitor, s := range e.signIns {
		s.CodeVia, s.CodeAbout, s.CodeDigits = via, about, digits
		e.signIns[visitor] = s
	}
}

// hold makes the calls of a method wait until release.
func (e *fakeEngine) hold(method string) (release func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	wait := make(chan struct{})
	e.held = map[string]chan struct{}{method: wait}
	return func() { close(wait) }
}

// answered answers every method of Accounts: f runs with mu held, unless calls of the method
// are set to wait or to fail.
func answered[Out any](e *fakeEngine, ctx context.Context, method string, f func() (Out, error)) (out Out, err error) {
	e.mu.Lock()
	wait := e.held[method]
	e.calls = append(e.calls, method)
	e.mu.Unlock()
	if wait != nil {
		select {
		case <-wait:
		case <-ctx.Done():
			return out, ctx.Err()
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.onCall != nil {
		e.onCall(method)
	}
	if err := e.refuse[method]; err != nil {
		if e.ends[method] {
			clear(e.signIns)
		}
		return out, err
	}
	return f()
}

// done is answered for methods that return nothing.
func (e *fakeEngine) done(ctx context.Context, method string, f func()) error {
	_, err := answered(e, ctx, method, func() (struct{}, error) { f(); return struct{}{}, nil })
	return err
}

func (e *fakeEngine) Standing(ctx context.Context, _ string) (collector.Standing, error) {
	return answered(e, ctx, "Standing", func() (collector.Standing, error) { return e.standing, nil })
}

func (e *fakeEngine) LookUps(ctx context.Context, in engine.References) (engine.LookUps, error) {
	return answered(e, ctx, "LookUps", func() (engine.LookUps, error) {
		e.listed = in.References
		return e.cost, nil
	})
}

func (e *fakeEngine) Alive(ctx context.Context) error {
	return e.done(ctx, "Alive", func() {})
}

func (e *fakeEngine) GoOn(ctx context.Context, _ string) error {
	return e.done(ctx, "GoOn", func() { e.standing.Next = collector.Next{} })
}

func (e *fakeEngine) ImportState(ctx context.Context, visitor string) (collector.Import, error) {
	return answered(e, ctx, "ImportState", func() (collector.Import, error) { return e.imports[visitor], nil })
}

func (e *fakeEngine) CancelImport(ctx context.Context, visitor string) error {
	return e.done(ctx, "CancelImport", func() { e.leaveOrResend(visitor) })
}

func (e *fakeEngine) StartImport(ctx context.Context, in engine.StartImport) (collector.Import, error) {
	return answered(e, ctx, "StartImport", func() (collector.Import, error) {
		e.started = in
		if on := e.imports[in.Visitor]; on.ID != "" && !on.State.Final() {
			return on, nil
		}
		e.imports[in.Visitor] = collector.Import{ID: in.Upload, State: collector.Queued, Files: in.Files, Personal: in.Personal}
		return e.imports[in.Visitor], nil
	})
}

func (e *fakeEngine) NoAccount(ctx context.Context, in engine.NoAccount) (engine.Workspace, error) {
	return answered(e, ctx, "NoAccount", func() (engine.Workspace, error) {
		shows := map[string]string{"preview": "telegram", "sandbox": "sandbox"}[in.Source]
		e.workspaces[in.Visitor] = engine.Workspace{ID: "web-" + in.Visitor[:8], Source: collector.SourcePreview, Label: "No account",
			Shows: shows}
		return e.workspaces[in.Visitor], nil
	})
}

func (e *fakeEngine) Look(ctx context.Context, _ engine.References) ([]engine.Look, error) {
	return answered(e, ctx, "Look", func() ([]engine.Look, error) { return slices.Clone(e.looks), nil })
}

func (e *fakeEngine) Check(ctx context.Context, _ engine.References) ([]engine.Checked, error) {
	return answered(e, ctx, "Check", func() (out []engine.Checked, _ error) {
		for _, l := range e.looks {
			out = append(out, engine.Checked{Reference: l.Reference, Error: l.Error, Detail: l.Detail})
		}
		return out, nil
	})
}

func (e *fakeEngine) Picture(ctx context.Context, in engine.References) (engine.Picture, error) {
	return answered(e, ctx, "Picture", func() (engine.Picture, error) {
		e.pictured = append(e.pictured, in.References...)
		return e.picture, nil
	})
}

func (e *fakeEngine) ShowQR(ctx context.Context, in engine.ShowQR) (engine.QR, error) {
	return answered(e, ctx, "ShowQR", func() (engine.QR, error) {
		if waits := e.signIns[in.Visitor]; in.Held {
			in.Source, in.APIID = waits.Source, waits.APIID
		}
		e.from[in.Visitor] = in.From
		e.sent = engine.SendCode{Source: in.Source, APIID: in.APIID, APIHash: in.APIHash}
		e.codes[in.Visitor] = &fakeCode{link: "tg://login?token=first" + in.Visitor[:4] + "=", number: "N1"}
		e.signIns[in.Visitor] = engine.SignIn{Step: engine.StepQR, Source: in.Source, APIID: in.APIID}
		return e.qr(in.Visitor)
	})
}

func (e *fakeEngine) AskQR(ctx context.Context, in engine.AskQR) (engine.QR, error) {
	return answered(e, ctx, "AskQR", func() (engine.QR, error) { return e.qr(in.Visitor) })
}

func (e *fakeEngine) SendCode(ctx context.Context, in engine.SendCode) (engine.SignIn, error) {
	return answered(e, ctx, "SendCode", func() (engine.SignIn, error) {
		e.sent = in
		e.from[in.Visitor] = in.From
		s := engine.SignIn{Step: engine.StepCode, Source: in.Source, APIID: in.APIID, PhoneHint: in.Phone[len(in.Phone)-2:], CodeVia: "app"}
		if in.Phone == "+9996620002" {
			s.Hint = "the name of this place"
		}
		e.signIns[in.Visitor] = s
		return s, nil
	})
}

func (e *fakeEngine) ResendCode(ctx context.Context, visitor string) (engine.SignIn, error) {
	return answered(e, ctx, "ResendCode", func() (engine.SignIn, error) { return e.leaveOrResend(visitor), nil })
}

func (e *fakeEngine) EnterCode(ctx context.Context, in engine.EnterCode) (engine.SignedIn, error) {
	return answered(e, ctx, "EnterCode", func() (engine.SignedIn, error) {
		s := e.signIns[in.Visitor]
		e.entered = in.Code
		if in.Code != "22222" {
			return engine.SignedIn{}, collector.Errorf(collector.CodeWrong, "code %d", len(in.Code))
		}
		if s.Hint != "" {
			s.Step = engine.StepPassword
			e.signIns[in.Visitor] = s
			return engine.SignedIn{Password: true, Hint: s.Hint}, nil
		}
		return e.enter(in.Visitor, s.Source), nil
	})
}

func (e *fakeEngine) EnterPassword(ctx context.Context, in engine.EnterPassword) (engine.SignedIn, error) {
	return answered(e, ctx, "EnterPassword", func() (engine.SignedIn, error) {
		if in.Password != "sandbox" {
			return engine.SignedIn{}, &collector.Error{Kind: collector.PasswordWrong}
		}
		return e.enter(in.Visitor, e.signIns[in.Visitor].Source), nil
	})
}

func (e *fakeEngine) CancelSignIn(ctx context.Context, visitor string) error {
	return e.done(ctx, "CancelSignIn", func() { delete(e.signIns, visitor) })
}

func (e *fakeEngine) SignOut(ctx context.Context, in engine.Leave) (engine.Left, error) {
	return e.signOut(ctx, "SignOut", in)
}

func (e *fakeEngine) SignOutEverywhere(ctx context.Context, in engine.Leave) (engine.Left, error) {
	return e.signOut(ctx, "SignOutEverywhere", in)
}

func (e *fakeEngine) signOut(ctx context.Context, method string, in engine.Leave) (engine.Left, error) {
	return answered(e, ctx, method, func() (engine.Left, error) {
		delete(e.workspaces, in.Visitor)
		e.anyway = in.Anyway
		return e.left, nil
	})
}

func (e *fakeEngine) Delete(ctx context.Context, visitor string) (engine.Left, error) {
	return answered(e, ctx, "Delete", func() (engine.Left, error) {
		delete(e.workspaces, visitor)
		return e.left, nil
	})
}

func (e *fakeEngine) enter(visitor, source string) engine.SignedIn {
	delete(e.signIns, visitor)
	delete(e.workspaces, e.from[visitor])
	w := engine.Workspace{ID: "w-" + visitor[:8], Source: source, Label: "Sandbox · workspace of this browser"}
	e.workspaces[visitor] = w
	return engine.SignedIn{Workspace: w, Brought: e.brought}
}

func (e *fakeEngine) leaveOrResend(visitor string) engine.SignIn {
	if s, ok := e.signIns[visitor]; ok {
		s.CodeVia = "sms"
		return s
	}
	delete(e.workspaces, visitor)
	return engine.SignIn{}
}

// fakeCode is a QR code, and the phone that scanned it; "": none yet.
type fakeCode struct{ link, number, phone string }

func (e *fakeEngine) qr(visitor string) (engine.QR, error) {
	s, code := e.signIns[visitor], e.codes[visitor]
	switch {
	case s.Step != engine.StepQR:
		return engine.QR{}, &collector.Error{Kind: collector.SignInExpired}
	case code.phone == "+9996620002":
		s.Step, s.Hint = engine.StepPassword, "the name of this place"
		e.signIns[visitor] = s
		return engine.QR{SignIn: s, SignedIn: engine.SignedIn{Password: true, Hint: s.Hint}}, nil
	case code.phone != "":
		return engine.QR{SignedIn: e.enter(visitor, s.Source)}, nil
	}
	return engine.QR{SignIn: s, Link: code.link, Number: code.number}, nil
}

// code is the QR code of the only visitor who has one.
func (e *fakeEngine) code() *fakeCode {
	for _, c := range e.codes {
		return c
	}
	return nil
}

// scan scans a code as the sandbox does.
func (e *fakeEngine) scan(link, phone string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.codes {
		if c.link == link {
			c.phone = phone
			return nil
		}
	}
	return fmt.Errorf("no such code")
}

// renew replaces the code that is shown.
func (e *fakeEngine) renew(link, number string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.code()
	c.link, c.number = link, number
}

// expireSignIns forgets every step, as time does.
func (e *fakeEngine) expireSignIns() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.signIns)
}
