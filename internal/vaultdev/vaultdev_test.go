package vaultdev_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a server for one test and stops it afterwards; by then the test's own context is over.
func start(t *testing.T, kind func(context.Context, vaultdev.Options) (*vaultdev.Server, error)) *vaultdev.Server {
	t.Helper()
	server, err := kind(t.Context(), vaultdev.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// mountEcho builds the test's own small plugin and mounts it at echo/.
func mountEcho(t *testing.T, server *vaultdev.Server) {
	t.Helper()
	binary := filepath.Join(server.PluginDir(), "echoplugin")
	build := exec.CommandContext(t.Context(), "go", "build", "-race", "-o", binary, "./testdata/echoplugin")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the test plugin: %v\n%s", err, out)
	}
	plugin := vaultdev.Plugin{Name: "echo", Binary: binary, Version: "v0.0.1", Env: []string{"ECHO_GREETING=hello"}}
	if err := vaultdev.RegisterPlugin(t.Context(), server.Client(), plugin); err != nil {
		t.Fatal(err)
	}
	if err := vaultdev.Mount(t.Context(), server.Client(), "echo", "echo", "v0.0.1"); err != nil {
		t.Fatal(err)
	}
}

// echo asks the plugin who it is.
func echo(t *testing.T, server *vaultdev.Server) (pid int, greeting string) {
	t.Helper()
	answer, err := server.Client().Logical().ReadWithContext(t.Context(), "echo/whoami")
	if err != nil {
		t.Fatal(err)
	}
	number, err := answer.Data["pid"].(json.Number).Int64()
	if err != nil {
		t.Fatal(err)
	}
	return int(number), answer.Data["greeting"].(string)
}

// awaitRevival asks until Vault has noticed that the plugin is gone and started another, and returns its process id.
func awaitRevival(t *testing.T, server *vaultdev.Server) int {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := server.Client().Logical().ReadWithContext(t.Context(), "echo/whoami")
		if err == nil {
			pid, _ := echo(t, server)
			return pid
		}
		select {
		case <-deadline:
			t.Fatal(err)
		case <-tick.C:
		}
	}
}

func pluginPIDs(t *testing.T, server *vaultdev.Server) []int {
	t.Helper()
	pids, err := server.PluginPIDs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return pids
}

// alive says whether a process exists; a zombie that nobody has reaped yet counts as gone.
func alive(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

// awaitGone fails the test if a process doesn't end soon.
func awaitGone(t *testing.T, pid int) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for alive(pid) {
		select {
		case <-deadline:
			t.Fatalf("process %d is still there", pid)
		case <-tick.C:
		}
	}
}

func TestDevServerRunsAPlugin(t *testing.T) {
	t.Parallel()
	server := start(t, vaultdev.StartDev)
	if !strings.HasPrefix(server.Address(), "http://127.0.0.1:") {
		t.Errorf("it listens on %s, which others may reach", server.Address())
	}
	audit := filepath.Join(server.AuditDir(), "audit.log")
	if err := vaultdev.EnableFileAudit(t.Context(), server.Client(), audit); err != nil {
		t.Fatal(err)
	}
	mountEcho(t, server)

	first, greeting := echo(t, server)
	if greeting != "hello" {
		t.Errorf("the plugin's greeting is %q, want the one of its registered environment", greeting)
	}
	if got := pluginPIDs(t, server); !slices.Equal(got, []int{first}) {
		t.Errorf("PluginPIDs is %v, want only %d, which answered", got, first)
	}

	killed, err := server.KillPlugins(t.Context())
	if err != nil || killed != 1 {
		t.Fatalf("KillPlugins is %d, %v; want one", killed, err)
	}
	awaitGone(t, first)
	second := awaitRevival(t, server)
	if second == first {
		t.Error("the killed plugin answered")
	}

	if log, err := os.ReadFile(audit); err != nil || !strings.Contains(string(log), "echo/whoami") {
		t.Errorf("the audit file does not name the request (error %v)", err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, second)
}

func TestDevServerIgnoresTheCallersVault(t *testing.T) {
	// The cache is found over the home directory, which is about to change.
	binary, err := vaultdev.Binary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("VAULT_BIN", binary)
	for name, value := range map[string]string{
		"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "a-stranger", "VAULT_NAMESPACE": "elsewhere",
		"VAULT_WRAP_TTL": "60s", "VAULT_HEADERS": `{"X-Own":"1"}`, "VAULT_DEV_ROOT_TOKEN_ID": "root",
		"VAULT_LOG_LEVEL": "trace", "VAULT_MAX_RETRIES": "5", "HOME": t.TempDir(),
	} {
		t.Setenv(name, value)
	}
	server := start(t, vaultdev.StartDev)
	self, err := server.Client().Auth().Token().LookupSelfWithContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := self.TokenID(); got != server.RootToken() {
		t.Errorf("the client's token is %q, want the root token %q", got, server.RootToken())
	}
	if _, err := os.Stat(filepath.Join(os.Getenv("HOME"), ".vault-token")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the root token was stored in the home directory (error %v)", err)
	}
}

func TestCloseRemovesItsOwnDirectory(t *testing.T) {
	t.Parallel()
	server, err := vaultdev.StartDev(t.Context(), vaultdev.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(server.LogPath()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the log is still there: %v", err)
	}
	if err := server.Close(); err != nil {
		t.Errorf("a second Close says %v", err)
	}
}

func TestRaceReportHasWhatAPluginsDetectorFound(t *testing.T) {
	t.Parallel()
	server := start(t, vaultdev.StartDev)
	mountEcho(t, server)
	if report, err := server.RaceReport(); err != nil || report != "" {
		t.Fatalf("the report of a quiet plugin is %q, %v", report, err)
	}
	if _, err := server.Client().Logical().ReadWithContext(t.Context(), "echo/race"); err != nil {
		t.Fatal(err)
	}
	if report, err := server.RaceReport(); err != nil || !strings.Contains(report, "DATA RACE") {
		t.Errorf("the report of a racing plugin is %q, %v", report, err)
	}
}
