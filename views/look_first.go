package views

import "time"

// LookFirstFragment is the template of LookFirst.
const LookFirstFragment = "look_first"

// LookFirst shows channels before anything is collected.
type LookFirst struct {
	Form
	Seen    []Looked
	LookUps string // the price in look-ups, "" if not known
	More    bool   // more channels were named than are shown
}

// Looked is one channel, or why it cannot be shown.
type Looked struct {
	Name        string // @name
	Title       string
	Picture     string // its address here; "" for none
	Initials    string // shown in place of a picture
	About       string
	Subscribers string // "" when not known
	Verified    bool
	Messages    []LookedMessage // newest first

	Sentence string // why it cannot be looked at
	SignIn   string // the source where an account that may see it can sign in; "" if that does not help
	Account  bool   // the workspace's own account may see it
}

// LookedMessage is one of the last messages.
type LookedMessage struct {
	ID    int64
	Date  time.Time
	Text  string
	Media string // what is attached, in a word; "" for nothing
}
