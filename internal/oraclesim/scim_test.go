package oraclesim_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const (
	admin     = "ROTATOR"
	scimUsers = "/hcmRestApi/scim/Users"
	scimURN   = "urn:scim:schemas:core:2.0:User"
)

// startSCIM serves a pod with the test's user, an identity administrator, and one whose name needs quoting.
func startSCIM(t *testing.T, switches oraclesim.Switches) *oraclesim.Server {
	t.Helper()
	return start(t, oraclesim.Config{
		Now: newFakeClock().Now, Switches: switches, Domain: true,
		Clients: []oraclesim.Client{{ID: client, Secret: clientSecret}},
		Users: []oraclesim.User{
			{Name: user, Password: password},
			{Name: admin, Password: password, IdentityAdmin: true},
			{Name: `O"NEIL\X`, Password: password, Disabled: true, Roles: []oraclesim.Role{}},
		},
	})
}

// asAdmin is a request of the identity administrator.
func asAdmin(method, path, body string) call {
	return call{method: method, path: path, body: body, user: admin, password: password}
}

func state(t *testing.T, sim *oraclesim.Server, name string) oraclesim.State {
	t.Helper()
	s, err := sim.Pod().State(name)
	must(t, err)
	return s
}

// userNames lists the users in an answer.
func userNames(t *testing.T, got reply) []string {
	t.Helper()
	wantStatus(t, got, http.StatusOK)
	names := []string{}
	for _, u := range decodeJSON(t, got.body)["Resources"].([]any) {
		names = append(names, u.(map[string]any)["userName"].(string))
	}
	return names
}

func TestSCIMFilters(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	id := state(t, sim, user).ID
	const all = "[INT_GL O\"NEIL\\X ROTATOR]"
	for filter, want := range map[string]string{
		``:                           all,
		`username eq "INT_GL"`:       "[INT_GL]",
		`userName eq "int_gl"`:       "[INT_GL]",
		`USERNAME EQ "Int_Gl"`:       "[INT_GL]",
		`userName eq "O\"NEIL\\X"`:   `[O"NEIL\X]`,
		`  username  eq  "ROTATOR" `: "[ROTATOR]",
		`id eq "` + id + `"`:         "[INT_GL]",
		`username eq "NOBODY"`:       "[]",
		`username eq "INT"`:          "[]",
		`username eq ""`:             "[]",
	} {
		names := userNames(t, asAdmin("GET", scimUsers+"?filter="+url.QueryEscape(filter), "").do(t, sim))
		if got := "[" + strings.Join(names, " ") + "]"; got != want {
			t.Errorf("filter %q: %s, want %s", filter, got, want)
		}
	}
	for _, filter := range []string{
		`username eq INT_GL`, `username "INT_GL"`, `username co "INT"`, `active eq "true"`, `username eq "INT_GL`,
		`username eq "INT_GL" and active eq "true"`, `username eq "a"b"`, `username eq "\q"`, `"INT_GL"`,
	} {
		got := asAdmin("GET", scimUsers+"?filter="+url.QueryEscape(filter), "").do(t, sim)
		if got.status != http.StatusBadRequest || !strings.HasPrefix(got.body, `{"Errors":[{"description":"Invalid request: `) {
			t.Errorf("filter %q: %d %s", filter, got.status, got.body)
		}
	}
}

func TestSCIMList(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	tests := map[string]struct {
		query  string
		names  []string
		start  float64
		status int
	}{
		"all":            {query: "", names: []string{user, `O"NEIL\X`, admin}, start: 1},
		"slash":          {query: "/", names: []string{user, `O"NEIL\X`, admin}, start: 1},
		"first":          {query: "?count=1", names: []string{user}, start: 1},
		"second":         {query: "?count=1&startIndex=2", names: []string{`O"NEIL\X`}, start: 2},
		"past the end":   {query: "?startIndex=9", names: []string{}, start: 9},
		"from zero":      {query: "?startIndex=0&count=0", names: []string{}, start: 1},
		"odd count":      {query: "?count=many", status: 400},
		"odd startIndex": {query: "?startIndex=-1", status: 400},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := asAdmin("GET", scimUsers+test.query, "").do(t, sim)
			if test.status != 0 {
				wantStatus(t, got, test.status)
				return
			}
			if diff := cmp.Diff(test.names, userNames(t, got)); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
			body := decodeJSON(t, got.body)
			if len(body) != 3 || body["startIndex"] != test.start || body["itemsPerPage"] != float64(len(test.names)) {
				t.Errorf("envelope = %v", body)
			}
		})
	}
}

func TestSCIMUser(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	must(t, sim.Pod().AddRole(user, oraclesim.Role{Code: "CUSTOM"}))
	id := state(t, sim, user).ID
	if !regexp.MustCompile(`^[0-9A-F]{32}$`).MatchString(id) {
		t.Errorf("id = %q", id)
	}
	got := asAdmin("GET", scimUsers+"/"+id, "").do(t, sim)
	wantStatus(t, got, http.StatusOK)
	if contentType := got.header.Get("Content-Type"); contentType != "application/json" {
		t.Errorf("Content-Type = %q", contentType)
	}
	body := decodeJSON(t, got.body)
	for _, role := range body["roles"].([]any) {
		delete(role.(map[string]any), "id")
	}
	want := map[string]any{
		"id": id, "schemas": []any{scimURN}, "userName": user, "displayName": "Integration INT_GL", "active": true,
		"meta": map[string]any{
			"created": "2026-01-01 12:00:00.000", "lastModified": "2026-01-01 12:00:00.000", "location": sim.URL() + scimUsers + "/" + id,
		},
		"name":              map[string]any{"familyName": user, "givenName": "Integration"},
		"preferredLanguage": "en",
		"emails":            []any{map[string]any{"value": "int_gl@example.com", "type": "W", "primary": true}},
		"roles": []any{
			map[string]any{
				"value": "ORA_FUN_FINANCIAL_INTEGRATION_SPECIALIST_JOB", "displayName": "Financial Integration Specialist",
				"description": "Financial Integration Specialist",
			},
			map[string]any{"value": "CUSTOM", "displayName": "CUSTOM", "description": "CUSTOM"},
		},
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}
	picked := decodeJSON(t, asAdmin("GET", scimUsers+"/"+id+"?attributes=USERNAME,name.familyName", "").do(t, sim).body)
	wantPicked := map[string]any{"id": id, "schemas": want["schemas"], "userName": user, "name": want["name"]}
	if diff := cmp.Diff(wantPicked, picked); diff != "" {
		t.Errorf("picked (-want +got):\n%s", diff)
	}
}

