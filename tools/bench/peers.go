package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
)

// The peers, at the newest versions that can be had. Each is built from its own module, with the dependencies that its
// authors chose.
const (
	kvPeer      = "github.com/hashicorp/vault-plugin-secrets-kv"
	kvVersion   = "v0.25.0"
	ldapPeer    = "github.com/hashicorp/vault-plugin-secrets-openldap"
	ldapVersion = "v0.17.0"
)

// buildPeer builds a peer, once: it is kept beside the other tools of this project.
func buildPeer(module, version string) func(ctx context.Context, dir string) (string, error) {
	return func(ctx context.Context, dir string) (string, error) {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find the cache: %w", err)
		}
		name := path.Base(module)
		kept := filepath.Join(cache, "vault-plugin-secrets-oracle-financials", name+"-"+version)
		built := filepath.Join(kept, name)
		if _, err := os.Stat(built); err != nil {
			fmt.Fprintf(os.Stderr, "Building %s %s from source, once\n", name, version)
			cmd := exec.CommandContext(ctx, "go", "install", "-trimpath", "-buildvcs=false", module+"/cmd/"+name+"@"+version)
			if err := run(cmd, "CGO_ENABLED=0", "GOBIN="+kept); err != nil {
				return "", err
			}
		}
		// What is given is moved away, and hard links do not cross file systems.
		binary := filepath.Join(dir, name+".built")
		raw, err := os.ReadFile(built)
		if err == nil {
			err = os.WriteFile(binary, raw, 0o700) //nolint:gosec // G306: a program
		}
		if err != nil {
			return "", fmt.Errorf("copy %s: %w", name, err)
		}
		return binary, nil
	}
}
