package vaultdev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// stopGrace is how long Vault gets to stop by itself, its plugins included, before it is killed.
const stopGrace = 15 * time.Second

// process is one running Vault and everything it starts.
//
// All of them share a process group whose leader is a guard: a shell that waits for its standard input to close and then
// kills the group. Only this process holds the other end, so the group ends with it, however it ends. And since the guard
// is reaped last, the group's number can't pass to a stranger while a signal may still be sent to it.
type process struct {
	vault  *exec.Cmd
	guard  *exec.Cmd
	leash  io.Closer
	exited chan struct{}

	stopOnce sync.Once
	stopErr  error
}

// startProcess runs Vault with its output in the log file. The context doesn't end it: stop does.
func startProcess(ctx context.Context, binary string, args, env []string, dir, logPath string) (*process, error) {
	ctx = context.WithoutCancel(ctx)
	guard := exec.CommandContext(ctx, "/bin/sh", "-c", "read -r _; kill -KILL 0")
	guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	leash, err := guard.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start vault's guard: %w", err)
	}
	if err := guard.Start(); err != nil {
		return nil, fmt.Errorf("start vault's guard: %w", err)
	}
	p := &process{guard: guard, leash: leash, exited: make(chan struct{})}

	log, err := os.OpenFile(logPath, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open vault's log: %w", err), p.abandon())
	}
	defer log.Close() //nolint:errcheck // the child holds its own copy; this one was never written to

	p.vault = exec.CommandContext(ctx, binary, args...)
	p.vault.Dir = dir
	p.vault.Env = env
	p.vault.Stdout = log
	p.vault.Stderr = log
	p.vault.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: guard.Process.Pid}
	if err := p.vault.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", binary, err), p.abandon())
	}
	go func() {
		// How it ended is in its log; that it ended is what the others wait for.
		_ = p.vault.Wait()
		close(p.exited)
	}()
	return p, nil
}

// abandon ends the guard of a Vault that never started.
func (p *process) abandon() error {
	close(p.exited)
	return p.kill()
}

// running says whether Vault still runs.
func (p *process) running() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// stop asks Vault to end, and kills what is left after the grace.
func (p *process) stop(grace time.Duration) error {
	if p.running() {
		// It may end between the question and the signal; then there is nothing to ask.
		_ = p.vault.Process.Signal(syscall.SIGTERM)
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-p.exited:
		case <-timer.C:
		}
	}
	return p.kill()
}

// kill ends the whole group at once and returns when Vault is gone. Calls after the first do nothing.
func (p *process) kill() error {
	p.stopOnce.Do(func() {
		err := syscall.Kill(-p.guard.Process.Pid, syscall.SIGKILL)
		if err != nil && !errors.Is(err, syscall.ESRCH) {
			p.stopErr = fmt.Errorf("kill vault's process group: %w", err)
		}
		_ = p.leash.Close()
		<-p.exited
		_ = p.guard.Wait()
	})
	return p.stopErr
}

// childEnv is the caller's environment without anything that points to another Vault, and with the caller's additions.
func childEnv(home string, extra []string) []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "VAULT_") || strings.HasPrefix(kv, "BAO_") || strings.HasPrefix(kv, "HOME=")
	})
	return append(append(env, "HOME="+home), extra...)
}

// logTail is the end of Vault's log, for an error that says why it did not start.
func logTail(path string) string {
	const most = 2000
	raw, err := os.ReadFile(path)
	if err != nil {
		return "no log: " + err.Error()
	}
	if len(raw) > most {
		raw = raw[len(raw)-most:]
	}
	return strings.TrimSpace(string(raw))
}
