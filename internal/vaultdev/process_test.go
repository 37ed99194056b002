package vaultdev_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

func TestStartSaysWhyVaultEnded(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "vault")
	if err := os.WriteFile(broken, []byte("#!/bin/sh\necho no such storage >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := vaultdev.StartDev(t.Context(), vaultdev.Options{Binary: broken, Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "no such storage") {
		t.Errorf("the error is %v, want the end of the log in it", err)
	}
	_, err = vaultdev.StartRaft(t.Context(), vaultdev.Options{Binary: broken + "-absent", Dir: t.TempDir()})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the error is %v, want one of a missing file", err)
	}
}

func TestNothingOutlivesItsStarter(t *testing.T) {
	t.Parallel()
	if os.Getenv("VAULTDEV_TEST_ORPHAN") != "" {
		abandonVault(t)
		return
	}
	self := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNothingOutlivesItsStarter$", "-test.v")
	self.Env = append(os.Environ(), "VAULTDEV_TEST_ORPHAN="+t.TempDir())
	out, err := self.CombinedOutput()
	if err == nil {
		t.Fatal("the helper ended well, want it killed")
	}
	_, rest, found := strings.Cut(string(out), "pid=")
	if !found {
		t.Fatalf("the helper started no Vault:\n%s", out)
	}
	pid, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	awaitGone(t, pid)
}

// abandonVault starts a Vault and dies without a chance to stop it.
func abandonVault(t *testing.T) {
	server, err := vaultdev.StartDev(t.Context(), vaultdev.Options{Dir: os.Getenv("VAULTDEV_TEST_ORPHAN")})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("pid=%d", server.PID())
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {}
}
