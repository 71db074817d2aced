package views

import "time"

// Names of the templates of lists.
const (
	ListsPage     = "lists"      // Lists
	CardsFragment = "list-cards" // Cards
	ListPage      = "list"       // ListShown
)

// Lists is the first page of a person who comes back.
type Lists struct {
	Frame
	Form
	Cards  Cards
	Import bool // files can be imported
}

// Cards are a workspace's lists, and everything in it.
type Cards struct {
	CSRF  string
	Live  bool // something runs: the page asks again
	Lists []Card
	All   Card
}

// Card is a list in short.
type Card struct {
	ID        string // "": everything
	Name      string
	CSRF      string
	Channels  int64
	Messages  int64
	Collected time.Time // when the last collection of it was done; zero: none
	Ended     string    // how the last one ended, if not well
	EndedIn   string    // its id
	EndedWord string
	EndedTone string
	Running   []CardRun // what has not ended
	Imported  bool      // there are messages, but no collection
}

// CardRun is a collection of a list that has not ended.
type CardRun struct {
	ID, Word, Tone string
	Messages       int64
}

// ListShown is the page of a list.
type ListShown struct {
	Frame
	Form
	Named
	Narrowing
	Card      Card
	NoAccount bool   // only the web preview is read, which has no comments
	NameTyped string // in the form that renames it
	NameWas   string // the name that the form was filled with
	HowWas    string // how it was collected when the form was filled
	HowTold   string // the same in a sentence
	HowOpen   bool   // the form about it is open
	Rows      []ListRow
	Pages     Pager
	Runs      []CollectionItem
	RunsMore  bool // there are older collections than shown
}

// ListRow is a channel of a list.
type ListRow struct {
	Key      string
	Name     string
	Title    string
	Href     string // its messages here, "" if there are none
	Messages int64
	Comments int64
	Word     string
	Tone     string
	Sentence string // why it was not collected
}

// Narrow are the fields that say how channels are collected.
type Narrow struct {
	Form
	Narrowing
}

// Narrow are the page's fields of how the list is collected.
func (l ListShown) Narrow() Narrow { return Narrow{l.Form, l.Narrowing} }

// Columned is the choice of a column of a table.
func (l ListShown) Columned() Columned { return Columned{l.Form, l.Columns} }

// Columned asks which columns of tables hold the names of channels.
type Columned struct {
	Form
	Columns []ColumnChoice
}

// ListChoice is the field that says into which list channels go.
type ListChoice struct {
	Form
	Lists     []Choice // those that there are
	Name      string   // of a new one, as typed
	Suggested string   // the name that a new one gets if none is typed, "" if not known yet
}
