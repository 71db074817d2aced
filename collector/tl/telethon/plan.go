package telethon

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tdp"
)

// A plan maps one constructor of the schema to JSON and back.
type plan struct {
	typ    reflect.Type // the struct
	name   string       // as in the schema: messages.chatFull
	class  string       // as Telethon calls it: ChatFull
	open   string       // {"_":"ChatFull"
	fields []field      // in Telethon's order
	byKey  map[string]int
	flags  []int // indices of the struct's bin.Fields

	allUnset string // the JSON of all fields when they are missing
	ends     []int  // where in allUnset each field ends
}

// maxFlags is the most sets of flags of a constructor.
const maxFlags = 2

// unset returns the JSON of fields i to j-1 when all of them are missing.
func (p *plan) unset(i, j int) string {
	if i == j {
		return ""
	}
	start := 0
	if i > 0 {
		start = p.ends[i-1]
	}
	return p.allUnset[start:p.ends[j-1]]
}

// A field is one field of a constructor.
type field struct {
	schema string // as in the schema
	key    string // as Telethon spells it
	index  int    // in the struct
	shape  shape
	rule   rule

	optional bool
	flags    int        // which of the plan's flags make it present
	bit      bin.Fields // the one bit there
	shared   bool       // a number that another field with the same bit can make present

	prefix string // ,"key":
}

// kind is a value's type in the schema.
type kind uint8

const (
	kindTrue   kind = iota // a flag without a value
	kindBool               // Bool
	kindInt                // int
	kindDate               // int that Telethon reads as a date
	kindLong               // long
	kindDouble             // double
	kindString             // string
	kindBytes              // bytes
	kindStruct             // a type with one constructor
	kindClass              // a type with several
	kindVector             // Vector
)

// A shape is the type of a field or of a vector's elements.
type shape struct {
	kind kind
	typ  reflect.Type
	elem *shape // of a vector
	plan *plan  // of a struct
}

// scalar returns the kind of the values, in a vector or not.
func (s *shape) scalar() kind {
	if s.kind == kindVector {
		return s.elem.scalar()
	}
	return s.kind
}

// plans remembers the plan of each type: reflect.Type → *plan.
var plans sync.Map

// planOf returns the plan of a struct type of package tg, nil for other types.
func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := newPlan(t)
	if p == nil {
		return nil
	}
	actual, _ := plans.LoadOrStore(t, p)
	return actual.(*plan)
}

// ClassOf returns Telethon's class name of a constructor in an interface of package tg, "" for
// nil.
func ClassOf(obj any) string {
	v := reflect.ValueOf(obj)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return ""
	}
	return planOf(v.Type().Elem()).class
}

func newPlan(t reflect.Type) *plan {
	if t.Kind() != reflect.Struct {
		return nil
	}
	obj, ok := reflect.New(t).Interface().(tdp.Object)
	if !ok {
		return nil
	}
	info := obj.TypeInfo()
	class := className(info.Name, t.Name())
	p := &plan{
		typ: t, name: info.Name, class: class,
		open:  `{"_":"` + class + `"`,
		byKey: make(map[string]int, len(info.Fields)),
		flags: flagFields(t),
	}
	for _, f := range info.Fields {
		if sf, ok := t.FieldByName(f.Name); ok && sf.Type != flagsType {
			p.fields = append(p.fields, newField(info.Name, f, sf))
		}
	}
	p.probeFlags()
	p.findShared()
	for i := range p.fields {
		f := &p.fields[i]
		if f.shape.kind == kindBool && f.optional && isBareFlag(t, f.index) {
			f.shape.kind = kindTrue
		}
	}
	slices.SortStableFunc(p.fields, byPlace)
	var unset strings.Builder
	for i := range p.fields {
		p.byKey[p.fields[i].key] = i
		unset.WriteString(p.fields[i].whenUnset())
		p.ends = append(p.ends, unset.Len())
	}
	p.allUnset = unset.String()
	return p
}

var flagsType = reflect.TypeFor[bin.Fields]()

func flagFields(t reflect.Type) []int {
	var is []int
	for i := range t.NumField() {
		if t.Field(i).Type == flagsType {
			is = append(is, i)
		}
	}
	return is
}

