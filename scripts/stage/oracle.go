package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	// oracleReady is the last line that the simulator prints before it serves.
	oracleReady = "serving until interrupted"
	// readyFile is where the simulator writes its addresses.
	readyFile        = "pod.ready"
	oracleStartLimit = 20 * time.Second
	oracleStopLimit  = 5 * time.Second
	// usualControl is the control port that the simulator's commands speak to when they are told no other.
	usualControl = "http://127.0.0.1:8444"
)

var errOracleEnded = errors.New("the simulator ended before it served")

// oracle is a running simulator. It is in a process group with a shell that kills the group when this process is gone,
// however it went, and that is out of reach of the terminal's Ctrl-C, so that we decide the order of the end.
type oracle struct {
	line                 string // the command that started it
	said                 string // what it printed
	url, domain, control string

	program *exec.Cmd
	guard   *exec.Cmd
	leash   io.Closer
	exited  chan struct{}
}

// startOracle starts the simulator on its usual ports, which its commands know without being told, or on free ones where
// something else has those.
func startOracle(ctx context.Context, dir, binary, logPath string) (*oracle, error) {
	files := "--ca-file " + CAFile + " --ready-file " + readyFile
	o, err := tryOracle(ctx, dir, binary, logPath, "serve --domain 127.0.0.1:8445 "+files)
	if errors.Is(err, errOracleEnded) {
		o, err = tryOracle(ctx, dir, binary, logPath, "serve --listen 127.0.0.1:0 --domain 127.0.0.1:0 --control 127.0.0.1:0 "+files)
	}
	return o, err
}

func tryOracle(ctx context.Context, dir, binary, logPath, arguments string) (*oracle, error) {
	log, err := os.Create(logPath)
	if err != nil {
		return nil, fmt.Errorf("open the simulator's log: %w", err)
	}
	defer log.Close() //nolint:errcheck // the simulator holds its own copy; this one was never written to

	o := &oracle{line: simulatorName + " " + arguments, exited: make(chan struct{})}
	unbound := context.WithoutCancel(ctx) // stop ends it
	o.guard = exec.CommandContext(unbound, "/bin/sh", "-c", "read -r _; kill -KILL 0")
	o.guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if o.leash, err = o.guard.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start the simulator's guard: %w", err)
	}
	if err := o.guard.Start(); err != nil {
		return nil, fmt.Errorf("start the simulator's guard: %w", err)
	}
	o.program = exec.CommandContext(unbound, binary, strings.Fields(arguments)...)
	o.program.Dir, o.program.Stdout, o.program.Stderr = dir, log, log
	o.program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: o.guard.Process.Pid}
	if err := o.program.Start(); err != nil {
		close(o.exited)
		return nil, errors.Join(fmt.Errorf("start the simulator: %w", err), o.stop())
	}
	go func() {
		_ = o.program.Wait() // how it ended is in its log
		close(o.exited)
	}()
	if err := o.awaitReady(ctx, logPath, filepath.Join(dir, readyFile)); err != nil {
		return nil, errors.Join(err, o.stop())
	}
	return o, nil
}

// awaitReady waits until the simulator serves, and learns its addresses.
func (o *oracle) awaitReady(ctx context.Context, logPath, readyPath string) error {
	ctx, cancel := context.WithTimeout(ctx, oracleStartLimit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		log, err := os.ReadFile(logPath)
		if err != nil {
			return fmt.Errorf("read the simulator's log: %w", err)
		}
		o.said = string(log)
		if strings.Contains(o.said, oracleReady) {
			break
		}
		select {
		case <-o.exited:
			return fmt.Errorf("%w: %s", errOracleEnded, strings.TrimSpace(o.said))
		case <-ctx.Done():
			return fmt.Errorf("the simulator did not serve in time: %w", ctx.Err())
		case <-tick.C:
		}
	}
	ready, err := os.ReadFile(readyPath)
	if err != nil {
		return fmt.Errorf("read the simulator's addresses: %w", err)
	}
	for line := range strings.Lines(string(ready)) {
		switch key, value, _ := strings.Cut(strings.TrimSpace(line), "="); key {
		case "url":
			o.url = value
		case "domain":
			o.domain = value
		case "control":
			o.control = value
		}
	}
	return nil
}

// stop lets the simulator end by itself, then ends its guard and what is left of the group.
func (o *oracle) stop() error {
	if o.program.Process != nil {
		_ = o.program.Process.Signal(syscall.SIGTERM) // it may have ended already
		select {
		case <-o.exited:
		case <-time.After(oracleStopLimit):
		}
	}
	if err := o.leash.Close(); err != nil {
		return fmt.Errorf("end the simulator's guard: %w", err)
	}
	_ = o.guard.Wait() // it kills itself with its group
	<-o.exited
	return nil
}

// OracleURL is the pod's address.
func (s *Stage) OracleURL() string { return s.oracle.url }

// DomainURL is the address of the pod's identity domain.
func (s *Stage) DomainURL() string { return s.oracle.domain }

// OracleStart is the command that started the simulator, and what it printed.
func (s *Stage) OracleStart() (line, said string) { return s.oracle.line, s.oracle.said }

// OracleEnded is closed when the simulator has ended, for whatever reason.
func (s *Stage) OracleEnded() <-chan struct{} { return s.oracle.exited }

// Oracle is the command line that steers the simulator: the words, and the control port if it is not the usual one.
func (s *Stage) Oracle(words string) string {
	line := simulatorName + " " + words
	if s.oracle.control != usualControl {
		line += " --control " + strings.TrimPrefix(s.oracle.control, "http://")
	}
	return line
}
