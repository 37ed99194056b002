package vaultdev

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/hashicorp/vault/api"
)

// Plugin is a secrets engine to register.
type Plugin struct {
	// Name is what it is mounted by.
	Name string
	// Binary is the executable; it must lie in the server's PluginDir.
	Binary string
	// Version is a semantic version with a v, or empty for none.
	Version string
	// Env is the plugin's own environment, as key=value.
	Env []string
}

// RegisterPlugin tells Vault's catalog about a plugin, by the hash of its file.
func RegisterPlugin(ctx context.Context, client *api.Client, plugin Plugin) error {
	sum, err := sha256File(plugin.Binary)
	if err != nil {
		return fmt.Errorf("register plugin %q: %w", plugin.Name, err)
	}
	_, err = client.Sys().RegisterPluginWithContextDetailed(ctx, &api.RegisterPluginInput{
		Name:    plugin.Name,
		Type:    api.PluginTypeSecrets,
		Command: filepath.Base(plugin.Binary),
		SHA256:  sum,
		Version: plugin.Version,
		Env:     plugin.Env,
	})
	if err != nil {
		return fmt.Errorf("register plugin %q: %w", plugin.Name, err)
	}
	return nil
}

// Mount enables a registered plugin at a path. An empty version takes the newest.
func Mount(ctx context.Context, client *api.Client, path, pluginName, version string) error {
	err := client.Sys().MountWithContext(ctx, path, &api.MountInput{
		Type:   pluginName,
		Config: api.MountConfigInput{PluginVersion: version},
	})
	if err != nil {
		return fmt.Errorf("mount %q at %q: %w", pluginName, path, err)
	}
	return nil
}

// EnableFileAudit makes Vault write every request and answer into a file, as JSON lines with hashed values.
func EnableFileAudit(ctx context.Context, client *api.Client, path string) error {
	err := client.Sys().EnableAuditWithOptionsWithContext(ctx, "file", &api.EnableAuditOptions{
		Type:    "file",
		Options: map[string]string{"file_path": path},
	})
	if err != nil {
		return fmt.Errorf("enable the audit file %q: %w", path, err)
	}
	return nil
}

func sha256File(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("hash the binary: %w", err)
	}
	defer file.Close() //nolint:errcheck // opened for reading
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", fmt.Errorf("hash the binary: %w", err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
