package decode

import (
	"reflect"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// shape is where a file has the columns that the fields of a type are named after. It does
// not change, and readers make their fillers of it.
type shape struct {
	fields []shapedField
}

type shapedField struct {
	name   string // of the column
	filler func() filler
}

// shapeOf matches a type with a file's columns; of those that the file lacks, nothing is
// read. ok is false where parquet-go is to read the file: it knows more types than we do,
// and how to convert one form of a column to another.
func shapeOf(row reflect.Type, want, has *parquet.Schema) (s *shape, ok bool) {
	byField := map[string][][]string{} // paths of a field's columns
	for _, path := range want.Columns() {
		byField[path[0]] = append(byField[path[0]], path)
	}
	s = &shape{}
	for i := range row.NumField() {
		f := row.Field(i)
		paths := byField[ColumnOf(f)]
		if len(paths) == 0 {
			if f.Anonymous || f.Tag.Get("parquet") != "-" {
				return nil, false
			}
			continue
		}
		columns, there, ok := columnsOf(paths, want, has)
		if !ok {
			return nil, false
		}
		if !there {
			continue
		}
		make1 := maker(f.Type, i, paths, columns)
		if make1() == nil {
			return nil, false
		}
		s.fields = append(s.fields, shapedField{ColumnOf(f), make1})
	}
	return s, len(s.fields) > 0
}

// ColumnOf is the name of a field's column.
func ColumnOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
	return name
}

// columnsOf finds a field's columns in a file; there is false where it has none of them. They
// are to have the same form, and of a list all are to be there.
func columnsOf(paths [][]string, want, has *parquet.Schema) (out []columnAt, there, ok bool) {
	for _, path := range paths {
		a, found := has.Lookup(path...)
		if !found {
			continue
		}
		b, _ := want.Lookup(path...)
		same := parquet.EqualNodes(a.Node, b.Node) && a.MaxDefinitionLevel == b.MaxDefinitionLevel &&
			a.MaxRepetitionLevel == b.MaxRepetitionLevel
		if !same || a.MaxRepetitionLevel > 1 {
			return nil, false, false
		}
		kind, list := a.Node.Type().Kind(), a.MaxRepetitionLevel == 1
		out = append(out, columnAt{index: a.ColumnIndex, kind: kind, max: byte(a.MaxDefinitionLevel), list: list})
	}
	if len(out) == 0 {
		_, other := has.Lookup(paths[0][0])
		return nil, false, !other && !hasField(has, paths[0][0])
	}
	return out, true, len(out) == len(paths)
}

func hasField(s *parquet.Schema, name string) bool {
	return slices.ContainsFunc(s.Fields(), func(f parquet.Field) bool { return f.Name() == name })
}

// listPath stands between the name of an optional list and its elements.
var listPath = []string{"list", "element"}

// maker returns what makes the filler of a field; it returns nil for one that is not known here.
func maker(t reflect.Type, index int, paths [][]string, columns []columnAt) func() filler {
	if t.Kind() != reflect.Slice {
		return func() filler {
			if len(paths) != 1 || len(paths[0]) != 1 || columns[0].list {
				return nil
			}
			return fillerOf(columns[0], index, t)
		}
	}
	return func() filler {
		var leaves []listed
		for i, path := range paths {
			c := columns[i]
			if !c.list || c.max < elementThere || len(path) < 3 || !slices.Equal(path[1:3], listPath) {
				return nil
			}
			fill := leafOf(c, t.Elem(), path[3:])
			if fill == nil {
				return nil
			}
			leaves = append(leaves, listed{c, fill})
		}
		return listOf(leaves, index, t)
	}
}

// fillers make what fills rows; columns names those that are wanted, nil: all.
func (s *shape) fillers(columns []string) []filler {
	out := make([]filler, 0, len(s.fields))
	for _, f := range s.fields {
		if columns == nil || slices.Contains(columns, f.name) {
			out = append(out, f.filler())
		}
	}
	return out
}
