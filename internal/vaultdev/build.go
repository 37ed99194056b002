package vaultdev

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	modulePath = "vault-plugin-secrets-oracle-financials"
	pluginName = "vault-plugin-secrets-oracle-financials"
)

// Binary finds the Vault to run: VAULT_BIN, else one on the PATH, else the pinned one that `make vault` built. The order
// and the place are known to scripts/build-vault.sh alone, which is asked.
func Binary(ctx context.Context) (string, error) {
	module, err := output(ctx, nil, "go", "env", "GOMOD")
	if err != nil {
		return "", fmt.Errorf("find vault: %w", err)
	}
	script := filepath.Join(filepath.Dir(module), "scripts", "build-vault.sh")
	if _, err := os.Stat(script); err != nil {
		return "", fmt.Errorf("find vault: not inside the source tree of this project: %w", err)
	}
	path, err := output(ctx, nil, script, "--print")
	if err != nil {
		return "", fmt.Errorf("find vault: %w", err)
	}
	return path, nil
}

// BuildPlugin builds the plugin of this source tree into a directory, as it is released: static and without paths. The
// file's name carries the version, so that two versions fit into one plugin directory.
func BuildPlugin(ctx context.Context, dir, version string) (string, error) {
	binary := filepath.Join(dir, pluginName+"-"+version)
	return binary, buildPlugin(ctx, binary, version, []string{"CGO_ENABLED=0"}, "-trimpath")
}

// BuildPluginRace is BuildPlugin with the race detector, which needs a C compiler. What it finds is in RaceReport.
func BuildPluginRace(ctx context.Context, dir, version string) (string, error) {
	binary := filepath.Join(dir, pluginName+"-"+version+"-race")
	// Paths stay in, so that the packages compiled for `go test -race` serve here too.
	return binary, buildPlugin(ctx, binary, version, []string{"CGO_ENABLED=1"}, "-race")
}

func buildPlugin(ctx context.Context, binary, version string, env []string, flags ...string) error {
	args := append([]string{"build"}, flags...)
	args = append(args,
		// A checkout that Git distrusts could not be built otherwise, and each commit would build anew.
		"-buildvcs=false",
		"-ldflags", "-X "+modulePath+"/plugin.version="+version,
		"-o", binary, modulePath+"/cmd/"+pluginName)
	if _, err := output(ctx, env, "go", args...); err != nil {
		return fmt.Errorf("build the plugin: %w", err)
	}
	return nil
}

// output runs a command and returns what it printed; what it complained about is in the error.
func output(ctx context.Context, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		complaint := strings.TrimSpace(stderr.String())
		if complaint == "" {
			return "", fmt.Errorf("run %s: %w", filepath.Base(name), err)
		}
		return "", errors.Join(fmt.Errorf("run %s: %w", filepath.Base(name), err), errors.New(complaint))
	}
	return strings.TrimSpace(string(stdout)), nil
}
