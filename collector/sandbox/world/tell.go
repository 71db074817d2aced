package world

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world/voices"
)

// tell writes a message in the outlet's voice and returns the preview card of a link in it,
// nil without one.
func (c *city) tell(o *outlet, s slot, r *rand.Rand, t *voices.Composer, sentences int) tg.MessageMediaClass {
	v := o.voice
	if voices.Chance(r, .08) {
		t.CustomEmoji(voices.Pick(r, voices.Emoji), 5300000000000000000+r.Int64N(40))
		t.Write(" ")
	}
	if voices.Chance(r, .7) {
		t.Bold(v.Headline(r))
		t.Paragraph()
	}
	for n, sentence := range v.Paragraph(r, sentences) {
		if n > 0 && !v.Unspaced {
			t.Write(" ")
		}
		if voices.Chance(r, .06) {
			t.Styled(voices.Pick(r, styles), sentence)
		} else {
			t.Write(sentence)
		}
	}
	return c.close(o, s, r, t)
}

// close adds what follows the text: links, hashtags, an address, some code.
func (c *city) close(o *outlet, s slot, r *rand.Rand, t *voices.Composer) tg.MessageMediaClass {
	card := c.point(o, s, r, t)
	if voices.Chance(r, .3) {
		t.Paragraph()
		for n := range 1 + r.IntN(2) {
			if n > 0 {
				t.Write(" ")
			}
			t.Hashtag(voices.Pick(r, o.voice.Tags))
		}
	}
	if len(o.sources) > 0 && voices.Chance(r, .03) {
		t.Paragraph()
		t.Email(voices.Pick(r, []string{"desk", "tips", "editor"}) + "@" + strings.ReplaceAll(o.name, "_", "") + ".example")
	}
	if o.voice == voices.Notes && voices.Chance(r, .3) {
		t.Paragraph()
		t.Pre("go", fmt.Sprintf("for i := range %d {\n\tfmt.Println(\"🌊\", i)\n}", 1+r.IntN(90)))
	}
	return card
}

var styles = []string{"italic", "underline", "strike", "spoiler", "code", "quote"}

// point adds links: to channels and messages of the world, to usernames without an owner, to
// other sites.
func (c *city) point(o *outlet, s slot, r *rand.Rand, t *voices.Composer) tg.MessageMediaClass {
	switch roll := r.Float64(); {
	case roll < o.links:
		t.Paragraph()
		return c.telegramLink(o, s, r, t)
	case roll < o.links+.08:
		address := voices.Pick(r, sites)
		t.Paragraph()
		if voices.Chance(r, .5) {
			t.URL(address)
		} else {
			t.Link(voices.Pick(r, o.voice.More), address)
		}
		if voices.Chance(r, .6) {
			return c.scene(o, s, r).preview(address, "The Web")
		}
	}
	return nil
}

// telegramLink writes a reference to a channel in one of the usual forms.
func (c *city) telegramLink(o *outlet, s slot, r *rand.Rand, t *voices.Composer) tg.MessageMediaClass {
	name, id := c.target(o, s, r)
	more := voices.Pick(r, o.voice.More)
	address := fmt.Sprintf("https://t.me/%s/%d", name, id)
	switch r.IntN(12) {
	case 0, 1, 2:
		t.Write("👉 ")
		t.Mention(name)
		return nil
	case 3:
		t.URL(address)
	case 4:
		t.Link(more, address)
	case 5:
		t.URL(fmt.Sprintf("t.me/%s/%d?single", name, id))
		return nil
	case 6:
		address = "https://telegram.me/" + name
		t.URL(address)
	case 7:
		t.URL(fmt.Sprintf("https://t.me/s/%s/%d", name, id))
	case 8:
		t.Link(more, fmt.Sprintf("tg://resolve?domain=%s&post=%d", name, id))
		return nil
	case 9:
		t.URL(fmt.Sprintf("https://%s.t.me/%d", strings.ReplaceAll(name, "_", "-"), id))
		return nil
	case 10:
		t.Link(more, fmt.Sprintf("https://t.me/c/%d/%d", voices.Pick(r, outside).ID, 1+r.IntN(999)))
		return nil
	default:
		t.URL(voices.Pick(r, []string{"https://t.me/+Qk9vVGFsb29Qa3Zz", "https://t.me/joinchat/AAAAAFQuayTernLoftGull"}))
		return nil
	}
	if voices.Chance(r, .6) {
		return c.scene(o, s, r).preview(address, "Telegram")
	}
	return nil
}

// target returns a channel to refer to and the id of a message that existed at the time.
func (c *city) target(o *outlet, s slot, r *rand.Rand) (name string, id int) {
	if voices.Chance(r, .1) {
		return voices.Pick(r, unresolvable), 1 + r.IntN(500)
	}
	source := c.source(o, r)
	if source == nil || voices.Chance(r, .12) {
		source = o
	}
	name, id = source.name, 1
	if i := before(source.slots, datedBefore(source.slots, s.date-60)-r.IntN(40)); i >= 0 {
		id = int(source.slots[i].id)
	}
	switch {
	case source.second != "" && voices.Chance(r, .3):
		name = source.second
	case voices.Chance(r, .05):
		name = strings.ToUpper(name[:1]) + name[1:]
	}
	return name, id
}

// display returns an address as Telegram shows it above a card.
func display(address string) string {
	address = strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://")
	address, _, _ = strings.Cut(address, "?")
	return strings.TrimSuffix(address, "/")
}
