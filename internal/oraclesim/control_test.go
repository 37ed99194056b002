package oraclesim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// control sends one request to the control port; line is a method and a path.
func control(t *testing.T, sim *oraclesim.Server, line, body string) (int, string) {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	request, err := http.NewRequestWithContext(t.Context(), method, sim.ControlURL()+path, strings.NewReader(body))
	must(t, err)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	must(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	must(t, err)
	return response.StatusCode, string(answer)
}

// mustControl is for calls that have to succeed.
func mustControl(t *testing.T, sim *oraclesim.Server, line, body string) map[string]any {
	t.Helper()
	status, answer := control(t, sim, line, body)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", line, status, answer)
	}
	return decodeJSON(t, answer)
}

func TestControlOfUsers(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	sim := start(t, oraclesim.Config{Now: clock.Now})
	mustControl(t, sim, "POST /users", `{"name": "INT AP/1", "password": "secret", "password_age": "10d",
		"password_max_age": "30d", "access": {"AP": "granted", "GL": "no_data"}}`)
	state, err := sim.Pod().State("INT AP/1")
	must(t, err)
	want := map[string]any{
		"name": "INT AP/1", "disabled": false, "locked": false, "expired": false, "failed_in_a_row": 0.0,
		"id": state.ID, "domain_id": state.DomainID, "identity_admin": false, "must_change": false, "federated": false, "locks": 0.0,
		"refused_in_a_row_max": 0.0, "roles": []any{map[string]any{
			"code": oraclesim.RoleFinancialIntegrationSpecialist, "name": "Financial Integration Specialist",
		}},
		"password_set_time": "2025-12-22T12:00:00Z", "password_expiry_time": "2026-01-21T12:00:00Z",
		"access": map[string]any{"AP": "granted", "GL": "no_data"},
	}
	const path = "/users/INT%20AP%2F1"
	check := func(line, body string, changes map[string]any) {
		t.Helper()
		for key, value := range changes {
			want[key] = value
			if value == nil {
				delete(want, key)
			}
		}
		if diff := cmp.Diff(want, mustControl(t, sim, line, body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
	check("GET "+path, "", nil)
	check("POST "+path+"/lock", "", map[string]any{"locked": true, "locked_until": "2026-01-01T13:00:00Z", "locks": 1.0})
	check("POST "+path+"/unlock", "{}", map[string]any{"locked": false, "locked_until": nil, "api_locked_until": "2026-01-01T13:00:00Z"})
	check("POST "+path+"/disable", "", map[string]any{"disabled": true})
	check("POST "+path+"/enable", "", map[string]any{"disabled": false})
	check("POST "+path+"/expire", "", map[string]any{"expired": true, "password_expiry_time": "2026-01-01T12:00:00Z"})
	check("POST "+path+"/password", `{"password": "new"}`, map[string]any{
		"expired": false, "password_set_time": "2026-01-01T12:00:00Z", "password_expiry_time": "2026-01-31T12:00:00Z",
	})
	check("POST "+path+"/privilege", `{"module": "AP", "access": "denied"}`, map[string]any{
		"access": map[string]any{"AP": "denied", "GL": "no_data"},
	})
	mustControl(t, sim, "POST /users", `{"name": "FOREVER", "password": "x", "password_max_age": "never", "disabled": true}`)
	users := mustControl(t, sim, "GET /users", "")["users"].([]any)
	var names []any
	for _, u := range users {
		names = append(names, u.(map[string]any)["name"])
	}
	if diff := cmp.Diff([]any{"FOREVER", "INT AP/1", user}, names); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	if state, err := sim.Pod().State("FOREVER"); err != nil || !state.PasswordExpiry.IsZero() || !state.Disabled {
		t.Errorf("state = %+v, %v", state, err)
	}
}

func TestControlOfThePod(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	sim := start(t, oraclesim.Config{Now: clock.Now})
	equal := func(line, body string, want map[string]any) {
		t.Helper()
		if diff := cmp.Diff(want, mustControl(t, sim, line, body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
	equal("GET /pod", "", map[string]any{
		"url": sim.URL(), "ca_cert": string(sim.CACertPEM()), "down": false, "now": "2026-01-01T12:00:00Z",
	})
	get(ledgers).do(t, sim)
	login := map[string]any{
		"time": "2026-01-01T12:00:00Z", "accepted": true, "reason": "accepted", "path": ledgers,
		"client_agent": "Go-http-client/1.1",
	}
	equal("GET /users/int_gl/logins", "", map[string]any{"logins": []any{login}})
	request := map[string]any{
		"time": "2026-01-01T12:00:00Z", "method": "GET", "path": ledgers, "query": "", "status": 200.0,
		"user": user, "had_password": true,
	}
	equal("GET /requests", "", map[string]any{"requests": []any{request}})
	equal("DELETE /logs", "", map[string]any{})
	equal("GET /requests", "", map[string]any{"requests": []any{}})
	equal("GET /users/INT_GL/logins", "", map[string]any{"logins": []any{}})

	equal("POST /clock", `{"advance": "80d"}`, map[string]any{"now": "2026-03-22T12:00:00Z"})
	equal("POST /report", "", map[string]any{"replaced": []any{}})
	equal("POST /clock", `{"advance": "240h"}`, map[string]any{"now": "2026-04-01T12:00:00Z"})
	equal("GET /clock", "", map[string]any{"now": "2026-04-01T12:00:00Z"})
	equal("POST /report", "", map[string]any{"replaced": []any{user}})

	equal("POST /down", "", map[string]any{"url": sim.URL(), "down": true})
	if _, err := get(ledgers).send(t, newClient(t, sim, false), sim.URL()); err == nil {
		t.Error("the pod is not down")
	}
	equal("POST /up", "", map[string]any{"url": sim.URL(), "down": false})
	wantStatus(t, get(ledgers).do(t, sim), http.StatusUnauthorized)
}

func TestControlOfResources(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	served := func() []string {
		t.Helper()
		var names []string
		for _, r := range mustControl(t, sim, "GET /resources", "")["resources"].([]any) {
			names = append(names, r.(map[string]any)["name"].(string))
		}
		return names
	}
	for _, m := range []string{"GL", "AR", "CM", "PO", "PA", "COMMON"} {
		mustControl(t, sim, "DELETE /modules/"+m, "")
	}
	mustControl(t, sim, "DELETE /resources/invoices", "")
	mustControl(t, sim, "POST /resources", `{"name": "chartOfAccounts", "module": "GL", "attributes": ["Key"], "needs_finder": true}`)
	if diff := cmp.Diff([]string{"chartOfAccounts", "fixedAssetBooksLOV", "payablesPayments"}, served()); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
	wantStatus(t, get(root+"/invoices").do(t, sim), http.StatusNotFound)
	wantStatus(t, get(root+"/chartOfAccounts").do(t, sim), http.StatusBadRequest)
	wantStatus(t, get(root+"/chartOfAccounts?q=x").do(t, sim), http.StatusOK)
}

// TestControlOfSwitches sends every switch, so that none is forgotten on the way in or out.
func TestControlOfSwitches(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	body := `{"never_locks":true,"locked_logins_uncounted":true,"only_wrong_passwords_count":true,"must_change_accepted":true,` +
		`"password_max_age":"30d","password_expire_warning":"5d","password_policy":"custom","password_min_length":12,` +
		`"password_history":3,"password_min_age":"1d","forbidden_characters":"<>","error_body_without_accept":true,` +
		`"scim_without_privilege_401":true,"self_change_without_privilege":true,"active_flips_on_lock":true,` +
		`"patch_unlocks":true,"reset_forces_change":true,"scim_password_ignored":true,"scim_refusal_text":"No",` +
		`"maintenance":"page","location_access":"forbidden","location_access_counts_login":true,"rate_limit":5,` +
		`"rate_limit_every":6,"domain_rate_limit":7,"retry_after":"30","domain_not_login_store":true,` +
		`"domain_policy_unreadable":true,"token_lifetime":"5m0s",` +
		`"lock_threshold":3,"lock_duration":"2h0m0s","api_lock_lag":"1d","no_api_lock_lag":true,` +
		`"lag_after_timed_unlock":true,"locked_logins_extend_lock":true,"expired_accepted_until_report":true,` +
		`"expiry_report_off":true,"daily_expiry_report":true,"forbidden_body":"html","resource_before_login":true,` +
		`"catalogue_without_login":true,"describe_without_privilege":true,"bare_finder_empty":true,"page_limit":499}`
	want := oraclesim.Switches{
		LockThreshold: 3, LockDuration: 2 * time.Hour, APILockLag: 24 * time.Hour, NoAPILockLag: true,
		LagAfterTimedUnlock: true, LockedLoginsExtendLock: true, ExpiredAcceptedUntilReport: true,
		ExpiryReportOff: true, DailyExpiryReport: true, ForbiddenBody: oraclesim.BodyHTML, ResourceBeforeLogin: true,
		CatalogueWithoutLogin: true, DescribeWithoutPrivilege: true, BareFinderEmpty: true, PageLimit: 499,
		NeverLocks: true, LockedLoginsUncounted: true, OnlyWrongPasswordsCount: true, MustChangeAccepted: true,
		PasswordMaxAge: 30 * day, PasswordExpireWarning: 5 * day, PasswordPolicy: oraclesim.PolicyCustom,
		PasswordMinLength: 12, PasswordHistory: 3, PasswordMinAge: day, ForbiddenCharacters: "<>",
		ErrorBodyWithoutAccept: true, ScimWithoutPrivilege401: true, SelfChangeWithoutPrivilege: true,
		ActiveFlipsOnLock: true, PatchUnlocks: true, ResetForcesChange: true, ScimPasswordIgnored: true,
		ScimRefusalText: "No", Maintenance: oraclesim.MaintenancePage, LocationAccess: oraclesim.LocationForbidden,
		LocationAccessCountsLogin: true, RateLimit: 5, RateLimitEvery: 6, DomainRateLimit: 7, RetryAfter: "30",
		DomainNotLoginStore: true, DomainPolicyUnreadable: true, TokenLifetime: 5 * time.Minute,
	}
	for i, field := range reflect.ValueOf(want).Fields() {
		if field.IsZero() {
			t.Errorf("%s is not sent", i.Name)
		}
	}
	if diff := cmp.Diff(decodeJSON(t, body), mustControl(t, sim, "PATCH /switches", body)); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, sim.Pod().Switches()); diff != "" {
		t.Errorf("switches (-want +got):\n%s", diff)
	}
	mustControl(t, sim, "PATCH /switches", `{"lock_threshold": 0}`)
	want.LockThreshold = oraclesim.DefaultLockThreshold
	mustControl(t, sim, "PATCH /switches", `{"password_max_age": "never"}`)
	want.PasswordMaxAge = oraclesim.NeverExpires
	if diff := cmp.Diff(want, sim.Pod().Switches()); diff != "" {
		t.Errorf("after a patch of one, switches (-want +got):\n%s", diff)
	}
}

// TestControlOfFaults sends every field in faults of different kinds.
func TestControlOfFaults(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	faults := map[string]oraclesim.Fault{
		`{"kind":"status","domain":true,"method":"PUT","path":"/a","user":"U","skip":1,"count":2,"after_login":true,"status":503,"body":"html","retry_after":"9"}`: {
			Kind: oraclesim.FaultStatus, Domain: true, Method: "PUT", Path: "/a", User: "U", Skip: 1, Count: 2, AfterLogin: true,
			Status: 503, Body: oraclesim.BodyHTML, RetryAfter: "9",
		},
		`{"kind":"redirect","location":"/b"}`: {Kind: oraclesim.FaultRedirect, Location: "/b"},
		`{"kind":"slow","delay":"1m30s"}`:     {Kind: oraclesim.FaultSlow, Delay: 90 * time.Second},
		`{"kind":"huge","mib":7}`:             {Kind: oraclesim.FaultHuge, MiB: 7},
	}
	for body, want := range faults {
		mustControl(t, sim, "DELETE /faults", "")
		wantAnswer := map[string]any{"faults": []any{decodeJSON(t, body)}}
		if diff := cmp.Diff(wantAnswer, mustControl(t, sim, "POST /faults", body)); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]oraclesim.Fault{want}, sim.Pod().Faults()); diff != "" {
			t.Errorf("faults (-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff(map[string]any{"faults": []any{}}, mustControl(t, sim, "DELETE /faults", "")); diff != "" {
		t.Errorf("after clearing (-want +got):\n%s", diff)
	}
}

func TestControlRefusesBadInput(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	tests := map[string]struct {
		line, body string
		status     int
		want       string
	}{
		"unknown field":        {"POST /users", `{"name": "X", "pasword": "Canary-7Zq!"}`, 400, `unknown field "pasword"`},
		"wrong type":           {"POST /users", `{"name": ["Canary-7Zq!"]}`, 400, `field "name" has the wrong type`},
		"wrong inner type":     {"POST /users", `{"access": {"GL": 1}}`, 400, `field "access" has the wrong type`},
		"not an object":        {"POST /users", `"Canary-7Zq!"`, 400, "the body is not a JSON object"},
		"not JSON":             {"POST /users", `{"name": Canary-7Zq!}`, 400, "the body is not valid JSON"},
		"cut short":            {"POST /users", `{"name": "Canary-7Zq!`, 400, "the body is not valid JSON"},
		"two values":           {"POST /users", `{"name": "X", "password": "x"} {}`, 400, "the body has more than one JSON value"},
		"too large":            {"POST /users", strings.Repeat(" ", 1<<20+1), 400, "the body cannot be read or is larger than 1 MiB"},
		"no body":              {"POST /users", "", 400, "a user needs a name"},
		"bad age":              {"POST /users", `{"name": "X", "password": "x", "password_age": "80 days"}`, 400, `"80 days" is not a duration: use one such as 90m, 2h30m or 80d`},
		"bad maximum age":      {"POST /users", `{"name": "X", "password": "x", "password_max_age": "always"}`, 400, `"always" is not a duration: use one such as 90m, 2h30m or 80d`},
		"maximum age of zero":  {"POST /users", `{"name": "X", "password": "x", "password_max_age": "0s"}`, 400, `password_max_age "0s" must be positive, or never`},
		"existing user":        {"POST /users", `{"name": "int_gl", "password": "x"}`, 400, `user "int_gl" exists already`},
		"state of nobody":      {"GET /users/NOBODY", "", 404, `user "NOBODY": the pod has no such user`},
		"lock of nobody":       {"POST /users/NOBODY/lock", "", 404, `user "NOBODY": the pod has no such user`},
		"logins of nobody":     {"GET /users/NOBODY/logins", "", 404, `user "NOBODY": the pod has no such user`},
		"password of nobody":   {"POST /users/NOBODY/password", `{"password": "x"}`, 404, `user "NOBODY": the pod has no such user`},
		"no password":          {"POST /users/INT_GL/password", `{}`, 400, `user "INT_GL" needs a password`},
		"password as a number": {"POST /users/INT_GL/password", `{"password": 4711}`, 400, `field "password" has the wrong type`},
		"body where none is":   {"POST /users/INT_GL/lock", `{"for": "1h"}`, 400, `unknown field "for"`},
		"odd access":           {"POST /users/INT_GL/privilege", `{"module": "GL", "access": "all"}`, 400, `access "all" is unknown: use granted, denied or no_data`},
		"no advance":           {"POST /clock", `{}`, 400, `advance is needed, such as "80d"`},
		"advance as a number":  {"POST /clock", `{"advance": 80}`, 400, `field "advance" has the wrong type`},
		"odd module":           {"DELETE /modules/XX", "", 400, `module "XX" is unknown: use GL, AP, AR, FA, CM, PA, PO or COMMON`},
		"no such resource":     {"DELETE /resources/customers", "", 400, `the pod has no resource "customers"`},
		"odd resource":         {"POST /resources", `{"name": "x", "module": "XX"}`, 400, `resource "x": module "XX" is unknown: use GL, AP, AR, FA, CM, PA, PO or COMMON`},
		"odd fault":            {"POST /faults", `{"kind": "status"}`, 400, `fault "status": it needs a status from 200 to 599`},
		"unknown fault field":  {"POST /faults", `{"kind": "hang", "times": 2}`, 400, `unknown field "times"`},
		"odd switch":           {"PATCH /switches", `{"lock_threshold": -1}`, 400, "lock threshold, lock duration, api lock lag and page limit must not be negative"},
		"unknown switch":       {"PATCH /switches", `{"lock": 1}`, 400, `unknown field "lock"`},
		"unknown path":         {"GET /nothing", "", 404, "there is no GET /nothing here: GET / lists what there is"},
		"wrong method":         {"GET /report", "", 404, "there is no GET /report here: GET / lists what there is"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, answer := control(t, sim, test.line, test.body)
			if status != test.status {
				t.Errorf("status = %d, want %d", status, test.status)
			}
			if got := decodeJSON(t, answer)["error"]; got != test.want {
				t.Errorf("error = %q, want %q", got, test.want)
			}
		})
	}
}

func TestControlListsItsPaths(t *testing.T) {
	t.Parallel()
	status, listing := control(t, start(t, oraclesim.Config{}), "GET /", "")
	if status != http.StatusOK {
		t.Fatalf("status = %d", status)
	}
	for _, want := range []string{"POST /users/{name}/password", "PATCH /switches", "DELETE /faults", "GET /requests"} {
		if !strings.Contains(listing, want) {
			t.Errorf("%q is missing in:\n%s", want, listing)
		}
	}
}

// TestNoPasswordGetsOut looks for a password in everything the simulator says or shows.
func TestNoPasswordGetsOut(t *testing.T) {
	t.Parallel()
	sim := start(t, oraclesim.Config{})
	pod := sim.Pod()
	var said strings.Builder
	say := func(v any) {
		text, err := json.Marshal(v)
		must(t, err)
		fmt.Fprintf(&said, "%s %+v %#v\n", text, v, v)
	}
	wrong := get(ledgers)
	wrong.password = password + "?"
	say(get(ledgers).do(t, sim).body)
	say(wrong.do(t, sim).body)
	say(fmt.Sprint(pod.AddUser(oraclesim.User{Name: user, Password: password})))
	must(t, pod.Lock(user))
	wrong.do(t, sim)
	say(pod.States())
	say(pod.Logins(user))
	say(pod.Requests())
	for _, line := range []string{"GET /", "GET /pod", "GET /users", "GET /users/INT_GL", "GET /users/INT_GL/logins", "GET /requests"} {
		_, answer := control(t, sim, line, "")
		say(answer)
	}
	for _, body := range []string{
		`{"password": "%s"}`, `{"password": "%s", "x": 1}`, `{"password": ["%s"]}`, `{"password": "%s`, `{"password": "%s"} 1`, "%s",
	} {
		_, answer := control(t, sim, "POST /users/INT_GL/password", fmt.Sprintf(body, password))
		say(answer)
	}
	if said.Len() < 1000 || strings.Contains(said.String(), password) {
		t.Errorf("a password got out, or nothing was said:\n%s", said.String())
	}
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"80d": 80 * day, "-1d": -day, "0d": 0, "90m": 90 * time.Minute, "2h30m": 150 * time.Minute, "0": 0,
	} {
		if got, err := oraclesim.ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "1.5d", "80", "1d12h", "80 d", "106752d", "9223372036854775808d"} {
		if got, err := oraclesim.ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, got)
		}
	}
}
