package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"vault-plugin-secrets-oracle-financials/scripts/stage"
)

// childVariable makes the test binary be the demo itself, so that a signal can be sent to it.
const childVariable = "DEMO_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		main()
	}
	os.Exit(m.Run())
}

// demoDir is a temporary directory for all that the demo does; the test fails if anything is left of it. The name is
// short, because sockets are in it, whose paths may not be long.
func demoDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "demo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, err := os.ReadDir(dir)
		for _, entry := range left {
			t.Errorf("the file %s was left behind", entry.Name())
		}
		for _, process := range processesIn(t, dir) {
			t.Errorf("the process %s was left behind", process)
		}
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// processesIn names the processes whose working directory is below a directory, where the system has a /proc.
func processesIn(t *testing.T, dir string) []string {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && strings.HasPrefix(cwd, dir) {
			found = append(found, link)
		}
	}
	return found
}

func TestStory(t *testing.T) {
	t.Setenv("TMPDIR", demoDir(t))
	var out bytes.Buffer
	if code := run(t.Context(), newTeller(&out, false), story); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, &out)
	}
	text := out.String()
	headings := regexp.MustCompile(`(?m)^(\d+)\. .+\n-+$`).FindAllStringSubmatch(text, -1)
	if len(headings) != 13 {
		t.Errorf("%d chapters, want the 13 that the title says", len(headings))
	}
	for i, heading := range headings {
		if heading[1] != fmt.Sprint(i+1) {
			t.Errorf("chapter %d has the heading %q", i+1, heading[0])
		}
	}
	for line := range strings.Lines(text) {
		if utf8.RuneCountInString(line) > 101 || strings.HasSuffix(line, " \n") {
			t.Errorf("a line is too long, or ends with a space: %q", line)
		}
	}
	// The password that works is shown where applications read it, by creds and by connector, and nowhere else.
	for password, want := range map[string]int{stage.Password: 2, stage.WrongPassword: 0, stage.NewPassword: 0} {
		if got := strings.Count(text, password); got != want {
			t.Errorf("the password %q is shown %d times, want %d", password, got, want)
		}
	}
	if strings.ContainsRune(text, '\x1b') || !strings.Contains(text, "The story took ") {
		t.Errorf("the output has colours in a file, or no end:\n%s", text)
	}
}

func TestStoryGoesWrong(t *testing.T) {
	t.Setenv("TMPDIR", demoDir(t))
	wrong := func(f facts) []chapter {
		return []chapter{{title: "A pod that is not there", scenes: []scene{
			{run: f.oracle("user show NOBODY"), want: []string{"name NOBODY"}},
		}}}
	}
	var out bytes.Buffer
	if code := run(t.Context(), newTeller(&out, false), wrong); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	for _, want := range []string{
		"the pod has no such user", "(exit code 1)", "chapter 1: ", "expected exit code 0, got 1", "The end of Vault's log:\n20",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %q in:\n%s", want, &out)
		}
	}
}

func TestNoVault(t *testing.T) {
	t.Setenv("TMPDIR", demoDir(t))
	t.Setenv("VAULT_BIN", "/nowhere/vault")
	var out bytes.Buffer
	if code := run(t.Context(), newTeller(&out, false), story); code != 1 || !strings.Contains(out.String(), "VAULT_BIN=/nowhere/vault") {
		t.Errorf("exit code %d, output:\n%s", code, &out)
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]syscall.Signal{"Ctrl-C": syscall.SIGINT, "kill": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := demoDir(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			child := exec.CommandContext(ctx, os.Args[0])
			child.Env = append(os.Environ(), childVariable+"=1", "TMPDIR="+dir)
			out := &watched{until: "2. ", reached: make(chan struct{})}
			child.Stdout, child.Stderr = out, out
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- child.Wait() }()
			select {
			case <-out.reached:
			case err := <-ended:
				t.Fatalf("it ended before it was interrupted: %v\n%s", err, &out.text)
			}
			if err := child.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err == nil {
				t.Error("it ended well")
			}
			if code := child.ProcessState.ExitCode(); code != 1 || !strings.Contains(out.text.String(), "Interrupted. ") {
				t.Errorf("exit code %d, output:\n%s", code, &out.text)
			}
		})
	}
}

// watched collects an output, and tells when a text is in it.
type watched struct {
	until   string
	reached chan struct{}
	text    bytes.Buffer
	told    bool
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.text.Write(p)
	if !w.told && strings.Contains(w.text.String(), w.until) {
		w.told = true
		close(w.reached)
	}
	return n, err
}
