package views

import "time"

// HelpTrackerPage is the template of the help page for those who come from
// telegram-tracker; it takes a Help.
const HelpTrackerPage = "help_tracker"

// HelpDeployPage is the template of the help page for those who run it for
// others; it takes a Help.
const HelpDeployPage = "help_deploy"

// Keeping is for how long a workspace is kept; the zero Keeping is for ever.
type Keeping struct {
	Days  int64     // after the last time that somebody opened it or collected into it
	Until time.Time // when it is deleted, if nobody comes back
}

// Door asks for the password of a private host.
type Door struct {
	Frame
	Form
}

// Notice is the page on privacy, or the terms.
type Notice struct {
	Frame
	Terms   bool     // else privacy
	Own     []string // the host's own paragraphs; none: the built-in text
	Keeping Keeping
}

// Help is a page of help.
type Help struct{ Frame }
