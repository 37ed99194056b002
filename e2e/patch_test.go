package e2e_test

import (
	"net/http"
	"testing"
	"time"
)

func TestPatchNullRestoresDefaultsWithoutALogin(t *testing.T) {
	t.Parallel()
	m, pod, password := proved(t, sharedVault(t))
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	m.patch("integrations/gl", fields{
		"timeout": 5, "retry_attempts": 0, "paused_until": until, "pause_reason": "month end",
	}).want(http.StatusOK).has(fields{"state": "paused"})
	m.read("integrations/gl").want(http.StatusOK).has(fields{
		"timeout": 5, "retry_attempts": 0, "paused_until": until, "pause_reason": "month end", "username": user,
	})
	m.patch("integrations/gl", fields{"timeout": nil, "oracle-financials-retry-attempts": nil, "paused_until": nil}).want(http.StatusOK).has(fields{"state": "ok"})
	m.read("integrations/gl").want(http.StatusOK).has(fields{"timeout": 30, "retry_attempts": 3, "paused_until": nil, "pause_reason": nil})
	if n := logins(pod, user); n != 1 {
		t.Errorf("patching what no login depends on spent %d logins", n-1)
	}
	for _, name := range []string{"password", "username", "server_url", "oracle-financials-password"} {
		m.patch("integrations/gl", fields{name: nil}).want(http.StatusBadRequest).says("required")
	}
	m.write("integrations/gl", fields{"timeout": nil}).want(http.StatusBadRequest).says("null")
	m.read("creds/gl").want(http.StatusOK).has(fields{"password": password, "timeout": 30})
}

func TestPatchOfModulesProvesThem(t *testing.T) {
	t.Parallel()
	m, pod, _ := proved(t, sharedVault(t))
	m.patch("integrations/gl", fields{"modules": []string{"AP"}, "probes": map[string]string{"AP": "11.13.18.05/payablesPayments?limit=1"}}).want(http.StatusOK)
	m.read("status/gl").want(http.StatusOK).has(fields{"modules": map[string]any{
		"AP": map[string]any{"result": "accessible", "http_status": 200, "probe": "11.13.18.05/payablesPayments?limit=1"},
	}})
	m.patch("integrations/gl", fields{"modules": nil, "probes": nil}).want(http.StatusOK)
	m.read("integrations/gl").want(http.StatusOK).has(fields{"modules": []string{"GL"}, "probes": nil})
	if n := logins(pod, user); n != 3 {
		t.Errorf("a write and two patches of modules spent %d logins, want 3", n)
	}
}

func TestWhatAReadReturnedMayBeSentBack(t *testing.T) {
	t.Parallel()
	m, pod, _ := proved(t, sharedVault(t))
	before := m.read("integrations/gl").want(http.StatusOK)
	m.write("integrations/gl", before.Data).want(http.StatusOK).has(fields{"credential_version": 1, "state": "ok"})
	m.patch("integrations/gl", before.Data).want(http.StatusOK)
	m.read("integrations/gl").want(http.StatusOK).has(before.Data)
	for _, path := range []string{"config", "policies/default"} {
		settings := m.read(path).want(http.StatusOK)
		m.write(path, settings.Data).want(http.StatusNoContent)
		m.read(path).want(http.StatusOK).has(settings.Data)
	}
	if n := logins(pod, user); n != 1 {
		t.Errorf("sending back what was read spent %d logins", n-1)
	}
}

func TestCasGuardsThePassword(t *testing.T) {
	t.Parallel()
	m, pod, _ := proved(t, sharedVault(t))
	right := setElsewhere(t, pod, user)
	for _, cas := range []any{0, 2, "7"} {
		m.write("integrations/gl", fields{"password": right, "cas": cas}).want(http.StatusBadRequest).says("cas")
	}
	if n := logins(pod, user); n != 1 {
		t.Errorf("a write with the wrong cas spent %d logins", n-1)
	}
	m.write("integrations/gl", fields{"password": right, "cas": 1}).want(http.StatusOK).has(fields{"credential_version": 2})
	m.write("integrations/ap", integration(pod, user, right).with(fields{"cas": 1})).want(http.StatusBadRequest).says("cas")
	m.write("integrations/ap", integration(pod, user, right).with(fields{"cas": 0})).want(http.StatusBadRequest).says("already holds this user")
}
