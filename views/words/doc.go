// Package words turns kinds into sentences: of errors, refusals, waits, login codes,
// media and service messages. It holds what people read and nothing that decides.
package words
