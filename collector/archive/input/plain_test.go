package input

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A reason in the report reveals neither the folder nor the workspace.
func TestReasonsNameNoFolder(t *testing.T) {
	_, err := os.Open(t.TempDir() + "/uploads/w3rk5pace/1")
	got := Plain(fmt.Errorf("read the upload: %w", err))
	if strings.Contains(got, "/") || strings.Contains(got, "w3rk5pace") || !strings.Contains(got, "no such file") {
		t.Errorf("people read %q", got)
	}
}
