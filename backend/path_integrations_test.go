package backend_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

func TestWriteProvesThenStores(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	answer := m.write()
	if answer.Data["state"] != "ok" || answer.Data["credential_version"] != 1 {
		t.Errorf("the write answered %v", answer.Data)
	}
	creds := m.read("creds/gl")
	if creds["password"] != password || creds["username"] != user || creds["server_url"] != m.sim.URL() {
		t.Errorf("creds answered %v", creds)
	}
	if got := creds["rest_api_url"]; got != m.sim.URL()+"/fscmRestApi/resources/latest/" {
		t.Errorf("rest_api_url is %v", got)
	}
	status := m.read("status/gl")
	if status["state"] != "ok" || status["reason"] != "logged_in" || status["confidence"] != "confirmed" {
		t.Errorf("status answered %v", status)
	}
	if logins := m.sim.Pod().Logins(user); len(logins) != 1 || !logins[0].Accepted {
		t.Errorf("the write spent %v, want one accepted login", logins)
	}
}

func TestWrongPasswordIsRefusedAndNothingStored(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	text := m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(map[string]any{"password": "Wrong-Horse-9"}))
	if !strings.Contains(text, "that is 1 refused login in a row") || strings.Contains(text, "Wrong-Horse-9") {
		t.Errorf("the refusal says %q", text)
	}
	m.refused(404, logical.ReadOperation, "integrations/gl", nil)
	m.refused(404, logical.ReadOperation, "creds/gl", nil)
	if logins := m.sim.Pod().Logins(user); len(logins) != 1 {
		t.Errorf("the write spent %d logins, want 1", len(logins))
	}
}

func TestWriteRefusedByEachCause(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		arrange func(*mount)
		send    map[string]any
		says    []string
	}{
		"locked": {func(m *mount) { must(m.t, m.sim.Pod().Lock(user)) }, nil, []string{"HTTP 401", "locked, expired or disabled"}},
		"a module is forbidden": {
			func(m *mount) { must(m.t, m.sim.Pod().SetPrivilege(user, "AP", "denied")) },
			map[string]any{"modules": "GL,AP"},
			[]string{"no privilege for AP"},
		},
		"every module is forbidden": {
			func(m *mount) { must(m.t, m.sim.Pod().SetPrivilege(user, "GL", "denied")) }, nil, []string{"every selected module answers 403", "location-based access"},
		},
		"every module is missing": {func(m *mount) { must(m.t, m.sim.Pod().RemoveModule("GL")) }, nil, []string{"404 to every probe", "server_url"}},
		"the pod is down":         {func(m *mount) { must(m.t, m.sim.Pod().SetDown(true)) }, nil, []string{"cannot be reached", "verify_connection=false"}},
		"a sign-on page":          {func(m *mount) { must(m.t, m.sim.Pod().Inject(ssoPage)) }, nil, []string{"not Oracle's REST API"}},
		"an unknown authority":    {func(*mount) {}, map[string]any{"ca_cert": ""}, []string{"failed TLS", "ca_cert"}},
		"a pod that never answers": {
			func(m *mount) { must(m.t, m.sim.Pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultReset})) }, nil,
			[]string{"cannot be reached", "counts against operator_login_budget"},
		},
		"unavailable": {func(m *mount) { must(m.t, m.sim.Pod().Inject(unavailable)) }, nil, []string{"HTTP 503", "maintenance"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMount(t)
			tt.arrange(m)
			text := m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(tt.send))
			for _, part := range append(tt.says, "nothing was stored") {
				if !strings.Contains(text, part) {
					t.Errorf("it says %q, without %q", text, part)
				}
			}
			m.refused(404, logical.ReadOperation, "status/gl", nil)
		})
	}
}

func TestWarningsOnAWrite(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	must(t, m.sim.Pod().SetPrivilege(user, "AP", "no_data"))
	must(t, m.sim.Pod().RemoveModule("FA"))
	answer := m.write(map[string]any{"modules": "fixed assets, General Ledger,accounts payable"})
	warnings := strings.Join(answer.Warnings, "\n")
	for _, part := range []string{"no resource for FA", "AP answered without a row", "password_set_time was not given"} {
		if !strings.Contains(warnings, part) {
			t.Errorf("no warning of %q in %q", part, warnings)
		}
	}
	if status := m.read("status/gl"); status["state"] != "limited" || status["reason"] != "module_not_found" {
		t.Errorf("status answered %v", status)
	}
}

