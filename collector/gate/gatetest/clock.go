// Package gatetest has clocks for tests: time that is skipped instead of waited for, and
// the time of a synctest bubble.
package gatetest

import (
	"sync"
	"time"
)

// Skip is a clock that skips what it is asked to wait, so that a test does not wait for
// retries. A floor of some milliseconds keeps retries from spinning while a connection
// comes back. The zero Skip begins now.
type Skip struct {
	mu      sync.Mutex
	skipped time.Duration
	wall    time.Duration // how far the wall clock was set
	waits   int
}

// began is when the tests began.
var began = time.Now()

// Now implements gate.Clock.
func (c *Skip) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.skipped + c.wall).Round(0)
}

// Uptime implements gate.Clock.
func (c *Skip) Uptime() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Hour + time.Since(began) + c.skipped
}

// After implements gate.Clock.
func (c *Skip) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits++
	c.skipped += d
	return time.After(min(d, 5*time.Millisecond))
}

// Set sets the wall clock apart from the time that passes.
func (c *Skip) Set(wall time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall = wall
}

// Skipped says how often the clock was asked to wait, and for how long together.
func (c *Skip) Skipped() (times int, sum time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waits, c.skipped
}

// Still is a clock that stands still but for the waits, which take no time.
type Still struct {
	mu     sync.Mutex
	began  time.Time
	passed time.Duration
}

// NewStill makes a clock that stands at a time.
func NewStill(at time.Time) *Still { return &Still{began: at} }

// Now implements gate.Clock.
func (c *Still) Now() time.Time { return c.began.Add(c.Uptime()) }

// Uptime implements gate.Clock.
func (c *Still) Uptime() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.passed
}

// After implements gate.Clock.
func (c *Still) After(d time.Duration) <-chan time.Time {
	c.Pass(d)
	fired := make(chan time.Time, 1)
	fired <- c.Now()
	return fired
}

// Pass lets time pass.
func (c *Still) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.passed += d
}

// Bubble is the clock of a synctest bubble. Its wall clock can be set.
type Bubble struct {
	began time.Time

	mu  sync.Mutex
	set time.Duration
}

// NewBubble makes the clock of the bubble that it is called in.
func NewBubble() *Bubble { return &Bubble{began: time.Now()} }

// Now implements gate.Clock.
func (c *Bubble) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.set).Round(0)
}

// Uptime implements gate.Clock.
func (c *Bubble) Uptime() time.Duration { return time.Since(c.began) + time.Hour }

// After implements gate.Clock.
func (c *Bubble) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Jump sets the wall clock.
func (c *Bubble) Jump(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set += d
}
