package views

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

// Help explains where api_id and api_hash come from.
type Help struct{ Frame }
