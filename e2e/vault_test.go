package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

const (
	// pluginName is what the plugin is registered as.
	pluginName    = "oracle-financials"
	firstVersion  = "v0.1.0"
	secondVersion = "v0.2.0"
)

// start is one of vaultdev's ways to start a Vault.
type start func(context.Context, vaultdev.Options) (*vaultdev.Server, error)

// sharedVault is the Vault of all tests that leave it as it is. A test's mount on it is its own.
func sharedVault(t *testing.T) *vaultdev.Server {
	t.Helper()
	server, err := shared.server()
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// ownVault is a Vault that this test may kill, reload and restart.
func ownVault(t *testing.T, how start) *vaultdev.Server {
	t.Helper()
	binary, err := shared.binary(firstVersion)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	server, err := equipped(ctx, how, binary)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, fault := range leftovers(server) {
			t.Error(fault)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// equipped starts a Vault with an audit file and a log that leaves nothing out, and registers the plugin by its hash.
func equipped(ctx context.Context, how start, binary string) (*vaultdev.Server, error) {
	server, err := how(ctx, vaultdev.Options{LogLevel: "trace"})
	if err != nil {
		return nil, err
	}
	err = vaultdev.EnableFileAudit(ctx, server.Client(), auditPath(server))
	if err == nil {
		err = register(ctx, server, binary, firstVersion)
	}
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return server, nil
}

// register puts a binary into the plugin directory and its hash into the catalog.
func register(ctx context.Context, server *vaultdev.Server, binary, version string) error {
	if err := place(server, binary); err != nil {
		return err
	}
	return vaultdev.RegisterPlugin(ctx, server.Client(), vaultdev.Plugin{Name: pluginName, Binary: placeOf(server, binary), Version: version})
}

// place puts a binary into the plugin directory.
func place(server *vaultdev.Server, binary string) error {
	// Vault refuses a plugin behind a symbolic link; a hard link is a file like any other.
	if err := os.Link(binary, placeOf(server, binary)); err != nil {
		return fmt.Errorf("put the plugin into vault's directory: %w", err)
	}
	return nil
}

func placeOf(server *vaultdev.Server, binary string) string {
	return filepath.Join(server.PluginDir(), filepath.Base(binary))
}

func auditPath(server *vaultdev.Server) string { return filepath.Join(server.AuditDir(), "audit.log") }

// leftovers says what is wrong with the files of a Vault: passwords in them, and data races in its plugins.
func leftovers(server *vaultdev.Server) []string {
	return leftoversIn(server, server.LogPath(), auditPath(server))
}

func leftoversIn(server *vaultdev.Server, paths ...string) []string {
	var faults []string
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			faults = append(faults, err.Error())
		}
		for _, found := range sightings(raw, mark) {
			faults = append(faults, fmt.Sprintf("%s shows a password: %s", filepath.Base(path), found))
		}
	}
	report, err := server.RaceReport()
	if err != nil {
		faults = append(faults, err.Error())
	}
	if report != "" {
		faults = append(faults, "the race detector found, in the plugin:\n"+report)
	}
	return faults
}
