package tl_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tdp"
	"github.com/gotd/td/tg"

	"telegramtrac/collector/tl/telethon"
)

// filler fills objects of the layer: every field of them, down to some depth.
type filler struct {
	byInterface map[reflect.Type][]reflect.Type // constructors, shortest first
}

func newFiller() *filler { return &filler{byInterface: map[reflect.Type][]reflect.Type{}} }

// constructorsOf returns the structs of the layer for a type of the schema.
func constructorsOf(iface reflect.Type) []reflect.Type {
	var out []reflect.Type
	for _, construct := range tg.TypesConstructorMap() {
		t := reflect.TypeOf(construct())
		if t.Implements(iface) {
			out = append(out, t.Elem())
		}
	}
	slices.SortFunc(out, func(a, b reflect.Type) int {
		if a.NumField() != b.NumField() {
			return a.NumField() - b.NumField()
		}
		return strings.Compare(a.Name(), b.Name())
	})
	return out
}

// choose picks a constructor with fields to fill, the shortest one at a large depth.
func (f *filler) choose(iface reflect.Type, deep bool) reflect.Type {
	all, ok := f.byInterface[iface]
	if !ok {
		all = constructorsOf(iface)
		f.byInterface[iface] = all
	}
	if len(all) == 0 {
		return nil
	}
	if deep {
		return all[0]
	}
	return all[len(all)/2]
}

func (f *filler) fill(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1_700_000_000)
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.String:
		v.SetString("x")
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte{1, 2})
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		f.fill(v.Index(0), depth+1)
	case reflect.Interface:
		if t := f.choose(v.Type(), depth >= 3); t != nil && depth < 6 {
			p := reflect.New(t)
			f.fillStruct(p.Elem(), depth+1)
			v.Set(p)
		}
	case reflect.Struct:
		f.fillStruct(v, depth)
	}
}

func (f *filler) fillStruct(v reflect.Value, depth int) {
	for i := range v.NumField() {
		if v.Type().Field(i).Type != reflect.TypeFor[bin.Fields]() {
			f.fill(v.Field(i), depth)
		}
	}
	if o, ok := v.Addr().Interface().(interface{ SetFlags() }); ok {
		o.SetFlags()
	}
}

// sameObject checks that JSON has every field of an object, with its value.
func sameObject(t *testing.T, path string, v reflect.Value, got any) {
	t.Helper()
	obj := v.Addr().Interface().(tdp.Object)
	m, ok := got.(map[string]any)
	if !ok {
		t.Errorf("%s: got %v, want %T", path, got, obj)
		return
	}
	keys := 1
	for _, f := range obj.TypeInfo().Fields {
		fv := v.FieldByName(f.Name)
		if !fv.IsValid() || fv.Type() == reflect.TypeFor[bin.Fields]() {
			continue
		}
		key := map[string]string{"self": "is_self", "from": "from_"}[f.SchemaName]
		if key == "" {
			key = f.SchemaName
		}
		value, there := m[key]
		if key == "access_hash" || key == "file_reference" {
			if there {
				t.Errorf("%s.%s is kept", path, key)
			}
			continue
		}
		keys++
		if !there {
			t.Errorf("%s.%s of %T is not there", path, key, obj)
			continue
		}
		sameValue(t, path+"."+key, fv, value)
	}
	if len(m) != keys {
		t.Errorf("%s: %d keys of %T, want %d: %v", path, len(m), obj, keys, m)
	}
}

func sameValue(t *testing.T, path string, v reflect.Value, got any) {
	t.Helper()
	if v.IsZero() && (got == nil || got == "1970-01-01T00:00:00+00:00") {
		return
	}
	switch v.Kind() {
	case reflect.Bool, reflect.Float64, reflect.String:
		if got != v.Interface() {
			t.Errorf("%s: got %v, want %v", path, got, v)
		}
	case reflect.Int, reflect.Int64:
		if got != float64(v.Int()) && got != "2023-11-14T22:13:20+00:00" {
			t.Errorf("%s: got %v, want %v", path, got, v)
		}
	case reflect.Interface:
		if v.IsNil() {
			if got != nil {
				t.Errorf("%s: got %v, want null", path, got)
			}
			return
		}
		sameObject(t, path, v.Elem().Elem(), got)
	case reflect.Struct:
		sameObject(t, path, v, got)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			if got != "AQI=" {
				t.Errorf("%s: got %v, want bytes", path, got)
			}
			return
		}
		list, ok := got.([]any)
		if !ok || len(list) != v.Len() {
			t.Errorf("%s: got %v, want %d elements", path, got, v.Len())
			return
		}
		for i := range list {
			sameValue(t, fmt.Sprintf("%s[%d]", path, i), v.Index(i), list[i])
		}
	}
}

