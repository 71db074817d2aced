package collector

import "time"

// Standing is how an account stands with Telegram: for the person it belongs
// to.
type Standing struct {
	Methods []MethodStanding `json:"methods"` // by requests in the last day, most first
	Waits   []FloodWait      `json:"waits"`   // of the last day, newest first
	Next    Next             `json:"next"`
}

// MethodStanding is what was asked with one of Telegram's methods.
type MethodStanding struct {
	Method  string        `json:"method"`
	Hour    MethodCount   `json:"hour"`
	Day     MethodCount   `json:"day"`
	Spacing time.Duration `json:"spacing"` // nanoseconds kept between two requests because of a flood wait; 0: none
}

// MethodCount counts the requests sent with one method and the flood waits they
// met.
type MethodCount struct {
	Requests int64 `json:"requests"`
	Waits    int64 `json:"waits,omitempty"`
}

// FloodWait is one wait that Telegram asked for.
type FloodWait struct {
	At       time.Time `json:"at"`
	Method   string    `json:"method"`
	Seconds  int64     `json:"seconds"`
	Forgiven bool      `json:"forgiven,omitempty"` // the person has resumed since: no reason to stop again
}

// End is when the wait was over.
func (w FloodWait) End() time.Time { return w.At.Add(time.Duration(w.Seconds) * time.Second) }

// Next is what the tool will do next.
type Next struct {
	At      time.Time `json:"at,omitzero"` // when the next request may go; zero: at once
	Why     Kind      `json:"why"`         // Flood or Guarded, "" when nothing holds it
	Method  string    `json:"method,omitempty"`
	Stopped string    `json:"stopped,omitempty"` // of Guarded: why

	// Look-ups of usernames have a budget of their own.
	Resolves  int       `json:"resolves"`            // that may go at once
	ResolveAt time.Time `json:"resolve_at,omitzero"` // when the next may go; zero: at once

	LookUpsADay int    `json:"look_ups_a_day"`         // in any 24 hours at most; below 0: no limit
	LookUpsLeft int    `json:"look_ups_left"`          // of them, not used yet
	LookUpsWhy  string `json:"look_ups_why,omitempty"` // what holds look-ups alone: "flood" or "budget", "" for nothing

	// Spacing is kept between all requests of an account that is new to the product;
	// 0: it is known by now, or keeps no such pace. Nanoseconds.
	Spacing time.Duration `json:"spacing,omitempty"`
}
