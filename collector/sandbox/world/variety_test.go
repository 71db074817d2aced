package world

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/sandbox/world/voices"
)

// marked returns the text of an entity, in UTF-16 units as clients count.
func marked(text string, e tg.MessageEntityClass) (string, error) {
	u := utf16.Encode([]rune(text))
	from, to := e.GetOffset(), e.GetOffset()+e.GetLength()
	if from < 0 || to > len(u) || from >= to {
		return "", fmt.Errorf("%T covers %d..%d of %d", e, from, to, len(u))
	}
	if utf16.IsSurrogate(rune(u[from])) && u[from] >= 0xdc00 || utf16.IsSurrogate(rune(u[to-1])) && u[to-1] < 0xdc00 {
		return "", fmt.Errorf("%T cuts a character in two", e)
	}
	return string(utf16.Decode(u[from:to])), nil
}

func TestGeneratedEntities(t *testing.T) {
	besideEmoji := 0
	each(t, func(c *Channel, i int, mc tg.MessageClass) {
		m, ok := mc.(*tg.Message)
		if !ok {
			return
		}
		if !utf8.ValidString(m.Message) || strings.ContainsAny(m.Message, "{}") && !strings.Contains(m.Message, "range") {
			t.Fatalf("%s: %q", c.TL.Title, m.Message)
		}
		for _, e := range m.Entities {
			text, err := marked(m.Message, e)
			if err != nil {
				t.Fatalf("%s: message %d: %v", c.TL.Title, m.ID, err)
			}
			if before := string(utf16.Decode(utf16.Encode([]rune(m.Message))[:e.GetOffset()])); strings.Contains(before, "🌊") {
				besideEmoji++
			}
			if !fits(e, text) {
				t.Fatalf("%s: message %d: %T marks %q in %q", c.TL.Title, m.ID, e, text, m.Message)
			}
		}
	})
	if besideEmoji < 200 {
		t.Errorf("%d entities stand behind an emoji of two units", besideEmoji)
	}
}

// fits reports whether an entity marks text of its kind.
func fits(e tg.MessageEntityClass, text string) bool {
	switch e := e.(type) {
	case *tg.MessageEntityMention:
		return strings.HasPrefix(text, "@") && !strings.ContainsAny(text, " \n")
	case *tg.MessageEntityHashtag:
		return strings.HasPrefix(text, "#") && !strings.ContainsAny(text, " \n")
	case *tg.MessageEntityURL:
		return strings.Contains(text, ".") && !strings.ContainsAny(text, " \n")
	case *tg.MessageEntityTextURL:
		return e.URL != "" && strings.TrimSpace(text) == text
	case *tg.MessageEntityEmail:
		return strings.HasSuffix(text, ".example") && strings.Count(text, "@") == 1
	case *tg.MessageEntityCustomEmoji:
		return slices.Contains(voices.Emoji, text)
	case *tg.MessageEntityMentionName:
		return text == "Lucio" && e.UserID == 5200000007
	}
	return strings.TrimSpace(text) == text
}

func TestGeneratedAlbums(t *testing.T) {
	type key struct{ channel, album int64 }
	sizes, captions, last := map[key]int{}, map[key]int{}, map[key]int{}
	each(t, func(c *Channel, i int, mc tg.MessageClass) {
		m, ok := mc.(*tg.Message)
		if !ok || m.GroupedID == 0 {
			return
		}
		k := key{c.TL.ID, m.GroupedID}
		if m.Media == nil || sizes[k] > 0 && c.TL.Broadcast && last[k] != i-1 {
			t.Fatalf("%s: album message %d stands alone", c.TL.Title, m.ID)
		}
		sizes[k]++
		last[k] = i
		if m.Message != "" {
			captions[k]++
		}
	})
	for k, n := range sizes {
		if n < 2 || n > 10 || captions[k] != 1 {
			t.Errorf("album %v has %d messages and %d captions", k, n, captions[k])
		}
	}
	if len(sizes) < 500 {
		t.Errorf("%d albums", len(sizes))
	}
}