func TestSCIMSchemasNamePasswordAsWriteOnly(t *testing.T) {
	t.Parallel()
	got := asAdmin("GET", "/hcmRestApi/scim/Schemas", "").do(t, startSCIM(t, oraclesim.Switches{}))
	wantStatus(t, got, http.StatusOK)
	if !strings.Contains(got.body, `{"mutability":"writeOnly","name":"password","type":"string"}`) || strings.Contains(got.body, "locked") {
		t.Errorf("schemas = %s", got.body)
	}
}

// TestSCIMAccess is who may use SCIM, and what he sees otherwise.
func TestSCIMAccess(t *testing.T) {
	t.Parallel()
	const text = "You may not have the necessary roles and privileges to use this REST resource."
	tests := map[string]struct {
		switches oraclesim.Switches
		path     string
		change   func(*oraclesim.Pod) error
		status   int
		body     string
		reason   oraclesim.Reason
	}{
		"no privilege":          {status: 403, body: `{"Errors":[{"description":"` + text + `","code":"403"}]}` + "\n", reason: "accepted"},
		"no privilege, empty":   {switches: oraclesim.Switches{ForbiddenBody: "empty"}, status: 403, reason: "accepted"},
		"no privilege, plain":   {switches: oraclesim.Switches{ForbiddenBody: "plain"}, status: 403, body: text + "\n", reason: "accepted"},
		"no privilege, 401":     {switches: oraclesim.Switches{ScimWithoutPrivilege401: true}, status: 401, reason: "accepted"},
		"no privilege, Schemas": {path: "/hcmRestApi/scim/Schemas", switches: oraclesim.Switches{ForbiddenBody: "empty"}, status: 403, reason: "accepted"},
		"locked":                {change: func(p *oraclesim.Pod) error { return p.Lock(user) }, status: 401, reason: "locked"},
		"given": {
			change: func(p *oraclesim.Pod) error { return p.SetIdentityAdmin(user, true) },
			path:   scimUsers + "?count=0", status: 200, body: `{"Resources":[],"itemsPerPage":0,"startIndex":1}` + "\n", reason: "accepted",
		},
		"unknown resource": {path: "/hcmRestApi/scim/Groups", status: 404, body: "Not Found\n", reason: "accepted"},
		"below a user":     {path: scimUsers + "/X/roles", status: 404, body: "Not Found\n", reason: "accepted"},
		"another service":  {path: "/hcmRestApi/other", status: 401, reason: "locked", change: func(p *oraclesim.Pod) error { return p.Lock(user) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, test.switches)
			if test.change != nil {
				must(t, test.change(sim.Pod()))
			}
			if test.path == "" {
				test.path = scimUsers
			}
			got := get(test.path).do(t, sim)
			if got.status != test.status || got.body != test.body {
				t.Errorf("%d %q, want %d %q", got.status, got.body, test.status, test.body)
			}
			if diff := cmp.Diff([]oraclesim.Reason{test.reason}, reasons(sim)); diff != "" {
				t.Errorf("logins (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSCIMMethods(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	id := state(t, sim, user).ID
	for line, want := range map[string]int{
		"HEAD " + scimUsers:                 200,
		"POST " + scimUsers:                 405,
		"PUT " + scimUsers + "/" + id:       405,
		"DELETE " + scimUsers + "/" + id:    405,
		"PATCH " + scimUsers:                405,
		"GET " + scimUsers + "/" + "0000":   404,
		"PATCH /hcmRestApi/scim/Schemas":    405,
		"GET " + scimUsers + "/" + id:       200,
		"GET " + strings.ToLower(scimUsers): 404,
	} {
		method, path, _ := strings.Cut(line, " ")
		if got := asAdmin(method, path, "").do(t, sim); got.status != want {
			t.Errorf("%s: %d, want %d", line, got.status, want)
		}
	}
}

func TestIDsAreStableAndDiffer(t *testing.T) {
	t.Parallel()
	one, other := startSCIM(t, oraclesim.Switches{}), startSCIM(t, oraclesim.Switches{})
	if state(t, one, user).ID != state(t, other, user).ID {
		t.Error("a pod that is started anew knows its users by other ids")
	}
	first := state(t, one, user)
	must(t, one.Pod().RemoveUser(user))
	must(t, one.Pod().AddUser(oraclesim.User{Name: user, Password: password}))
	ids := []string{first.ID, first.DomainID, state(t, one, user).ID, state(t, one, user).DomainID, state(t, one, admin).ID}
	if slices.Sort(ids); len(slices.Compact(ids)) != 5 {
		t.Errorf("some users share an id: %v", ids)
	}
}
