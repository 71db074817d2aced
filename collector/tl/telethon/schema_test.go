package telethon

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"
)

var (
	constructorLine = regexp.MustCompile(`^([\w.]+)#[0-9a-f]+ (.*)= [\w.<>]+;$`)
	flagType        = regexp.MustCompile(`^flags\d*\.\d+\?(.*)$`)
)

// schema reads the schema that package tg is generated from: for each
// constructor its fields as Telethon's generator has them.
func schema(t *testing.T) map[string][]string {
	t.Helper()
	file, _ := runtime.FuncForPC(reflect.ValueOf(tg.TypesMap).Pointer()).FileLine(reflect.ValueOf(tg.TypesMap).Pointer())
	b, err := os.ReadFile(filepath.Join(filepath.Dir(file), "..", "_schema", "telegram.tl"))
	if err != nil {
		t.Skipf("no schema beside the sources of package tg: %v", err)
	}
	types, _, _ := strings.Cut(string(b), "---functions---")
	out := map[string][]string{}
	for line := range strings.Lines(types) {
		m := constructorLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		var always, flagged []string
		for _, arg := range strings.Fields(m[2]) {
			name, typ, ok := strings.Cut(arg, ":")
			if !ok || typ == "#" || strings.HasPrefix(arg, "{") {
				continue
			}
			inner := flagType.FindStringSubmatch(typ)
			if inner != nil {
				typ = inner[1]
			}
			field := keyName(name) + ":" + schemaKind(name, typ)
			if inner != nil || name == "random_id" {
				flagged = append(flagged, field)
			} else {
				always = append(always, field)
			}
		}
		out[m[1]] = append(always, flagged...)
	}
	return out
}

func schemaKind(name, typ string) string {
	if elem, ok := strings.CutPrefix(typ, "Vector<"); ok {
		return "vector " + schemaKind("", strings.TrimSuffix(elem, ">"))
	}
	switch typ {
	case "true", "Bool", "long", "double", "string", "bytes":
		return typ
	case "int":
		if isDate(name) {
			return "date"
		}
		return "int"
	}
	return "object"
}

func planKind(s *shape) string {
	if s.kind == kindVector {
		return "vector " + planKind(s.elem)
	}
	return map[kind]string{
		kindTrue: "true", kindBool: "Bool", kindInt: "int", kindDate: "date", kindLong: "long",
		kindDouble: "double", kindString: "string", kindBytes: "bytes", kindStruct: "object", kindClass: "object",
	}[s.kind]
}

// The plans are made from Go types; the schema itself says whether they are right.
func TestPlansFollowSchema(t *testing.T) {
	want := schema(t)
	if len(want) < 1000 {
		t.Fatalf("the schema has %d constructors: not read well", len(want))
	}
	for _, p := range allPlans() {
		if p.name == "boolTrue" || p.name == "boolFalse" || p.name == "vector" {
			continue
		}
		fields, ok := want[p.name]
		if !ok {
			continue // of MTProto itself
		}
		if len(p.flags) > maxFlags {
			t.Fatalf("%s has %d sets of flags", p.name, len(p.flags))
		}
		var got []string
		for i := range p.fields {
			f := &p.fields[i]
			got = append(got, f.key+":"+planKind(&f.shape))
			if f.optional && f.bit == 0 {
				t.Errorf("%s.%s: no flag found", p.name, f.schema)
			}
		}
		if diff := cmp.Diff(fields, got); diff != "" {
			t.Errorf("%s (-schema +plan):\n%s", p.name, diff)
		}
	}
}

func allPlans() []*plan {
	var all []*plan
	for _, ps := range classes() {
		all = append(all, ps...)
	}
	slices.SortFunc(all, func(a, b *plan) int { return strings.Compare(a.name, b.name) })
	return all
}

