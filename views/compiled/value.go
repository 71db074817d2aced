package compiled

import (
	"fmt"
	"reflect"
	"strconv"
	"text/template/parse"
)

// value is something that a template names.
type value struct {
	typ  reflect.Type
	load func(r *run, dot reflect.Value) reflect.Value
}

// constant is a value that is always the same.
func constant(v any) value {
	is := reflect.ValueOf(v)
	return value{is.Type(), func(*run, reflect.Value) reflect.Value { return is }}
}

// pipe compiles a pipeline that is one command without escapers.
func (c *compiler) pipe(p *parse.PipeNode, dot reflect.Type) (value, error) {
	if len(p.Cmds) != 1 || len(p.Decl) > 0 {
		return value{}, other("%s", p)
	}
	return c.command(p.Cmds[0], dot)
}

func (c *compiler) command(cmd *parse.CommandNode, dot reflect.Type) (value, error) {
	name, isCall := cmd.Args[0].(*parse.IdentifierNode)
	if !isCall {
		if len(cmd.Args) > 1 {
			return value{}, other("%s", cmd)
		}
		return c.argument(cmd.Args[0], dot)
	}
	args := make([]value, len(cmd.Args)-1)
	for i, a := range cmd.Args[1:] {
		var err error
		if args[i], err = c.argument(a, dot); err != nil {
			return value{}, err
		}
	}
	if name.Ident == "len" && len(args) == 1 {
		return length(args[0])
	}
	f := c.t.funcs[name.Ident]
	if f == nil {
		return value{}, other("function %s", name.Ident)
	}
	for i := range args {
		args[i] = args[i].followed()
	}
	return value{reflect.TypeFor[string](), func(r *run, dot reflect.Value) reflect.Value {
		at := len(r.args)
		for _, a := range args {
			r.args = append(r.args, a.load(r, dot))
		}
		out := f(r.args[at:])
		r.args = r.args[:at]
		return reflect.ValueOf(out)
	}}, nil
}

func length(of value) (value, error) {
	switch of.typ.Kind() {
	case reflect.Slice, reflect.String:
		return value{reflect.TypeFor[int](), func(r *run, dot reflect.Value) reflect.Value {
			return reflect.ValueOf(of.load(r, dot).Len())
		}}, nil
	}
	return value{}, other("len of %v", of.typ)
}

func (c *compiler) argument(n parse.Node, dot reflect.Type) (value, error) {
	switch n := n.(type) {
	case *parse.DotNode:
		return value{dot, func(_ *run, dot reflect.Value) reflect.Value { return dot }}, nil
	case *parse.FieldNode:
		return value{dot, func(_ *run, dot reflect.Value) reflect.Value { return dot }}.fields(n.Ident)
	case *parse.VariableNode:
		v, err := c.variable(n.Ident[0])
		if err != nil {
			return v, err
		}
		return v.fields(n.Ident[1:])
	case *parse.StringNode:
		return constant(n.Text), nil
	case *parse.NumberNode:
		if n.IsInt {
			return constant(int(n.Int64)), nil
		}
	case *parse.PipeNode:
		return c.pipe(n, dot)
	}
	return value{}, other("%s", n)
}

func (c *compiler) variable(name string) (value, error) {
	if name == "$" {
		return value{c.root, func(r *run, _ reflect.Value) reflect.Value { return r.root }}, nil
	}
	for i := len(c.seen) - 1; i >= 0; i-- {
		if v := c.seen[i]; v.name == name {
			return value{v.typ, func(r *run, _ reflect.Value) reflect.Value { return r.vars[v.at] }}, nil
		}
	}
	return value{}, other("variable %s", name)
}

// fields are a value's fields or methods, one of the other.
func (v value) fields(names []string) (value, error) {
	for _, name := range names {
		next, err := v.field(name)
		if err != nil {
			return v, err
		}
		v = next
	}
	return v, nil
}

func (v value) field(name string) (value, error) {
	v = v.followed()
	if m, ok := reflect.PointerTo(v.typ).MethodByName(name); ok {
		return v.method(m)
	}
	if v.typ.Kind() != reflect.Struct {
		return v, other("%s of %v", name, v.typ)
	}
	f, ok := v.typ.FieldByName(name)
	if !ok || !f.IsExported() || throughPointer(v.typ, f.Index) {
		return v, other("%s of %v", name, v.typ)
	}
	if len(f.Index) == 1 {
		at := f.Index[0]
		return value{f.Type, func(r *run, dot reflect.Value) reflect.Value { return v.load(r, dot).Field(at) }}, nil
	}
	return value{f.Type, func(r *run, dot reflect.Value) reflect.Value { return v.load(r, dot).FieldByIndex(f.Index) }}, nil
}

// method is what a method returns, which may be the value's or that of a pointer to it.
func (v value) method(of reflect.Method) (value, error) {
	if of.Type.NumIn() != 1 || of.Type.NumOut() != 1 {
		return v, other("method %s of %v", of.Name, v.typ)
	}
	return value{of.Type.Out(0), func(r *run, dot reflect.Value) reflect.Value {
		on := v.load(r, dot)
		if !on.CanAddr() {
			p := reflect.New(v.typ)
			p.Elem().Set(on)
			on = p.Elem()
		}
		return on.Addr().Method(of.Index).Call(nil)[0]
	}}, nil
}

