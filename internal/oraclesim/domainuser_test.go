package oraclesim_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// domainUser is the test's user as the domain shows him with the attributes named.
func domainUser(t *testing.T, sim *oraclesim.Server, attributes ...string) map[string]any {
	t.Helper()
	query := url.Values{"filter": {`userName eq "INT_GL"`}}
	if len(attributes) > 0 {
		query.Set("attributes", strings.Join(attributes, ","))
	}
	got := inDomain(t, sim, "GET", domainUsers+"?"+query.Encode(), "")
	wantStatus(t, got, http.StatusOK)
	users := decodeJSON(t, got.body)["Resources"].([]any)
	if len(users) != 1 {
		t.Fatalf("%d users", len(users))
	}
	return users[0].(map[string]any)
}

// paths lists the leaves of an object: a schema and a colon, or nothing, then the path.
func paths(object map[string]any, prefix string) []string {
	var list []string
	for name, value := range object {
		inner, nested := value.(map[string]any)
		switch {
		case nested && strings.HasPrefix(name, "urn:"):
			list = append(list, paths(inner, name[strings.LastIndex(name[:len(name)-5], ":")+1:]+":")...)
		case nested && name == "locked":
			list = append(list, paths(inner, prefix+name+".")...)
		default:
			list = append(list, prefix+name)
		}
	}
	slices.Sort(list)
	return list
}