func TestAWriteThatChangesNothingOfTheLoginDoesNotLogIn(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	before := m.read("status/gl")
	m.sim.Pod().ResetLogs()
	m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 5, "policy": "default", "password": password})
	m.ok(logical.UpdateOperation, "integrations/gl", map[string]any{"retry_attempts": 1})
	if requests := m.sim.Pod().Requests(); len(requests) != 0 {
		t.Errorf("it asked Oracle: %v", requests)
	}
	after := m.read("status/gl")
	if after["last_check_time"] != before["last_check_time"] || after["state"] != "ok" || after["credential_version"] != 1 {
		t.Errorf("before %v\nafter %v", before, after)
	}
	if got := m.read("creds/gl"); got["timeout"] != int64(5) || got["retry_attempts"] != 1 {
		t.Errorf("creds answered %v", got)
	}
}

func TestANewPassword(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	must(t, m.sim.Pod().SetPassword(user, "Second-Horse-9"))
	m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Third-Horse-9"})
	if creds := m.read("creds/gl"); creds["password"] != password || creds["credential_version"] != 1 {
		t.Errorf("after a refusal creds answered %v", creds)
	}
	answer := m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9", "cas": 1})
	if answer.Data["credential_version"] != 2 || answer.Data["state"] != "ok" {
		t.Errorf("the write answered %v", answer.Data)
	}
	if creds := m.read("creds/gl"); creds["password"] != "Second-Horse-9" || creds["credential_version"] != 2 {
		t.Errorf("creds answered %v", creds)
	}
	if text := m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "x", "cas": 1}); !strings.Contains(text, "credential_version is 2") {
		t.Errorf("an old cas is told %q", text)
	}
	if text := m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields(map[string]any{"cas": 0})); !strings.Contains(text, "only creates") {
		t.Errorf("cas 0 is told %q", text)
	}
}

func TestTheSecretIsSentAgainWhenItsWayChanges(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	for field, value := range map[string]any{
		"server_url": strings.Replace(m.sim.URL(), "localhost", "127.0.0.1", 1), "username": "other", "ca_cert": nil,
	} {
		text := m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{field: value})
		if !strings.Contains(text, "password must be sent again") {
			t.Errorf("changing %s is told %q", field, text)
		}
	}
}

func TestStoredWithoutALogin(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	answer := m.write(map[string]any{"verify_connection": false, "password": "Wrong-Horse-9"})
	if answer.Data["state"] != "unchecked" || !strings.Contains(strings.Join(answer.Warnings, " "), "without a login") {
		t.Errorf("the write answered %v %v", answer.Data, answer.Warnings)
	}
	if requests := m.sim.Pod().Requests(); len(requests) != 0 {
		t.Errorf("it asked Oracle: %v", requests)
	}
	if status := m.ok(logical.UpdateOperation, "check/gl", nil).Data; status["state"] != "rejected" || status["held"] != true {
		t.Errorf("the check answered %v", status)
	}
}

func TestAReadMayBeWrittenBack(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write(map[string]any{
		"modules": "GL,AP", "probes": map[string]any{"GL": "11.13.18.05/ledgersLOV?limit=1"}, "timeout": "10s",
		"password_set_time": "2026-01-31T06:00:00Z", "paused_until": "2999-01-01T00:00:00Z", "pause_reason": "month end",
	})
	m.sim.Pod().ResetLogs()
	before := m.read("integrations/gl")
	for _, operation := range []logical.Operation{logical.UpdateOperation, logical.PatchOperation} {
		m.ok(operation, "integrations/gl", asJSON(t, before))
	}
	if after := m.read("integrations/gl"); !cmp.Equal(before, after) {
		t.Errorf("written back it changed:\n%s", cmp.Diff(before, after))
	}
	if requests := m.sim.Pod().Requests(); len(requests) != 0 {
		t.Errorf("it asked Oracle: %v", requests)
	}
	for _, path := range []string{"config", "policies/default"} {
		before := m.read(path)
		m.ok(logical.UpdateOperation, path, asJSON(t, before))
		if after := m.read(path); !cmp.Equal(before, after) {
			t.Errorf("%s written back it changed:\n%s", path, cmp.Diff(before, after))
		}
	}
}

func TestPatchNullRestoresTheDefault(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write(map[string]any{"timeout": 5, "retry_attempts": 1, "paused_until": "2999-01-01T00:00:00Z", "pause_reason": "month end"})
	if status := m.read("status/gl"); status["state"] != "paused" {
		t.Errorf("paused, status answered %v", status["state"])
	}
	m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"timeout": nil, "retry_attempts": nil, "paused_until": nil})
	got := m.read("integrations/gl")
	if got["timeout"] != int64(30) || got["retry_attempts"] != 3 || got["paused_until"] != nil || got["pause_reason"] != nil {
		t.Errorf("read %v", got)
	}
	for _, field := range []string{"server_url", "username", "password"} {
		m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{field: nil})
	}
}

