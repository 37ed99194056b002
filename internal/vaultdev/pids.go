package vaultdev

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// PluginPIDs returns the process ids of the plugins that this Vault runs now: its children whose executable lies in the
// plugin directory.
func (s *Server) PluginPIDs(ctx context.Context) ([]int, error) {
	list := childrenFromPS
	if runtime.GOOS == "linux" {
		list = childrenFromProc
	}
	children, err := list(ctx, s.PID())
	if err != nil {
		return nil, fmt.Errorf("list vault's plugins: %w", err)
	}
	var pids []int
	for _, child := range children {
		if strings.HasPrefix(child.executable, s.layout.pluginDir+string(filepath.Separator)) {
			pids = append(pids, child.pid)
		}
	}
	return pids, nil
}

// KillPlugins ends every plugin process of this Vault at once and says how many there were. Vault starts one again on the
// next request it gets for it, but a request that comes before Vault has noticed fails: ask until it answers.
func (s *Server) KillPlugins(ctx context.Context) (int, error) {
	pids, err := s.PluginPIDs(ctx)
	if err != nil {
		return 0, err
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return 0, fmt.Errorf("kill plugin process %d: %w", pid, err)
		}
	}
	return len(pids), nil
}

// child is a process and what it runs.
type child struct {
	pid        int
	executable string
}

// childrenFromProc reads Linux's /proc. Processes end while it is read, so one that is gone is no error.
func childrenFromProc(_ context.Context, parent int) ([]child, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, fmt.Errorf("read /proc: %w", err)
	}
	var children []child
	for _, path := range stats {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if ppid, ok := parentFromStat(raw); !ok || ppid != parent {
			continue
		}
		dir := filepath.Dir(path)
		executable, err := os.Readlink(filepath.Join(dir, "exe"))
		if err != nil {
			continue // a zombie has none
		}
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			return nil, fmt.Errorf("read /proc: %w", err)
		}
		// A binary that was replaced while it runs is marked so by the kernel.
		children = append(children, child{pid, strings.TrimSuffix(executable, " (deleted)")})
	}
	return children, nil
}

// parentFromStat takes the parent out of "pid (command) state ppid …". The command may hold blanks and parentheses.
func parentFromStat(stat []byte) (int, bool) {
	_, rest, found := bytes.Cut(stat[max(bytes.LastIndexByte(stat, ')'), 0):], []byte(") "))
	fields := bytes.Fields(rest)
	if !found || len(fields) < 2 {
		return 0, false
	}
	ppid, err := strconv.Atoi(string(fields[1]))
	return ppid, err == nil
}

// childrenFromPS asks ps, where there is no /proc.
func childrenFromPS(ctx context.Context, parent int) ([]child, error) {
	listing, err := output(ctx, nil, "ps", "-A", "-o", "pid=,ppid=,comm=")
	if err != nil {
		return nil, err
	}
	return childrenFromListing(listing, parent), nil
}

func childrenFromListing(listing string, parent int) []child {
	var children []child
	for line := range strings.Lines(listing) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		if pid, err := strconv.Atoi(fields[0]); err == nil {
			children = append(children, child{pid, strings.Join(fields[2:], " ")})
		}
	}
	return children
}
