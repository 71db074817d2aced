package input

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Values calls do with the values of a file, which are concatenated or in one list.
func (r *Reader) Values(m *Member, do func(s *Stream, v json.RawMessage) error) error {
	s, err := m.Stream()
	if err != nil {
		return err
	}
	defer s.Close()
	each := do
	do = func(s *Stream, v json.RawMessage) error {
		if string(v) == "null" { // some tools write null for a missing message
			return nil
		}
		return each(s, v)
	}
	if head, _ := m.Head(); bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, Bom), " \t\r\n"), []byte("[")) {
		if err := s.Each(func(v json.RawMessage) error { return do(s, v) }); err != nil {
			return err
		}
		return s.End()
	}
	for {
		v, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return s.Wrong(err)
		}
		if err := do(s, v); err != nil {
			return err
		}
	}
}

// Answer calls do with each key of the object that a file consists of; do must read the value.
func (r *Reader) Answer(m *Member, do func(s *Stream, key string) error) error {
	s, err := m.Stream()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Object(func(key string) error { return do(s, key) }); err != nil {
		return err
	}
	return s.End()
}

// BadValue returns the error for a value of the wrong form, with the field's name.
func (s *Stream) BadValue(err error, v json.RawMessage) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		problem := fmt.Sprintf("there is %s where %s should be", valueName(e.Value), kindName(e.Type.Kind().String()))
		return s.WrongAt(s.Dec.InputOffset()-int64(len(v))+e.Offset, e.Field, problem)
	}
	if e, ok := errors.AsType[*fieldError](err); ok {
		return s.Bad(e.field, e.problem, v)
	}
	return s.Bad("", Plain(err), v)
}

// valueName puts encoding/json's name of a value into words.
func valueName(value string) string {
	switch word, _, _ := strings.Cut(value, " "); word {
	case "string":
		return "a text"
	case "number":
		return "a number"
	case "array":
		return "a list"
	case "bool":
		return "true or false"
	}
	return "an object"
}

func kindName(kind string) string {
	switch {
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"), strings.HasPrefix(kind, "float"):
		return "a number"
	case kind == "string":
		return "a text"
	case kind == "slice":
		return "a list"
	case kind == "bool":
		return "true or false"
	}
	return "an object"
}
