package stage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

const (
	simulatorName    = "oracle-financials-sim"
	simulatorPackage = "vault-plugin-secrets-oracle-financials/cmd/oracle-financials-sim"
	agentPackage     = "vault-plugin-secrets-oracle-financials/cmd/oracle-financials-agent"
	// pluginVersion is what a build from a working tree is called.
	pluginVersion = "v0.1.0-dev"
)

// installTools puts vault, the agent and the simulator's program into the stage's bin, and returns the Vault that it found.
func (s *Stage) installTools(ctx context.Context) (string, error) {
	binary, err := vaultdev.Binary(ctx)
	if err != nil {
		return "", err
	}
	if err := os.Symlink(binary, filepath.Join(s.bin, "vault")); err != nil {
		return "", fmt.Errorf("link vault: %w", err)
	}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", s.bin+string(filepath.Separator), simulatorPackage, agentPackage)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the simulator and the agent: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return binary, nil
}

// buildPlugin puts the plugin into Vault's plugin directory.
func (s *Stage) buildPlugin(ctx context.Context) error {
	binary, err := vaultdev.BuildPlugin(ctx, s.vault.PluginDir(), pluginVersion)
	if err != nil {
		return err
	}
	s.plugin = vaultdev.Plugin{Name: EngineName, Binary: binary, Version: pluginVersion}
	return nil
}

// PluginVersion is the version under which the plugin is registered.
func (s *Stage) PluginVersion() string { return s.plugin.Version }

// PluginCommand is the file's name in Vault's plugin directory.
func (s *Stage) PluginCommand() string { return filepath.Base(s.plugin.Binary) }

// PluginSHA256 is what `sha256sum` says of the plugin.
func (s *Stage) PluginSHA256() (string, error) {
	raw, err := os.ReadFile(s.plugin.Binary)
	if err != nil {
		return "", fmt.Errorf("hash the plugin: %w", err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}
