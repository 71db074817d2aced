// Package mend opens parts that were looked through: what is damaged of a file is set
// aside, and what can still be read of it is put in its place.
package mend