// TestGeneratedVariety counts the cases that a collector has to handle.
func TestGeneratedVariety(t *testing.T) {
	seen := map[string]int{}
	each(t, func(c *Channel, i int, mc tg.MessageClass) {
		switch m := mc.(type) {
		case *tg.Message:
			tally(seen, m)
		case *tg.MessageService:
			seen[fmt.Sprintf("%T", m.Action)]++
		}
	})
	for _, want := range []string{
		"*tg.MessageMediaPhoto", "*tg.MessageMediaWebPage", "*tg.MessageMediaPoll", "*tg.MessageMediaGeo", "*tg.MessageMediaVenue",
		"*tg.MessageMediaContact", "*tg.MessageMediaDice", "*tg.MessageMediaStory", "*tg.MessageMediaUnsupported",
		"image/webp", "video/mp4", "audio/ogg", "audio/mpeg", "application/pdf", "round", "voice", "quiz", "poll",
		"*tg.ReactionEmoji", "*tg.ReactionCustomEmoji", "*tg.ReactionPaid",
		"*tg.MessageActionChannelCreate", "*tg.MessageActionChatEditTitle", "*tg.MessageActionChatEditPhoto", "*tg.MessageActionPinMessage",
		"*tg.MessageActionGroupCall", "*tg.MessageActionChannelMigrateFrom", "*tg.MessageActionChatJoinedByLink", "*tg.MessageActionChatAddUser",
		"edited", "pinned", "author", "via bot", "buttons", "no forwards", "silent", "no text", "restricted",
		"*tg.MessageEntityBold", "*tg.MessageEntityItalic", "*tg.MessageEntityUnderline", "*tg.MessageEntityStrike", "*tg.MessageEntitySpoiler",
		"*tg.MessageEntityCode", "*tg.MessageEntityPre", "*tg.MessageEntityBlockquote", "*tg.MessageEntityURL", "*tg.MessageEntityTextURL",
		"*tg.MessageEntityMention", "*tg.MessageEntityMentionName", "*tg.MessageEntityHashtag", "*tg.MessageEntityEmail",
		"*tg.MessageEntityCustomEmoji",
	} {
		if seen[want] == 0 {
			t.Errorf("no %s", want)
		}
	}
}

func tally(seen map[string]int, m *tg.Message) {
	if m.Media != nil {
		seen[fmt.Sprintf("%T", m.Media)]++
	}
	for _, e := range m.Entities {
		seen[fmt.Sprintf("%T", e)]++
	}
	for _, r := range m.Reactions.Results {
		seen[fmt.Sprintf("%T", r.Reaction)]++
	}
	switch media := m.Media.(type) {
	case *tg.MessageMediaDocument:
		seen[media.Document.(*tg.Document).MimeType]++
		for name, is := range map[string]bool{"round": media.Round, "voice": media.Voice} {
			if is {
				seen[name]++
			}
		}
	case *tg.MessageMediaPoll:
		if media.Poll.Quiz {
			seen["quiz"]++
		} else {
			seen["poll"]++
		}
	}
	for name, is := range map[string]bool{
		"edited": m.EditDate > m.Date, "pinned": m.Pinned, "author": m.PostAuthor != "", "via bot": m.ViaBotID != 0,
		"buttons": m.ReplyMarkup != nil, "no forwards": m.Noforwards, "silent": m.Silent, "restricted": len(m.RestrictionReason) > 0,
		"no text": m.Message == "",
	} {
		if is {
			seen[name]++
		}
	}
}

func TestGeneratedPeers(t *testing.T) {
	w := generated()
	each(t, func(c *Channel, i int, mc tg.MessageClass) {
		for _, p := range PeersOf(mc) {
			switch p := p.(type) {
			case *tg.PeerChannel:
				if _, ok := w.Channel(p.ChannelID); !ok {
					t.Fatalf("%s: message %d names unknown channel %d", c.TL.Title, mc.GetID(), p.ChannelID)
				}
			case *tg.PeerUser:
				if _, ok := w.User(p.UserID); !ok {
					t.Fatalf("%s: message %d names unknown user %d", c.TL.Title, mc.GetID(), p.UserID)
				}
			}
		}
	})
	if len(w.Public()) < 12 {
		t.Errorf("%d public channels", len(w.Public()))
	}
	for _, c := range w.Public() {
		if c.Private || c.Banned || c.Full.About == "" {
			t.Errorf("@%s should not be offered", c.Name())
		}
	}
	if peer, ok := w.Username("tidetable_bot"); !ok || peer.(*tg.PeerUser).UserID != bots[0].ID {
		t.Error("no bot to try")
	}
	if named(t, w, "tramwatch") != named(t, w, "marenna_transit") {
		t.Error("the second username leads elsewhere")
	}
	for _, name := range unresolvable {
		if _, ok := w.Username(name); ok {
			t.Errorf("@%s should belong to nobody", name)
		}
	}
}

// One channel has some rich messages, a few so long that a server sends only their beginning.
func TestGeneratedArticles(t *testing.T) {
	rich, long := 0, 0
	each(t, func(c *Channel, i int, mc tg.MessageClass) {
		m, ok := mc.(*tg.Message)
		if !ok || len(m.RichMessage.Blocks) == 0 {
			return
		}
		rich++
		if m.Message != "" || m.Media != nil {
			t.Fatalf("%s: message %d has text beside its blocks", c.TL.Title, m.ID)
		}
		if len(m.RichMessage.Blocks) > 20 {
			long++
		}
	})
	if rich < 15 || long < 2 {
		t.Errorf("%d rich messages, %d of them long", rich, long)
	}
}