// TestDomainReturnsWhatIsNamed: what is returned on request is absent unless it is named.
func TestDomainReturnsWhatIsNamed(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	wantStatus(t, get(ledgers).do(t, sim), 200)
	loginStatus(t, sim, "wrong")
	wantStatus(t, get(ledgers).do(t, sim), 200)
	must(t, sim.Pod().Lock(user))
	const state, pass = "userState:User:", "passwordState:User:"
	always := []string{"id", "schemas"}
	with := func(more ...string) []string {
		list := append(more, always...)
		slices.Sort(list)
		return list
	}
	tests := map[string]struct {
		attributes []string
		want       []string
	}{
		"nothing named": {want: with("active", "displayName", "emails", "meta", "name", "userName",
			state+"locked.on", state+"locked.lockDate", state+"locked.reason", state+"maxConcurrentSessions")},
		"core":             {[]string{"userName", "ACTIVE"}, with("active", "userName")},
		"core by its URN":  {[]string{"urn:ietf:params:scim:schemas:core:2.0:User:userName"}, with("userName")},
		"a part":           {[]string{"name.familyName"}, with("name")},
		"unknown":          {[]string{"shoeSize"}, always},
		"locked":           {[]string{stateURN + ":locked"}, with(state+"locked.on", state+"locked.lockDate", state+"locked.reason")},
		"locked.on":        {[]string{stateURN + ":locked.on"}, with(state + "locked.on")},
		"locked.expired":   {[]string{stateURN + ":locked.expired"}, with(state + "locked.expired")},
		"in another case":  {[]string{strings.ToLower(stateURN) + ":LOGINATTEMPTS"}, with(state + "loginAttempts")},
		"no extension":     {[]string{"loginAttempts", "locked"}, always},
		"mustChange alone": {[]string{passwordURN + ":mustChange"}, with(pass + "mustChange")},
		"all of the state": {[]string{stateURN}, with(state+"locked.on", state+"locked.expired", state+"locked.lockDate",
			state+"locked.reason", state+"loginAttempts", state+"maxConcurrentSessions", state+"lastFailedLoginDate",
			state+"lastSuccessfulLoginDate", state+"previousSuccessfulLoginDate")},
		"all of the password": {[]string{passwordURN}, with(pass+"applicablePasswordPolicy", pass+"cantChange", pass+"cantExpire",
			pass+"expired", pass+"lastFailedValidationDate", pass+"lastSuccessfulSetDate", pass+"lastSuccessfulValidationDate",
			pass+"mustChange")},
		"as a client asks": {
			[]string{"active", stateURN + ":locked", stateURN + ":loginAttempts", passwordURN + ":lastSuccessfulSetDate"},
			with("active", state+"locked.on", state+"locked.lockDate", state+"locked.reason", state+"loginAttempts", pass+"lastSuccessfulSetDate"),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, paths(domainUser(t, sim, test.attributes...), "")); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDomainSeesTheAccount goes through the states of an account.
func TestDomainSeesTheAccount(t *testing.T) {
	t.Parallel()
	wrong := func(n int) func(*testing.T, *oraclesim.Server) {
		return func(t *testing.T, sim *oraclesim.Server) {
			t.Helper()
			for range n {
				loginStatus(t, sim, "wrong")
			}
		}
	}
	pod := func(f func(*oraclesim.Pod) error) func(*testing.T, *oraclesim.Server) {
		return func(t *testing.T, sim *oraclesim.Server) { t.Helper(); must(t, f(sim.Pod())) }
	}
	tests := map[string]struct {
		change func(*testing.T, *oraclesim.Server)
		want   map[string]any // what differs from a new account; nil = absent
	}{
		"new":             {},
		"two failed":      {wrong(2), map[string]any{"loginAttempts": 2.0, "lastFailedLoginDate": "2026-01-01T12:00:00.000Z"}},
		"locked by them":  {wrong(5), map[string]any{"loginAttempts": 5.0, "lastFailedLoginDate": "2026-01-01T12:00:00.000Z", "on": true, "reason": 0.0, "lockDate": "2026-01-01T12:00:00.000Z"}},
		"locked by admin": {pod(func(p *oraclesim.Pod) error { return p.Lock(user) }), map[string]any{"on": true, "reason": 1.0, "lockDate": "2026-01-01T12:00:00.000Z"}},
		"locked by admin, then by failed logins": {func(t *testing.T, sim *oraclesim.Server) {
			t.Helper()
			must(t, sim.Pod().Lock(user))
			sim.Pod().AdvanceClock(time.Hour)
			wrong(5)(t, sim)
		}, map[string]any{"loginAttempts": 5.0, "lastFailedLoginDate": "2026-01-01T13:00:00.000Z", "on": true, "reason": 0.0, "lockDate": "2026-01-01T13:00:00.000Z"}},
		"lock ended": {pod(func(p *oraclesim.Pod) error {
			err := p.Lock(user)
			p.AdvanceClock(time.Hour)
			return err
		}), nil},
		"expired":      {pod(func(p *oraclesim.Pod) error { return p.Expire(user) }), map[string]any{"locked.expired": true, "expired": true}},
		"must change":  {pod(func(p *oraclesim.Pod) error { return p.SetMustChange(user, true) }), map[string]any{"mustChange": true}},
		"suspended":    {pod(func(p *oraclesim.Pod) error { return p.Disable(user) }), map[string]any{"active": false}},
		"new password": {pod(func(p *oraclesim.Pod) error { p.AdvanceClock(day); return p.SetPassword(user, "x") }), map[string]any{"lastSuccessfulSetDate": "2026-01-02T12:00:00.000Z"}},
		"one login": {func(t *testing.T, sim *oraclesim.Server) {
			t.Helper()
			loginStatus(t, sim, password)
		}, map[string]any{"lastSuccessfulLoginDate": "2026-01-01T12:00:00.000Z"}},
		"two logins, an hour apart": {func(t *testing.T, sim *oraclesim.Server) {
			t.Helper()
			loginStatus(t, sim, password)
			sim.Pod().AdvanceClock(time.Hour)
			loginStatus(t, sim, password)
		}, map[string]any{"lastSuccessfulLoginDate": "2026-01-01T13:00:00.000Z", "previousSuccessfulLoginDate": "2026-01-01T12:00:00.000Z"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, oraclesim.Switches{})
			if test.change != nil {
				test.change(t, sim)
			}
			want := map[string]any{
				"active": true, "on": false, "locked.expired": false, "loginAttempts": 0.0,
				"expired": false, "mustChange": false, "lastSuccessfulSetDate": "2026-01-01T12:00:00.000Z",
			}
			for key, value := range test.want {
				want[key] = value
			}
			u := domainUser(t, sim, "active", stateURN, passwordURN)
			inState, inPassword := u[stateURN].(map[string]any), u[passwordURN].(map[string]any)
			got := map[string]any{"active": u["active"]}
			locked := inState["locked"].(map[string]any)
			got["locked.expired"] = locked["expired"]
			delete(locked, "expired")
			for _, object := range []map[string]any{locked, inState, inPassword} {
				for key, value := range object {
					got[key] = value
				}
			}
			for _, key := range []string{
				"locked", "maxConcurrentSessions", "cantExpire", "cantChange", "applicablePasswordPolicy",
				"lastSuccessfulValidationDate", "lastFailedValidationDate",
			} {
				delete(got, key)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("user (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDomainPolicy(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		switches oraclesim.Switches
		want     map[string]any // what differs from the defaults
	}{
		"defaults": {},
		"figures": {
			oraclesim.Switches{
				LockThreshold: 3, LockDuration: 30 * time.Minute, PasswordMaxAge: 30 * day, PasswordExpireWarning: 5 * day,
				PasswordHistory: 4, PasswordMinAge: day, PasswordPolicy: "custom", PasswordMinLength: 20, ForbiddenCharacters: "<",
			},
			map[string]any{
				"maxIncorrectAttempts": 3.0, "lockoutDuration": 30.0, "passwordExpiresAfter": 30.0, "passwordExpireWarning": 5.0,
				"numPasswordsInHistory": 4.0, "minPasswordAge": 1.0, "minLength": 20.0, "minNumerals": 0.0, "disallowedChars": "<",
			},
		},
		"never locks":   {oraclesim.Switches{NeverLocks: true}, map[string]any{"maxIncorrectAttempts": 0.0}},
		"never expires": {oraclesim.Switches{PasswordMaxAge: oraclesim.NeverExpires}, map[string]any{"passwordExpiresAfter": 0.0}},
		"very complex":  {oraclesim.Switches{PasswordPolicy: "very_complex"}, map[string]any{"minUpperCase": 1.0, "minSpecialChars": 1.0}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, test.switches)
			id := domainUser(t, sim, passwordURN)[passwordURN].(map[string]any)["applicablePasswordPolicy"].(map[string]any)["value"]
			got := decodeJSON(t, inDomain(t, sim, "GET", "/admin/v1/PasswordPolicies/"+id.(string), "").body)
			want := map[string]any{
				"id": id, "schemas": []any{"urn:ietf:params:scim:schemas:oracle:idcs:PasswordPolicy"}, "meta": got["meta"],
				"name": "fusionPasswordPolicy", "priority": 1.0, "passwordStrength": "Custom", "passwordExpiresAfter": 90.0,
				"passwordExpireWarning": 10.0, "maxIncorrectAttempts": 5.0, "lockoutDuration": 60.0, "numPasswordsInHistory": 0.0,
				"minPasswordAge": 0.0, "minLength": 8.0, "maxLength": 500.0, "minUpperCase": 0.0, "minNumerals": 1.0,
				"minSpecialChars": 0.0, "disallowedChars": "",
			}
			for key, value := range test.want {
				want[key] = value
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("policy (-want +got):\n%s", diff)
			}
			list := decodeJSON(t, inDomain(t, sim, "GET", "/admin/v1/PasswordPolicies", "").body)
			if diff := cmp.Diff([]any{got}, list["Resources"]); diff != "" {
				t.Errorf("list (-want +got):\n%s", diff)
			}
			wantStatus(t, inDomain(t, sim, "GET", "/admin/v1/PasswordPolicies/1", ""), http.StatusNotFound)
		})
	}
}

func TestPasswordMaxAgeIsThePodsDefault(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{
		Now: newFakeClock().Now, Switches: oraclesim.Switches{PasswordMaxAge: oraclesim.NeverExpires},
		Users: []oraclesim.User{{Name: user, Password: password}, {Name: "OWN", Password: password, PasswordMaxAge: day}},
	})
	if s := state(t, sim, user); !s.PasswordExpiry.IsZero() {
		t.Errorf("state = %+v, want no expiry", s)
	}
	if s := state(t, sim, "OWN"); !s.PasswordExpiry.Equal(s.PasswordSet.Add(day)) {
		t.Errorf("state = %+v, want an expiry after a day", s)
	}
}
