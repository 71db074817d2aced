package tabs

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
	"telegramtrac/views/content"
)

const channelsAPage = 20

// Metadata shows the full details of the channels.
func (s *Server) Metadata(c *fiber.Ctx) error {
	d, all, err := s.channels(c)
	if err != nil {
		return err
	}
	page, total := answer.PageOf(c), len(all)
	from := min((page-1)*channelsAPage, total)
	shown := all[from:min(from+channelsAPage, total)]
	tab := views.Metadata{}
	for _, ch := range shown {
		states, err := d.States(c.UserContext(), ch.ID)
		if err != nil {
			return fmt.Errorf("read the earlier names of a channel: %w", err)
		}
		details := content.ChannelDetails(ch, answer.Links(guard.VisitorOf(c)))
		details.Facts = append(details.Facts, content.EarlierNames(states)...)
		tab.Channels = append(tab.Channels, details)
	}
	if len(shown) > 3 {
		tab.Choices = content.Choices(shown, 0)
	}
	if total > channelsAPage {
		tab.Pager = views.NewPager("/tabs/metadata", nil, page, channelsAPage, len(shown), int64(total))
		tab.Pager.Plain = true
	}
	return s.show(c, views.Look{Tab: views.TabMetadata, Metadata: &tab})
}
