package oraclesim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// changer is one of the domain's changing requests about the test's user; fields are JSON without braces.
func changer(t *testing.T, sim *oraclesim.Server, name, fields string) (method, path, body string) {
	t.Helper()
	id := state(t, sim, user).DomainID
	method, path = "PUT", "/admin/v1/"+name+"/"+id
	if name == "UserLockedStateChanger" {
		method, path = "POST", "/admin/v1/"+name
		fields = fmt.Sprintf(`"userId":%q,%s`, id, fields)
	}
	if fields != "" {
		fields = "," + fields
	}
	return method, path, fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:oracle:idcs:%s"]%s}`, name, fields)
}

// change sends such a request, which has to succeed.
func change(t *testing.T, sim *oraclesim.Server, name, fields string) map[string]any {
	t.Helper()
	method, path, body := changer(t, sim, name, fields)
	got := inDomain(t, sim, method, path, body)
	want := http.StatusOK
	if method == "POST" {
		want = http.StatusCreated
	}
	wantStatus(t, got, want)
	if strings.Contains(got.body, newPassword) {
		t.Errorf("the answer has the password: %s", got.body)
	}
	return decodeJSON(t, got.body)
}

const setNew = `"password":"` + newPassword + `","bypassNotification":true`

func TestDomainChanges(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		switches oraclesim.Switches
		before   func(*oraclesim.Pod) error
		changes  [][2]string // resource and fields
		old, now int         // logins with the old and the new password
		by       []string
	}{
		"password":       {changes: [][2]string{{"UserPasswordChanger", setNew}}, old: 401, now: 200, by: []string{"domain:vault-app"}},
		"password twice": {changes: [][2]string{{"UserPasswordChanger", setNew}, {"UserPasswordChanger", setNew}}, old: 401, now: 200, by: []string{"domain:vault-app", "domain:vault-app"}},
		"password to be changed": {
			switches: oraclesim.Switches{ResetForcesChange: true},
			changes:  [][2]string{{"UserPasswordChanger", setNew}}, old: 401, now: 401, by: []string{"domain:vault-app"},
		},
		"password of a locked user": {
			before: func(p *oraclesim.Pod) error { return p.Lock(user) }, changes: [][2]string{{"UserPasswordChanger", setNew}},
			old: 401, now: 401, by: []string{"domain:vault-app"},
		},
		"random password":  {changes: [][2]string{{"UserPasswordResetter", ""}}, old: 401, now: 401, by: []string{"reset:vault-app"}},
		"deactivated":      {changes: [][2]string{{"UserStatusChanger", `"active":false`}}, old: 401, now: 401, by: []string{}},
		"activated":        {before: func(p *oraclesim.Pod) error { return p.Disable(user) }, changes: [][2]string{{"UserStatusChanger", `"active":true`}}, old: 200, now: 401, by: []string{}},
		"locked":           {changes: [][2]string{{"UserLockedStateChanger", `"locked":true`}}, old: 401, now: 401, by: []string{}},
		"unlocked, in lag": {before: func(p *oraclesim.Pod) error { return p.Lock(user) }, changes: [][2]string{{"UserLockedStateChanger", `"locked":false`}}, old: 401, now: 401, by: []string{}},
		"unlocked": {
			switches: oraclesim.Switches{NoAPILockLag: true}, before: func(p *oraclesim.Pod) error { return p.Lock(user) },
			changes: [][2]string{{"UserLockedStateChanger", `"locked":false`}}, old: 200, now: 401, by: []string{},
		},
		"password of a domain that is no login store": {
			switches: oraclesim.Switches{DomainNotLoginStore: true},
			changes:  [][2]string{{"UserPasswordChanger", setNew}}, old: 200, now: 401, by: []string{},
		},
		"state of a domain that is no login store": {
			switches: oraclesim.Switches{DomainNotLoginStore: true},
			changes:  [][2]string{{"UserStatusChanger", `"active":false`}, {"UserLockedStateChanger", `"locked":true`}}, old: 200, now: 401, by: []string{},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, test.switches)
			if test.before != nil {
				must(t, test.before(sim.Pod()))
			}
			for _, c := range test.changes {
				change(t, sim, c[0], c[1])
			}
			if old, now := loginStatus(t, sim, password), loginStatus(t, sim, newPassword); old != test.old || now != test.now {
				t.Errorf("old password %d, new one %d; want %d, %d", old, now, test.old, test.now)
			}
			if diff := cmp.Diff(test.by, bys(sim, user)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDomainChangesAnswer(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	id := state(t, sim, user).DomainID
	for name, test := range map[string]struct {
		fields string
		want   map[string]any
	}{
		"UserPasswordChanger":    {setNew, map[string]any{"id": id, "userName": user}},
		"UserPasswordResetter":   {"", map[string]any{"id": id}},
		"UserStatusChanger":      {`"active":false`, map[string]any{"id": id, "active": false}},
		"UserLockedStateChanger": {`"locked":true`, map[string]any{"userId": id, "locked": true}},
	} {
		test.want["schemas"] = []any{"urn:ietf:params:scim:schemas:oracle:idcs:" + name}
		if diff := cmp.Diff(test.want, change(t, sim, name, test.fields)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if s := state(t, sim, user); !s.Locked || !s.Disabled || s.Locks != 1 {
		t.Errorf("state = %+v", s)
	}
}

// TestDomainThatIsNoLoginStore has a view of its own, which nothing on the pod moves.
func TestDomainThatIsNoLoginStore(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{DomainNotLoginStore: true})
	pod := sim.Pod()
	for range 5 {
		loginStatus(t, sim, "wrong")
	}
	pod.AdvanceClock(day)
	must(t, pod.SetPassword(user, newPassword))
	must(t, pod.Disable(user))
	view := func() [4]any {
		u := domainUser(t, sim, "active", stateURN, passwordURN)
		inState := u[stateURN].(map[string]any)
		return [4]any{
			u["active"], inState["locked"].(map[string]any)["on"], inState["loginAttempts"],
			u[passwordURN].(map[string]any)["lastSuccessfulSetDate"],
		}
	}
	if got, want := view(), [4]any{true, false, 0.0, "2026-01-01T12:00:00.000Z"}; got != want {
		t.Errorf("the domain sees %v, want %v", got, want)
	}
	change(t, sim, "UserPasswordChanger", setNew)
	if got := view()[3]; got != "2026-01-02T12:00:00.000Z" {
		t.Errorf("set date in the domain = %v", got)
	}
	change(t, sim, "UserLockedStateChanger", `"locked":true`)
	if got := view()[1]; got != true || state(t, sim, user).Locked {
		t.Errorf("locked in the domain = %v", got)
	}
	pod.AdvanceClock(time.Hour)
	if got := view()[1]; got != false {
		t.Errorf("locked in the domain = %v after an hour", got)
	}
	wantStatus(t, inDomain(t, sim, "POST", "/sso/v1/sdk/authenticate", credentials(user, password)), 401)
	if got := view()[2]; got != 1.0 {
		t.Errorf("%v failed logins in the domain, want 1: its password is another", got)
	}
	must(t, pod.SetSwitches(oraclesim.Switches{}))
	if got, want := view(), [4]any{false, false, 5.0, "2026-01-02T12:00:00.000Z"}; got[0] != want[0] || got[3] != want[3] {
		t.Errorf("as the login store the domain sees %v, want %v", got, want)
	}
}

// credentials is the body of a login at the domain.
func credentials(user, password string) string {
	return fmt.Sprintf(`{"op":"credSubmit","credentials":{"username":%q,"password":%q},"requestState":"s"}`, user, password)
}

// TestAuthenticationCodes: the domain says what the pod keeps to itself.
func TestAuthenticationCodes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*oraclesim.Pod) error
		user   string
		value  string
		want   string
	}{
		"right":       {value: password},
		"wrong":       {value: "wrong", want: "AUTH-3001"},
		"unknown":     {user: "NOBODY", value: password, want: "AUTH-3001"},
		"locked":      {change: func(p *oraclesim.Pod) error { return p.Lock(user) }, value: password, want: "AUTH-3002"},
		"deactivated": {change: func(p *oraclesim.Pod) error { return p.Disable(user) }, value: password, want: "AUTH-3003"},
		"expired":     {change: func(p *oraclesim.Pod) error { return p.Expire(user) }, value: password, want: "AUTH-3004"},
		"federated":   {change: func(p *oraclesim.Pod) error { return p.SetFederated(user, true) }, value: password, want: "AUTH-3012"},
		"must change": {change: func(p *oraclesim.Pod) error { return p.SetMustChange(user, true) }, value: password, want: "AUTH-3005"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, oraclesim.Switches{})
			if test.change != nil {
				must(t, test.change(sim.Pod()))
			}
			if test.user == "" {
				test.user = user
			}
			got := inDomain(t, sim, "POST", "/sso/v1/sdk/authenticate", credentials(test.user, test.value))
			answer := decodeJSON(t, got.body)
			if test.want == "" {
				if got.status != 200 || answer["status"] != "success" {
					t.Errorf("%d %v", got.status, answer)
				}
			} else if cause := answer["cause"].([]any)[0].(map[string]any); got.status != 401 || cause["code"] != test.want || answer["status"] != "failed" || answer["requestState"] != "s" {
				t.Errorf("%d %v, want %s", got.status, answer, test.want)
			}
			if got := len(sim.Pod().Logins(test.user)); test.user == user && got != 1 {
				t.Errorf("%d logins, want 1: it is one", got)
			}
			wantStatus(t, inDomain(t, sim, "POST", "/sso/v1/sdk/authenticate", `{"op":"other"}`), http.StatusBadRequest)
		})
	}
}
