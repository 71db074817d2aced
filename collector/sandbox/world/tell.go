package world

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/gotd/td/tg"
)

// tell writes a message in the outlet's voice and returns the card of a link in
// it, nil when there is none.
func (c *city) tell(o *outlet, s slot, r *rand.Rand, t *composer, sentences int) tg.MessageMediaClass {
	v := o.voice
	if chance(r, .08) {
		t.customEmoji(pick(r, emoji), 5300000000000000000+r.Int64N(40))
		t.write(" ")
	}
	if chance(r, .7) {
		t.bold(v.headline(r))
		t.paragraph()
	}
	for n, sentence := range v.paragraph(r, sentences) {
		if n > 0 && !v.unspaced {
			t.write(" ")
		}
		if chance(r, .06) {
			t.styled(pick(r, styles), sentence)
		} else {
			t.write(sentence)
		}
	}
	return c.close(o, s, r, t)
}

// close adds what stands below the text: links, hashtags, an address, some code.
func (c *city) close(o *outlet, s slot, r *rand.Rand, t *composer) tg.MessageMediaClass {
	card := c.point(o, s, r, t)
	if chance(r, .3) {
		t.paragraph()
		for n := range 1 + r.IntN(2) {
			if n > 0 {
				t.write(" ")
			}
			t.hashtag(pick(r, o.voice.tags))
		}
	}
	if len(o.sources) > 0 && chance(r, .03) {
		t.paragraph()
		t.email(pick(r, []string{"desk", "tips", "editor"}) + "@" + strings.ReplaceAll(o.name, "_", "") + ".example")
	}
	if o.voice == notes && chance(r, .3) {
		t.paragraph()
		t.pre("go", fmt.Sprintf("for i := range %d {\n\tfmt.Println(\"🌊\", i)\n}", 1+r.IntN(90)))
	}
	return card
}

var styles = []string{"italic", "underline", "strike", "spoiler", "code", "quote"}

// point adds links: to channels and messages of the world, to names that nobody
// has, to other sites.
func (c *city) point(o *outlet, s slot, r *rand.Rand, t *composer) tg.MessageMediaClass {
	switch roll := r.Float64(); {
	case roll < o.links:
		t.paragraph()
		return c.telegramLink(o, s, r, t)
	case roll < o.links+.08:
		address := pick(r, sites)
		t.paragraph()
		if chance(r, .5) {
			t.url(address)
		} else {
			t.link(pick(r, o.voice.more), address)
		}
		if chance(r, .6) {
			return c.scene(o, s, r).preview(address, "The Web")
		}
	}
	return nil
}

// telegramLink writes one of the forms in which messages name channels.
func (c *city) telegramLink(o *outlet, s slot, r *rand.Rand, t *composer) tg.MessageMediaClass {
	name, id := c.target(o, s, r)
	more := pick(r, o.voice.more)
	address := fmt.Sprintf("https://t.me/%s/%d", name, id)
	switch r.IntN(12) {
	case 0, 1, 2:
		t.write("👉 ")
		t.mention(name)
		return nil
	case 3:
		t.url(address)
	case 4:
		t.link(more, address)
	case 5:
		t.url(fmt.Sprintf("t.me/%s/%d?single", name, id))
		return nil
	case 6:
		address = "https://telegram.me/" + name
		t.url(address)
	case 7:
		t.url(fmt.Sprintf("https://t.me/s/%s/%d", name, id))
	case 8:
		t.link(more, fmt.Sprintf("tg://resolve?domain=%s&post=%d", name, id))
		return nil
	case 9:
		t.url(fmt.Sprintf("https://%s.t.me/%d", strings.ReplaceAll(name, "_", "-"), id))
		return nil
	case 10:
		t.link(more, fmt.Sprintf("https://t.me/c/%d/%d", pick(r, outside).ID, 1+r.IntN(999)))
		return nil
	default:
		t.url(pick(r, []string{"https://t.me/+Qk9vVGFsb29Qa3Zz", "https://t.me/joinchat/AAAAAFQuayTernLoftGull"}))
		return nil
	}
	if chance(r, .6) {
		return c.scene(o, s, r).preview(address, "Telegram")
	}
	return nil
}

// target is a channel to point at and a message of it that existed at the time.
func (c *city) target(o *outlet, s slot, r *rand.Rand) (name string, id int) {
	if chance(r, .1) {
		return pick(r, unresolvable), 1 + r.IntN(500)
	}
	source := c.source(o, r)
	if source == nil || chance(r, .12) {
		source = o
	}
	name, id = source.name, 1
	if i := before(source.slots, datedBefore(source.slots, s.date-60)-r.IntN(40)); i >= 0 {
		id = int(source.slots[i].id)
	}
	switch {
	case source.second != "" && chance(r, .3):
		name = source.second
	case chance(r, .05):
		name = strings.ToUpper(name[:1]) + name[1:]
	}
	return name, id
}

// display is an address as Telegram shows it above a card.
func display(address string) string {
	address = strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://")
	address, _, _ = strings.Cut(address, "?")
	return strings.TrimSuffix(address, "/")
}
