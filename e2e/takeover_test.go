package e2e_test

import (
	"net/http"
	"testing"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// Whoever may write integrations must not get at users whom the directory's administrator did not name: not with
// a verified write, not with an unverified one, not with any request that follows.
func TestOperatorCannotTakeAUserOverThroughADirectory(t *testing.T) {
	t.Parallel()
	m, pod, _ := administered(t, oraclesim.Switches{})
	victims := []string{"CFO", "VICTIM", "XAPI_1", adminUser, "vault_admin"}
	for _, name := range []string{"CFO", "VICTIM", "XAPI_1"} {
		mustDo(t, pod.Pod().AddUser(oraclesim.User{Name: name, Password: newPassword()}))
	}
	operator := m.person(operatorPolicy)
	for _, directory := range []string{"fusion", "domain"} {
		for _, victim := range append(victims, `API_" or userName sw "`, `API_\`, "*") {
			for _, verify := range []bool{true, false} {
				written := integration(pod, victim, newPassword()).with(fields{"directory": directory, "verify_connection": verify})
				operator.write("integrations/prey", written).want(http.StatusBadRequest).says("directory: ")
			}
			takeOver(operator)
		}
		// First without a directory, which is none of its business, and then with one.
		operator.write("integrations/prey", integration(pod, "CFO", newPassword()).with(fields{"verify_connection": false})).want(http.StatusOK)
		operator.patch("integrations/prey", fields{"directory": directory}).want(http.StatusBadRequest).says("directory: ")
		takeOver(operator)
		operator.delete("integrations/prey").want(http.StatusNoContent)
	}
	// A user who is permitted, with a password that never logged in.
	operator.write("integrations/prey", integration(pod, user, newPassword()).with(fields{"directory": "domain", "verify_connection": false})).
		want(http.StatusOK)
	takeOver(operator)
	for _, write := range []func() answer{
		func() answer { return operator.patch("directories/fusion", fields{"allowed_usernames": "*"}) },
		func() answer { return operator.write("directories/mine", fields{"type": "fusion"}) },
		func() answer { return operator.delete("directories/fusion") },
		func() answer { return operator.write("config", fields{"allowed_hosts": "*"}) },
	} {
		write().want(http.StatusForbidden)
	}
	wantUnchanged(t, pod, append(victims, user)...)
	for _, name := range victims {
		if n := len(pod.Pod().Logins(name)); n != 0 && (name == "VICTIM" || name == "XAPI_1") {
			t.Errorf("%s was logged in as %d times", name, n)
		}
	}
}

// Permission that is withdrawn binds from the next request on.
func TestWithdrawnPermissionEndsLookUpsAndRotations(t *testing.T) {
	t.Parallel()
	m, pod, password := administered(t, oraclesim.Switches{})
	operator := m.person(operatorPolicy)
	operator.write("integrations/prey", integration(pod, user, password).with(fields{"directory": "domain"})).want(http.StatusOK)
	m.patch("directories/domain", fields{"allowed_usernames": "NOBODY"}).want(http.StatusOK).says("no longer serves prey")
	asked := domainLookUps(pod)
	operator.write("check/prey", nil).want(http.StatusOK)
	if n := domainLookUps(pod) - asked; n != 0 {
		t.Errorf("the domain was asked %d times about a user whom it no longer permits", n)
	}
	takeOver(operator)
	wantUnchanged(t, pod, user)
}

func wantUnchanged(t *testing.T, pod *oraclesim.Server, users ...string) {
	t.Helper()
	for _, name := range users {
		if changes := pod.Pod().PasswordChanges(name); len(changes) != 0 {
			t.Errorf("the password of %s was changed: %+v", name, changes)
		}
	}
}

// takeOver tries everything that could have a password changed.
func takeOver(operator mount) {
	paths := []string{"rotate/prey", "check/prey", "directories/fusion/rotate", "directories/domain/rotate"}
	for range 2 { // of a pair, each account has its turn
		for _, path := range paths {
			operator.write(path, nil)
		}
	}
	for _, account := range []string{"current", "standby"} {
		for _, action := range []string{"release", "use_current", "use_pending", "use_previous"} {
			operator.write("reconcile/prey", fields{"action": action, "account": account})
		}
		operator.write("reconcile/prey", fields{"action": "adopt", "account": account, "password": newPassword()})
	}
	operator.write("rotate/prey", nil)
	operator.write("sweep", fields{"wait": 1})
}

func domainLookUps(pod *oraclesim.Server) int {
	n := 0
	for _, r := range pod.Pod().Requests() {
		if r.Domain && r.Path == "/admin/v1/Users" {
			n++
		}
	}
	return n
}