// classes are the types of the schema that messages consist of, and a message
// with one of their constructors.
var classes = map[reflect.Type]func(obj any) tg.MessageClass{
	reflect.TypeFor[tg.MessageMediaClass](): func(obj any) tg.MessageClass {
		return spoken(func(m *tg.Message) { m.Media = obj.(tg.MessageMediaClass) })
	},
	reflect.TypeFor[tg.MessageActionClass](): func(obj any) tg.MessageClass {
		return &tg.MessageService{ID: 5, PeerID: &tg.PeerChannel{ChannelID: 1}, Action: obj.(tg.MessageActionClass)}
	},
	reflect.TypeFor[tg.MessageEntityClass](): func(obj any) tg.MessageClass {
		return spoken(func(m *tg.Message) { m.Entities = []tg.MessageEntityClass{obj.(tg.MessageEntityClass)} })
	},
	reflect.TypeFor[tg.MessageReplyHeaderClass](): func(obj any) tg.MessageClass {
		return spoken(func(m *tg.Message) { m.ReplyTo = obj.(tg.MessageReplyHeaderClass) })
	},
	reflect.TypeFor[tg.ReplyMarkupClass](): func(obj any) tg.MessageClass {
		return spoken(func(m *tg.Message) { m.ReplyMarkup = obj.(tg.ReplyMarkupClass) })
	},
	reflect.TypeFor[tg.WebPageClass](): func(obj any) tg.MessageClass {
		return spoken(func(m *tg.Message) { m.Media = &tg.MessageMediaWebPage{Webpage: obj.(tg.WebPageClass)} })
	},
	reflect.TypeFor[tg.GeoPointClass](): func(obj any) tg.MessageClass {
		return spoken(func(m *tg.Message) { m.Media = &tg.MessageMediaGeo{Geo: obj.(tg.GeoPointClass)} })
	},
	reflect.TypeFor[tg.StoryItemClass](): func(obj any) tg.MessageClass {
		return spoken(func(m *tg.Message) {
			m.Media = &tg.MessageMediaStory{Peer: &tg.PeerChannel{}, Story: obj.(tg.StoryItemClass)}
		})
	},
	reflect.TypeFor[tg.DocumentAttributeClass](): func(obj any) tg.MessageClass {
		return spoken(func(m *tg.Message) {
			m.Media = &tg.MessageMediaDocument{Document: &tg.Document{Attributes: []tg.DocumentAttributeClass{obj.(tg.DocumentAttributeClass)}}}
		})
	},
	reflect.TypeFor[tg.PhotoSizeClass](): func(obj any) tg.MessageClass {
		return spoken(func(m *tg.Message) {
			m.Media = &tg.MessageMediaPhoto{Photo: &tg.Photo{Sizes: []tg.PhotoSizeClass{obj.(tg.PhotoSizeClass)}}}
		})
	},
	reflect.TypeFor[tg.ReactionClass](): func(obj any) tg.MessageClass {
		return spoken(func(m *tg.Message) {
			m.Reactions = tg.MessageReactions{Results: []tg.ReactionCount{{Reaction: obj.(tg.ReactionClass), Count: 1}}}
		})
	},
	reflect.TypeFor[tg.MessageExtendedMediaClass](): func(obj any) tg.MessageClass {
		return spoken(func(m *tg.Message) {
			m.Media = &tg.MessageMediaPaidMedia{ExtendedMedia: []tg.MessageExtendedMediaClass{obj.(tg.MessageExtendedMediaClass)}}
		})
	},
	reflect.TypeFor[tg.MessageClass](): func(obj any) tg.MessageClass { return obj.(tg.MessageClass) },
}

func spoken(with func(*tg.Message)) *tg.Message {
	m := &tg.Message{ID: 5, PeerID: &tg.PeerChannel{ChannelID: 1}, Message: "text", Post: true}
	with(m)
	m.SetFlags()
	return m
}

// TestEveryField fills all fields of every constructor that a message can contain, and finds
// each in raw. In a personal collection every field is in a column or in raw; in a private one
// nothing panics.
func TestEveryField(t *testing.T) {
	f := newFiller()
	for iface, messageWith := range classes {
		all := constructorsOf(iface)
		if len(all) < 2 {
			t.Errorf("%v has %d constructors", iface, len(all))
		}
		for _, typ := range all {
			t.Run(typ.Name(), func(t *testing.T) {
				p := reflect.New(typ)
				f.fillStruct(p.Elem(), 0)
				m := messageWith(p.Interface())
				row, ok := personal.Message(m, nil)
				if _, empty := m.(*tg.MessageEmpty); ok == empty {
					t.Fatalf("a message: %v", ok)
				}
				if !ok {
					return
				}
				var raw any
				if err := json.Unmarshal([]byte(row.Raw), &raw); err != nil {
					t.Fatal(err)
				}
				sameObject(t, "", reflect.ValueOf(m).Elem(), raw)
				class := typ.Name()
				switch p.Interface().(type) {
				case *tg.MessageMediaEmpty:
				case tg.MessageMediaClass:
					if row.MediaType != class {
						t.Errorf("media_type %q, want %q", row.MediaType, class)
					}
				case tg.MessageActionClass:
					if row.Action != class || row.Kind != "service" {
						t.Errorf("action %q, want %q", row.Action, class)
					}
				case tg.MessageEntityClass:
					if len(row.Entities) != 1 || !strings.EqualFold(row.Entities[0].Type, class) {
						t.Errorf("entities %v, want %q", row.Entities, class)
					}
				}
				private.Message(m, nil)
				if _, err := telethon.Respell(nil, row.Raw, telethon.Python); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
