package oraclesim_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const (
	userAccounts = "/hcmRestApi/resources/11.13.18.05/userAccounts"
	adfAction    = "application/vnd.oracle.adf.action+json"
)

// act is an action of the administrator on the test's user.
func act(t *testing.T, sim *oraclesim.Server, action, body string) call {
	t.Helper()
	c := asAdmin("POST", userAccounts+"/"+state(t, sim, user).ID+"/action/"+action, body)
	c.header = map[string]string{"Content-Type": adfAction}
	return c
}

func TestUserAccountsList(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	for query, want := range map[string]string{
		"":                   "INT_GL O\"NEIL\\X ROTATOR",
		"?q=Username=INT_GL": "INT_GL",
		"?q=" + url.QueryEscape("Username='int_gl'"): "INT_GL",
		"?q=Username=NOBODY":                         "",
	} {
		got := asAdmin("GET", userAccounts+query, "").do(t, sim)
		wantStatus(t, got, 200)
		var names []string
		for _, item := range decodeJSON(t, got.body)["items"].([]any) {
			names = append(names, item.(map[string]any)["Username"].(string))
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	wantStatus(t, asAdmin("GET", userAccounts+"?q=PersonId=1", "").do(t, sim), 400)
}

func TestUserAccount(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	s := state(t, sim, user)
	path := "/hcmRestApi/resources/latest/userAccounts/" + s.ID
	want := map[string]any{
		"UserId": 300000000000002.0, "Username": user, "GUID": s.ID, "SuspendedFlag": false, "PersonId": nil, "PersonNumber": nil,
		"CredentialsEmailSentFlag": false,
		"links":                    []any{map[string]any{"rel": "self", "href": sim.URL() + path, "name": "userAccounts", "kind": "item"}},
	}
	if diff := cmp.Diff(want, decodeJSON(t, asAdmin("GET", path, "").do(t, sim).body)); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
	want["SuspendedFlag"] = true
	if diff := cmp.Diff(want, decodeJSON(t, asAdmin("PATCH", path, `{"SuspendedFlag":true}`).do(t, sim).body)); diff != "" {
		t.Errorf("suspended account (-want +got):\n%s", diff)
	}
	if !state(t, sim, user).Disabled {
		t.Error("the user is not suspended")
	}
}

func TestUserAccountsRefuse(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	id := state(t, sim, user).ID
	tests := map[string]struct {
		call   call
		status int
	}{
		"no privilege":     {get(userAccounts), 403},
		"no such account":  {asAdmin("GET", userAccounts+"/0", ""), 404},
		"no such action":   {act(t, sim, "explode", "{}"), 404},
		"action of nobody": {call{method: "POST", path: userAccounts + "/0/action/resetPassword", body: "{}", user: admin, password: password, header: map[string]string{"Content-Type": adfAction}}, 404},
		"action as JSON":   {asAdmin("POST", userAccounts+"/"+id+"/action/resetPassword", "{}"), 415},
		"not JSON":         {act(t, sim, "updatePassword", `{"password":"Canary`), 415},
		"policy":           {act(t, sim, "updatePassword", `{"password":"short"}`), 400},
		"odd patch":        {asAdmin("PATCH", userAccounts+"/"+id, `{"Username":"X"}`), 400},
		"POST":             {asAdmin("POST", userAccounts, `{}`), 405},
		"a child":          {asAdmin("GET", userAccounts+"/"+id+"/child/userAccountRoles", ""), 404},
		"another resource": {asAdmin("GET", "/hcmRestApi/resources/latest/workers", ""), 404},
		"another version":  {asAdmin("GET", "/hcmRestApi/resources/v1/userAccounts", ""), 404},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			wantStatus(t, test.call.do(t, sim), test.status)
		})
	}
	if got := bys(sim, user); len(got) != 0 {
		t.Errorf("changes = %v", got)
	}
}

// TestUserAccountActions: resetPassword destroys the password, updatePassword sets it.
func TestUserAccountActions(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]struct {
		by       string
		old, now int
	}{
		"resetPassword":  {"reset:ROTATOR", 401, 401},
		"updatePassword": {"user_accounts:ROTATOR", 401, 200},
	} {
		sim := startSCIM(t, oraclesim.Switches{})
		got := act(t, sim, action, fmt.Sprintf(`{"password":%q}`, newPassword)).do(t, sim)
		wantStatus(t, got, 200)
		if contentType := got.header.Get("Content-Type"); contentType != "application/vnd.oracle.adf.actionresult+json" {
			t.Errorf("%s: Content-Type = %q", action, contentType)
		}
		if old, now := loginStatus(t, sim, password), loginStatus(t, sim, newPassword); old != want.old || now != want.now {
			t.Errorf("%s: old password %d, new one %d", action, old, now)
		}
		if diff := cmp.Diff([]string{want.by}, bys(sim, user)); diff != "" {
			t.Errorf("%s: changes (-want +got):\n%s", action, diff)
		}
	}
}
