package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"telegramtrac/collector"
)

// Steps of the flow, in the order of the page's list.
const (
	StepSignIn   = 1
	StepChannels = 2
	StepCollect  = 3
	StepLook     = 4
)

// Frame is what surrounds every page.
type Frame struct {
	Title     string
	Fragment  bool // only what htmx swaps: the page without its head and scripts
	Assets    Assets
	CSRF      string    // the value of the field _csrf
	Workspace *Place    // nil: not signed in
	Step      int       // 0: none is current
	Note      string    // what has just happened; "" for nothing
	Now       time.Time // by the server's clock, to which the page's countdowns are set
}

// Assets are the addresses of the static files, with their versions in them.
type Assets struct {
	CSS, JS, Icon        string
	HTMX, HTMXWebsockets string
	Network              []string // the scripts of the drawn graph, in order
}

// Place is the workspace a visitor is in.
type Place struct {
	Source string // telegram, sandbox or preview
	Label  string // what the header shows
}

// Stage is one step of the flow in the header's list.
type Stage struct {
	Number        int
	Name          string
	Done, Current bool
}

// Steps is the header's list of steps.
type Steps struct {
	Swap   bool // written for an out-of-band swap
	Stages []Stage
}

// NewSteps lists the steps of the flow with one of them current.
func NewSteps(current int) Steps {
	names := []string{"Sign in", "Channels", "Collect", "Look and take away"}
	stages := make([]Stage, len(names))
	for i, name := range names {
		stages[i] = Stage{Number: i + 1, Name: name, Done: i+1 < current, Current: i+1 == current}
	}
	return Steps{Stages: stages}
}

// Steps lists the steps of the flow.
func (f Frame) Steps() Steps { return NewSteps(f.Step) }

// Mistake is a sentence about what was typed into a field.
type Mistake struct {
	Field    string // name and id of the field; "": the form as a whole
	Sentence string
	Word     string // Telegram's name of the error, to search for; "": none is shown
}

// Form has the mistakes in what was typed, as every form does.
type Form struct {
	Mistakes []Mistake
}

// Add notes a mistake.
func (f *Form) Add(field, sentence string) {
	f.Mistakes = append(f.Mistakes, Mistake{Field: field, Sentence: sentence})
}

// Day reads a day that was typed into a field; none is zero.
func (f *Form) Day(field, typed string) collector.Date {
	day, err := collector.ParseDate(typed)
	if err != nil {
		f.Add(field, fmt.Sprintf("%q is not a day. Write it as year, month and day, like 2024-02-29.", Shorten(typed, NameLength)))
	}
	return day
}

// Number reads a whole number that was typed into a field; none is 0. what ends the sentence
// about a mistake, like "days. Write a whole number, like 7."
func (f *Form) Number(field, typed, what string) int64 {
	if typed == "" {
		return 0
	}
	n, err := strconv.ParseUint(typed, 10, 40)
	if err != nil {
		f.Add(field, fmt.Sprintf("%q is not a number of %s", Shorten(typed, NameLength), what))
	}
	return int64(n)
}

// Ticked reports whether a box with a value is ticked.
func Ticked(value string) bool {
	switch strings.ToLower(value) {
	case "", "0", "false", "no", "off":
		return false
	}
	return true
}

// Wrong is what the page says beside a field.
type Wrong struct {
	Field     string
	Sentences []string
}

// Wrong returns the mistakes in a field.
func (f Form) Wrong(field string) Wrong {
	out := Wrong{Field: field}
	for _, m := range f.Mistakes {
		if m.Field == field {
			out.Sentences = append(out.Sentences, m.Sentence)
		}
	}
	return out
}

// Problem is a page that says what is wrong and what to do.
type Problem struct {
	Frame
	Status   int
	Heading  string
	Sentence string
	Href     string // where to go on
	Link     string // what that link says
}

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
		{"/help/search", "help_search", "How to search"},
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

// Inside is what a workspace has, and who is in it.
type Inside struct {
	Label    string // of the workspace; "": the visitor is in none
	Source   string
	Channels int64
	Messages int64
	Bytes    int64       // of collected data
	Browsers []time.Time // when each browser entered it; zero when unknown
	Keeping  Keeping
}

// Present counts the browsers.
func (i Inside) Present() int64 { return int64(len(i.Browsers)) }

// Held lists the data that is stored about the visitor who asks.
type Held struct {
	Frame
	Inside
	Session     bool
	Waits       bool      // a sign-in waits for its next step
	Phone       string    // its number's last two digits; "": unknown
	Until       time.Time // when the sign-in is forgotten
	Collections int64
	Uploads     []string  // names of files stored here until their import ends
	Imported    time.Time // when the last import ended; zero: none
	Touched     time.Time // exact to the day; zero: unknown
}

// Help is a page of help.
type Help struct{ Frame }
