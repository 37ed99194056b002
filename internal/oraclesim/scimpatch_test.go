package oraclesim_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const (
	newPassword = "Another-8Yp?"
	refusedBody = `{"Errors":[{"description":"Invalid Password: does not meet password policy","code":"400"}]}` + "\n"
)

// setByAdmin is a PATCH of the test's user by the administrator.
func setByAdmin(t *testing.T, sim *oraclesim.Server, value string) call {
	t.Helper()
	return asAdmin("PATCH", scimUsers+"/"+state(t, sim, user).ID, fmt.Sprintf(`{"schemas":[%q],"password":%q}`, scimURN, value))
}

// loginStatus is what the pod answers the test's user with a password.
func loginStatus(t *testing.T, sim *oraclesim.Server, value string) int {
	t.Helper()
	c := get(ledgers)
	c.password = value
	return c.do(t, sim).status
}

// bys lists who changed the user's password.
func bys(sim *oraclesim.Server, name string) []string {
	list := []string{}
	for _, change := range sim.Pod().PasswordChanges(name) {
		list = append(list, change.By)
	}
	return list
}

func TestSCIMPasswordIsSet(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	pod := sim.Pod()
	pod.AdvanceClock(91 * day)
	must(t, pod.SetPassword(admin, password)) // its own has expired, too
	got := setByAdmin(t, sim, newPassword).do(t, sim)
	wantStatus(t, got, http.StatusOK)
	body := decodeJSON(t, got.body)
	if body["id"] != state(t, sim, user).ID || body["userName"] != user || body["meta"].(map[string]any)["lastModified"] != "2026-04-02 12:00:00.000" {
		t.Errorf("answer = %v, want the whole user", body)
	}
	if _, shown := body["password"]; shown {
		t.Error("the answer has a password")
	}
	if old, now := loginStatus(t, sim, password), loginStatus(t, sim, newPassword); old != 401 || now != 200 {
		t.Errorf("old password %d, new one %d", old, now)
	}
	s := state(t, sim, user)
	if s.Expired || !s.PasswordSet.Equal(pod.Now()) || !s.PasswordExpiry.Equal(pod.Now().Add(90*day)) || s.MustChange {
		t.Errorf("state = %+v, want an age that starts anew", s)
	}
	want := []oraclesim.PasswordChange{{Time: pod.Now(), By: "scim:ROTATOR"}}
	if diff := cmp.Diff(want, pod.PasswordChanges("int_gl")); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestSCIMPatchRefused(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	id := state(t, sim, user).ID
	invalid := func(why string) string {
		return `{"Errors":[{"description":"Invalid request: ` + why + `","code":"400"}]}` + "\n"
	}
	tests := map[string]struct {
		id, body, contentType string
		status                int
		want                  string
	}{
		"policy":           {body: `{"schemas":["` + scimURN + `"],"password":"short1"}`, status: 400, want: refusedBody},
		"empty password":   {body: `{"schemas":["` + scimURN + `"],"password":""}`, status: 400, want: refusedBody},
		"policy, suspend":  {body: `{"schemas":["` + scimURN + `"],"password":"short1","active":false}`, status: 400, want: refusedBody},
		"no schemas":       {body: `{"password":"x"}`, status: 400, want: invalid("schemas must hold " + scimURN)},
		"another schema":   {body: `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"password":"x"}`, status: 400, want: invalid("schemas must hold " + scimURN)},
		"operations":       {body: `{"schemas":["` + scimURN + `"],"Operations":[]}`, status: 400, want: invalid("the body must be a partial resource, not a list of operations")},
		"nothing":          {body: `{"schemas":["` + scimURN + `"]}`, status: 400, want: invalid("the simulator changes password and active only")},
		"not JSON":         {body: `{"password":"Canary`, status: 400, want: invalid("the body is not JSON")},
		"password a list":  {body: `{"schemas":["` + scimURN + `"],"password":["Canary"]}`, status: 400, want: invalid("the body is no object of the right form")},
		"odd active":       {body: `{"schemas":["` + scimURN + `"],"active":"maybe"}`, status: 400, want: invalid("the body is no object of the right form")},
		"as a form":        {body: `{"schemas":["` + scimURN + `"],"active":false}`, contentType: "application/x-www-form-urlencoded", status: 400, want: invalid("the Content-Type must be application/json")},
		"an unknown user":  {id: "0123", body: `{"schemas":["` + scimURN + `"],"active":false}`, status: 404, want: `{"Errors":[{"description":"User \"0123\" not found","code":"404"}]}` + "\n"},
		"id of the domain": {id: state(t, sim, user).DomainID, body: `{"schemas":["` + scimURN + `"],"active":false}`, status: 404, want: `{"Errors":[{"description":"User \"` + state(t, sim, user).DomainID + `\" not found","code":"404"}]}` + "\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.id == "" {
				test.id = id
			}
			c := asAdmin("PATCH", scimUsers+"/"+test.id, test.body)
			if test.contentType != "" {
				c.header = map[string]string{"Content-Type": test.contentType}
			}
			got := c.do(t, sim)
			if got.status != test.status || got.body != test.want {
				t.Errorf("%d %q, want %d %q", got.status, got.body, test.status, test.want)
			}
		})
	}
	if s := state(t, sim, user); s.Disabled || len(sim.Pod().PasswordChanges(user)) != 0 {
		t.Errorf("a refused request changed something: %+v", s)
	}
}

