package oraclesim_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

const (
	client       = "vault-app"
	clientSecret = "Canary-Secret-7Zq"
	goodGrant    = "grant_type=client_credentials&scope=urn%3Aopc%3Aidm%3A__myscopes__"
	domainUsers  = "/admin/v1/Users"
	stateURN     = "urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User"
	passwordURN  = "urn:ietf:params:scim:schemas:oracle:idcs:extension:passwordState:User"
)

// tokenCall is a request for a token.
func tokenCall(secret, form string) call {
	return call{
		method: "POST", path: "/oauth2/v1/token", domain: true, user: client, password: secret, body: form,
		header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
	}
}

// token is a good access token of the test's client.
func token(t *testing.T, sim *oraclesim.Server) string {
	t.Helper()
	got := tokenCall(clientSecret, goodGrant).do(t, sim)
	wantStatus(t, got, http.StatusOK)
	return decodeJSON(t, got.body)["access_token"].(string)
}

// inDomain is a request of the client with a good token.
func inDomain(t *testing.T, sim *oraclesim.Server, method, path, body string) reply {
	t.Helper()
	return call{method: method, path: path, body: body, domain: true, token: token(t, sim)}.do(t, sim)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		call   call
		status int
		error  string
	}{
		"good":         {call: tokenCall(clientSecret, goodGrant), status: 200},
		"wrong secret": {call: tokenCall("wrong", goodGrant), status: 401, error: "invalid_client"},
		"no such client": {
			call:   call{method: "POST", path: "/oauth2/v1/token", domain: true, user: "other", password: clientSecret, body: goodGrant},
			status: 401, error: "invalid_client",
		},
		"no header":    {call: call{method: "POST", path: "/oauth2/v1/token", domain: true, body: goodGrant}, status: 401, error: "invalid_client"},
		"another user": {call: call{method: "POST", path: "/oauth2/v1/token", domain: true, user: user, password: password}, status: 401, error: "invalid_client"},
		"odd grant":    {call: tokenCall(clientSecret, "grant_type=password&scope=urn:opc:idm:__myscopes__"), status: 400, error: "unsupported_grant_type"},
		"odd scope":    {call: tokenCall(clientSecret, "grant_type=client_credentials&scope=all"), status: 400, error: "invalid_scope"},
		"GET":          {call: call{path: "/oauth2/v1/token", domain: true, user: client, password: clientSecret}, status: 405, error: "invalid_request"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, oraclesim.Switches{})
			got := test.call.do(t, sim)
			wantStatus(t, got, test.status)
			body := decodeJSON(t, got.body)
			if test.error != "" && (body["error"] != test.error || body["error_description"] == "" || len(body) != 2) {
				t.Errorf("body = %v, want error %q", body, test.error)
			}
			if test.error == "" && (body["token_type"] != "Bearer" || body["expires_in"] != 3600.0 || len(body["access_token"].(string)) < 20) {
				t.Errorf("body = %v", body)
			}
			if got.header.Get("X-Oracle-Dms-Ecid") == "" || got.header.Get("Content-Type") != "application/json" {
				t.Errorf("header = %v", got.header)
			}
		})
	}
}

// TestTokensEnd goes through every way in which a token stops being good.
func TestTokensEnd(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		switches oraclesim.Switches
		end      func(*oraclesim.Pod) error
		status   int
	}{
		"good":              {status: 200},
		"nearly expired":    {end: func(p *oraclesim.Pod) error { p.AdvanceClock(time.Hour - time.Second); return nil }, status: 200},
		"expired":           {end: func(p *oraclesim.Pod) error { p.AdvanceClock(time.Hour); return nil }, status: 401},
		"expired by switch": {switches: oraclesim.Switches{TokenLifetime: time.Minute}, end: func(p *oraclesim.Pod) error { p.AdvanceClock(time.Minute); return nil }, status: 401},
		"revoked":           {end: func(p *oraclesim.Pod) error { p.RevokeTokens(); return nil }, status: 401},
		"client removed":    {end: func(p *oraclesim.Pod) error { return p.RemoveClient(client) }, status: 401},
		"secret replaced":   {end: func(p *oraclesim.Pod) error { return p.SetClientSecret(client, "x") }, status: 200},
		"the domain was away": {end: func(p *oraclesim.Pod) error {
			if err := p.SetDomainDown(true); err != nil {
				return err
			}
			return p.SetDomainDown(false)
		}, status: 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSCIM(t, test.switches)
			c := call{path: domainUsers, domain: true, token: token(t, sim)}
			if test.end != nil {
				must(t, test.end(sim.Pod()))
			}
			got := c.do(t, sim)
			wantStatus(t, got, test.status)
			contentType := "application/scim+json"
			if test.status == 401 {
				contentType = "text/html;charset=UTF-8"
			}
			if got.header.Get("Content-Type") != contentType || got.header.Get("X-Oracle-Dms-Ecid") == "" || got.header.Get("Www-Authenticate") != "" {
				t.Errorf("header = %v", got.header)
			}
		})
	}
}

