package vaultdev

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// startTimeout bounds how long a Vault may take to answer when the caller's context says nothing shorter.
const startTimeout = 90 * time.Second

// Options says how a Vault is started. The zero value works.
type Options struct {
	// Binary is the Vault to run; empty means the one that Binary finds.
	Binary string
	// Dir holds the configuration, log, data and plugins. Empty means a temporary directory that Close removes.
	Dir string
	// LogLevel is Vault's own log level; empty means info.
	LogLevel string
	// Env is added to the environment of Vault and so of its plugins, as key=value.
	Env []string
}

// layout is where one server keeps its files.
type layout struct {
	dir       string
	pluginDir string
	configDir string
	dataDir   string
	auditDir  string
	logPath   string
	temporary bool
}

// newLayout creates the directories. Vault refuses a plugin directory that is reached over a symlink, and the temporary
// directory is one on macOS, so the real path is used throughout.
func newLayout(dir string) (layout, error) {
	temporary := dir == ""
	if temporary {
		made, err := os.MkdirTemp("", "vaultdev-")
		if err != nil {
			return layout{}, fmt.Errorf("make a directory for vault: %w", err)
		}
		dir = made
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return layout{}, fmt.Errorf("make a directory for vault: %w", err)
	}
	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return layout{}, fmt.Errorf("resolve the directory for vault: %w", err)
	}
	path, err := filepath.Abs(resolved)
	if err != nil {
		return layout{}, fmt.Errorf("resolve the directory for vault: %w", err)
	}
	l := layout{
		dir:       path,
		pluginDir: filepath.Join(path, "plugins"),
		configDir: filepath.Join(path, "config"),
		dataDir:   filepath.Join(path, "data"),
		auditDir:  filepath.Join(path, "audit"),
		logPath:   filepath.Join(path, "vault.log"),
		temporary: temporary,
	}
	for _, d := range []string{l.pluginDir, l.configDir, l.dataDir, l.auditDir} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return layout{}, fmt.Errorf("make a directory for vault: %w", err)
		}
	}
	return l, nil
}

// racePath is where race detectors write, each adding a dot and its process id.
func (l layout) racePath() string { return filepath.Join(l.dir, "race") }

// remove deletes the directory if it was ours to make.
func (l layout) remove() error {
	if !l.temporary {
		return nil
	}
	if err := os.RemoveAll(l.dir); err != nil {
		return fmt.Errorf("remove vault's directory: %w", err)
	}
	return nil
}

// writeConfig writes Vault's configuration as JSON, which needs no quoting rules of our own, and returns its path.
func (l layout) writeConfig(config map[string]any) (string, error) {
	raw, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return "", fmt.Errorf("encode vault's configuration: %w", err)
	}
	path := filepath.Join(l.configDir, "vault.json")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return "", fmt.Errorf("write vault's configuration: %w", err)
	}
	return path, nil
}

// baseConfig is what every server has, of either kind.
func (l layout) baseConfig(opts Options) map[string]any {
	return map[string]any{
		"plugin_directory": l.pluginDir,
		"log_level":        cmp.Or(opts.LogLevel, "info"),
		"disable_mlock":    true,
		"ui":               false,
	}
}

// freeAddresses returns n loopback addresses that nobody listened on a moment ago.
func freeAddresses(ctx context.Context, n int) ([]string, error) {
	var config net.ListenConfig
	addresses := make([]string, 0, n)
	for range n {
		// All stay open until the last is found, so that no port comes twice.
		listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer listener.Close() //nolint:errcheck // nothing was ever sent through it
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}
