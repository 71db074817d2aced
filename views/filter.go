package views

// Filter is the form that says which messages a tab shows, and in what order.
type Filter struct {
	Action      string // the tab's address
	Channels    []ChannelChoice
	All         bool // of all channels
	Since       string
	Until       string
	Text        string
	Kinds       []Choice
	Media       []Choice
	Forwarded   []Choice
	Topics      []Choice // of the chosen channel; none where it is no forum
	Orders      []Choice
	Columns     []Choice // to choose from; the messages tab has none
	Active      bool     // something is left out, or sorted otherwise
	ColumnsOpen bool     // other columns than the usual ones are chosen
	Mistakes    []Mistake
}

// Form has what is wrong with what was typed.
func (f Filter) Form() Form { return Form{Mistakes: f.Mistakes} }

// Choice is one of several values of a field.
type Choice struct {
	Value, Label string
	Current      bool
}

// Field is a hidden field of a form.
type Field struct{ Name, Value string }

// Column is a column of a table of rows.
type Column struct {
	Name   string
	Href   string // sorts by it; "" where nothing can be sorted
	Sorted string // ascending, descending or ""
	Number bool
}

// Cell is what a row has in a column.
type Cell struct {
	Spans  []Span
	Number bool
	Text   bool // of any direction
	Long   bool // a text that is cut where it does not fit
}
