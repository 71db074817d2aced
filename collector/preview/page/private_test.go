package page

import (
	"strings"
	"testing"
)

// TestPrivateLinks: a link to a person by number contains a pseudonym, in columns and in raw.
func TestPrivateLinks(t *testing.T) {
	p, err := Read([]byte(samplePage(samplePost(5,
		`<div class="tgme_widget_message_text"><a href="tg://user?id=77001">Mara</a></div><a class="tgme_widget_message_inline_button" href="tg://user?id=77001">x</a>`))))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := Reader{Pseudonym: func(int64) int64 { return 9 }}.Rows(p.Posts[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := rows[0].Links[0] + rows[0].Entities[0].URL + rows[0].Raw; strings.Contains(got, "77001") || !strings.Contains(got, "id=9") {
		t.Errorf("a private row holds %s", got)
	}
	if p.Posts[0].entities[0].URL != "tg://user?id=77001" {
		t.Error("the post was changed")
	}
}
