package stage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// commandTimeout is more than the engine's own limit for a request.
const commandTimeout = time.Minute

// Result is how a command ended.
type Result struct {
	Code   int // its exit code
	Stdout string
	Stderr string
}

// Run runs a command line in the working directory: vault, oracle-financials-agent or oracle-financials-sim,
// and words without quotes. A command
// that fails is a result; an error is one that could not be run.
func (s *Stage) Run(ctx context.Context, line string) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	words := strings.Fields(line)
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, words[0]), words[1:]...)
	cmd.Dir, cmd.Env = s.work, s.environment()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return Result{}, fmt.Errorf("run %s: %w", words[0], ctx.Err())
	case err != nil && !errors.As(err, &exit):
		return Result{}, fmt.Errorf("run %s: %w", words[0], err)
	}
	return Result{Code: cmd.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}, nil
}

// environment is the caller's, but for everything that points to another Vault.
func (s *Stage) environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "VAULT_") || strings.HasPrefix(kv, "BAO_") || strings.HasPrefix(kv, "HOME=")
	})
	return append(env, "HOME="+s.dir, "VAULT_ADDR="+s.VaultAddress(), "VAULT_TOKEN="+s.RootToken())
}
