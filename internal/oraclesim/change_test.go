package oraclesim_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// TestPasswordChanges goes through everybody who changes a password.
func TestPasswordChanges(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	pod := sim.Pod()
	if got := pod.PasswordChanges(user); len(got) != 0 {
		t.Errorf("a new user has changes: %v", got)
	}
	must(t, pod.SetPassword(user, password))
	wantStatus(t, setByAdmin(t, sim, password).do(t, sim), 200)
	must(t, pod.SetIdentityAdmin(user, true))
	self := setByAdmin(t, sim, password)
	self.user = user
	wantStatus(t, self.do(t, sim), 200)
	change(t, sim, "UserPasswordChanger", setNew)
	change(t, sim, "UserPasswordResetter", "")
	must(t, pod.Expire(user))
	pod.RunExpiryReport()
	mustControl(t, sim, "POST /users/INT_GL/password", `{"password": "x"}`)
	must(t, pod.SetSwitches(oraclesim.Switches{DailyExpiryReport: true}))
	pod.AdvanceClock(92 * day)

	begin := newFakeClock().Now()
	midnight := time.Date(2026, 4, 3, 0, 0, 0, 0, time.UTC)
	want := []oraclesim.PasswordChange{
		{Time: begin, By: "admin"},
		{Time: begin, By: "scim:ROTATOR"},
		{Time: begin, By: "self"},
		{Time: begin, By: "domain:vault-app"},
		{Time: begin, By: "reset:vault-app"},
		{Time: begin, By: "report"},
		{Time: begin, By: "admin"},
		{Time: midnight, By: "report"},
	}
	pod.ResetLogs()
	if diff := cmp.Diff(want, pod.PasswordChanges("int_gl")); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if pod.PasswordChanges("NOBODY") != nil {
		t.Error("an unknown user has changes")
	}
}

// TestRunsAndLocks plays logins: r refused, a accepted, L and U an administrator's lock and unlock, + an hour, 0
// ResetLogs.
func TestRunsAndLocks(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		steps      string
		run, locks int
	}{
		"none":                         {steps: "a"},
		"one":                          {steps: "ra", run: 1},
		"two runs":                     {steps: "rrarrra", run: 3},
		"the longest stays":            {steps: "rrrarra", run: 3},
		"a lock's end breaks no run":   {steps: "rrrrr+r", run: 6, locks: 1},
		"an unlock breaks no run":      {steps: "rrrrrUr", run: 6, locks: 1},
		"locked twice":                 {steps: "rrrrr+rrrrr", run: 10, locks: 2},
		"an administrator's lock":      {steps: "LUL", locks: 2},
		"a lock of a locked user":      {steps: "LL", locks: 1},
		"ResetLogs begins anew":        {steps: "rrr0r", run: 1},
		"ResetLogs keeps the locks":    {steps: "rrrrr0", locks: 1},
		"a run in a lock goes on":      {steps: "rrrrrrr", run: 7, locks: 1},
		"the lag is a refusal as well": {steps: "LUr", run: 1, locks: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, oraclesim.Switches{})
			pod := sim.Pod()
			for _, step := range test.steps {
				switch step {
				case 'r':
					loginStatus(t, sim, "wrong")
				case 'a':
					wantStatus(t, get(ledgers).do(t, sim), 200)
				case 'L':
					must(t, pod.Lock(user))
				case 'U':
					must(t, pod.Unlock(user))
				case '+':
					pod.AdvanceClock(time.Hour)
				case '0':
					pod.ResetLogs()
				}
			}
			if s := state(t, sim, user); s.RefusedInARowMax != test.run || s.Locks != test.locks {
				t.Errorf("RefusedInARowMax = %d, Locks = %d; want %d, %d", s.RefusedInARowMax, s.Locks, test.run, test.locks)
			}
		})
	}
}