// reachable returns the constructors that a message or full details can contain.
func reachable(all []*plan) map[*plan]bool {
	seen := map[*plan]bool{}
	var visit func(*plan)
	var follow func(*shape)
	follow = func(s *shape) {
		switch s.kind {
		case kindVector:
			follow(s.elem)
		case kindStruct:
			visit(planOf(s.typ))
		case kindClass:
			for _, p := range all {
				if reflect.PointerTo(p.typ).Implements(s.typ) {
					visit(p)
				}
			}
		}
	}
	visit = func(p *plan) {
		if seen[p] {
			return
		}
		seen[p] = true
		for i := range p.fields {
			follow(&p.fields[i].shape)
		}
	}
	visit(planOf(reflect.TypeFor[tg.Message]()))
	visit(planOf(reflect.TypeFor[tg.MessageService]()))
	visit(planOf(reflect.TypeFor[tg.MessagesChatFull]()))
	return seen
}

// Every field that seems to identify someone must have a rule.
func TestPersonalFieldsAreJudged(t *testing.T) {
	// Wider than what ruleOf hides by name.
	suspicious := regexp.MustCompile(`(^|_)(user|users|bot|admin|inviter|creator|sender|recipient|receiver|owner|voter|author|name|names|username|usernames|` +
		`phone|email|vcard|rank|address|street|city|state|post|secret|contact|person|winners|recent|requesters|viewers|voters|repliers|first|last|nick|credentials)($|_|\d)|^promoted_by$|^kicked_by$|_from$`)
	notPersonal := set(`
		# message ids and texts, flags and counters with a suspicious word in their names
		message.post messageFwdHeader.channel_post
	`)
	all := allPlans()
	found := 0
	for p := range reachable(all) {
		for i := range p.fields {
			f := &p.fields[i]
			k := f.shape.scalar()
			idList := f.shape.kind == kindVector && k == kindLong
			if k != kindLong && k != kindString && k != kindBytes || !idList && !suspicious.MatchString(f.schema) {
				continue
			}
			found++
			name := p.name + "." + f.schema
			if !secrets[f.schema] && !personFields[name] && !hiddenFields[name] && !publicFields[name] && !notPersonal[name] {
				t.Errorf("%s is neither in personFields, hiddenFields nor publicFields", name)
			}
		}
		if p.name == "user" || p.name == "userEmpty" {
			if f := p.fields[p.byKey["id"]]; f.rule != person {
				t.Errorf("%s.id is not a person's", p.name)
			}
		}
	}
	if found < 80 {
		t.Errorf("only %d suspicious fields: the walk is broken", found)
	}
}

// The lists must contain only fields of the layer, and hidden fields must be able to be null
// without making the object unreadable.
func TestPrivateFieldsExist(t *testing.T) {
	have := map[string]*field{}
	for _, p := range allPlans() {
		for i := range p.fields {
			have[p.name+"."+p.fields[i].schema] = &p.fields[i]
		}
	}
	for _, list := range []map[string]bool{personFields, hiddenFields, publicFields} {
		for name := range list {
			if have[name] == nil {
				t.Errorf("%s is not in the layer", name)
			}
		}
	}
	for name := range personFields {
		if f := have[name]; f != nil && f.shape.scalar() != kindLong {
			t.Errorf("%s is no id", name)
		}
	}
	for name := range hiddenFields {
		if f := have[name]; f != nil && f.shape.kind == kindClass && !f.optional {
			t.Errorf("%s is required", name)
		}
	}
}

// No key with a secret value is stored, anywhere in the layer.
func TestSecretsAreDropped(t *testing.T) {
	for _, p := range allPlans() {
		for i := range p.fields {
			f := &p.fields[i]
			if strings.Contains(f.schema, "access_hash") || strings.Contains(f.schema, "file_reference") {
				if f.rule != drop {
					t.Errorf("%s.%s is kept", p.name, f.schema)
				}
			}
		}
	}
}

// A field named url is one string: what the rule for addresses takes it for.
func TestAddressesAreStrings(t *testing.T) {
	for _, p := range allPlans() {
		for i := range p.fields {
			if f := &p.fields[i]; f.rule == address && f.shape.kind != kindString {
				t.Errorf("%s.%s is no string", p.name, f.schema)
			}
		}
	}
}
