package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"telegramtrac/collector"
	"telegramtrac/collector/collectortest/long"
	"telegramtrac/collector/intake"
	"telegramtrac/collector/sandbox"
	"telegramtrac/collector/sandbox/world"
)

// asProgram makes the test binary run the product instead of its tests, so that
// it can be killed.
const asProgram = "TELEGRAMTRAC_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" || intake.IsReader() {
		main()
	}
	if told := os.Getenv(asFloor); told != "" {
		if err := playFloor(told); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// spawn starts the product as a process of its own and waits until it is ready.
func spawn(t testing.TB, data string, args ...string) (url string, cmd *exec.Cmd) {
	t.Helper()
	return await(t, exec.Command(os.Args[0], append([]string{"--addr", "127.0.0.1:0", "--data", data}, args...)...))
}

// await starts a command that becomes the product, and waits until it is ready.
func await(t testing.TB, cmd *exec.Cmd) (url string, _ *exec.Cmd) {
	t.Helper()
	cmd.Env = append(os.Environ(), asProgram+"=1")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(cmd) })
	scanner := bufio.NewScanner(stderr)
	for scanner.Scan() {
		if _, after, ok := strings.Cut(scanner.Text(), "telegramtrac is ready: "); ok {
			go io.Copy(io.Discard, stderr) // ends with the process
			return after, cmd
		}
		t.Log(scanner.Text())
	}
	t.Fatal("the program did not start")
	return "", nil
}

// kill ends a process at once, as kill -9 does.
func kill(cmd *exec.Cmd) {
	cmd.Process.Signal(syscall.SIGKILL)
	cmd.Wait()
}

// Killed in the middle of a collection, several times, and started again, the
// product finishes what was asked, with the same cookie and each message once.
func TestKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	base, cmd := spawn(t, data)
	v := newVisitor(t, base)
	v.signIn(sandbox.Phones()[1])
	id := v.trac(url.Values{"channels": {"@vane @marenna_port"}})
	kills := []int64{6000}
	if long.Asked() {
		kills = []int64{1, 6000, 14000}
	}
	for _, after := range kills {
		c := v.watch(id, func(c collector.Collection) bool { return c.Messages >= after })
		if c.State.Final() {
			t.Fatalf("it ended before it could be killed after %d messages", after)
		}
		kill(cmd)
		v.base, cmd = spawn(t, data)
	}
	c := v.watch(id, nil)
	if c.State != collector.Done || c.Resumed < 1 {
		t.Fatalf("collection after the kills: %+v", c)
	}
	w := world.Generate(worldSeed)
	got := rows(t, v.download("messages.parquet"))
	checkAgainstWorld(t, got, w, "vane")
	checkAgainstWorld(t, got, w, "marenna_port")
	for _, p := range c.Channels {
		if p.Accounted() != p.Span() || p.New != p.Messages+p.Service {
			t.Errorf("%s does not account for every id: %+v", p.Reference, p)
		}
	}
}

// A second process on the same folder says so and leaves the first alone.
func TestSecondProcess(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	base, _ := spawn(t, data)
	cmd := exec.Command(os.Args[0], "--addr", "127.0.0.1:0", "--data", data)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Another telegramtrac is already using "+data) {
		t.Errorf("second process: %v\n%s", err, out)
	}
	if status, _ := newVisitor(t, base).get("/healthz"); status != 200 {
		t.Errorf("the first process answers %d", status)
	}
}

// More connections than the program has descriptors for are refused; those that came
// before are served, and it goes on when they have gone.
func TestManyConnections(t *testing.T) {
	t.Parallel()
	base, _ := await(t, exec.Command("/bin/sh", "-c", `ulimit -n 200; exec "$@"`, "sh", os.Args[0], "--addr", "127.0.0.1:0", "--data",
		t.TempDir()))
	host := strings.TrimPrefix(base, "http://")
	var all []net.Conn
	hangUp := func() {
		for _, c := range all {
			c.Close()
		}
	}
	t.Cleanup(hangUp)
	refused := 0
	for range 300 {
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	for _, c := range all {
		c.SetDeadline(time.Now().Add(time.Minute))
		io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") // to whom the answer is there already it may fail
		line, err := bufio.NewReader(c).ReadString('\n')
		switch {
		case err != nil || strings.Contains(line, " 503 "): // its end may come before its sentence
			refused++
		case !strings.Contains(line, " 200 "):
			t.Errorf("answered %q, %v", line, err)
		}
	}
	if want := len(all) - int(mostConnections(200)); refused != want {
		t.Errorf("%d were refused, want %d", refused, want)
	}
	hangUp()
	for deadline := time.Now().Add(time.Minute); ; {
		resp, err := http.Get(base + "/healthz")
		if err == nil {
			resp.Body.Close()
		}
		if err == nil && resp.StatusCode == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after all had gone: %v", err)
		}
	}
}

// Ctrl-C ends it cleanly, also in the middle of a collection.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	base, cmd := spawn(t, data)
	v := newVisitor(t, base)
	v.signIn(sandbox.Phones()[0])
	id := v.trac(url.Values{"channels": {"@vane"}})
	v.watch(id, func(c collector.Collection) bool { return c.Messages > 0 })
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
	v.base, _ = spawn(t, data)
	if c := v.watch(id, nil); c.State != collector.Done || c.Channels[0].Accounted() != c.Channels[0].Span() {
		t.Errorf("after the restart: %+v", c)
	}
}

// TestTerminated: SIGTERM in the middle of a collection, with a page that listens
// and one that asks for nothing. The websocket is closed with the code on which
// pages connect again, the process ends within its time and without an error, and
// the next one goes on with nothing lost and nothing fetched twice.
func TestTerminated(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	base, cmd := spawn(t, data)
	v := newVisitor(t, base)
	v.signIn(sandbox.Phones()[0])
	id := v.trac(url.Values{"channels": {"@vane @marenna_port"}})
	before := v.watch(id, func(c collector.Collection) bool { return c.Messages > 2000 })
	if before.State.Final() {
		t.Fatal("it ended before it could be stopped")
	}
	page := v.dial(id)
	defer page.Close()
	idle, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()

	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, _, err = page.ReadMessage()
	}
	if !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("the page's websocket ended with %v, want going away", err)
	}
	if err := cmd.Wait(); err != nil { // one is also that it took longer than stopTimeout
		t.Errorf("stopped after %v: %v", time.Since(began), err)
	}
	t.Logf("stopped after %v", time.Since(began))

	v.base, _ = spawn(t, data)
	after := v.watch(id, nil)
	if after.State != collector.Done || after.Resumed != 1 {
		t.Errorf("after the restart: %+v", after)
	}
	w := world.Generate(worldSeed)
	got := rows(t, v.download("messages.parquet"))
	checkAgainstWorld(t, got, w, "vane")
	checkAgainstWorld(t, got, w, "marenna_port")
}
