package collector

// Shorten cuts a text to at most most characters; a cut text ends in "…".
func Shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	n := 0
	end := 0 // of the text before the "…"
	for i := range text {
		if n == most-1 {
			end = i
		}
		if n++; n > most {
			return text[:end] + "…"
		}
	}
	return text
}
