package preview

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/collector/preview/page"
)

// Look is a channel as shown before anything is collected.
type Look struct {
	Channel  collector.Channel
	Picture  bool                // it has one: see Site.Picture
	Messages []collector.Message // the last few, newest first, without personal data
}

// lookedMessages is how many messages a look shows.
const lookedMessages = 5

// nobody is a pseudonym that removes all ids.
func nobody(int64) int64 { return 0 }

// Look reads a channel by username for an interactive caller: refusals and lost connections are
// errors at once. Errors are those of Source.Channel, Flood and Network.
func (s *Site) Look(ctx context.Context, username string) (Look, error) {
	ref, err := collector.ParseReference(username)
	if err != nil || ref.Username == "" {
		return Look{}, &collector.Error{Kind: collector.NotFound, Detail: username, Err: err}
	}
	seen, err := s.see(ctx, trip{spend: func(collector.Usage) {}}, ref.Username)
	if err != nil {
		return Look{}, fmt.Errorf("look at %s: %w", ref, err)
	}
	var g Look
	if g.Channel, err = seen.page.Channel(seen.page.ChannelID(), seen.info, s.clock.Now().UTC()); err != nil {
		return Look{}, err
	}
	if address := cmp.Or(seen.page.Photo, seen.info.Photo); s.mayDepict(address) {
		key := strings.ToLower(g.Channel.Username)
		if known, _ := s.pictures.get(key); known.address != address { // a new one removes the old picture
			s.pictures.put(key, depicted{address: address})
		}
		g.Picture = true
	}
	for _, p := range slices.Backward(seen.page.Posts) {
		if len(g.Messages) == lookedMessages {
			break
		}
		if p.Service {
			continue
		}
		rows, err := page.Reader{Pseudonym: nobody}.Rows(p)
		if err != nil {
			return Look{}, err
		}
		g.Messages = append(g.Messages, rows[0])
	}
	return g, nil
}
