package page

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"telegramtrac/collector"
)

// Kinds of owners of a username.
const (
	KindChannel  = "channel"
	infoGroup    = "group"
	infoSomebody = "person or bot" // the page does not say which
	infoBot      = "bot"
)

// Info is the content of the page t.me/<name>.
type Info struct {
	kind     string // "": the username is free or hidden
	title    string
	about    string
	Photo    string
	verified bool
	marks
	participants *count
	preview      bool   // the page offers the preview
	invite       bool   // a page of an invite link
	restricted   string // why Telegram does not show it
}

var (
	membersForm    = regexp.MustCompile(`^(?:no|[0-9.\s\x{00a0}]+[KM]?) (subscribers?|members?)(, (?:no|[0-9.\s\x{00a0}]+[KM]?) online)?$`)
	restrictedForm = regexp.MustCompile(`(?i)\bthis (channel|group|chat) (can.t|cannot|is unavailable|is not available)\b`)
)

// ReadInfo reads the page t.me/<name>.
func ReadInfo(body []byte) (Info, error) {
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		return Info{}, fmt.Errorf("read info page: %w", err)
	}
	in := doc.Find(".tgme_page").First()
	if in.Length() == 0 {
		return Info{}, fmt.Errorf("read info page: %w: it has no .tgme_page", ErrForeign)
	}
	i := Info{
		title:    trimmed(in.Find(".tgme_page_title span")),
		Photo:    in.Find(".tgme_page_photo_image").First().AttrOr("src", ""),
		verified: in.Find(".tgme_page_title .verified-icon").Length() > 0,
		marks:    parseMarks(in.Find(".tgme_page_title")),
		preview:  in.Find(`a[href^="/s/"]`).Length() > 0,
		invite:   in.Find(`a[href^="tg://join"]`).Length() > 0,
	}
	about := in.Find(".tgme_page_description").First()
	contact := about.Find(".tgme_username_link").Length() > 0 // "you can contact @name right away"
	if about.Length() > 0 && !contact {
		i.about = render(about).text
	}
	if restrictedForm.MatchString(i.about) {
		i.restricted = i.about
	}
	if i.title == "" {
		return i, nil
	}
	action := in.Find(".tgme_page_action a").First()
	u, err := url.Parse(action.AttrOr("href", ""))
	if err == nil && strings.HasSuffix(strings.ToLower(u.Query().Get("domain")), "bot") {
		i.kind = infoBot // usernames of bots end in this way
	}
	return i, i.classify(trimmed(in.Find(".tgme_page_extra")), trimmed(action), contact)
}

// classify sets the kind of owner from the line below the title.
func (i *Info) classify(extra, action string, contact bool) error {
	m := membersForm.FindStringSubmatch(extra)
	switch {
	case m != nil && contact:
		return fmt.Errorf("read info page of %q: it has %s, and can be written to", i.title, extra)
	case m != nil:
		if n, ok := leadingCount(extra); ok {
			i.participants = &n
		} else if strings.HasPrefix(extra, "no ") {
			i.participants = &count{}
		}
		i.kind = KindChannel
		if strings.HasPrefix(m[1], "member") && !i.preview {
			i.kind = infoGroup
		}
	case i.preview:
		i.kind = KindChannel
	case strings.Contains(action, "Bot"), strings.HasSuffix(extra, " monthly users"):
		i.kind = infoBot
	case i.kind == "":
		i.kind = infoSomebody
	}
	return nil
}

// Refusal returns why a username has no preview.
func (i Info) Refusal(written string) error {
	switch {
	case i.restricted != "":
		return &collector.Error{Kind: collector.Restricted, Detail: i.restricted}
	case i.invite:
		return &collector.Error{Kind: collector.Private, Detail: written}
	case i.kind == "":
		return &collector.Error{Kind: collector.NotFound, Detail: written}
	case i.kind == infoSomebody, i.kind == infoBot:
		return &collector.Error{Kind: collector.NotAChannel, Detail: i.kind}
	}
	return &collector.Error{Kind: collector.NoPreview, Detail: i.kind}
}