// TestWhatAPasswordSetDoes compares what the switches say beside the password: the new password's login, the state.
func TestWhatAPasswordSetDoes(t *testing.T) {
	t.Parallel()
	lock := func(p *oraclesim.Pod) error { return p.Lock(user) }
	tests := map[string]struct {
		switches oraclesim.Switches
		change   func(*oraclesim.Pod) error
		login    int
		failed   int // before the login
		locked   bool
		must     bool
		changes  []string
	}{
		"nothing":           {login: 200, changes: []string{"scim:ROTATOR"}},
		"locked":            {change: lock, login: 401, locked: true, changes: []string{"scim:ROTATOR"}},
		"unlocks":           {switches: oraclesim.Switches{PatchUnlocks: true, NoAPILockLag: true}, change: lock, login: 200, changes: []string{"scim:ROTATOR"}},
		"clears the count":  {switches: oraclesim.Switches{PatchUnlocks: true}, login: 200, changes: []string{"scim:ROTATOR"}},
		"unlocks, with lag": {switches: oraclesim.Switches{PatchUnlocks: true}, change: lock, login: 401, changes: []string{"scim:ROTATOR"}},
		"to be changed before": {
			change: func(p *oraclesim.Pod) error { return p.SetMustChange(user, true) }, login: 200, changes: []string{"scim:ROTATOR"},
		},
		"forces a change": {switches: oraclesim.Switches{ResetForcesChange: true}, login: 401, must: true, changes: []string{"scim:ROTATOR"}},
		"forces a change, which the API does not mind": {
			switches: oraclesim.Switches{ResetForcesChange: true, MustChangeAccepted: true}, login: 200, must: true, changes: []string{"scim:ROTATOR"},
		},
		"ignored": {switches: oraclesim.Switches{ScimPasswordIgnored: true}, login: 401, changes: []string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, test.switches)
			loginStatus(t, sim, "wrong")
			if test.change != nil {
				must(t, test.change(sim.Pod()))
			}
			wantStatus(t, setByAdmin(t, sim, newPassword).do(t, sim), http.StatusOK)
			s := state(t, sim, user)
			wantFailed := 1
			if test.switches.PatchUnlocks {
				wantFailed = 0
			}
			if s.Locked != test.locked || s.MustChange != test.must || s.FailedInARow != wantFailed {
				t.Errorf("state = %+v", s)
			}
			if got := loginStatus(t, sim, newPassword); got != test.login {
				t.Errorf("login = %d, want %d", got, test.login)
			}
			if diff := cmp.Diff(test.changes, bys(sim, user)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSelfChange is a user who sets his own password, with the old one in the header.
func TestSelfChange(t *testing.T) {
	t.Parallel()
	self := func(sim *oraclesim.Server, body string) call {
		return call{method: "PATCH", path: scimUsers + "/" + state(t, sim, user).ID, body: body, user: user, password: password}
	}
	set := fmt.Sprintf(`{"schemas":[%q],"password":%q}`, scimURN, newPassword)
	tests := map[string]struct {
		switches   oraclesim.Switches
		privileged bool
		body       string
		status     int
		login      int // with the new password
	}{
		"with the privilege":       {privileged: true, body: set, status: 200, login: 200},
		"no change is forced":      {privileged: true, switches: oraclesim.Switches{ResetForcesChange: true}, body: set, status: 200, login: 200},
		"without the privilege":    {body: set, status: 403, login: 401},
		"where none is needed":     {switches: oraclesim.Switches{SelfChangeWithoutPrivilege: true}, body: set, status: 200, login: 200},
		"but not to enable itself": {switches: oraclesim.Switches{SelfChangeWithoutPrivilege: true}, body: `{"schemas":["` + scimURN + `"],"active":true}`, status: 403, login: 401},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, test.switches)
			must(t, sim.Pod().SetIdentityAdmin(user, test.privileged))
			wantStatus(t, self(sim, test.body).do(t, sim), test.status)
			if got := loginStatus(t, sim, newPassword); got != test.login {
				t.Errorf("login = %d, want %d", got, test.login)
			}
			if changes := bys(sim, user); test.login == 200 && !cmp.Equal(changes, []string{"self"}) {
				t.Errorf("changes = %v", changes)
			}
		})
	}
	sim := startSCIM(t, oraclesim.Switches{SelfChangeWithoutPrivilege: true})
	if diff := cmp.Diff([]string{user}, userNames(t, get(scimUsers).do(t, sim))); diff != "" {
		t.Errorf("without the privilege others are seen (-want +got):\n%s", diff)
	}
	wantStatus(t, get(scimUsers+"/"+state(t, sim, admin).ID).do(t, sim), http.StatusNotFound)
}

