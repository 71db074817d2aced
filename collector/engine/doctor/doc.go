// Package doctor looks for damage in the files in which the NATS server keeps an engine's
// records, says what was lost, and repairs what can be repaired.
//
// The server cuts damaged records off without a word, or waits for them for ever. So the
// files are read before the server starts (Ready), on request (Inspect), and when a
// damaged folder is to be opened again (Repair). Each clean stop notes how long each file
// was (NoteClosing), so that records that were cut off are missed at the next start.
package doctor
