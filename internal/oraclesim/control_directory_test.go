package oraclesim_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

func TestControlOfAdministrators(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	mustControl(t, sim, "POST /users", `{"name": "NEW", "password": "x", "identity_admin": true, "must_change": true,
		"roles": [{"code": "A"}, {"code": "B", "name": "Bee"}]}`)
	s := state(t, sim, "NEW")
	wantRoles := []oraclesim.Role{{Code: "A", Name: "A"}, {Code: "B", Name: "Bee"}}
	if diff := cmp.Diff(wantRoles, s.Roles); diff != "" || !s.IdentityAdmin || !s.MustChange {
		t.Errorf("state = %+v; roles (-want +got):\n%s", s, diff)
	}
	for _, step := range []struct {
		line, body, field string
		want              any
	}{
		{"POST /users/NEW/identity-admin", `{"on": false}`, "identity_admin", false},
		{"POST /users/NEW/must-change", `{"on": false}`, "must_change", false},
		{"POST /users/NEW/must-change", `{"on": true}`, "must_change", true},
		{"POST /users/NEW/federated", `{"on": true}`, "federated", true},
		{"DELETE /users/NEW/roles/A", "", "roles", []any{map[string]any{"code": "B", "name": "Bee"}}},
		{"POST /users/NEW/roles", `{"code": "B"}`, "roles", []any{map[string]any{"code": "B", "name": "B"}}},
	} {
		if diff := cmp.Diff(step.want, mustControl(t, sim, step.line, step.body)[step.field]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.line, diff)
		}
	}
	mustControl(t, sim, "POST /users/NEW/password", `{"password": "y"}`)
	want := map[string]any{"password_changes": []any{map[string]any{"time": "2026-01-01T12:00:00Z", "by": "admin"}}}
	if diff := cmp.Diff(want, mustControl(t, sim, "GET /users/new/password-changes", "")); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if users := mustControl(t, sim, "DELETE /users/NEW", "")["users"].([]any); len(users) != 3 {
		t.Errorf("%d users after one was removed", len(users))
	}
	none := map[string]any{"password_changes": []any{}}
	if diff := cmp.Diff(none, mustControl(t, sim, "GET /users/INT_GL/password-changes", "")); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestControlOfTheDomain(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	equal := func(line, body string, want map[string]any) {
		t.Helper()
		if diff := cmp.Diff(want, mustControl(t, sim, line, body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
	app := func(id string, tokens float64, rights ...any) map[string]any {
		return map[string]any{"id": id, "tokens": tokens, "rights": rights}
	}
	every := []any{"read_users", "change_passwords", "change_state"}
	good := call{path: domainUsers, domain: true, token: token(t, sim)}
	equal("POST /clients", `{"id": "a", "secret": "s", "rights": ["read_users"]}`, map[string]any{"clients": []any{
		app("a", 0, "read_users"), app(client, 1, every...),
	}})
	equal("DELETE /clients/a", "", map[string]any{"clients": []any{app(client, 1, every...)}})
	equal("DELETE /tokens", "", map[string]any{"revoked": 1.0})
	wantStatus(t, good.do(t, sim), 401)
	equal("POST /clients/vault-app/secret", `{"secret": "other"}`, map[string]any{"clients": []any{app(client, 0, every...)}})
	wantStatus(t, tokenCall(clientSecret, goodGrant).do(t, sim), 401)
	wantStatus(t, tokenCall("other", goodGrant).do(t, sim), 200)
	equal("POST /domain/down", "", map[string]any{"url": sim.DomainURL(), "down": true})
	pod := mustControl(t, sim, "GET /pod", "")
	if pod["domain_url"] != sim.DomainURL() || pod["domain_down"] != true || pod["down"] != false {
		t.Errorf("pod = %v", pod)
	}
	equal("POST /domain/up", "", map[string]any{"url": sim.DomainURL(), "down": false})
	must(t, sim.Pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultLate, Count: 2}))
	for range 2 {
		if _, err := get(ledgers).try(t, sim); err == nil {
			t.Error("a late request was answered")
		}
	}
	equal("POST /faults/late", "", map[string]any{"carried_out": 2.0})
	equal("POST /faults/late", "", map[string]any{"carried_out": 0.0})
}

func TestControlOfDirectoriesRefusesBadInput(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	tests := map[string]struct {
		line, body string
		status     int
		want       string
	}{
		"no such user":       {"DELETE /users/NOBODY", "", 404, `user "NOBODY": the pod has no such user`},
		"changes of nobody":  {"GET /users/NOBODY/password-changes", "", 404, `user "NOBODY": the pod has no such user`},
		"half a right":       {"POST /users/INT_GL/identity-admin", "", 400, "on is needed, true or false"},
		"odd right":          {"POST /users/INT_GL/identity-admin", `{"on": "yes"}`, 400, `field "on" has the wrong type`},
		"half a change":      {"POST /users/INT_GL/must-change", "{}", 400, "on is needed, true or false"},
		"no role":            {"POST /users/INT_GL/roles", "{}", 400, "a role needs a code"},
		"no such role":       {"DELETE /users/INT_GL/roles/X", "", 400, `user "INT_GL" has no role "X"`},
		"odd role":           {"POST /users", `{"name": "X", "password": "x", "roles": [{"name": "R"}]}`, 400, `user "X": a role needs a code`},
		"no secret":          {"POST /clients", `{"id": "c"}`, 400, `client "c" needs a secret`},
		"secret as a number": {"POST /clients", `{"id": "c", "secret": 1}`, 400, `field "secret" has the wrong type`},
		"odd client right":   {"POST /clients", `{"id": "c", "secret": "s", "rights": ["all"]}`, 400, `client "c": right "all" is unknown: use read_users, change_passwords or change_state`},
		"no such client":     {"DELETE /clients/c", "", 404, `client "c": the domain has no such client`},
		"secret of nobody":   {"POST /clients/c/secret", `{"secret": "s"}`, 404, `client "c": the domain has no such client`},
		"odd maintenance":    {"PATCH /switches", `{"maintenance": "soon"}`, 400, `maintenance "soon" is unknown: use off, unavailable, page or redirect`},
		"odd max age":        {"PATCH /switches", `{"password_max_age": "always"}`, 400, `"always" is not a duration: use one such as 90m, 2h30m or 80d`},
		"inner wrong type":   {"PATCH /switches", `{"rate_limit": "1"}`, 400, `field "rate_limit" has the wrong type`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, answer := control(t, sim, test.line, test.body)
			if got := decodeJSON(t, answer)["error"]; status != test.status || got != test.want {
				t.Errorf("%d %q, want %d %q", status, got, test.status, test.want)
			}
		})
	}
}

