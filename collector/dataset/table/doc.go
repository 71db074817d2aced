// Package table writes the tables of rows that people take away, row groups as they lie in
// the parts where that is possible, and says what each column means.
package table
