package compiled

import (
	"reflect"
	"text/template/parse"
)

// compiler compiles one template for one type of data.
type compiler struct {
	t     *Templates
	root  reflect.Type
	vars  int        // how many were declared
	seen  []variable // those that are in scope, the newest last
	depth int        // of templates that call this one
}

// deepest is how deep templates may call each other: one that calls itself is not compiled.
const deepest = 8

type variable struct {
	name string
	at   int
	typ  reflect.Type
}

// declare makes a variable known until the end of its list.
func (c *compiler) declare(name string, typ reflect.Type) int {
	c.seen = append(c.seen, variable{name, c.vars, typ})
	c.vars++
	return c.vars - 1
}

// list compiles nodes that are run one after the other.
func (c *compiler) list(l *parse.ListNode, dot reflect.Type) (out []step, err error) {
	if l == nil {
		return nil, nil
	}
	scope := len(c.seen)
	defer func() { c.seen = c.seen[:scope] }()
	for _, n := range l.Nodes {
		s, err := c.node(n, dot)
		if err != nil {
			return nil, err
		}
		if s != nil {
			out = append(out, s)
		}
	}
	return out, nil
}

func (c *compiler) node(n parse.Node, dot reflect.Type) (step, error) {
	switch n := n.(type) {
	case *parse.TextNode:
		return func(r *run, _ reflect.Value) { r.b = append(r.b, n.Text...) }, nil
	case *parse.CommentNode:
		return nil, nil
	case *parse.ActionNode:
		return c.action(n.Pipe, dot)
	case *parse.IfNode:
		return c.branch(&n.BranchNode, dot)
	case *parse.WithNode:
		return c.with(&n.BranchNode, dot)
	case *parse.RangeNode:
		return c.each(&n.BranchNode, dot)
	case *parse.TemplateNode:
		return c.call(n, dot)
	}
	return nil, other("%s", n)
}

// branch is an if.
func (c *compiler) branch(n *parse.BranchNode, dot reflect.Type) (step, error) {
	is, err := c.condition(n.Pipe, dot)
	if err != nil {
		return nil, err
	}
	then, err := c.list(n.List, dot)
	if err != nil {
		return nil, err
	}
	otherwise, err := c.list(n.ElseList, dot)
	if err != nil {
		return nil, err
	}
	return func(r *run, dot reflect.Value) {
		if is(r, dot) {
			r.steps(then, dot)
		} else {
			r.steps(otherwise, dot)
		}
	}, nil
}

func (c *compiler) with(n *parse.BranchNode, dot reflect.Type) (step, error) {
	if len(n.Pipe.Decl) > 0 {
		return nil, other("%s", n.Pipe)
	}
	v, err := c.pipe(n.Pipe, dot)
	if err != nil {
		return nil, err
	}
	is, err := truth(v.typ)
	if err != nil {
		return nil, err
	}
	then, err := c.list(n.List, v.typ)
	if err != nil {
		return nil, err
	}
	otherwise, err := c.list(n.ElseList, dot)
	if err != nil {
		return nil, err
	}
	return func(r *run, dot reflect.Value) {
		if inner := v.load(r, dot); is(inner) {
			r.steps(then, inner)
		} else {
			r.steps(otherwise, dot)
		}
	}, nil
}

// each is a range over a slice.
func (c *compiler) each(n *parse.BranchNode, dot reflect.Type) (step, error) {
	scope := len(c.seen)
	defer func() { c.seen = c.seen[:scope] }()
	undeclared := *n.Pipe
	undeclared.Decl = nil
	v, err := c.pipe(&undeclared, dot)
	if err != nil {
		return nil, err
	}
	if v.typ.Kind() != reflect.Slice || n.Pipe.IsAssign {
		return nil, other("range over %v, %s", v.typ, n.Pipe)
	}
	set := func(*run, int, reflect.Value) {}
	switch names := n.Pipe.Decl; len(names) {
	case 0:
	case 1:
		element := c.declare(names[0].Ident[0], v.typ.Elem())
		set = func(r *run, _ int, one reflect.Value) { r.vars[element] = one }
	default:
		index, element := c.declare(names[0].Ident[0], reflect.TypeFor[int]()), c.declare(names[1].Ident[0], v.typ.Elem())
		set = func(r *run, i int, one reflect.Value) { r.vars[index], r.vars[element] = reflect.ValueOf(i), one }
	}
	body, err := c.list(n.List, v.typ.Elem())
	if err != nil {
		return nil, err
	}
	c.seen = c.seen[:scope] // where there is no element its name means the slice
	none, err := c.list(n.ElseList, dot)
	if err != nil {
		return nil, err
	}
	return func(r *run, dot reflect.Value) {
		all := v.load(r, dot)
		for i := range all.Len() {
			one := all.Index(i)
			set(r, i, one)
			r.steps(body, one)
		}
		if all.Len() == 0 {
			r.steps(none, dot)
		}
	}, nil
}

// call runs another template, in which $ is what it is called with.
func (c *compiler) call(n *parse.TemplateNode, dot reflect.Type) (step, error) {
	if n.Pipe == nil {
		return nil, other("%s without data", n)
	}
	v, err := c.pipe(n.Pipe, dot)
	if err != nil {
		return nil, err
	}
	tree, err := c.t.escaped(n.Name)
	if err != nil {
		return nil, err
	}
	if c.depth > deepest {
		return nil, other("%s calls too deep", n)
	}
	inner := &compiler{t: c.t, root: v.typ, vars: c.vars, depth: c.depth + 1}
	steps, err := inner.list(tree.Root, v.typ)
	if err != nil {
		return nil, err
	}
	c.vars = inner.vars
	return func(r *run, dot reflect.Value) {
		data, before := v.load(r, dot), r.root
		r.root = data
		r.steps(steps, data)
		r.root = before
	}, nil
}

// action writes a value.
func (c *compiler) action(p *parse.PipeNode, dot reflect.Type) (step, error) {
	if len(p.Decl) == 0 {
		return c.write(p, dot)
	}
	if p.IsAssign || len(p.Decl) != 1 {
		return nil, other("%s", p)
	}
	bare := *p
	bare.Decl = nil
	v, err := c.pipe(&bare, dot)
	if err != nil {
		return nil, err
	}
	at := c.declare(p.Decl[0].Ident[0], v.typ)
	return func(r *run, dot reflect.Value) { r.vars[at] = v.load(r, dot) }, nil
}
