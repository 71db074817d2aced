package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
)

var (
	errInvented = errors.New("the sandbox's rows are for its own workspaces")
	errReal     = errors.New("rows of Telegram are not for the sandbox's workspaces")
)

// mixing keeps invented channels and real ones in separate workspaces. Files of other tools do
// not say where their rows come from: the sandbox accepts them, for trying things out, but the
// sandbox's channels are refused elsewhere.
type mixing struct {
	sandboxed bool                                        // the workspace is the sandbox's
	invented  func(channelID int64, username string) bool // nil: it is not known which are
}

// inSandbox reports whether a workspace is one of the sandbox's.
func (h *Host) inSandbox(ctx context.Context, w engine.Workspace) (bool, error) {
	site := h.Previews[collector.SourceSandbox]
	if w.Source != collector.SourcePreview || site == nil {
		return w.Source == collector.SourceSandbox, nil
	}
	own, err := h.SiteOf(ctx, w)
	if err != nil {
		return false, fmt.Errorf("find out whose the workspace is: %w", err)
	}
	return own == site, nil
}

func (h *Host) mixing(sandboxed bool) *mixing {
	return &mixing{sandboxed: sandboxed, invented: h.Invented}
}

// row returns an error for a row that must not enter the workspace.
func (m *mixing) row(channelID int64, username, source string) error {
	invented := source == collector.SourceSandbox || m.invented != nil && m.invented(channelID, username)
	// The sandbox's own preview has real and invented rows under one source name.
	real := !invented && (source == collector.SourceTelegram || source == collector.SourcePreview && m.invented != nil)
	switch {
	case invented && !m.sandboxed:
		return errInvented
	case real && m.sandboxed:
		return errReal
	}
	return nil
}

// checkSources is row for the sources of all rows at once.
func (m *mixing) checkSources(sources []string) error {
	switch {
	case !m.sandboxed && slices.Contains(sources, collector.SourceSandbox):
		return errInvented
	case m.sandboxed && slices.Contains(sources, collector.SourceTelegram):
		return errReal
	}
	return nil
}
