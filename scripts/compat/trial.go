package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// limit bounds the tests on one Vault, as go test -timeout has it.
const limit = "45m"

// packages are those whose tests start a Vault.
func packages() []string { return []string{"./e2e", "./internal/vaultdev"} }

// trial is what came of one Vault.
type trial struct {
	pin
	result
	took time.Duration // the tests, without the build of Vault
	err  error         // why it could not be tried, or not to its end
}

func (t trial) passed() bool { return t.err == nil && len(t.failed) == 0 && t.result.passed > 0 }

// try builds the Vault if need be and runs the tests on it. What failed is told as it fails.
func try(ctx context.Context, p pin, tests string, out io.Writer) trial {
	t := trial{pin: p}
	binary, err := build(ctx, p)
	if err != nil {
		t.err = err
		return t
	}
	fmt.Fprintf(out, "Vault %s: running the tests\n", p.version)
	began := time.Now()
	t.result, t.err = runTests(ctx, p, binary, tests, out)
	t.took = time.Since(began)
	fmt.Fprintf(out, "Vault %s: %s after %s\n", p.version, t.verdict(), t.took.Round(time.Second))
	return t
}

// build asks the script that knows how a Vault is built, and where it belongs.
func build(ctx context.Context, p pin) (binary string, err error) {
	cmd := exec.CommandContext(ctx, "scripts/build-vault.sh", p.dir)
	cmd.Stderr = os.Stderr
	path, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("build vault %s: %w", p.version, err)
	}
	return strings.TrimSpace(string(path)), nil
}

// runTests leaves all that was said in bin/compat.
func runTests(ctx context.Context, p pin, binary, tests string, out io.Writer) (done result, err error) {
	dir := filepath.Join("bin", "compat")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return result{}, fmt.Errorf("keep what the tests say: %w", err)
	}
	log, err := os.Create(filepath.Join(dir, p.version+".log"))
	if err != nil {
		return result{}, fmt.Errorf("keep what the tests say: %w", err)
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	args := append([]string{"test", "-json", "-count=1", "-timeout", limit, "-run", tests}, packages()...)
	cmd := exec.CommandContext(ctx, "go", args...)
	// The tests stop their Vaults before they end, if they are let.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Env, cmd.Stderr = append(os.Environ(), "VAULT_BIN="+binary), io.MultiWriter(log, os.Stderr)
	events, err := cmd.StdoutPipe()
	if err != nil {
		return result{}, fmt.Errorf("run the tests on vault %s: %w", p.version, err)
	}
	if err := cmd.Start(); err != nil {
		return result{}, fmt.Errorf("run the tests on vault %s: %w", p.version, err)
	}
	done, err = readEvents(events, log, out)
	ended := cmd.Wait()
	// A failed test is in the result already.
	if ended != nil && (len(done.failed) == 0 || ctx.Err() != nil) {
		err = errors.Join(err, fmt.Errorf("run the tests on vault %s: %w", p.version, ended))
	}
	return done, err
}
