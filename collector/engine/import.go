package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"telegramtrac/collector"
)

const importKey = "import"

// Import returns a workspace's last import, zero when there was none.
func (e *Engine) Import(ctx context.Context, w string) (out collector.Import, err error) {
	defer wrap(&err, "read import")
	key, err := blobKey(w, importKey)
	if err == nil {
		err = e.workspaces.GetJSON(ctx, key, &out)
	}
	return out, err
}

// PutImport stores a workspace's import in place of the one before. When it returns, the
// record survives a power cut.
func (e *Engine) PutImport(ctx context.Context, w string, i collector.Import) (err error) {
	defer wrap(&err, "store import")
	key, err := blobKey(w, importKey)
	if err != nil {
		return err
	}
	return e.workspaces.PutJSON(ctx, key, i)
}

// UnfinishedImports returns the imports that have not ended, by workspace.
func (e *Engine) UnfinishedImports(ctx context.Context) (map[string]collector.Import, error) {
	all, err := e.workspaces.List(ctx, "*."+importKey)
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	out := map[string]collector.Import{}
	for _, it := range all {
		var i collector.Import
		if json.Unmarshal(it.Value, &i) == nil && i.ID != "" && !i.State.Final() {
			out[strings.TrimSuffix(it.Key, "."+importKey)] = i
		}
	}
	return out, nil
}
