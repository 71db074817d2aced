package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
)

// fakeEngine keeps everything in memory, and signs people in as the sandbox does.
type fakeEngine struct {
	mu           sync.Mutex
	workspaces   map[string]engine.Workspace
	signIns      map[string]engine.SignIn
	collections  map[string][]collector.Collection // by workspace, oldest first
	listeners    map[string][]chan engine.Event
	refuse       map[string]error // by method: what the next calls fail with
	calls        []string
	sent         engine.SendCode // the last
	ids          int
	standing     collector.Standing
	cost         engine.LookUps
	listed       []string // the references whose cost was asked for last
	glimpses     []engine.Glimpse
	picture      engine.Picture
	pictured     []string // whose picture was asked for
	brought      engine.Brought
	codes        map[string]*fakeCode // by visitor
	left         engine.Left          // what leaving answers
	onLeave      func(visitor string)
	anyway       bool                        // the last who left insisted
	entered      string                      // the last code
	ends         map[string]bool             // by method: a refusal ends the sign-in
	onCall       func(method string)         // called, with mu held, before a call is answered
	held         map[string]chan struct{}    // by method: calls wait until it is closed
	grace        time.Time                   // until when nothing is deleted by its age
	touched      []string                    // workspaces, as they were touched
	imports      map[string]collector.Import // by visitor
	started      engine.StartImport          // the last
	seen         []string                    // visitors, as they came back
	from         map[string]string           // by who signs in: the visitor it takes the place of
	beforeSubmit func()
	askedOnce    func() // called, with mu held, after the next answer of Workspace
	now          func() time.Time
}

