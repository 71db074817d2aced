package views

// HelpTrackerPage is the template of the help page for those who come from
// telegram-tracker; it takes a Help.
const HelpTrackerPage = "help_tracker"

// Help is a page of help.
type Help struct{ Frame }
