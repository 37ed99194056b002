package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

func TestPluginIsRegisteredByItsHash(t *testing.T) {
	t.Parallel()
	server := sharedVault(t)
	binary, err := shared.binary(firstVersion)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	plugin := api.RegisterPluginInput{Name: "tampered", Type: api.PluginTypeSecrets, Version: firstVersion}
	got, err := server.Client().Sys().GetPluginWithContext(t.Context(), &api.GetPluginInput{
		Name: pluginName, Type: api.PluginTypeSecrets, Version: firstVersion,
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%x", sha256.Sum256(raw)); got.SHA256 != want {
		t.Errorf("the catalog has the hash %s, want %s", got.SHA256, want)
	}
	plugin.Command, plugin.SHA256 = got.Command, strings.Repeat("0", sha256.Size*2)
	if _, err := server.Client().Sys().RegisterPluginWithContextDetailed(t.Context(), &plugin); err != nil {
		t.Fatal(err)
	}
	if err := vaultdev.Mount(t.Context(), server.Client(), "tampered", "tampered", firstVersion); err == nil {
		t.Error("a binary with another hash was mounted")
	}
}

func TestTourFromAllowedHostToInfo(t *testing.T) {
	t.Parallel()
	password := newPassword()
	pod := startPod(t, oraclesim.User{Name: user, Password: password})
	m := newMount(t, sharedVault(t), "")

	m.delete("config").want(http.StatusNoContent)
	m.read("config").want(http.StatusOK).has(fields{"allowed_hosts": []string{"*.oraclecloud.com"}})
	m.write("integrations/gl", integration(pod, user, password)).want(http.StatusBadRequest).says("allowed_hosts")
	if n := len(pod.Pod().Requests()); n > 0 {
		t.Fatalf("a host that is not allowed got %d requests", n)
	}
	m.write("config", fields{"allowed_hosts": []string{"localhost"}, "max_concurrent_checks": 8}).want(http.StatusNoContent)
	m.read("config").want(http.StatusOK).has(fields{"allowed_hosts": []string{"localhost"}, "max_concurrent_checks": 8, "disable_automated_sweep": false})

	written := m.write("integrations/gl", integration(pod, user, password).with(fields{"modules": "GL,Accounts Payable"})).want(http.StatusOK)
	written.has(fields{"credential_version": 1, "state": "ok"}).says("password_set_time")
	if n := logins(pod, user); n != 2 {
		t.Errorf("writing two modules asked %d times, want once for each", n)
	}
	m.list("integrations").want(http.StatusOK).has(fields{"keys": []string{"gl"}})
	m.read("integrations/gl").want(http.StatusOK).has(fields{
		"server_url": pod.URL(), "username": user, "modules": []string{"GL", "AP"}, "policy": "default",
		"timeout": 30, "retry_attempts": 3, "password_set": true, "password": nil, "credential_version": 1,
	})
	m.read("info").want(http.StatusOK).has(fields{"version": firstVersion, "name": "vault-plugin-secrets-oracle-financials"})
	m.delete("integrations/gl").want(http.StatusNoContent)
	m.read("creds/gl").want(http.StatusNotFound)
}

func TestCredsAndConnectorServeTheSameCredential(t *testing.T) {
	t.Parallel()
	m, pod, password := proved(t, sharedVault(t))
	creds := m.read("creds/gl").want(http.StatusOK)
	creds.has(fields{
		"server_url": pod.URL(), "rest_api_url": pod.URL() + "/fscmRestApi/resources/latest/", "username": user,
		"password": password, "timeout": 30, "retry_attempts": 3, "modules": []string{"GL"}, "credential_version": 1,
		// Nothing is rotated here, so nobody is told when to come back.
		"ttl": nil, "rotation_period": nil,
	})
	if set, err := time.Parse(time.RFC3339, creds.text("last_vault_rotation")); err != nil || time.Since(set).Abs() > time.Minute {
		t.Errorf("last_vault_rotation is %s (%v), want the time of the write", creds.text("last_vault_rotation"), err)
	}
	if !bytes.Contains(creds.raw, []byte(`"lease_id":"","renewable":false,"lease_duration":0`)) {
		t.Error("the credential has a lease")
	}
	connector := m.read("connector/gl").want(http.StatusOK)
	want := map[string]any{
		"oracle-financials-server-url": pod.URL(), "oracle-financials-username": user,
		"oracle-financials-password": password, "oracle-financials-timeout": "30", "oracle-financials-retry-attempts": "3",
	}
	if got := slices.Sorted(maps.Keys(connector.Data)); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		t.Errorf("connector/ has the fields %q", got)
	}
	connector.has(want)
	m.list("creds").want(http.StatusOK).has(fields{"keys": []string{"gl"}})
}

func TestCheckStatusListAndReportAgree(t *testing.T) {
	t.Parallel()
	m, pod, _ := proved(t, sharedVault(t))
	checked := m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "ok", "severity": "ok", "held": false})
	if n := logins(pod, user); n != 2 {
		t.Errorf("a write and a check spent %d logins, want 2", n)
	}
	status := m.read("status/gl").want(http.StatusOK)
	status.has(fields{"state": "ok", "reason": checked.text("reason"), "confidence": "confirmed", "last_check_time": checked.text("last_check_time")})

	list := m.list("status").want(http.StatusOK).has(fields{"keys": []string{"gl"}})
	infos, _ := list.Data["key_info"].(map[string]any)
	info, _ := infos["gl"].(map[string]any)
	for _, name := range []string{"state", "severity", "password_expiry_time", "next_check_time"} {
		if fmt.Sprint(info[name]) != status.text(name) || info[name] == nil {
			t.Errorf("key_info has %s %v, status has %s", name, info[name], status.text(name))
		}
	}
	if info["username"] != user || info["server_url"] != pod.URL() {
		t.Errorf("key_info is %v, want the user and the pod", info)
	}

	report := m.read("report").want(http.StatusOK).has(fields{"counts": map[string]any{"ok": 1}, "full": true, "version": firstVersion})
	rows, _ := report.Data["integrations"].([]any)
	if len(rows) != 1 || rows[0].(map[string]any)["name"] != "gl" || rows[0].(map[string]any)["state"] != "ok" {
		t.Errorf("the report has %v", rows)
	}
	since := map[string][]string{"since": {report.text("revision")}}
	m.readWith("report", since).want(http.StatusOK).has(fields{"full": false, "integrations": []any{}, "counts": map[string]any{"ok": 1}})
	m.delete("integrations/gl").want(http.StatusNoContent)
	m.readWith("report", since).want(http.StatusOK).has(fields{"deleted": []string{"gl"}, "counts": map[string]any{}})
}
