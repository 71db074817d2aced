package engine

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// tmpfs mounts a small disk; "" where the machine lets nobody mount one.
func tmpfs(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		if os.Getenv("REQUIRE_TMPFS") != "" {
			t.Fatal(err)
		}
		t.Logf("no disk can be mounted here: %v", err)
		return ""
	}
	t.Cleanup(func() { exec.Command("umount", "-l", dir).Run() })
	return dir
}
