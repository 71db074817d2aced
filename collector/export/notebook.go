package export

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A Jupyter notebook.
// See https://nbformat.readthedocs.io/en/latest/format_description.html
type jupyter struct {
	Cells    []jupyterCell  `json:"cells"`
	Metadata map[string]any `json:"metadata"`
	Format   int            `json:"nbformat"`
	Minor    int            `json:"nbformat_minor"`
}

type jupyterCell struct {
	Type     string         `json:"cell_type"`
	ID       string         `json:"id"`
	Metadata map[string]any `json:"metadata"`
	Source   []string       `json:"source"`

	// Of code cells alone.
	Count   json.RawMessage `json:"execution_count,omitempty"`
	Outputs *[]any          `json:"outputs,omitempty"`
}

// notebook is snippets/pandas.py as a notebook: its lines of "# %%" begin cells.
func notebook() []byte {
	script, err := snippets.ReadFile("snippets/pandas.py")
	if err != nil { // it is embedded
		return nil
	}
	n := jupyter{
		Format: 4, Minor: 5,
		Metadata: map[string]any{
			"kernelspec":    map[string]string{"display_name": "Python 3", "language": "python", "name": "python3"},
			"language_info": map[string]string{"name": "python"},
		},
	}
	for i, part := range strings.Split(string(script), "# %%")[1:] {
		heading, body, _ := strings.Cut(part, "\n")
		n.Cells = append(n.Cells, newCell(i, strings.TrimSpace(heading) == "[markdown]", strings.TrimSpace(body)))
	}
	return indented(n)
}

func newCell(i int, markdown bool, body string) jupyterCell {
	lines := strings.SplitAfter(body, "\n")
	cell := jupyterCell{ID: fmt.Sprintf("cell-%d", i+1), Metadata: map[string]any{}, Source: lines}
	if !markdown {
		cell.Type, cell.Count, cell.Outputs = "code", json.RawMessage("null"), &[]any{}
		return cell
	}
	cell.Type = "markdown"
	for j, line := range lines {
		lines[j] = strings.TrimPrefix(strings.TrimPrefix(line, "#"), " ")
	}
	return cell
}
