package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// machine says what was measured on, in one sentence.
func machine(ctx context.Context) string {
	return fmt.Sprintf("%d cores of %s, %s, Linux %s, %s, %s; the load average was %s when it ended", runtime.NumCPU(),
		fieldOf("/proc/cpuinfo", "model name"), fieldOf("/proc/meminfo", "MemTotal"), firstLine("/proc/sys/kernel/osrelease"),
		runtime.Version(), vaultVersion(ctx), firstLine("/proc/loadavg"))
}

// fieldOf reads a line such as "name : value" of a file; a machine that has none is unknown.
func fieldOf(path, name string) string {
	raw, _ := os.ReadFile(path)
	for line := range strings.Lines(string(raw)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "an unknown " + name
}

func firstLine(path string) string {
	raw, _ := os.ReadFile(path)
	line, _, _ := strings.Cut(string(raw), "\n")
	return line
}

func vaultVersion(ctx context.Context) string {
	said, err := exec.CommandContext(ctx, os.Getenv("VAULT_BIN"), "version").Output()
	if err != nil {
		return "an unknown Vault"
	}
	line, _, _ := strings.Cut(string(said), ",")
	line, _, _ = strings.Cut(line, " (")
	return strings.TrimSpace(line)
}