func newFakeEngine(now func() time.Time) *fakeEngine {
	return &fakeEngine{
		codes: map[string]*fakeCode{}, from: map[string]string{},
		workspaces: map[string]engine.Workspace{}, signIns: map[string]engine.SignIn{}, now: now,
		imports: map[string]collector.Import{}, collections: map[string][]collector.Collection{}, listeners: map[string][]chan engine.Event{}, refuse: map[string]error{},
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

// takeOut takes a visitor out of its workspace, as logging out everywhere does.
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

func (e *fakeEngine) Kept(context.Context, string) (engine.Kept, error) {
	return engine.Kept{Touched: noon}, nil
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
	out := slices.Clone(e.collections[workspace])
	slices.Reverse(out)
	return out, nil
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

// listening counts those who follow a collection.
func (e *fakeEngine) listening(id string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.listeners[id])
}

// change changes a collection and tells who follows it. Index -1: only the head.
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

// ending makes a method fail, and the sign-in end with that.
func (e *fakeEngine) ending(method string, err error) {
	e.failing(method, err)
	e.ends = map[string]bool{method: true}
}

// at leads every sign-in to a step.
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

func (e *fakeEngine) Call(ctx context.Context, subject, method string, req, resp any) error {
	e.mu.Lock()
	wait := e.held[method]
	e.calls = append(e.calls, method)
	e.mu.Unlock()
	if wait != nil {
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if subject != engine.SubjectSignIn {
		return fmt.Errorf("nobody handles %s", subject)
	}
	if e.onCall != nil {
		e.onCall(method)
	}
	if err := e.refuse[method]; err != nil {
		if e.ends[method] {
			clear(e.signIns)
		}
		return err
	}
	answer, err := e.answer(method, req)
	if err != nil || resp == nil {
		return err
	}
	b, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, resp)
}

func (e *fakeEngine) answer(method string, req any) (any, error) {
	switch method {
	case engine.MethodStanding:
		return e.standing, nil
	case engine.MethodLookUps:
		e.listed = req.(engine.Look).References
		return e.cost, nil
	case engine.MethodAlive:
		return struct{}{}, nil
	case engine.MethodGoOn:
		e.standing.Next = collector.Next{}
		return struct{}{}, nil
	}
	if q, ok := req.(engine.Visitor); ok && method == engine.MethodImportState {
		return e.imports[q.Visitor], nil
	}
	switch q := req.(type) {
	case engine.NoAccount:
		e.workspaces[q.Visitor] = engine.Workspace{ID: "web-" + q.Visitor[:8], Source: collector.SourcePreview, Label: "No account", Shows: map[string]string{"preview": "telegram", "sandbox": "sandbox"}[q.Source]}
		return e.workspaces[q.Visitor], nil
	case engine.Look:
		if method == engine.MethodPicture {
			e.pictured = append(e.pictured, q.References...)
			return e.picture, nil
		}
		return e.glimpses, nil
	case engine.ShowQR:
		if waits := e.signIns[q.Visitor]; q.Held {
			q.Source, q.APIID = waits.Source, waits.APIID
		}
		e.from[q.Visitor] = q.From
		e.sent = engine.SendCode{Source: q.Source, APIID: q.APIID, APIHash: q.APIHash}
		e.codes[q.Visitor] = &fakeCode{link: "tg://login?token=first" + q.Visitor[:4] + "=", number: "N1"}
		e.signIns[q.Visitor] = engine.SignIn{Step: engine.StepQR, Source: q.Source, APIID: q.APIID}
		return e.qr(q.Visitor)
	case engine.AskQR:
		return e.qr(q.Visitor)
	case engine.StartImport:
		e.started = q
		if on := e.imports[q.Visitor]; on.ID != "" && !on.State.Final() {
			return on, nil
		}
		e.imports[q.Visitor] = collector.Import{ID: q.Upload, State: collector.Queued, Files: q.Files, Personal: q.Personal}
		return e.imports[q.Visitor], nil
	case engine.SendCode:
		e.sent = q
		e.from[q.Visitor] = q.From
		s := engine.SignIn{Step: engine.StepCode, Source: q.Source, APIID: q.APIID, PhoneHint: q.Phone[len(q.Phone)-2:], CodeVia: "app"}
		if q.Phone == "+9996620002" {
			s.Hint = "the name of this place"
		}
		e.signIns[q.Visitor] = s
		return s, nil
	case engine.EnterCode:
		s := e.signIns[q.Visitor]
		e.entered = q.Code
		if q.Code != "22222" {
			return nil, collector.Errorf(collector.CodeWrong, "code %d", len(q.Code))
		}
		if s.Hint != "" {
			s.Step = engine.StepPassword
			e.signIns[q.Visitor] = s
			return engine.SignedIn{Password: true, Hint: s.Hint}, nil
		}
		return e.enter(q.Visitor, s.Source), nil
	case engine.EnterPassword:
		if q.Password != "sandbox" {
			return nil, &collector.Error{Kind: collector.PasswordWrong}
		}
		return e.enter(q.Visitor, e.signIns[q.Visitor].Source), nil
	case engine.Leave:
		delete(e.workspaces, q.Visitor)
		e.anyway = q.Anyway
		return e.left, nil
	case engine.Visitor:
		if method == engine.MethodDelete {
			delete(e.workspaces, q.Visitor)
			return e.left, nil
		}
		if method == engine.MethodCancelSignIn {
			delete(e.signIns, q.Visitor)
			return struct{}{}, nil
		}
		return e.leaveOrResend(q.Visitor), nil
	}
	return nil, fmt.Errorf("unknown request %T", req)
}

func (e *fakeEngine) enter(visitor, source string) engine.SignedIn {
	delete(e.signIns, visitor)
	delete(e.workspaces, e.from[visitor])
	w := engine.Workspace{ID: "w-" + visitor[:8], Source: source, Label: "Sandbox · workspace of this browser"}
	e.workspaces[visitor] = w
	return engine.SignedIn{Workspace: w, Brought: e.brought}
}

func (e *fakeEngine) leaveOrResend(visitor string) any {
	if s, ok := e.signIns[visitor]; ok {
		s.CodeVia = "sms"
		return s
	}
	delete(e.workspaces, visitor)
	return struct{}{}
}

// fakeCode is a QR code, and who scanned it: "" nobody yet.
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

// code is the QR code of the only visitor who is shown one.
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