// probeFlags finds which flag makes which field present, by setting one flag at a time and
// asking the type for its fields.
func (p *plan) probeFlags() {
	for which, at := range p.flags {
		for bit := range 32 {
			v := reflect.New(p.typ)
			v.Elem().Field(at).SetUint(1 << bit)
			present := map[string]bool{}
			for _, f := range v.Interface().(tdp.Object).TypeInfo().Fields {
				present[f.SchemaName] = !f.Null
			}
			for i := range p.fields {
				f := &p.fields[i]
				if f.optional && f.bit == 0 && present[f.schema] {
					f.flags, f.bit = which, 1<<bit
				}
			}
		}
	}
}

// findShared marks the numbers that share their flag with another field.
func (p *plan) findShared() {
	for i := range p.fields {
		f := &p.fields[i]
		switch f.shape.kind {
		case kindInt, kindDate, kindLong, kindDouble:
			f.shared = f.bit != 0 && slices.ContainsFunc(p.fields, func(o field) bool {
				return o.schema != f.schema && o.flags == f.flags && o.bit == f.bit
			})
		}
	}
}

func newField(constructor string, f tdp.Field, sf reflect.StructField) field {
	key := keyName(f.SchemaName)
	sh := shapeOf(sf.Type, f.SchemaName)
	return field{
		schema: f.SchemaName, key: key, index: sf.Index[0],
		shape:    sh,
		rule:     ruleOf(constructor, f.SchemaName, sh.scalar()),
		optional: f.Null, // of a zero value: only what has a flag is absent
		prefix:   `,"` + key + `":`,
	}
}

// whenUnset returns the JSON of a missing field, including its key.
func (f *field) whenUnset() string {
	switch {
	case f.rule == drop:
		return ""
	case f.shape.kind == kindTrue:
		return f.prefix + "false"
	case f.shape.kind == kindVector:
		return f.prefix + "[]"
	}
	return f.prefix + "null"
}

// isBareFlag distinguishes a flag without a value from an optional Bool, which has the same Go
// type: only the getter of the latter also returns whether it is set.
func isBareFlag(t reflect.Type, index int) bool {
	m, ok := reflect.PointerTo(t).MethodByName("Get" + t.Field(index).Name)
	return ok && m.Type.NumOut() == 1
}

func shapeOf(t reflect.Type, name string) shape {
	switch t.Kind() {
	case reflect.Bool:
		return shape{kind: kindBool, typ: t}
	case reflect.Int:
		if isDate(name) {
			return shape{kind: kindDate, typ: t}
		}
		return shape{kind: kindInt, typ: t}
	case reflect.Int64:
		return shape{kind: kindLong, typ: t}
	case reflect.Float64:
		return shape{kind: kindDouble, typ: t}
	case reflect.String:
		return shape{kind: kindString, typ: t}
	case reflect.Struct:
		return shape{kind: kindStruct, typ: t, plan: planOf(t)} // no constructor holds itself but through a class
	case reflect.Interface:
		return shape{kind: kindClass, typ: t}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return shape{kind: kindBytes, typ: t}
		}
		elem := shapeOf(t.Elem(), name)
		return shape{kind: kindVector, typ: t, elem: &elem}
	}
	panic(fmt.Sprintf("tl: type %v of field %s has no place in the schema", t, name))
}

// byPlace orders fields like Telethon: first the required ones, then those with a flag; each in
// the schema's order.
func byPlace(a, b field) int { return a.place() - b.place() }

func (f *field) place() int {
	if f.optional || f.schema == "random_id" {
		return 1
	}
	return 0
}

// className returns Telethon's name of a constructor: the schema's without its namespace, in
// camel case with an upper first letter; for a function followed by "Request".
func className(name, goType string) string {
	function := isFunction(name, goType)
	if i := strings.IndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	var b strings.Builder
	upper := true
	for _, r := range name {
		if r == '_' {
			upper = true
			continue
		}
		if upper && 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		upper = false
		b.WriteRune(r)
	}
	if function {
		b.WriteString("Request")
	}
	return b.String()
}

// isFunction distinguishes functions of the schema from constructors: tg calls their types
// requests.
func isFunction(name, goType string) bool {
	return strings.EqualFold(goType, strings.NewReplacer(".", "", "_", "").Replace(name)+"Request")
}

// keyName returns Telethon's name of a field, which avoids Python's keywords.
func keyName(schema string) string {
	switch schema {
	case "self":
		return "is_self"
	case "from":
		return "from_"
	}
	return schema
}

var dateName = regexp.MustCompile(`(\b|_)(date|until|since)(\b|_)`)

// isDate reports whether Telethon reads an int of this name as a date.
func isDate(name string) bool {
	return dateName.MatchString(name) || name == "expires" || name == "expires_at" || name == "was_online"
}
