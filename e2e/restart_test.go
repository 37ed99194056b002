package e2e_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

func TestPowerCutForgetsNeitherCredentialsNorTheHold(t *testing.T) {
	t.Parallel()
	server := ownVault(t, vaultdev.StartRaft)
	m, pod, _ := proved(t, server)
	fine := newPassword()
	if err := pod.Pod().AddUser(oraclesim.User{Name: "API_AP", Password: fine}); err != nil {
		t.Fatal(err)
	}
	m.write("policies/minute", fields{"check_period": 60, "expiry_warning": "20d"}).want(http.StatusNoContent)
	m.write("integrations/ap", integration(pod, "API_AP", fine).with(fields{"policy": "minute"})).want(http.StatusOK)
	setElsewhere(t, pod, user)
	m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "rejected", "held": true, "refused_logins": 1})
	hanging := newPassword()
	hung := startPod(t, oraclesim.User{Name: user, Password: hanging})
	m.write("integrations/hung", integration(hung, user, hanging)).want(http.StatusOK)
	kept := remember(t, m)
	spent := logins(pod, user)

	powerCut(t, server, m, hung)
	kept.compare(m)
	// The login that was under way when the power went may still arrive.
	m.write("check/hung", nil).want(http.StatusOK).says("may still be under way")
	m.read("policies/minute").want(http.StatusOK).has(fields{"check_period": 60, "expiry_warning": 20 * 86400})
	m.read("creds/ap").want(http.StatusOK).has(fields{"password": fine, "credential_version": 1})
	for range 3 {
		m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "rejected", "held": true, "refused_logins": 1}).says("no login was spent")
		m.write("sweep", fields{"wait": 2}).want(http.StatusOK)
	}
	m.write("integrations/gl", fields{"password": newPassword(), "verify_connection": false}).want(http.StatusOK)
	m.delete("integrations/gl").want(http.StatusNoContent)
	if n := logins(pod, user) - spent; n != 0 {
		t.Errorf("while it was held, %d logins were spent after the restart", n)
	}
	// The engine's own sweep is back for the other one.
	before := logins(pod, "API_AP")
	await(t, wakeLimit, "the sweep to be back", func() bool { return logins(pod, "API_AP") > before })
}

// powerCut kills Vault while a check of the integration "hung" waits for its pod, and starts it again.
func powerCut(t *testing.T, server *vaultdev.Server, m mount, pod *oraclesim.Server) {
	t.Helper()
	inject(t, pod, oraclesim.Fault{Kind: oraclesim.FaultHang, Count: 1})
	pod.Pod().ResetLogs()
	var lost sync.WaitGroup
	lost.Go(func() {
		if _, err := m.client.Logical().WriteWithContext(t.Context(), m.path+"/check/hung", nil); err == nil {
			t.Error("a check was answered by a Vault that was killed")
		}
	})
	awaitRequest(t, pod, 10*time.Second, "the login", func(r oraclesim.Request) bool { return r.HadPassword })
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	lost.Wait()
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}
