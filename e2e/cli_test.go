package e2e_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// The command line sends texts only, and shows what comes back in its own way.
func TestCommandLineWritesPatchesAndLists(t *testing.T) {
	t.Parallel()
	server := sharedVault(t)
	password := newPassword()
	pod := startPod(t, oraclesim.User{Name: user, Password: password})
	m := newMount(t, server, "")
	dir := t.TempDir()
	for name, content := range map[string]string{"password.txt": password, "ca.pem": string(pod.CACertPEM()), "broken.txt": password + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	vault := commandLine(t, server, dir)
	gl := m.path + "/integrations/gl"
	written := []string{"server_url=" + pod.URL(), "username=" + user, "ca_cert=@ca.pem", "modules=GL,Accounts Payable", "timeout=10s"}

	// A line break at the end of the file would be a wrong password: it is refused before Oracle is asked.
	vault(false, append([]string{"write", gl, "password=@broken.txt"}, written...)...)
	if n := len(pod.Pod().Requests()); n > 0 {
		t.Errorf("a password with a line break was sent to the pod")
	}
	vault(true, append([]string{"write", gl, "password=@password.txt"}, written...)...)
	vault(true, "patch", gl, "probes=GL=11.13.18.05/ledgersLOV?limit=1", "probes=AP=11.13.18.05/invoices?limit=1", "retry_attempts=1")
	m.read("integrations/gl").want(http.StatusOK).has(fields{
		"timeout": 10, "retry_attempts": 1, "modules": []string{"GL", "AP"},
		"probes": map[string]any{"GL": "11.13.18.05/ledgersLOV?limit=1", "AP": "11.13.18.05/invoices?limit=1"},
	})
	if got := vault(true, "read", "-field=password", m.path+"/creds/gl"); got != password {
		t.Error("read -field=password does not print the password alone")
	}
	vault(true, "write", "-f", m.path+"/check/gl")
	vault(true, "write", "-f", m.path+"/sweep")
	vault(true, "write", m.path+"/sweep", "dry_run=true", "wait=5s")
	vault(true, "write", m.path+"/policies/nightly", "check_schedule=30 2 * * *", "expiry_warning=21d")
	if got := vault(true, "list", "-detailed", m.path+"/status"); !strings.Contains(got, pod.URL()) || !strings.Contains(got, "severity") {
		t.Errorf("list -detailed shows no details:\n%s", got)
	}
	vault(true, "read", m.path+"/report", "limit=1")
	vault(true, "path-help", m.path+"/integrations/gl")
	vault(true, "delete", gl)
}

// commandLine runs Vault's own command against a server, in a directory.
func commandLine(t *testing.T, server *vaultdev.Server, dir string) func(works bool, args ...string) string {
	t.Helper()
	binary, err := vaultdev.Binary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return func(works bool, args ...string) string {
		t.Helper()
		command := exec.CommandContext(t.Context(), binary, args...)
		command.Dir = dir
		command.Env = append(os.Environ(), "VAULT_ADDR="+server.Address(), "VAULT_TOKEN="+server.RootToken(), "HOME="+dir)
		out, err := command.CombinedOutput()
		if (err == nil) != works {
			t.Errorf("vault %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
}
