package views

import "time"

// HelpTopic is one page of help: its address, its template, which takes a Help,
// and its title.
type HelpTopic struct{ Path, Template, Title string }

// HelpTopics are all pages of help.
func HelpTopics() []HelpTopic {
	return []HelpTopic{
		{"/help/credentials", "help", "Where api_id and api_hash come from"},
		{"/help/telegram-tracker", "help_tracker", "Moving from telegram-tracker"},
		{"/help/deploy", "help_deploy", "Run it for others"},
		{"/help/real-account", "help_real_account", "Ten minutes with a real account"},
		{"/help/settings", "help_settings", "Settings"},
		{"/help/figures", "help_figures", "Figures"},
		{"/help/limits", "help_limits", "Limits"},
	}
}

// Keeping is for how long a workspace is kept; the zero Keeping is for ever.
type Keeping struct {
	Days  int64     // after the last time that somebody opened it or collected into it
	Until time.Time // when it is deleted, if nobody comes back
	Grace time.Time // before it nothing is deleted by its age; zero: there is no time of grace
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

// Held is what is held about the visitor who asks.
type Held struct {
	Frame
	Label       string // of the workspace; "": the visitor is in none
	Source      string
	Session     bool
	Waits       bool      // a sign-in waits for its next step
	Phone       string    // its number's last two digits; "": unknown
	Until       time.Time // when the sign-in is forgotten
	Channels    int64
	Messages    int64
	Collections int64
	Bytes       int64
	Browsers    []time.Time // since when; zero: unknown
	Uploads     []string    // names of files that lie here until their import ends
	Imported    time.Time   // when the last import ended; zero: none
	Touched     time.Time   // exact to the day; zero: unknown
	Keeping     Keeping
}

// Present is how many browsers are in the workspace.
func (h Held) Present() int64 { return int64(len(h.Browsers)) }

// Help is a page of help.
type Help struct{ Frame }
