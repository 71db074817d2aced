// Package engine keeps what people want and what became of it.
package engine
