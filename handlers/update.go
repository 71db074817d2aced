package handlers

import (
	"telegramtrac/handlers/guard"
	"telegramtrac/handlers/live"
	"telegramtrac/views"
)

// updateOf is what pages are sent of a change: everything, or what changed.
func (s *Server) updateOf(c live.Change) views.Update {
	now, at, state := s.now(), linksOf(guard.Visitor{Workspace: c.Workspace}), c.Collection
	head := headOf(state, c.Pace, now)
	head.Swap = true
	// Comments are a channel that was found on the way: the pages have no row for it.
	u := views.Update{Head: &head, All: c.Whole || len(state.Channels) != c.Shown}
	turned := c.Before != state.State && (overrules(c.Before) || overrules(state.State))
	for i, p := range state.Channels {
		if u.All || turned || c.Rows[i] {
			row := rowOf(i, p, state, at, now)
			row.Swap = !u.All
			u.Rows = append(u.Rows, row)
		}
	}
	if c.Whole || c.Staged {
		actions, steps := actionsOf(state, ""), views.NewSteps(stepOf(state))
		actions.Swap, steps.Swap = true, true
		u.Actions, u.Steps, u.Title = &actions, &steps, head.Heading
	}
	return u
}
