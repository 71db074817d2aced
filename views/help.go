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

// Keeping is a workspace's retention; the zero Keeping has no end.
type Keeping struct {
	Days  int64     // since somebody last opened it or collected into it
	Until time.Time // when it is deleted, if nobody comes back
	Grace time.Time // nothing is deleted for its age before it; zero: no period of grace
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
	Own     []string // the host's own paragraphs; empty: the built-in text
	Keeping Keeping
}

// Held lists the data that is stored about the visitor who asks.
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
	Uploads     []string    // names of files stored here until their import ends
	Imported    time.Time   // when the last import ended; zero: none
	Touched     time.Time   // exact to the day; zero: unknown
	Keeping     Keeping
}

// Present is how many browsers are in the workspace.
func (h Held) Present() int64 { return int64(len(h.Browsers)) }

// Help is a page of help.
type Help struct{ Frame }
