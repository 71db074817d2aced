package search

import "testing"

func TestForm(t *testing.T) {
	for want, f := range map[string]Form{
		"": {},
		`ferry tend* "-x" "nine o'clock" (boat OR "(ship") -car -"OR" hashtag:#harbour domain:example.org has:link is:gone views:>=1000 in:history`: {
			All: ` ferry tend*  -x`, Phrase: `"nine o'clock"`, Any: "boat (ship", None: "car OR", Hashtag: "#harbour", Domain: "example.org",
			Has: "link", Is: "gone", Views: "1000", History: true},
		"boat": {Any: "boat"},
	} {
		if got := f.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if q, mistakes := Parse(want); len(mistakes) > 0 || q.String() != want {
			t.Errorf("%s is %s, %v", want, q, mistakes)
		}
	}
	if _, mistakes := Parse(Form{Views: "1 000"}.String()); len(mistakes) != 1 {
		t.Errorf("a number with a blank in it: %v", mistakes)
	}
}
