package workspace_test

import (
	"flag"
	"io"
	"os"
	"runtime"
	"strconv"
	"testing"

	"telegramtrac/collector/intake"
)

// TestMain lets the test binary be the process that reads uploads: a true one, or one
// that notes in a file that it was started, and then crashes or reads for ever.
func TestMain(m *testing.M) {
	if intake.IsReader() {
		os.Exit(intake.Main(os.Stdin, os.Stdout))
	}
	if len(os.Args) == 4 && os.Args[1] == "read badly" {
		f, err := os.OpenFile(os.Args[3], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString("started\n")
		}
		if err != nil || os.Args[2] == "crash" {
			panic("as a damaged file makes it do")
		}
		_, _ = io.Copy(io.Discard, os.Stdin) // until the program is gone
		os.Exit(0)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(atOnce*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
