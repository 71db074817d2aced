package part

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"telegramtrac/collector/dataset/decode"
)

// StreamRows is how many rows a stream decodes at a time.
const StreamRows = 128

// Stream reads rows of a file in ascending order. T may name fewer columns than
// the file has, which are then the only ones read, and more, which are null.
type Stream[T any] struct {
	File   *File
	reader rowReader[T]
	buf    []T
	first  int64 // row of buf[0]
	n      int   // rows in buf
	end    int64 // one past the last row that will be asked for
}

// rowReader reads the rows of a file one after the other.
type rowReader[T any] interface {
	// read reads rows from a row on, as many as there is place for, or fewer. The rows are
	// empty, and lie where they did the last time.
	read(rows []T, row int64) (int, error)
	// seek makes a row the next one.
	seek(row int64) error
	close()
}

// NewStream reads the rows from..end-1 of f, which stays open for as long.
func NewStream[T any](f *File, from, end int64) (*Stream[T], error) {
	r, err := newRowReader[T](f)
	if err != nil {
		return nil, err
	}
	s := &Stream[T]{File: f, reader: r, buf: make([]T, min(StreamRows, max(0, end-from))), first: from, end: end}
	if from > 0 {
		if err := s.seek(from); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

// newRowReader reads the columns that T names: page by page into the fields, or through
// parquet-go where the file has other forms of them.
func newRowReader[T any](f *File) (rowReader[T], error) {
	if d, ok := decode.New[T](f.Parquet); ok {
		return direct[T]{d}, nil
	}
	return newConverted[T](f)
}

// direct reads rows page by page.
type direct[T any] struct{ *decode.Direct[T] }

func (d direct[T]) read(rows []T, row int64) (int, error) {
	if err := d.Read(rows, row); err != nil {
		return 0, err
	}
	return len(rows), nil
}

func (d direct[T]) seek(int64) error { return nil } // each read says where it begins

func (d direct[T]) close() { d.Close() }

// seek goes to a row.
func (s *Stream[T]) seek(row int64) error {
	if err := s.reader.seek(row); err != nil {
		return fmt.Errorf("seek to row %d: %w", row, err)
	}
	return nil
}

// At returns a row, at or after the row returned last. It may be kept as a
// shallow copy; the pointer holds until the next call.
func (s *Stream[T]) At(row int64) (*T, error) {
	for row >= s.first+int64(s.n) {
		if err := s.fill(row); err != nil {
			return nil, err
		}
	}
	return &s.buf[row-s.first], nil
}

// fill decodes the next rows, or leaps to the wanted one when it is far ahead.
func (s *Stream[T]) fill(row int64) error {
	next := s.first + int64(s.n)
	if row-next >= StreamRows {
		if err := s.seek(row); err != nil {
			return err
		}
		next = row
	}
	clear(s.buf) // nothing that was handed out is written through
	n, err := s.reader.read(s.buf[:min(int64(len(s.buf)), s.end-next)], next)
	if n == 0 {
		return fmt.Errorf("read row %d: %w", next, noRows(err))
	}
	s.first, s.n = next, n
	return nil
}

// noRows is the error of a reader that gives no row where there is one.
func noRows(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (s *Stream[T]) Close() { s.reader.close() }

// Int64s reads a required integer column of the rows from..to-1 at once.
func (f *File) Int64s(column string, from, to int64) ([]int64, error) {
	out := make([]int64, 0, max(0, to-from))
	err := Columns{f, from, to}.eachPage(column, func(_ int, page parquet.Page) error {
		data := page.Data()
		values := data.Int64()
		out = append(out, values[:min(len(values), cap(out)-len(out))]...)
		return nil
	})
	return out, err
}
