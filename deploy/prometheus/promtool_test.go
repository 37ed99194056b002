package prometheus_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// script finds promtool and Prometheus, and takes them from Debian's package if there are none.
const script = "../../scripts/prometheus.sh"

func TestRulesAreWellFormed(t *testing.T) {
	t.Parallel()
	succeeds(t, exec.CommandContext(t.Context(), promtool(t), "check", "rules", "--lint=all", "--lint-fatal", rulesFile))
}

// Each file of unit tests is a process of its own, so that two run at a time.
func TestAlertsFireAndDoNot(t *testing.T) {
	t.Parallel()
	for _, file := range unitTestFiles(t) {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			succeeds(t, exec.CommandContext(t.Context(), promtool(t), "test", "rules", file))
		})
	}
}

// promtool is the program: PROMTOOL_BIN, as make sets it, else what the script finds or downloads.
func promtool(t *testing.T) string {
	t.Helper()
	if binary := os.Getenv("PROMTOOL_BIN"); binary != "" {
		return binary
	}
	succeeds(t, exec.CommandContext(t.Context(), script))
	return strings.TrimSpace(succeeds(t, exec.CommandContext(t.Context(), script, "--print", "promtool")))
}

// succeeds is the standard output of a command that must not fail.
func succeeds(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, &stdout, &stderr)
	}
	return stdout.String()
}

func TestWhereTheProgramsComeFrom(t *testing.T) {
	t.Parallel()
	own, onPath, bare := t.TempDir(), t.TempDir(), t.TempDir()
	mine := program(t, own, "mine")
	found := program(t, onPath, "promtool")
	for name, tc := range map[string]struct {
		args, environ []string
		path          string
		out, err      string // err: words of what is said instead
	}{
		"the environment is asked first": {
			args: []string{"--print", "promtool"}, environ: []string{"PROMTOOL_BIN=" + mine}, path: onPath, out: mine,
		},
		"the one program's variable says nothing of the other": {
			args: []string{"--print", "prometheus"}, environ: []string{"PROMTOOL_BIN=" + mine}, path: onPath, err: "there is no prometheus yet",
		},
		"then the path": {args: []string{"--print", "promtool"}, path: onPath, out: found},
		"both from the environment": {
			environ: []string{"PROMTOOL_BIN=" + mine, "PROMETHEUS_BIN=" + mine}, path: bare, out: mine + "\n" + mine,
		},
		"a variable that names no program": {
			args: []string{"--print", "promtool"}, environ: []string{"PROMTOOL_BIN=" + own}, path: onPath, err: "is not an executable file",
		},
		"nothing yet":               {args: []string{"--print", "promtool"}, path: bare, err: "there is no promtool yet"},
		"a system without packages": {path: bare, err: "brew install prometheus"},
		"another program":           {args: []string{"--print", "vault"}, path: bare, err: "only --print promtool"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "/bin/bash", append([]string{script}, tc.args...)...)
			cmd.Env = append(tc.environ, "PATH="+tc.path+":"+tools(t), "HOME="+t.TempDir())
			var stdout, stderr strings.Builder
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			if got := strings.TrimSpace(stdout.String()); (err != nil) != (tc.err != "") || got != tc.out || !strings.Contains(stderr.String(), tc.err) {
				t.Errorf("%v, %q and %q; want %q and %q", err, got, &stderr, tc.out, tc.err)
			}
		})
	}
}

// program is an executable file.
func program(t *testing.T, folder, name string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// tools is a folder with what the script needs of a system, and neither apt nor dpkg.
func tools(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"dirname", "awk", "mkdir", "rm"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
