package e2e_test

import (
	"net/http"
	"sync"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/vaultdev"
)

// checksOfADeadPassword is how many checks ask for a password that was changed elsewhere, half of them at once.
const checksOfADeadPassword = 200

func TestManyChecksOfAChangedPasswordSpendOneLogin(t *testing.T) {
	t.Parallel()
	m, pod, old := proved(t, sharedVault(t))
	right := setElsewhere(t, pod, user)
	m.checkMany("gl", checksOfADeadPassword)
	if n := refusals(pod, user); n != 1 {
		t.Fatalf("%d checks spent %d refused logins, want exactly one", checksOfADeadPassword, n)
	}
	m.read("status/gl").want(http.StatusOK).has(fields{
		"state": "rejected", "severity": "critical", "confidence": "confirmed", "held": true, "refused_logins": 1, "credential_version": 1,
	})
	m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "rejected"}).says("no login was spent")
	m.write("sweep", fields{"wait": 5}).want(http.StatusOK).has(fields{"checked": 0})
	// Served in every state: the application may know better.
	m.read("creds/gl").want(http.StatusOK).has(fields{"password": old})

	m.write("integrations/gl", fields{"password": right}).want(http.StatusOK).has(fields{"state": "ok", "credential_version": 2})
	m.read("status/gl").want(http.StatusOK).has(fields{"state": "ok", "held": false, "refused_logins": 0, "held_since": nil})
	m.read("creds/gl").want(http.StatusOK).has(fields{"password": right, "credential_version": 2})
	if n := refusals(pod, user); n != 1 {
		t.Errorf("in the end %d logins were refused, want one", n)
	}
}

// The same, while the plugin and then Vault itself are killed: what was spent is on the disk.
func TestKillsDoNotBuyAnotherLogin(t *testing.T) {
	t.Parallel()
	server := ownVault(t, vaultdev.StartRaft)
	m, pod, _ := proved(t, server)
	setElsewhere(t, pod, user)
	m.checkMany("gl", checksOfADeadPassword/2)
	killPlugin(t, server)
	firstAfterKill(t, func() answer { return m.read("status/gl") }).want(http.StatusOK).has(fields{"state": "rejected"})
	m.checkMany("gl", checksOfADeadPassword/4)
	mustDo(t, server.Kill())
	mustDo(t, server.Restart(t.Context()))
	m.checkMany("gl", checksOfADeadPassword/4)
	m.read("status/gl").want(http.StatusOK).has(fields{"state": "rejected", "held": true, "refused_logins": 1})
	if n := refusals(pod, user); n != 1 {
		t.Errorf("%d checks and two kills spent %d refused logins, want exactly one", checksOfADeadPassword, n)
	}
}

func TestDeletedAndCreatedTheRefusedPasswordIsKnownAgain(t *testing.T) {
	t.Parallel()
	m, pod, old := proved(t, sharedVault(t))
	setElsewhere(t, pod, user)
	m.write("check/gl", nil).want(http.StatusOK).has(fields{"state": "rejected"})
	m.delete("integrations/gl").want(http.StatusNoContent)
	m.write("integrations/again", integration(pod, user, old)).want(http.StatusBadRequest).says("refused this very password")
	m.write("integrations/again", integration(pod, user, old).with(fields{"verify_connection": false})).
		want(http.StatusOK).says("refused this very password lately")
	m.checkMany("again", 10)
	if n := refusals(pod, user); n != 1 {
		t.Errorf("%d logins were refused, want the first", n)
	}
}

// checkMany checks an integration, half of the times one after the other, half at once.
func (m mount) checkMany(name string, n int) {
	m.t.Helper()
	path := "check/" + name
	for range n / 2 {
		m.write(path, nil).want(http.StatusOK)
	}
	var checks sync.WaitGroup
	for range n - n/2 {
		checks.Go(func() {
			if got := m.write(path, nil); got.status != http.StatusOK {
				m.t.Errorf("a check answers %d: %s", got.status, got.raw)
			}
		})
	}
	checks.Wait()
}
