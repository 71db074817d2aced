package tl

// A rule is what becomes of a field on its way into JSON.
type rule uint8

const (
	keep   rule = iota
	drop        // left out always, with its key
	person      // the id of a user, or several: a pseudonym in a private collection
	hide        // tells who a user is: null in a private collection
)

func ruleOf(constructor, field string) rule {
	if field == "access_hash" || field == "file_reference" {
		return drop
	}
	return keep
}
