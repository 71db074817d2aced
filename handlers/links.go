package handlers

import (
	"telegramtrac/collector"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// links are the addresses that fit the visitor's workspace.
func linksOf(v guard.Visitor) views.Links { return v.Workspace.Source != collector.SourceSandbox }
