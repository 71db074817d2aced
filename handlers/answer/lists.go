package answer

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/collector/dataset/catalog"
	"telegramtrac/collector/listed"
	"telegramtrac/handlers/guard"
)

// Lists are the lists of the visitor's workspace, oldest first, and what the workspace has. The
// ids of channels that have become known since are in them, and stored.
func (s *Site) Lists(c *fiber.Ctx) ([]listed.List, Holdings, error) {
	have, err := s.holdings(c)
	if err != nil {
		return nil, have, err
	}
	all, err := s.Engine.Lists(c.UserContext(), guard.VisitorOf(c).Workspace.ID)
	if err != nil {
		return nil, have, fmt.Errorf("read the lists: %w", err)
	}
	for i := range all {
		s.learn(c, &all[i], have)
	}
	return all, have, nil
}

// List is one list of the visitor's workspace, as Lists has it.
func (s *Site) List(c *fiber.Ctx, id string) (listed.List, Holdings, error) {
	have, err := s.holdings(c)
	if err != nil {
		return listed.List{}, have, err
	}
	l, err := s.Engine.List(c.UserContext(), guard.VisitorOf(c).Workspace.ID, id)
	if err != nil {
		return l, have, fmt.Errorf("read the list: %w", err)
	}
	s.learn(c, &l, have)
	return l, have, nil
}

// learn stores the ids of a list's channels that the data tells. If that fails, the next look
// does it.
func (s *Site) learn(c *fiber.Ctx, l *listed.List, have Holdings) {
	if !have.tell(l) {
		return
	}
	_, err := s.Engine.ChangeList(c.UserContext(), guard.VisitorOf(c).Workspace.ID, l.ID, func(stored *listed.List) error {
		have.tell(stored)
		return nil
	})
	if err != nil {
		s.Logger.Debug("ids of a list not stored", "error", err)
	}
}

// Holdings are the channels of a workspace.
type Holdings struct {
	Channels []catalog.ChannelSummary

	byID  map[int64]int // index in Channels
	byKey map[string]int
}

func (s *Site) holdings(c *fiber.Ctx) (Holdings, error) {
	d, err := s.Dataset(c)
	if err != nil {
		return Holdings{}, err
	}
	all, err := d.Channels(c.UserContext())
	if err != nil {
		return Holdings{}, fmt.Errorf("list channels: %w", err)
	}
	return newHoldings(all), nil
}

func newHoldings(all []catalog.ChannelSummary) Holdings {
	h := Holdings{Channels: all, byID: map[int64]int{}, byKey: map[string]int{}}
	for i, ch := range all {
		h.byID[ch.ID] = i
		for _, name := range append([]string{ch.Username}, ch.Usernames...) {
			if name != "" {
				h.put(collector.Reference{Username: name}.Key(), i)
			}
		}
	}
	asked := Holdings{Channels: all, byKey: map[string]int{}}
	for i, ch := range all {
		if ch.Reference != "" {
			asked.put(listed.KeyOf(ch.Reference), i)
		}
	}
	for key, i := range asked.byKey { // what was asked for was found there, whoever has the name now
		h.byKey[key] = i
	}
	return h
}

// put lets a name be that of the channel that was seen last.
func (h Holdings) put(key string, i int) {
	if at, ok := h.byKey[key]; !ok || h.Channels[at].LastSeenAt.Before(h.Channels[i].LastSeenAt) {
		h.byKey[key] = i
	}
}

// Find returns what the workspace has of a channel of a list, nil if nothing.
func (h Holdings) Find(ch listed.Channel) *catalog.ChannelSummary {
	if ch.ChannelID != 0 {
		return h.ByID(ch.ChannelID)
	}
	ref, err := collector.ParseReference(ch.Reference)
	if err != nil {
		return nil
	}
	if ref.ID != 0 {
		return h.ByID(ref.ID)
	}
	if i, ok := h.byKey[ref.Key()]; ok {
		return &h.Channels[i]
	}
	return nil
}

// ByID returns what the workspace has of a channel, nil if nothing.
func (h Holdings) ByID(id int64) *catalog.ChannelSummary {
	if i, ok := h.byID[id]; ok {
		return &h.Channels[i]
	}
	return nil
}

// Messages counts the messages of channels.
func (h Holdings) Messages(ids []int64) (n int64) {
	for _, id := range ids {
		if ch := h.ByID(id); ch != nil {
			n += ch.Count.Messages
		}
	}
	return n
}

// tell adds the ids that are known to a list, and reports whether it added any.
func (h Holdings) tell(l *listed.List) (told bool) {
	channels := append([]listed.Channel(nil), l.Channels...)
	for i := range channels {
		ch := &channels[i]
		have := h.Find(*ch)
		if have == nil {
			continue
		}
		if ch.ChannelID == 0 {
			ch.ChannelID, told = have.ID, true
		}
		if group := have.LinkedChannelID; ch.CommentsID == 0 && group != 0 && l.How.Comments && h.ByID(group) != nil {
			ch.CommentsID, told = group, true
		}
	}
	l.Channels = channels
	return told
}
