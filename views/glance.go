package views

import "time"

// GlanceFragment is the template of what looking first shows.
const GlanceFragment = "glance"

// Glance is what looking at channels shows before anything is collected.
type Glance struct {
	Form
	Seen    []Glimpse
	LookUps string // what the names cost, "" where that is not known
	More    bool   // more channels were named than are looked at
}

// Glimpse is one channel, or why it cannot be looked at.
type Glimpse struct {
	Name        string // @name
	Title       string
	Picture     string // its address here; "" for none
	Initials    string // in place of its picture
	About       string
	Subscribers string // "" when not known
	Verified    bool
	Messages    []GlimpseMessage // newest first

	Sentence string // why it cannot be looked at
	SignIn   string // where to sign in with an account that may see it: a source; "" where that does not help
	Account  bool   // the account that is signed in may see it
}

// GlimpseMessage is one of the last messages.
type GlimpseMessage struct {
	ID    int64
	Date  time.Time
	Text  string
	Media string // what is attached, in a word; "" for nothing
}