// throughPointer reports whether a field is one of an embedded pointer, which may be nil.
func throughPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
			return true
		}
	}
	return false
}

// followed is what a pointer points at; where it is nil the run is stopped.
func (v value) followed() value {
	if v.typ.Kind() != reflect.Pointer {
		return v
	}
	return value{v.typ.Elem(), func(r *run, dot reflect.Value) reflect.Value {
		p := v.load(r, dot)
		if p.IsNil() {
			panic(stopped{})
		}
		return p.Elem()
	}}
}

// condition compiles what an if asks.
func (c *compiler) condition(p *parse.PipeNode, dot reflect.Type) (func(*run, reflect.Value) bool, error) {
	if len(p.Cmds) != 1 || len(p.Decl) > 0 {
		return nil, other("if %s", p)
	}
	return c.asked(p.Cmds[0], dot)
}

func (c *compiler) asked(cmd *parse.CommandNode, dot reflect.Type) (func(*run, reflect.Value) bool, error) {
	if name, ok := cmd.Args[0].(*parse.IdentifierNode); ok {
		switch name.Ident {
		case "and", "or", "not":
			return c.logic(name.Ident, cmd.Args[1:], dot)
		case "eq":
			return c.equal(cmd.Args[1:], dot)
		}
	}
	v, err := c.command(cmd, dot)
	if err != nil {
		return nil, err
	}
	return v.truth()
}

func (v value) truth() (func(*run, reflect.Value) bool, error) {
	is, err := truth(v.typ)
	return func(r *run, dot reflect.Value) bool { return is(v.load(r, dot)) }, err
}

func (c *compiler) logic(word string, nodes []parse.Node, dot reflect.Type) (func(*run, reflect.Value) bool, error) {
	var all []func(*run, reflect.Value) bool
	for _, n := range nodes {
		var one func(*run, reflect.Value) bool
		var err error
		if p, ok := n.(*parse.PipeNode); ok {
			one, err = c.condition(p, dot)
		} else {
			var v value
			if v, err = c.argument(n, dot); err == nil {
				one, err = v.truth()
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	if word == "not" {
		return func(r *run, dot reflect.Value) bool { return !all[0](r, dot) }, nil
	}
	until := word == "or"
	return func(r *run, dot reflect.Value) bool {
		for _, is := range all {
			if is(r, dot) == until {
				return until
			}
		}
		return !until
	}, nil
}

// equal compares two strings or two whole numbers.
func (c *compiler) equal(nodes []parse.Node, dot reflect.Type) (func(*run, reflect.Value) bool, error) {
	if len(nodes) != 2 {
		return nil, other("eq of %d", len(nodes))
	}
	a, err := c.argument(nodes[0], dot)
	if err != nil {
		return nil, err
	}
	b, err := c.argument(nodes[1], dot)
	switch {
	case err != nil:
		return nil, err
	case a.typ.Kind() == reflect.String && b.typ.Kind() == reflect.String:
		return func(r *run, dot reflect.Value) bool { return a.load(r, dot).String() == b.load(r, dot).String() }, nil
	case isInt(a.typ) && isInt(b.typ):
		return func(r *run, dot reflect.Value) bool { return a.load(r, dot).Int() == b.load(r, dot).Int() }, nil
	}
	return nil, other("eq of %v and %v", a.typ, b.typ)
}

func isInt(t reflect.Type) bool { return t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64 }

// truth tells of values of a type which are true for an if.
func truth(t reflect.Type) (func(reflect.Value) bool, error) {
	switch k := t.Kind(); {
	case k == reflect.Bool:
		return reflect.Value.Bool, nil
	case k == reflect.String, k == reflect.Slice:
		return func(v reflect.Value) bool { return v.Len() > 0 }, nil
	case isInt(t):
		return func(v reflect.Value) bool { return v.Int() != 0 }, nil
	case k == reflect.Pointer:
		return func(v reflect.Value) bool { return !v.IsNil() }, nil
	case k == reflect.Struct:
		return func(reflect.Value) bool { return true }, nil
	}
	return nil, other("whether %v is true", t)
}

// text appends a value as html/template makes it a text. It is nil for a type whose text is
// not plainly that of a string or a whole number.
func text(t reflect.Type) func(b []byte, v reflect.Value) []byte {
	for _, has := range []reflect.Type{t, reflect.PointerTo(t)} {
		if has.Implements(reflect.TypeFor[fmt.Stringer]()) || has.Implements(reflect.TypeFor[error]()) {
			return nil
		}
	}
	switch {
	case t.Kind() == reflect.String:
		return func(b []byte, v reflect.Value) []byte { return append(b, v.String()...) }
	case isInt(t):
		return func(b []byte, v reflect.Value) []byte { return strconv.AppendInt(b, v.Int(), 10) }
	}
	return nil
}