func TestSCIMActive(t *testing.T) {
	t.Parallel()
	flips := oraclesim.Switches{ActiveFlipsOnLock: true}
	patch := func(active string) func(*testing.T, *oraclesim.Server) {
		return func(t *testing.T, sim *oraclesim.Server) {
			t.Helper()
			body := fmt.Sprintf(`{"schemas":[%q],"active":%s}`, scimURN, active)
			wantStatus(t, asAdmin("PATCH", scimUsers+"/"+state(t, sim, user).ID, body).do(t, sim), http.StatusOK)
		}
	}
	lock := func(t *testing.T, sim *oraclesim.Server) { t.Helper(); must(t, sim.Pod().Lock(user)) }
	tests := map[string]struct {
		switches         oraclesim.Switches
		steps            []func(*testing.T, *oraclesim.Server)
		active           bool
		disabled, locked bool
	}{
		"new":                      {active: true},
		"suspended":                {steps: []func(*testing.T, *oraclesim.Server){patch("false")}, disabled: true},
		"as text":                  {steps: []func(*testing.T, *oraclesim.Server){patch(`"false"`)}, disabled: true},
		"restored":                 {steps: []func(*testing.T, *oraclesim.Server){patch("false"), patch("true")}, active: true},
		"locked":                   {steps: []func(*testing.T, *oraclesim.Server){lock}, active: true, locked: true},
		"locked, restored":         {steps: []func(*testing.T, *oraclesim.Server){lock, patch("true")}, active: true, locked: true},
		"locked, flips":            {switches: flips, steps: []func(*testing.T, *oraclesim.Server){lock}, locked: true},
		"locked, flips, unlocked":  {switches: flips, steps: []func(*testing.T, *oraclesim.Server){lock, patch("true")}, active: true},
		"locked, flips, suspended": {switches: flips, steps: []func(*testing.T, *oraclesim.Server){lock, patch("false")}, locked: true, disabled: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, test.switches)
			for _, step := range test.steps {
				step(t, sim)
			}
			s := state(t, sim, user)
			shown := decodeJSON(t, asAdmin("GET", scimUsers+"/"+s.ID, "").do(t, sim).body)["active"]
			if shown != test.active || s.Disabled != test.disabled || s.Locked != test.locked {
				t.Errorf("active = %v, state = %+v", shown, s)
			}
		})
	}
}

