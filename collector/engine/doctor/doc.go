// Package doctor looks for damage in the files in which the NATS server stores an engine's
// records, says what was lost, and repairs what can be repaired.
//
// The server drops damaged records silently, or waits for them forever. So the files are read
// before the server starts (Ready), on request (Inspect), and when a damaged folder is to be
// opened again (Repair). Each clean stop records the size of each file (NoteClosing), so that
// the next start notices if records were cut off.
package doctor
