// Package words makes sentences of kinds: of errors, refusals, waits, login codes, media and
// service messages. It has only texts for people and decides nothing.
package words