// TestPasswordRules plays a list of passwords that are set one after the other, an hour apart; those in parentheses
// have to be refused.
func TestPasswordRules(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		switches oraclesim.Switches
		set      []string
		refused  []string // after set
	}{
		"simple":       {set: []string{"abcdefg1"}, refused: []string{"abcdefgh", "abcde1", ""}},
		"complex":      {switches: oraclesim.Switches{PasswordPolicy: "complex"}, set: []string{"Abcdefg1"}, refused: []string{"abcdefg1", "Abcdefgh", "Abcde1"}},
		"very complex": {switches: oraclesim.Switches{PasswordPolicy: "very_complex"}, set: []string{"Abcdef1#"}, refused: []string{"Abcdefg1", "abcdef1#", "Abcdefg#", "Abcd1#"}},
		"custom": {
			switches: oraclesim.Switches{PasswordPolicy: "custom", PasswordMinLength: 12}, set: []string{"abcdefghijkl", "ÄÖÜäöüßäöüßß"},
			refused: []string{"abcdefghijk", "Abcdef1#"},
		},
		"custom of eight":      {switches: oraclesim.Switches{PasswordPolicy: "custom"}, set: []string{"abcdefgh"}, refused: []string{"abcdefg"}},
		"forbidden characters": {switches: oraclesim.Switches{ForbiddenCharacters: `<"`}, set: []string{"abcdefg1>"}, refused: []string{"abcdefg1<", `"abcdefg1`}},
		"no history":           {set: []string{"abcdefg1", "abcdefg1", password}},
		"not the last":         {switches: oraclesim.Switches{PasswordHistory: 1}, set: []string{"abcdefg1", password, "abcdefg1"}, refused: []string{"abcdefg1"}},
		"not the first one":    {switches: oraclesim.Switches{PasswordHistory: 1}, refused: []string{password}},
		"not the last three":   {switches: oraclesim.Switches{PasswordHistory: 3}, set: []string{"abcdefg1", "abcdefg2", "abcdefg3", password}, refused: []string{"abcdefg2", "abcdefg3", password}},
		"a longest history":    {switches: oraclesim.Switches{PasswordHistory: 24}, set: numbered(1, 24), refused: numbered(1, 24)},
		"beyond the longest":   {switches: oraclesim.Switches{PasswordHistory: 24}, set: append(numbered(1, 25), "abcdefg1")},
		"minimum age":          {switches: oraclesim.Switches{PasswordMinAge: 2 * time.Hour}, refused: []string{"abcdefg1"}},
		"minimum age reached":  {switches: oraclesim.Switches{PasswordMinAge: time.Hour}, set: []string{"abcdefg1", "abcdefg2"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, test.switches)
			for i, value := range append(test.set, test.refused...) {
				if i < len(test.set) || i == 0 {
					sim.Pod().AdvanceClock(time.Hour)
				}
				got := setByAdmin(t, sim, value).do(t, sim)
				if wanted := i < len(test.set); (got.status == 200) != wanted || !wanted && got.body != refusedBody {
					t.Errorf("password %d: %d %s", i, got.status, got.body)
				}
			}
			if got := len(sim.Pod().PasswordChanges(user)); got != len(test.set) {
				t.Errorf("%d changes, want %d", got, len(test.set))
			}
		})
	}
}

// numbered makes passwords that differ in a number.
func numbered(from, to int) []string {
	var list []string
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprintf("abcdefg%d", i))
	}
	return list
}

func TestRefusalTextIsASwitch(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{ScimRefusalText: "Password was used before"})
	got := setByAdmin(t, sim, "short").do(t, sim)
	if want := `{"Errors":[{"description":"Password was used before","code":"400"}]}` + "\n"; got.body != want {
		t.Errorf("body = %q, want %q", got.body, want)
	}
}
