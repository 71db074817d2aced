package telethon_test

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector"
	"telegramtrac/collector/tl"
	"telegramtrac/collector/tl/telethon"
)

// oldForm is one form of a constructor in testdata/layers.tl.
type oldForm struct {
	name   string
	params []oldParam
	result string
}

type oldParam struct {
	name, typ string
	optional  bool
}

// oldLayer is the part of one layer's schema that messages use.
type oldLayer struct {
	number   int
	byResult map[string][]*oldForm
}

// history reads testdata/layers.tl, which testdata/layers writes.
func history(t testing.TB) []*oldLayer {
	t.Helper()
	b, err := os.ReadFile("testdata/layers.tl")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")[1:]
	var out []*oldLayer
	for _, word := range strings.Fields(lines[0]) {
		n, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, &oldLayer{number: n, byResult: map[string][]*oldForm{}})
	}
	line := regexp.MustCompile(`^(\d+)-(\d+) (\S+) (.*) = (\S+)$`)
	for _, text := range lines[1:] {
		m := line.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no form of a constructor: %q", text)
		}
		f := &oldForm{name: m[3], result: m[5]}
		for _, param := range strings.Fields(m[4]) {
			name, typ, _ := strings.Cut(param, ":")
			if typ == "#" {
				continue
			}
			p := oldParam{name: name, typ: typ}
			if inner := telethon.FlagType.FindStringSubmatch(typ); inner != nil {
				p.typ, p.optional = inner[1], true
			}
			f.params = append(f.params, p)
		}
		from, _ := strconv.Atoi(m[1])
		to, _ := strconv.Atoi(m[2])
		for _, l := range out {
			if from <= l.number && l.number <= to {
				l.byResult[f.result] = append(l.byResult[f.result], f)
			}
		}
	}
	return out
}

func (p oldParam) elem() (string, bool) {
	if inner, ok := strings.CutPrefix(strings.ToLower(p.typ[:min(7, len(p.typ))])+p.typ[min(7, len(p.typ)):], "vector<"); ok {
		return strings.TrimSuffix(inner, ">"), true
	}
	return strings.TrimPrefix(p.typ, "%"), false
}

// A step is one field on the way from one form to another.
type step struct {
	form  *oldForm
	param string
}

// ways returns the shortest way from the forms of root to each form.
func (l *oldLayer) ways(root string) map[*oldForm][]step {
	out := map[*oldForm][]step{}
	var queue []*oldForm
	for _, f := range l.byResult[root] {
		out[f] = nil
		queue = append(queue, f)
	}
	for len(queue) > 0 {
		f := queue[0]
		queue = queue[1:]
		for _, p := range f.params {
			typ, _ := p.elem()
			for _, next := range l.byResult[typ] {
				if _, ok := out[next]; !ok {
					out[next] = append(slices.Clone(out[f]), step{f, p.name})
					queue = append(queue, next)
				}
			}
		}
	}
	return out
}

// maker makes objects of a layer with a different value in each field.
type maker struct {
	layer *oldLayer
	n     int
}

// object makes an object of a form with all its fields; objects inside it have only their
// required ones. along is the way to the form under test.
func (m *maker) object(f *oldForm, along []step, to *oldForm, all bool) map[string]any {
	out := map[string]any{"_": telethon.ClassName(f.name, "")}
	for _, p := range f.params {
		onWay := len(along) > 0 && along[0].form == f && along[0].param == p.name
		if p.optional && !all && !onWay {
			continue
		}
		typ, list := p.elem()
		var v any
		switch forms := m.layer.byResult[typ]; {
		case onWay:
			next := to
			if len(along) > 1 {
				next = along[1].form
			}
			v = m.object(next, along[1:], to, len(along) == 1)
		case len(forms) > 0:
			v = m.object(plainest(forms), nil, nil, false)
		default:
			v = m.scalar(typ, p.name)
		}
		if list {
			v = []any{v}
		}
		out[telethon.KeyName(p.name)] = v
	}
	return out
}

// plainest returns the form with the fewest required fields that is not empty.
func plainest(forms []*oldForm) *oldForm {
	return slices.MinFunc(forms, func(a, b *oldForm) int { return weight(a) - weight(b) })
}

