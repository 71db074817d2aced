package views

// HelpTrackerPage is the template of the help page for those who come from
// telegram-tracker; it takes a Help.
const HelpTrackerPage = "help_tracker"

// Door asks for the password of a private host.
type Door struct {
	Frame
	Form
}

// Notice is the page on privacy, or the terms.
type Notice struct {
	Frame
	Terms bool     // else privacy
	Own   []string // the host's own paragraphs; none: the built-in text
}

// Help is a page of help.
type Help struct{ Frame }