// TestMustChange: the password is right, and good for nothing until it is changed.
func TestMustChange(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		switches oraclesim.Switches
		reason   oraclesim.Reason
	}{
		"refused":  {reason: oraclesim.ReasonMustChange},
		"accepted": {switches: oraclesim.Switches{MustChangeAccepted: true}, reason: oraclesim.ReasonAccepted},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := start(t, oraclesim.Config{
				Switches: test.switches, Users: []oraclesim.User{{Name: user, Password: password, MustChange: true}},
			})
			loginStatus(t, sim, password)
			must(t, sim.Pod().SetMustChange(user, false))
			loginStatus(t, sim, password)
			if diff := cmp.Diff([]oraclesim.Reason{test.reason, oraclesim.ReasonAccepted}, reasons(sim)); diff != "" {
				t.Errorf("logins (-want +got):\n%s", diff)
			}
		})
	}
	sim := start(t, oraclesim.Config{Users: []oraclesim.User{{Name: user, Password: password, MustChange: true}}})
	must(t, sim.Pod().SetPassword(user, newPassword))
	if state(t, sim, user).MustChange {
		t.Error("an administrator's password has to be changed")
	}
}

func TestRolesOfAUser(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	pod := sim.Pod()
	must(t, pod.AddRole(user, oraclesim.Role{Code: oraclesim.RoleITSecurityManager}))
	must(t, pod.AddRole(user, oraclesim.Role{Code: "X", Name: "first"}))
	must(t, pod.AddRole(user, oraclesim.Role{Code: "X", Name: "second"}))
	must(t, pod.RemoveRole(user, oraclesim.RoleFinancialIntegrationSpecialist))
	want := []oraclesim.Role{{Code: "ORA_FND_IT_SECURITY_MANAGER_JOB", Name: "IT Security Manager"}, {Code: "X", Name: "second"}}
	if diff := cmp.Diff(want, state(t, sim, user).Roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if roles := state(t, sim, `O"NEIL\X`).Roles; len(roles) != 0 {
		t.Errorf("a user without roles has %v", roles)
	}
	for want, err := range map[string]error{
		"a role needs a code":                              pod.AddRole(user, oraclesim.Role{Name: "X"}),
		`user "INT_GL" has no role "Y"`:                    pod.RemoveRole(user, "Y"),
		`user "NOBODY": the pod has no such user`:          pod.RemoveRole("NOBODY", "X"),
		`user "N": a role needs a code`:                    pod.AddUser(oraclesim.User{Name: "N", Password: "x", Roles: []oraclesim.Role{{}}}),
		`user "Nobody": the pod has no such user`:          pod.RemoveUser("Nobody"),
		`client id "" must be non-empty and hold no colon`: pod.AddClient(oraclesim.Client{Secret: "x"}),
		`client "c" needs a secret`:                        pod.AddClient(oraclesim.Client{ID: "c"}),
		`client "vault-app" exists already`:                pod.AddClient(oraclesim.Client{ID: client, Secret: "x"}),
		`client "c": right "all" is unknown: use read_users, change_passwords or change_state`: pod.AddClient(
			oraclesim.Client{ID: "c", Secret: "x", Rights: []oraclesim.Right{"all"}}),
		`client "c": the domain has no such client`: pod.SetClientSecret("c", "x"),
		`client "vault-app" needs a secret`:         pod.SetClientSecret(client, ""),
		`client "d": the domain has no such client`: pod.RemoveClient("d"),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("error = %q, want %q", err, want)
		}
	}
}

func TestARemovedUserIsUnknown(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	id := state(t, sim, user).ID
	must(t, sim.Pod().RemoveUser("int_gl"))
	wantStatus(t, get(ledgers).do(t, sim), 401)
	wantStatus(t, asAdmin("GET", scimUsers+"/"+id, "").do(t, sim), 404)
	if got := userNames(t, asAdmin("GET", scimUsers, "").do(t, sim)); len(got) != 2 {
		t.Errorf("users = %v", got)
	}
	if got := userNames(t, inDomain(t, sim, "GET", domainUsers, "")); len(got) != 2 {
		t.Errorf("users of the domain = %v", got)
	}
}
