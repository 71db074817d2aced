package handlers

import (
	"telegramtrac/collector"
	"telegramtrac/handlers/guard"
	"telegramtrac/views"
)

// linksOf makes links to Telegram, or none in the sandbox.
func linksOf(v guard.Visitor) views.Links { return v.Workspace.Source != collector.SourceSandbox }
