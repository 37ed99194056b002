package vaultdev_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

func TestBuildPluginMakesTwoVersionsForOneVault(t *testing.T) {
	t.Parallel()
	server := start(t, vaultdev.StartDev)
	for _, version := range []string{"v0.1.0", "v0.2.0"} {
		binary, err := vaultdev.BuildPlugin(t.Context(), server.PluginDir(), version)
		if err != nil {
			t.Fatal(err)
		}
		plugin := vaultdev.Plugin{Name: "oracle-financials", Binary: binary, Version: version}
		if err := vaultdev.RegisterPlugin(t.Context(), server.Client(), plugin); err != nil {
			t.Fatal(err)
		}
		if err := vaultdev.Mount(t.Context(), server.Client(), version, plugin.Name, version); err != nil {
			t.Fatal(err)
		}
		mount, err := server.Client().Sys().GetMountWithContext(t.Context(), version)
		if err != nil {
			t.Fatal(err)
		}
		if mount.RunningVersion != version {
			t.Errorf("the mount runs %q, want the version %q that was built", mount.RunningVersion, version)
		}
	}
}

func TestBinaryRefusesAVaultThatIsNone(t *testing.T) {
	t.Setenv("VAULT_BIN", filepath.Join(t.TempDir(), "absent"))
	_, err := vaultdev.Binary(t.Context())
	if err == nil || !strings.Contains(err.Error(), "VAULT_BIN") {
		t.Errorf("the error is %v, want it to name VAULT_BIN", err)
	}
}

func TestBinarySaysHowToGetOne(t *testing.T) {
	t.Setenv("VAULT_BIN", "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("PATH", pathWithoutVault(t))
	_, err := vaultdev.Binary(t.Context())
	if err == nil || !strings.Contains(err.Error(), "make vault") {
		t.Errorf("the error is %v, want it to say make vault", err)
	}
}

// pathWithoutVault is the PATH less the directories with a Vault.
func pathWithoutVault(t *testing.T) string {
	t.Helper()
	dirs := slices.DeleteFunc(filepath.SplitList(os.Getenv("PATH")), func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "vault"))
		return err == nil
	})
	return strings.Join(dirs, string(filepath.ListSeparator))
}