func TestDomainNeedsAToken(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	for name, c := range map[string]call{
		"none":         {path: domainUsers, domain: true},
		"odd":          {path: domainUsers, domain: true, token: "abc"},
		"a Basic user": {path: domainUsers, domain: true, user: user, password: password},
		"the client":   {path: domainUsers, domain: true, user: client, password: clientSecret},
		"no resource":  {path: "/nothing", domain: true},
		"as Basic":     {path: domainUsers, domain: true, header: map[string]string{"Authorization": "Basic " + token(t, sim)}},
	} {
		if got := c.do(t, sim); got.status != http.StatusUnauthorized || !strings.Contains(got.body, "<html>") {
			t.Errorf("%s: %d %q", name, got.status, got.body)
		}
	}
	if got := state(t, sim, user).FailedInARow; got != 0 || len(sim.Pod().Logins(user)) != 0 {
		t.Errorf("%d failed logins: the domain's API takes no user's login", got)
	}
	// And the pod takes no token.
	wantStatus(t, call{path: scimUsers, token: token(t, sim)}.do(t, sim), http.StatusUnauthorized)
}

// TestDomainRights asks for each resource with each right alone.
func TestDomainRights(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	id := state(t, sim, user).DomainID
	resources := map[string]oraclesim.Right{
		"GET /admin/v1/Users":                      "read_users",
		"GET /admin/v1/Users/" + id:                "read_users",
		"GET /admin/v1/PasswordPolicies":           "read_users",
		"PUT /admin/v1/UserPasswordChanger/" + id:  "change_passwords",
		"PUT /admin/v1/UserPasswordResetter/" + id: "change_passwords",
		"POST /admin/v1/UserLockedStateChanger":    "change_state",
		"PUT /admin/v1/UserStatusChanger/" + id:    "change_state",
	}
	for _, right := range oraclesim.Rights() {
		must(t, sim.Pod().RemoveClient(client))
		must(t, sim.Pod().AddClient(oraclesim.Client{ID: client, Secret: clientSecret, Rights: []oraclesim.Right{right}}))
		for line, needed := range resources {
			method, path, _ := strings.Cut(line, " ")
			body := ""
			if method != "GET" {
				body = "{}"
			}
			got := inDomain(t, sim, method, path, body)
			if forbidden := got.status == http.StatusForbidden; forbidden != (right != needed) {
				t.Errorf("%s with %s: %d %s", line, right, got.status, got.body)
			}
		}
	}
}

