package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const (
	adminUser = "VAULT_ADMIN"
	clientID  = "0a1b2c3d"
)

// administered is a mount with both kinds of directory, "domain" and "fusion", over one pod with a user.
func administered(t *testing.T, switches oraclesim.Switches) (m mount, pod *oraclesim.Server, password string) {
	t.Helper()
	password, admin, key := newPassword(), newPassword(), newPassword()
	pod, err := oraclesim.Start(oraclesim.Config{
		Switches: switches, Domain: true, Clients: []oraclesim.Client{{ID: clientID, Secret: key}},
		Users: []oraclesim.User{{Name: user, Password: password}, {Name: adminUser, Password: admin, IdentityAdmin: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pod.Close)
	m = newMount(t, sharedVault(t), "")
	m.write("directories/fusion", fusionDirectory(pod, admin)).want(http.StatusOK).has(fields{"state": "ok"})
	m.write("directories/domain", domainDirectory(pod, key)).want(http.StatusOK).has(fields{"state": "ok"})
	return m, pod, password
}

func fusionDirectory(pod *oraclesim.Server, password string) fields {
	return fields{
		"type": "fusion", "url": pod.URL(), "username": adminUser, "password": password,
		"allowed_usernames": "API_*", "ca_cert": string(pod.CACertPEM()),
	}
}

func domainDirectory(pod *oraclesim.Server, secret string) fields {
	return fields{
		"type": "identity_domain", "url": pod.DomainURL(), "client_id": clientID, "client_secret": secret,
		"allowed_usernames": "API_*", "allowed_server_hosts": "localhost", "ca_cert": string(pod.CACertPEM()),
	}
}

func TestDomainTellsWhatOracleDoesNot(t *testing.T) {
	t.Parallel()
	m, pod, password := administered(t, oraclesim.Switches{NoAPILockLag: true})
	m.write("policies/now", fields{"unlock_delay": 0}).want(http.StatusNoContent)
	m.write("integrations/gl", integration(pod, user, password).with(fields{"directory": "domain", "policy": "now"})).
		want(http.StatusOK).has(fields{"state": "ok"})
	m.read("status/gl").want(http.StatusOK).has(fields{"password_set_source": "directory", "attempts_left": 5, "foreign_failed_logins": 0})
	before := logins(pod, user)
	for _, story := range []struct {
		what string
		do   func(string) error
		want fields
		undo func(string) error
	}{
		{"locked", pod.Pod().Lock, fields{"state": "locked", "reason": "account_locked"}, pod.Pod().Unlock},
		{"disabled", pod.Pod().Disable, fields{"state": "disabled", "reason": "inactive"}, pod.Pod().Enable},
	} {
		mustDo(t, story.do(user))
		m.write("check/gl", nil).want(http.StatusOK).has(story.want.with(fields{"severity": "critical", "confidence": "confirmed", "held": true}))
		m.write("check/gl", fields{"force": true}).want(http.StatusOK).has(story.want)
		mustDo(t, story.undo(user))
		m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "ok", "held": false})
	}
	if n := logins(pod, user) - before; n > 3 {
		t.Errorf("telling and recovering took %d logins, want the two that proved the recovery and one forced", n)
	}
	if n := refusals(pod, user); n > 1 {
		t.Errorf("%d logins were refused, want at most the one that was forced at a disabled user", n)
	}
	m.read("history/gl").want(http.StatusOK)
}

func TestFusionTellsADisabledUserAndItsRoles(t *testing.T) {
	t.Parallel()
	m, pod, password := administered(t, oraclesim.Switches{})
	m.write("integrations/gl", integration(pod, user, password).with(fields{"directory": "fusion"})).want(http.StatusOK)
	checklist, _ := m.read("status/gl").want(http.StatusOK).Data["checklist"].(map[string]any)
	if checklist["role_assigned"] != "pass" || checklist["account_active"] != "pass" {
		t.Errorf("the checklist is %v", checklist)
	}
	mustDo(t, pod.Pod().Disable(user))
	m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "disabled", "reason": "inactive", "confidence": "confirmed"})
	if n := refusals(pod, user); n != 0 {
		t.Errorf("the directory was asked first, and still %d logins were refused", n)
	}
	mustDo(t, pod.Pod().Enable(user))
	m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "rejected", "reason": "unlocked_waiting"})
}

func TestForeignFailuresWarnBeforeTheLock(t *testing.T) {
	t.Parallel()
	m, pod, password := administered(t, oraclesim.Switches{})
	m.write("integrations/gl", integration(pod, user, password).with(fields{"directory": "domain"})).want(http.StatusOK)
	other := newPassword()
	for range 3 {
		failLogin(t, pod, user, other)
	}
	m.write("check/gl", nil).want(http.StatusOK).has(fields{
		"state": "ok", "severity": "warning", "reason": "foreign_failed_logins", "foreign_failed_logins": 3,
	})
	m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "ok", "severity": "ok", "foreign_failed_logins": 0})
	for range 4 {
		failLogin(t, pod, user, other)
	}
	before := logins(pod, user)
	for _, ask := range []func() answer{
		func() answer { return m.write("check/gl", nil) },
		func() answer { return m.write("check/gl", fields{"force": true}) },
		func() answer { return m.write("reconcile/gl", fields{"action": "release"}) },
	} {
		ask().want(http.StatusOK).has(fields{"attempts_left": 1}).says("one more refused login locks the account")
	}
	m.write("integrations/gl", fields{"password": other}).want(http.StatusBadRequest).says("one more refused login locks the account")
	if n := logins(pod, user) - before; n != 0 {
		t.Errorf("%d logins were spent although one more refusal would lock", n)
	}
}

func TestDirectoryThatIsDownOrRefusedIsNoEvidence(t *testing.T) {
	t.Parallel()
	m, pod, password := administered(t, oraclesim.Switches{})
	m.write("integrations/gl", integration(pod, user, password).with(fields{"directory": "domain"})).want(http.StatusOK)
	mustDo(t, pod.Pod().SetDomainDown(true))
	m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "ok"})
	m.read("directories/domain").want(http.StatusOK).has(fields{"state": "unreachable"})
	mustDo(t, pod.Pod().SetDomainDown(false))
	mustDo(t, pod.Pod().SetClientSecret(clientID, newPassword()))
	pod.Pod().RevokeTokens()
	for range 3 {
		m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "ok"})
	}
	held := m.read("directories/domain").want(http.StatusOK).has(fields{"state": "held"})
	if since, err := time.Parse(time.RFC3339, held.text("held_since")); err != nil || time.Since(since) > time.Minute {
		t.Errorf("held_since is %q", held.text("held_since"))
	}
}

// failLogin is somebody else, who sends a wrong password.
func failLogin(t *testing.T, pod *oraclesim.Server, username, password string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, pod.URL()+"/fscmRestApi/resources/11.13.18.05/ledgersLOV", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(username, password)
	response, err := podClient(t, pod).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Fatalf("somebody else's login answers %d", response.StatusCode)
	}
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