// TestNoSecretGetsOut looks for passwords, a client's secret and a token in everything that is said about them.
func TestNoSecretGetsOut(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	pod := sim.Pod()
	var said strings.Builder
	say := func(v any) {
		text, err := json.Marshal(v)
		must(t, err)
		fmt.Fprintf(&said, "%s %+v %#v\n", text, v, v)
	}
	good := token(t, sim)
	say(setByAdmin(t, sim, newPassword).do(t, sim).body)
	say(setByAdmin(t, sim, newPassword+strings.Repeat("x", 10)).do(t, sim).body)
	say(asAdmin("PATCH", scimUsers+"/"+state(t, sim, user).ID, `{"schemas":["`+scimURN+`"],"password":["`+newPassword+`"]}`).do(t, sim).body)
	say(asAdmin("PATCH", scimUsers+"/"+state(t, sim, user).ID, `{"password":"`+newPassword).do(t, sim).body)
	method, path, body := changer(t, sim, "UserPasswordChanger", setNew)
	for _, c := range []call{
		{method: method, path: path, body: body, domain: true, token: good},
		{method: method, path: path, body: body + "}", domain: true, token: good},
		{method: method, path: path, body: `{"password":"` + newPassword + `"}`, domain: true, token: good},
		{path: domainUsers + "?attributes=" + url.QueryEscape(passwordURN+",password"), domain: true, token: good},
		{path: domainUsers, domain: true, token: good + "x"},
		{path: domainUsers, domain: true, user: client, password: clientSecret},
	} {
		say(c.do(t, sim).body)
	}
	say(tokenCall(clientSecret, "grant_type=x").do(t, sim).body)
	say(act(t, sim, "updatePassword", `{"password":"`+newPassword+`"}`).do(t, sim).body)
	say(fmt.Sprint(pod.AddClient(oraclesim.Client{ID: client, Secret: clientSecret})))
	say(pod.Clients())
	say(pod.PasswordChanges(user))
	say(pod.States())
	say(pod.Requests())
	for _, line := range []string{"GET /clients", "GET /requests", "GET /users", "GET /users/INT_GL/password-changes", "GET /switches", "GET /pod"} {
		_, answer := control(t, sim, line, "")
		say(answer)
	}
	for _, form := range []string{`{"id": "c", "secret": "%s", "x": 1}`, `{"id": "c", "secret": ["%s"]}`, `{"secret": "%s`} {
		_, answer := control(t, sim, "POST /clients", fmt.Sprintf(form, clientSecret))
		say(answer)
	}
	for _, secret := range []string{newPassword, password, clientSecret, good} {
		if said.Len() < 1000 || strings.Contains(said.String(), secret) {
			t.Errorf("a secret got out, or nothing was said:\n%s", said.String())
		}
	}
}
