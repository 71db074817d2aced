package views

import "time"

// LookFirstFragment is the template of what looking first shows.
const LookFirstFragment = "look_first"

// LookFirst is what looking at channels shows before anything is collected.
type LookFirst struct {
	Form
	Seen    []Looked
	LookUps string // what the names cost, "" where that is not known
	More    bool   // more channels were named than are looked at
}

// Look is one channel, or why it cannot be looked at.
type Looked struct {
	Name        string // @name
	Title       string
	Picture     string // its address here; "" for none
	Initials    string // in place of its picture
	About       string
	Subscribers string // "" when not known
	Verified    bool
	Messages    []LookedMessage // newest first

	Sentence string // why it cannot be looked at
	SignIn   string // where to sign in with an account that may see it: a source; "" where that does not help
	Account  bool   // the account that is signed in may see it
}

// LookedMessage is one of the last messages.
type LookedMessage struct {
	ID    int64
	Date  time.Time
	Text  string
	Media string // what is attached, in a word; "" for nothing
}
