package intake

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// itself is the running program's file, also where another has taken its name since.
func itself() (string, error) {
	const self = "/proc/self/exe"
	if _, err := os.Stat(self); err == nil {
		return self, nil
	}
	return exec.LookPath(os.Args[0]) // there is no /proc, which os.Executable needs as well
}

// apart makes a reader die with the program, and keeps it from the terminal's Ctrl-C.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// ignoreFileSize makes a file that grows too large an error of writing it.
func ignoreFileSize() { signal.Ignore(syscall.SIGXFSZ) }

// confine sets the limits of this process. RLIMIT_DATA counts what is mapped for data, also
// what Go has given back and keeps mapped, so it has room; it stops a single claim of too
// much at once, and watchMemory what grows. RLIMIT_AS would count Go's reservations, which
// are nothing.
func confine(l Limits) {
	set := func(what int, most uint64) {
		_ = syscall.Setrlimit(what, &syscall.Rlimit{Cur: most, Max: most}) // the other limits hold without it
	}
	if memoryFactor == 1 {
		set(syscall.RLIMIT_DATA, uint64(l.Memory+l.Memory*2/3))
	}
	seconds := uint64(max(l.CPU/time.Second, 1))
	late := make(chan os.Signal, 1)
	signal.Notify(late, syscall.SIGXCPU)
	go func() { // ends with the process
		<-late
		os.Exit(exitTime)
	}()
	_ = syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: seconds, Max: seconds + 10})
	set(syscall.RLIMIT_NOFILE, l.Files)
	set(syscall.RLIMIT_FSIZE, l.FileSize)
	set(syscall.RLIMIT_CORE, 0)
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0) // of all, the system ends this one first
}