func TestDomainErrors(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{DomainPolicyUnreadable: true})
	id := state(t, sim, user).DomainID
	const changer = "/admin/v1/UserPasswordChanger/"
	schemas := `"schemas":["urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger"]`
	tests := map[string]struct {
		line, body string
		status     string
		detail     string
		messageID  string
	}{
		"no resource":       {"GET /admin/v1/Groups", "", "404", "No such resource.", ""},
		"elsewhere":         {"GET /other", "", "404", "No such resource.", ""},
		"too deep":          {"GET /admin/v1/Users/1/2", "", "404", "No such resource.", ""},
		"no such user":      {"GET /admin/v1/Users/1", "", "404", "Resource with id 1 does not exist.", ""},
		"id of the pod":     {"GET /admin/v1/Users/" + state(t, sim, user).ID, "", "404", "Resource with id " + state(t, sim, user).ID + " does not exist.", ""},
		"no policy":         {"GET /admin/v1/PasswordPolicies", "", "403", "You do not have permission to perform this operation.", ""},
		"method":            {"DELETE /admin/v1/Users/" + id, "", "405", "The simulator does not serve DELETE here.", ""},
		"no id":             {"PUT /admin/v1/UserStatusChanger", "{}", "405", "The simulator does not serve PUT here.", ""},
		"an id too many":    {"POST /admin/v1/UserLockedStateChanger/" + id, "{}", "405", "The simulator does not serve POST here.", ""},
		"filter":            {"GET /admin/v1/Users?filter=x", "", "400", `Invalid filter: the filter is not of the form attribute eq "value".`, ""},
		"count":             {"GET /admin/v1/Users?count=x", "", "400", "Invalid request: startIndex and count must be whole numbers.", ""},
		"password missing":  {"PUT " + changer + id, "{" + schemas + "}", "400", "Missing required attribute(s): password.", "error.common.validation.missingReqAttributes"},
		"schemas missing":   {"PUT " + changer + id, `{"password":"x"}`, "400", "Missing required attribute(s): schemas.", "error.common.validation.missingReqAttributes"},
		"not JSON":          {"PUT " + changer + id, `{"password":"Canary`, "400", "Invalid request: the body is not JSON.", ""},
		"password policy":   {"PUT " + changer + id, "{" + schemas + `,"password":"short"}`, "400", "The password does not meet the password policy: it has fewer than 8 characters.", ""},
		"password of whom":  {"PUT " + changer + "1", "{" + schemas + `,"password":"abcdefg1"}`, "404", "Resource with id 1 does not exist.", ""},
		"lock of nobody":    {"POST /admin/v1/UserLockedStateChanger", `{"schemas":["urn:ietf:params:scim:schemas:oracle:idcs:UserLockedStateChanger"],"userId":"7","locked":false}`, "404", "Resource with id 7 does not exist.", ""},
		"lock without user": {"POST /admin/v1/UserLockedStateChanger", `{"schemas":["urn:ietf:params:scim:schemas:oracle:idcs:UserLockedStateChanger"]}`, "400", "Missing required attribute(s): userId,locked.", "error.common.validation.missingReqAttributes"},
		"status without":    {"PUT /admin/v1/UserStatusChanger/" + id, `{"schemas":["urn:ietf:params:scim:schemas:oracle:idcs:UserStatusChanger"]}`, "400", "Missing required attribute(s): active.", "error.common.validation.missingReqAttributes"},
	}
	const extension = "urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error"
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(test.line, " ")
			got := inDomain(t, sim, method, path, test.body)
			want := map[string]any{
				"schemas": []any{"urn:ietf:params:scim:api:messages:2.0:Error", extension}, "detail": test.detail, "status": test.status,
			}
			if test.messageID != "" {
				want[extension] = map[string]any{"messageId": test.messageID}
			}
			if diff := cmp.Diff(want, decodeJSON(t, got.body)); diff != "" || http.StatusText(got.status) == "" || got.header.Get("Content-Type") != "application/scim+json" {
				t.Errorf("%d (-want +got):\n%s", got.status, diff)
			}
		})
	}
	if len(sim.Pod().PasswordChanges(user)) != 0 {
		t.Error("a refused request changed the password")
	}
}

func TestDomainList(t *testing.T) {
	t.Parallel()
	sim := startSCIM(t, oraclesim.Switches{})
	tests := map[string]struct {
		query string
		want  map[string]any // without the users
		names []string
	}{
		"all":    {"", listed(3, 3, 1), []string{user, `O"NEIL\X`, admin}},
		"one":    {"?filter=" + url.QueryEscape(`USERNAME eq "int_gl"`), listed(1, 1, 1), []string{user}},
		"quoted": {"?filter=" + url.QueryEscape(`userName eq "O\"NEIL\\X"`), listed(1, 1, 1), []string{`O"NEIL\X`}},
		"none":   {"?filter=" + url.QueryEscape(`userName eq "NOBODY"`), listed(0, 0, 1), []string{}},
		"page":   {"?count=1&startIndex=3", listed(3, 1, 3), []string{admin}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := inDomain(t, sim, "GET", domainUsers+test.query, "")
			if diff := cmp.Diff(test.names, userNames(t, got)); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
			body := decodeJSON(t, got.body)
			delete(body, "Resources")
			if diff := cmp.Diff(test.want, body); diff != "" {
				t.Errorf("envelope (-want +got):\n%s", diff)
			}
		})
	}
}

func listed(total, page, start float64) map[string]any {
	return map[string]any{
		"schemas":      []any{"urn:ietf:params:scim:api:messages:2.0:ListResponse"},
		"totalResults": total, "itemsPerPage": page, "startIndex": start,
	}
}