func weight(f *oldForm) int {
	w := 0
	for _, p := range f.params {
		if !p.optional {
			w += 1
			if typ, _ := p.elem(); strings.ToUpper(typ[:1]) == typ[:1] {
				w += 20
			}
		}
	}
	if w == 0 {
		w = 5
	}
	return w
}

func (m *maker) scalar(typ, name string) any {
	m.n++
	switch typ {
	case "true", "Bool":
		return true
	case "int":
		if telethon.IsDate(name) {
			return time.Unix(int64(1_500_000_000+m.n), 0).UTC().Format("2006-01-02T15:04:05+00:00")
		}
		return 1_000_000 + m.n
	case "long":
		return 5_000_000_000_000 + m.n
	case "double":
		return 1000.5 + float64(m.n)
	case "bytes":
		return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "bytes%03d", m.n))
	}
	if name == "restriction_reason" {
		return fmt.Sprintf("all-why%d: text%d", m.n, m.n)
	}
	return fmt.Sprintf("text%03d", m.n)
}

// movedKeys are keys of old forms whose values are reported under other names.
var movedKeys = map[string]string{"MessageFwdHeader.from_id": "MessageFwdHeader.author_id"}

// isNamed reports whether a report has a key, or the whole class, as dropped. Objects that
// modernize renames are reported under the current class.
func isNamed(dropped map[string]int, class, key string) bool {
	if dropped[class] > 0 || dropped[class+"."+key] > 0 || dropped[movedKeys[class+"."+key]] > 0 {
		return true
	}
	button := strings.TrimPrefix(class, "Input")
	kind, isButton := strings.CutPrefix(button, "KeyboardButton")
	if isButton && key != "text" && dropped["InlineButtonType"+kind]+dropped["ButtonType"+kind]+dropped["KeyboardInlineButton.type"] > 0 {
		return true
	}
	if !telethon.Older(class) && !isButton {
		return false
	}
	for what := range dropped {
		if strings.HasSuffix(what, "."+key) {
			return true
		}
	}
	return false
}

// unkept returns the paths of values that are neither in raw nor reported.
func unkept(v any, raw string, dropped map[string]int, path string, report func(path string)) {
	switch x := v.(type) {
	case map[string]any:
		class, _ := x["_"].(string)
		for key, v := range x {
			if key != "_" && !telethon.Secret(key) && !isNamed(dropped, class, key) {
				unkept(v, raw, dropped, class+"."+key, report)
			}
		}
	case []any:
		for _, v := range x {
			unkept(v, raw, dropped, path, report)
		}
	case bool:
	case float64:
		if !strings.Contains(raw, string(telethon.AppendFloat(nil, x))) {
			report(path)
		}
	default:
		token, _ := json.Marshal(v)
		if text, ok := v.(string); ok && strings.HasPrefix(text, "all-why") {
			token = []byte(strings.TrimPrefix(text[:strings.Index(text, ":")], "all-"))
		}
		if !strings.Contains(raw, string(token)) {
			report(path)
		}
	}
}

// TestEveryLayer: an object of every form of every constructor that a message, chat, user or
// full details could contain, in every layer since Telethon's first, decodes; each of its
// values is in raw or reported as dropped. The golden file has the reported ones.
func TestEveryLayer(t *testing.T) {
	named := map[string][2]int{} // by class or key: first and last layer
	made := map[string]bool{}
	objects := 0
	layers := history(t)
	if len(layers) < 45 {
		t.Fatalf("%d layers: not read well", len(layers))
	}
	for _, l := range layers {
		for _, root := range []string{"Message", "Chat", "User", "messages.ChatFull"} {
			for f, way := range l.ways(root) {
				m := &maker{layer: l}
				start := f
				if len(way) > 0 {
					start = way[0].form
				}
				v := m.object(start, way, f, len(way) == 0)
				text, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				dropped := everyLayer(t, l, f, v, text, made)
				for what := range dropped {
					at, ok := named[what]
					if !ok {
						at = [2]int{l.number, l.number}
					}
					named[what] = [2]int{min(at[0], l.number), max(at[1], l.number)}
				}
				objects++
			}
		}
	}
	if objects < 20_000 {
		t.Errorf("%d objects: the walk is broken", objects)
	}
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(named)) {
		fmt.Fprintf(&b, "%s %d-%d\n", what, named[what][0], named[what][1])
	}
	golden(t, "testdata/layers.dropped.golden", b.String())
}

