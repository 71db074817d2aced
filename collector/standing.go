package collector

import "time"

// Standing is the state of an account at Telegram, as shown to its owner.
type Standing struct {
	Methods []MethodStanding `json:"methods"` // by requests in the last day, most first
	Waits   []FloodWait      `json:"waits"`   // of the last day, newest first
	Next    Next             `json:"next"`
}

// MethodStanding counts the requests of one of Telegram's methods.
type MethodStanding struct {
	Method  string        `json:"method"`
	Hour    MethodCount   `json:"hour"`
	Day     MethodCount   `json:"day"`
	Spacing time.Duration `json:"spacing"` // nanoseconds between two requests after a flood wait; 0: none
}

// MethodCount counts the requests of one method and their flood waits.
type MethodCount struct {
	Requests int64 `json:"requests"`
	Waits    int64 `json:"waits,omitempty"`
}

// FloodWait is one wait that Telegram asked for.
type FloodWait struct {
	At       time.Time `json:"at"`
	Method   string    `json:"method"`
	Seconds  int64     `json:"seconds"`
	Forgiven bool      `json:"forgiven,omitempty"` // the person has resumed since, so it cannot lead to another stop
}

// End returns when the wait ended or ends.
func (w FloodWait) End() time.Time { return w.At.Add(time.Duration(w.Seconds) * time.Second) }

// Next is when the tool may send its next requests.
type Next struct {
	At      time.Time `json:"at,omitzero"` // when the next request may be sent; zero: at once
	Why     Kind      `json:"why"`         // Flood or Guarded, "" if nothing delays it
	Method  string    `json:"method,omitempty"`
	Stopped string    `json:"stopped,omitempty"` // of Guarded: why

	// Look-ups of usernames have separate limits.
	Resolves  int       `json:"resolves"`            // how many may be sent at once
	ResolveAt time.Time `json:"resolve_at,omitzero"` // when the next may be sent; zero: at once

	LookUpsADay int    `json:"look_ups_a_day"`         // limit in any 24 hours; below 0: no limit
	LookUpsLeft int    `json:"look_ups_left"`          // how many of them are left
	LookUpsWhy  string `json:"look_ups_why,omitempty"` // what delays look-ups only: "flood" or "budget", "" for nothing

	// Spacing is the delay between all requests of an account that is new to the product; 0: no
	// delay. Nanoseconds.
	Spacing time.Duration `json:"spacing,omitempty"`
}
