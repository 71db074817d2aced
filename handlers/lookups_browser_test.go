package handlers_test

import (
	"testing"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
)

// The price of a list in look-ups changes while it is typed, and what waits for a look-up says
// so.
func TestLookUpsInTheBrowser(t *testing.T) {
	s := newSite(t)
	p, base, w := s.signedInBrowser(t)
	s.engine.mu.Lock()
	s.engine.cost = engine.LookUps{New: 40, Next: lookUps(12, "", time.Time{})}
	s.engine.mu.Unlock()
	p.Open(base + "/collections/new")
	p.Fill("#channels", "@alpha, @beta")
	p.Until(`document.querySelector("#look-ups").textContent.includes("40 of these names are new")`, func() {
		p.Holds(`(document.activeElement.blur(), true)`)
	})
	p.Picture("look-ups-form")
	id, _ := s.engine.Submit(t.Context(), w, collector.Request{Channels: []string{"@alpha", "@beta"}})
	at := noon.Add(15 * time.Hour)
	s.engine.change(w, id, 0, func(c *collector.Collection) {
		c.State = collector.Running
		p := &c.Channels[0]
		p.State, p.RetryAt, p.Detail = collector.Waiting, &at, "budget"
		c.Channels[1].State, c.Channels[1].Messages = collector.Collecting, 1200
	})
	p.Open(base + "/collections/" + id)
	p.Holds(`document.body.textContent.includes("Its name must be looked up")`)
	p.Picture("look-ups-live")
	s.engine.mu.Lock()
	s.engine.standing.Next = lookUps(0, "budget", noon.Add(20*time.Hour))
	s.engine.standing.Next.Spacing = time.Second
	s.engine.mu.Unlock()
	p.Open(base + "/tabs/options")
	p.Holds(`document.querySelector("#standing").textContent.includes("0 of 150 look-ups are left")`)
	p.Picture("look-ups-standing")
}
