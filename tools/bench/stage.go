package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// The plugins' names in Vault's catalog and, where one mount is enough, its path.
const (
	engineName = "oracle-financials"
	limitName  = "limit"
)

const benchModule = "vault-plugin-secrets-oracle-financials/tools/bench"

// stage is a Vault of one part's own.
type stage struct {
	*vaultdev.Server
	binaries string // where built programs are kept, for all parts
}

// bench is one run: what is built once for all of its parts, and what they found.
type bench struct {
	binaries string
	quick    bool // too short for figures: to see that all of it works
	found    findings
	estate   *estate // built by the first part that needs it
}

// open starts a Vault with the engine in it.
func (b *bench) open(ctx context.Context, start func(context.Context, vaultdev.Options) (*vaultdev.Server, error)) (*stage, error) {
	server, err := start(ctx, vaultdev.Options{LogLevel: "warn"})
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all there is
	}
	s := &stage{Server: server, binaries: b.binaries}
	build := func(ctx context.Context, dir string) (string, error) {
		return vaultdev.BuildPlugin(ctx, dir, "v0.0.1")
	}
	if err := s.register(ctx, engineName, build); err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return s, nil
}

// register builds a plugin, or takes it from an earlier part, and tells Vault of it.
func (s *stage) register(ctx context.Context, name string, build func(ctx context.Context, dir string) (string, error)) error {
	return s.registerAs(ctx, vaultdev.Plugin{Name: name}, build)
}

// registerAs is register under a version.
func (s *stage) registerAs(ctx context.Context, plugin vaultdev.Plugin, build func(ctx context.Context, dir string) (string, error)) error {
	name := plugin.Name
	kept := filepath.Join(s.binaries, name)
	if _, err := os.Stat(kept); err != nil {
		built, err := build(ctx, s.binaries)
		if err != nil {
			return fmt.Errorf("build %s: %w", name, err)
		}
		if err := os.Rename(built, kept); err != nil {
			return fmt.Errorf("build %s: %w", name, err)
		}
	}
	// Vault refuses a plugin behind a symbolic link; a hard link is a file like any other.
	placed := filepath.Join(s.PluginDir(), name)
	if err := os.Link(kept, placed); err != nil {
		return fmt.Errorf("put %s into vault's directory: %w", name, err)
	}
	plugin.Binary = placed
	return vaultdev.RegisterPlugin(ctx, s.Client(), plugin) //nolint:wrapcheck // it names the plugin
}

// mount enables a registered plugin.
func (s *stage) mount(ctx context.Context, path, plugin string) error {
	return s.mountAs(ctx, path, &api.MountInput{Type: plugin})
}

// mountAs enables a plugin of a version, or with options.
func (s *stage) mountAs(ctx context.Context, path string, input *api.MountInput) error {
	plugin := input.Type
	if err := s.Client().Sys().MountWithContext(ctx, path, input); err != nil {
		return fmt.Errorf("mount %s: %w", plugin, err)
	}
	return nil
}

// write makes a request that must succeed.
func (s *stage) write(ctx context.Context, path string, data map[string]any) error {
	if _, err := s.Client().Logical().WriteWithContext(ctx, path, data); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// read makes a request that must be answered.
func (s *stage) read(ctx context.Context, path string, query map[string][]string) (map[string]any, error) {
	answer, err := s.Client().Logical().ReadWithDataWithContext(ctx, path, query)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if answer == nil {
		return nil, fmt.Errorf("read %s: nothing is there", path)
	}
	return answer.Data, nil
}

// reader gives the client that measures.
func (s *stage) reader() *reader {
	return &reader{
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, MaxIdleConns: 64, DisableCompression: true}},
		address: s.Address() + "/v1/", token: s.RootToken(),
	}
}

// buildLimit builds the plugin that is the limit.
func buildLimit(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, limitName+".built")
	cmd := exec.CommandContext(ctx, "go", "build", "-C", "tools/bench", "-trimpath", "-buildvcs=false", "-o", binary, benchModule+"/limit")
	return binary, run(cmd, "CGO_ENABLED=0")
}

// buildAgent builds the agent of this source tree.
func buildAgent(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "agent")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", binary, "./cmd/oracle-financials-agent")
	return binary, run(cmd, "CGO_ENABLED=0")
}

// run runs a command; what it said is in the error.
func run(cmd *exec.Cmd, env ...string) error {
	cmd.Env = append(os.Environ(), env...)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("run %s: %w: %s", strings.Join(cmd.Args, " "), err, said)
	}
	return nil
}
