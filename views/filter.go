package views

// Filter is the form that chooses which messages a tab shows, and their order.
type Filter struct {
	Action      string // the tab's address
	Channels    []ChannelChoice
	All         bool // all channels are chosen
	Since       string
	Until       string
	Text        string
	Kinds       []Choice
	Media       []Choice
	Forwarded   []Choice
	Topics      []Choice // of the chosen channel; empty if it is no forum
	Orders      []Choice
	Columns     []Choice // to choose from; empty on the messages tab
	Active      bool     // something is filtered out, or the order is not the usual one
	ColumnsOpen bool     // other columns than the usual ones are chosen
	Mistakes    []Mistake
}

// Form has the mistakes in what was typed.
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
	Href   string // sorts by it; "" if it cannot be sorted by
	Sorted string // ascending, descending or ""
	Number bool
}

// Cell is what a row has in a column.
type Cell struct {
	Spans  []Span
	Number bool
	Text   bool // text that may run in either direction
	Long   bool // a text that is cut if it does not fit
}
