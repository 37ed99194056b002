package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// childVariable makes the test binary be the program itself, so that a signal can be sent to it.
const childVariable = "DEV_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// dev is a running program, up to the line that says how to stop it.
type dev struct {
	*exec.Cmd
	dir  string
	text string
	rest *bufio.Reader
}

func start(t *testing.T, name string, args ...string) *dev {
	t.Helper()
	dir, err := os.MkdirTemp("", "dev") // short, because sockets are in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	d := &dev{Cmd: exec.CommandContext(ctx, name, args...), dir: dir}
	d.Env = append(os.Environ(), childVariable+"=1", "TMPDIR="+dir)
	d.WaitDelay = 30 * time.Second // should a child of it live on with its output
	out, in := io.Pipe()
	d.Stdout, d.Stderr = in, in
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	d.rest = bufio.NewReader(out)
	go func() {
		_ = d.Wait() // the state says how it ended
		in.Close()
	}()
	for !strings.Contains(d.text, "Ctrl-C stops") {
		line, err := d.rest.ReadString('\n')
		d.text += line
		if err != nil {
			t.Fatalf("it ended: %v\n%s", err, d.text)
		}
	}
	return d
}

// end waits for the end and checks that nothing is left: no file, and nothing that listens.
func (d *dev) end(t *testing.T) string {
	t.Helper()
	rest, err := io.ReadAll(d.rest)
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		t.Errorf("the file %s was left behind", entry.Name())
	}
	addresses := regexp.MustCompile(`https?://(\S+)`).FindAllStringSubmatch(d.text, -1)
	for _, address := range addresses {
		if strings.Contains(address[1], ":844") {
			continue // the simulator's usual ports: another package's test may have taken them by now
		}
		if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address[1]); err == nil {
			conn.Close()
			t.Errorf("something still listens on %s", address[1])
		}
	}
	return string(rest)
}

// TestEveryCommandWorks does what the guide says, in its order.
func TestEveryCommandWorks(t *testing.T) {
	t.Parallel()
	d := start(t, os.Args[0])
	var script strings.Builder
	script.WriteString("set -eu\n")
	commands := 0
	for line := range strings.Lines(d.text) {
		if strings.HasPrefix(line, "  ") {
			script.WriteString(line)
			commands++
		}
		if len(line) > 101 && !strings.Contains(line, "--control") { // which is there when the usual ports are taken
			t.Errorf("a line is too long: %q", line)
		}
	}
	if commands < 16 {
		t.Fatalf("only %d commands in:\n%s", commands, d.text)
	}
	out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", script.String()).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if err := d.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if said := d.end(t); !strings.Contains(said, "are stopped") || !d.ProcessState.Success() {
		t.Errorf("%v, it said %q", d.ProcessState, said)
	}
}

// TestEndsWithItsStarter: `go run` dies of a SIGTERM and does not pass it on.
func TestEndsWithItsStarter(t *testing.T) {
	t.Parallel()
	d := start(t, "/bin/sh", "-c", `"$0" & wait`, os.Args[0])
	if err := d.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	d.end(t)
}