func TestTheConnectorsNames(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.ok(logical.UpdateOperation, "integrations/gl", map[string]any{
		"oracle-financials-server-url": m.sim.URL(), "oracle-financials-username": user, "oracle-financials-password": password,
		"oracle-financials-timeout": "20", "oracle-financials-retry-attempts": "2", "ca_cert": string(m.sim.CACertPEM()),
	})
	want := map[string]any{
		"oracle-financials-server-url": m.sim.URL(), "oracle-financials-username": user, "oracle-financials-password": password,
		"oracle-financials-timeout": int64(20), "oracle-financials-retry-attempts": 2,
	}
	if got := m.read("connector/gl"); !cmp.Equal(got, want) {
		t.Errorf("connector answered\n%s", cmp.Diff(want, got))
	}
}

func TestOneIntegrationPerUserAndPod(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.sim.Pod().ResetLogs()
	text := m.refused(400, logical.UpdateOperation, "integrations/other", m.fields(map[string]any{"username": strings.ToLower(user)}))
	if !strings.Contains(text, `"gl" already holds this user`) || len(m.sim.Pod().Logins(user)) != 0 {
		t.Errorf("after %d logins it says %q", len(m.sim.Pod().Logins(user)), text)
	}
	m.ok(logical.DeleteOperation, "integrations/gl", nil)
	m.ok(logical.UpdateOperation, "integrations/other", m.fields())
}

// Whoever ends a write holds the user that is stored, and no other one.
func TestAUserIsHeldByWhatIsStored(t *testing.T) {
	t.Parallel()
	const second = "API_AP"
	unproved := map[string]any{"verify_connection": false}
	to := func(name, password string) map[string]any {
		return map[string]any{"username": name, "password": password}
	}
	for name, test := range map[string]struct {
		write      func(*mount)
		held, free []string
	}{
		"a write of the same user": {func(m *mount) { m.write(unproved) }, []string{user}, []string{second}},
		"a write of another user":  {func(m *mount) { m.write(to(second, password)) }, []string{second}, []string{user}},
		"a refused write of another user": {func(m *mount) {
			m.refused(400, logical.PatchOperation, "integrations/gl", to(second, "Wrong-Horse-9"))
		}, []string{user}, []string{second}},
		"a refused write of a new integration": {func(m *mount) {
			m.refused(400, logical.UpdateOperation, "integrations/ap", m.fields(to(second, "Wrong-Horse-9")))
		}, []string{user}, []string{second}},
		"a refused write of a user whom another one holds": {func(m *mount) {
			m.refused(400, logical.UpdateOperation, "integrations/ap", m.fields(unproved))
		}, []string{user}, []string{second}},
		"a deletion": {func(m *mount) { m.ok(logical.DeleteOperation, "integrations/gl", nil) }, nil, []string{user, second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMount(t, oraclesim.User{Name: user, Password: password}, oraclesim.User{Name: second, Password: password})
			m.write()
			test.write(m)
			for _, held := range test.held {
				m.refused(400, logical.UpdateOperation, "integrations/other", m.fields(to(held, password), unproved))
			}
			for _, free := range test.free {
				m.ok(logical.UpdateOperation, "integrations/other-"+free, m.fields(to(free, password), unproved))
			}
		})
	}
}

func TestDeleteAndCreateDoNotResetTheGuard(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write(map[string]any{"verify_connection": false, "password": "Wrong-Horse-9"})
	m.ok(logical.UpdateOperation, "check/gl", nil)
	m.ok(logical.DeleteOperation, "integrations/gl", nil)
	m.restart()
	m.write(map[string]any{"verify_connection": false, "password": "Wrong-Horse-8"})
	if status := m.read("status/gl"); status["refused_logins"] != 1 {
		t.Errorf("created anew, status answered %v", status)
	}
}

// A check that a pod does not answer leaves the state as it is known until failure_threshold of them: its answer says so.
func TestACheckThatLearnsNothingSaysSo(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write(map[string]any{"retry_attempts": 0})
	if warnings := m.ok(logical.UpdateOperation, "check/gl", nil).Warnings; len(warnings) > 0 {
		t.Errorf("a good check warns %q", warnings)
	}
	must(t, m.sim.Pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultMaintenancePage, Path: "/fscmRestApi"}))
	answer := m.ok(logical.UpdateOperation, "check/gl", nil)
	if answer.Data["state"] != "ok" || len(answer.Warnings) != 1 || !strings.Contains(answer.Warnings[0], "learned nothing") {
		t.Errorf("state %v, warnings %q", answer.Data["state"], answer.Warnings)
	}
}
