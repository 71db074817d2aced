// Package compiled writes what a template of html/template writes, without looking anything up
// by name: a page of messages is thousands of fields, and a template finds each of them among
// the fields of its struct, and calls each function by reflection. Here that is done once for
// each template and type.
//
// It takes templates after html/template has escaped them, so it decides nothing about what is
// safe: it runs the same escapers where they were put. It knows the few kinds of actions that
// the hot templates need; of any other template it says so, and html/template runs that.
package compiled

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"text/template/parse"
)

// Func is a function of templates, for values whose pointers were followed.
type Func func(args []reflect.Value) string

// Templates runs templates by name. It is safe for concurrent use.
type Templates struct {
	set   *template.Template
	funcs map[string]Func

	mu   sync.Mutex
	done map[key]*program
}

type key struct {
	name string
	of   reflect.Type
}

// program is a compiled template; its steps are nil where html/template is to run it.
type program struct {
	steps []step
	vars  int
	err   error        // why there are no steps
	size  atomic.Int64 // how much it wrote last
}

// New is for the templates of a set, which call the functions by name.
func New(set *template.Template, funcs map[string]Func) *Templates {
	return &Templates{set: set, funcs: funcs, done: map[key]*program{}}
}

// HTML is what a template writes of data.
func (t *Templates) HTML(name string, data any) (template.HTML, error) {
	p := t.program(name, reflect.TypeOf(data))
	if p.err == nil {
		if out, ok := p.run(reflect.ValueOf(data)); ok {
			return out, nil
		}
	}
	var b strings.Builder
	err := t.set.ExecuteTemplate(&b, name, data)
	return template.HTML(b.String()), err
}

// Compiles returns why a template of a type cannot be compiled.
func (t *Templates) Compiles(name string, data any) error {
	return t.program(name, reflect.TypeOf(data)).err
}

func (t *Templates) program(name string, of reflect.Type) *program {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := key{name, of}
	if p := t.done[k]; p != nil {
		return p
	}
	p := t.compile(name, of)
	t.done[k] = p
	return p
}

// errOther says that a template does something that only html/template does.
var errOther = errors.New("not compiled")

func other(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errOther, fmt.Sprintf(format, args...))
}

func (t *Templates) compile(name string, of reflect.Type) *program {
	tree, err := t.escaped(name)
	if err == nil && of == nil {
		err = other("template %s of nothing", name)
	}
	if err != nil {
		return &program{err: err}
	}
	c := &compiler{t: t, root: of}
	steps, err := c.list(tree.Root, of)
	if err != nil {
		return &program{err: fmt.Errorf("template %s of %v: %w", name, of, err)}
	}
	return &program{steps: steps, vars: c.vars}
}

// escaped returns the tree of a template after html/template put its escapers in, which it does
// when a template is first run.
func (t *Templates) escaped(name string) (*parse.Tree, error) {
	one := t.set.Lookup(name)
	if one == nil {
		return nil, other("no template %s", name)
	}
	var unsafe *template.Error
	if err := one.Execute(io.Discard, nil); errors.As(err, &unsafe) { // without data it may fail otherwise
		return nil, unsafe
	}
	if one.Tree == nil || one.Tree.Root == nil {
		return nil, other("template %s is empty", name)
	}
	return one.Tree, nil
}

// run is one writing of a template.
type run struct {
	b    []byte
	root reflect.Value
	vars []reflect.Value
	args []reflect.Value // of the function that is called
}

// step writes a part of a template for a dot.
type step func(r *run, dot reflect.Value)

// stopped ends a run that met what html/template answers otherwise: a nil pointer.
type stopped struct{}

// run returns what the program writes; ok is false where html/template is to do it.
func (p *program) run(data reflect.Value) (out template.HTML, ok bool) {
	size := p.size.Load()
	r := &run{b: make([]byte, 0, size+size/8), root: data, vars: make([]reflect.Value, p.vars)}
	defer func() {
		if met := recover(); met != nil {
			if _, is := met.(stopped); !is {
				panic(met)
			}
			out, ok = "", false
		}
	}()
	r.steps(p.steps, data)
	p.size.Store(int64(len(r.b)))
	return template.HTML(r.b), true
}

func (r *run) steps(steps []step, dot reflect.Value) {
	for _, s := range steps {
		s(r, dot)
	}
}
