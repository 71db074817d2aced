package part

import "telegramtrac/collector"

func Add(c *collector.Count, kind string) {
	switch kind {
	case collector.KindService:
		c.Service++
	case collector.KindUnreadable:
		c.Unreadable++
	default:
		c.Messages++
	}
}