var droppedBy = map[string]map[string]int{}

func everyLayer(t *testing.T, l *oldLayer, f *oldForm, v any, text []byte, made map[string]bool) map[string]int {
	if made[string(text)] {
		return droppedBy[string(text)]
	}
	made[string(text)] = true
	obj, report, err := telethon.DecodeTelethon(text)
	if err != nil {
		t.Errorf("layer %d, %s: %v\n%s", l.number, f.name, err, text)
		return nil
	}
	droppedBy[string(text)] = report.Dropped
	raw := string(report.Amend(telethon.Encoder{}.AppendJSON(nil, obj)))
	if !json.Valid([]byte(raw)) {
		t.Errorf("layer %d, %s: raw is no JSON: %s", l.number, f.name, raw)
	}
	unkept(v, raw, report.Dropped, "", func(path string) {
		t.Errorf("layer %d, %s: %s is lost and not named\nof %s\nto %s\n%v", l.number, f.name, path, text, raw, report.Dropped)
	})
	if m, ok := obj.(tg.MessageClass); ok {
		row, _ := tl.Converter{}.DecodedMessage(m, report, nil)
		columns(t, l, v.(map[string]any), row)
	}
	return report.Dropped
}

// columns checks that the values of a message's own keys, by whatever name the
// layer had them, are in the row.
func columns(t *testing.T, l *oldLayer, said map[string]any, row collector.Message) {
	t.Helper()
	counter := func(c *int64) any {
		if c == nil {
			return nil
		}
		return int(*c)
	}
	at := func(d *time.Time) any {
		if d == nil {
			return nil
		}
		return d.Format("2006-01-02T15:04:05+00:00")
	}
	got := map[string]any{"id": int(row.ID), "date": at(&row.Date), "message": row.Text, "views": counter(row.Views),
		"forwards":  counter(row.Forwards),
		"edit_date": at(row.EditDate), "post_author": row.PostAuthor, "grouped_id": int(row.AlbumID), "via_bot_id": int(row.ViaBotID),
		"reply_to_msg_id": int(row.ReplyToMessageID), "pinned": row.Pinned, "noforwards": row.NoForwards}
	if _, isNumber := said["from_id"].(int); isNumber {
		got["from_id"] = int(row.FromID)
	}
	for key, value := range got {
		want, told := said[key]
		if text, ok := want.(string); ok && key == "message" && row.Rich != "" {
			value = strings.TrimSuffix(row.Text, strings.TrimPrefix(row.Text, text)) // the blocks of a rich message come behind
		}
		if told && row.Kind == collector.KindMessage && value != want {
			t.Errorf("layer %d: column of %s: got %v, want %v", l.number, key, value, want)
		}
		if !told && value != nil && (key == "views" || key == "forwards") {
			t.Errorf("layer %d: %s was not told and is %v", l.number, key, value)
		}
	}
	if told := said["edit_hide"] != nil; row.Kind == collector.KindMessage && told != (row.EditHidden != nil) {
		t.Errorf("layer %d: edit_hidden is told: %v, and in the row: %v", l.number, told, row.EditHidden != nil)
	}
	for _, class := range []struct{ key, got string }{{"media", row.MediaType}, {"action", row.Action}} {
		m, ok := said[class.key].(map[string]any)
		if !ok || m["_"] == "MessageMediaEmpty" {
			continue
		}
		want := m["_"]
		switch want { // these have other names today
		case "MessageActionSetSameChatWallPaper":
			want = "MessageActionSetChatWallPaper"
		case "MessageActionAttachMenuBotAllowed":
			want = "MessageActionBotAllowed"
		}
		if class.got != want {
			t.Errorf("layer %d: %s: got %s, want %s", l.number, class.key, class.got, want)
		}
	}
}

var update = flag.Bool("update", false, "write the golden file anew")

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", path, diff)
	}
}
