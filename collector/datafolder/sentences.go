package datafolder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"telegramtrac/collector/engine"
	"telegramtrac/collector/engine/doctor"
	"telegramtrac/collector/keyring"
)

// Sentence says what is wrong with a data folder and what to do; "" for an error that is not
// about it.
func Sentence(err error, data string) string {
	if damaged, ok := errors.AsType[*doctor.DamagedError](err); ok {
		return damagedRecords(damaged, data)
	}
	for _, s := range sentences() {
		if errors.Is(err, s.of) {
			return strings.ReplaceAll(s.says, "DATA", data)
		}
	}
	return ""
}

type sentence struct {
	of   error
	says string // DATA is the data folder
}

func sentences() []sentence {
	const (
		full    = "The disk is full: DATA cannot be written. Make room and start again; what is there is kept."
		refused = "telegramtrac cannot write to DATA. Choose another folder with --data."
	)
	return []sentence{
		{ErrUnfinished, "A restore into DATA was broken off. Empty the folder, and restore once more: app restore."},
		{keyring.ErrIdentityMissing, "DATA/identity.sealed is missing, and there is data that belongs to it. " +
			"Without it nobody finds their workspace. Put it back from a backup, with the SECRET_KEY of its time."},
		{keyring.ErrIdentityDamaged, "DATA/identity.sealed is damaged: it does not fit its checksum. " +
			"Put it back from a backup; SECRET_KEY is not the reason."},
		{keyring.ErrKeyMissing, "DATA/secret.key is missing, which seals what lies there. " +
			"Put it back from a backup, or set SECRET_KEY to what was in it."},
		{keyring.ErrKeyFile, "The key in DATA/secret.key does not fit the data folder: it was changed, or is damaged. " +
			"Put it back from a backup."},
		{keyring.ErrKey, "SECRET_KEY does not fit DATA. Set it to the key that was used before; " +
			"to change it, put the new one first: new,old."},
		{syscall.ENOSPC, full},
		{syscall.EDQUOT, full},
		{engine.ErrInUse, "Another telegramtrac is already using DATA. Stop it, or start this one with --data and another folder."},
		{os.ErrPermission, refused},
		{syscall.ENOTDIR, refused},
		{syscall.EROFS, refused},
	}
}

// damagedRecords says what is damaged, what it held, and how to go on.
func damagedRecords(e *doctor.DamagedError, data string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Records in %s are damaged, so telegramtrac does not start on them:\n", filepath.Join(data, "engine"))
	for _, d := range e.Damage {
		fmt.Fprintf(&b, "  %s: %s\n", d.File, d.What)
		for _, lost := range d.Lost {
			fmt.Fprintf(&b, "    lost: %s\n", lost)
		}
	}
	b.WriteString("Restore a backup (app restore), or go on without what is lost: app doctor --repair, " +
		"which keeps the damaged files aside.\nCollected messages are not in these files.")
	return b.String()
}
