package backend_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// someUsers gives a pod n users with the same password, API_0 to API_n-1.
func someUsers(n int) []oraclesim.User {
	users := make([]oraclesim.User, n)
	for i := range users {
		users[i] = oraclesim.User{Name: fmt.Sprintf("API_%d", i), Password: password}
	}
	return users
}

func TestConfig(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.ok(logical.DeleteOperation, "config", nil)
	config := m.read("config")
	if hosts := config["allowed_hosts"].([]string); len(hosts) != 1 || hosts[0] != "*.oraclecloud.com" || config["max_concurrent_checks"] != 16 ||
		config["max_concurrent_checks_per_host"] != 4 || config["disable_automated_sweep"] != false {
		t.Errorf("the defaults are %v", config)
	}
	m.ok(logical.UpdateOperation, "config", map[string]any{"max_concurrent_checks": 3})
	if config := m.read("config"); config["max_concurrent_checks"] != 3 || config["max_concurrent_checks_per_host"] != 4 {
		t.Errorf("what was left out was not kept: %v", config)
	}
	if text := m.refused(400, logical.UpdateOperation, "integrations/gl", m.fields()); !strings.Contains(text, "allowed_hosts") {
		t.Errorf("with the default hosts the write says %q", text)
	}
}

func TestAHostThatIsNoLongerAllowed(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.sim.Pod().ResetLogs()
	m.ok(logical.DeleteOperation, "config", nil)
	if status := m.read("status/gl"); status["state"] != "unreachable" || status["reason"] != "host_not_allowed" {
		t.Errorf("status answered %v", status)
	}
	m.ok(logical.UpdateOperation, "check/gl", map[string]any{"force": true})
	if requests := m.sim.Pod().Requests(); len(requests) != 0 {
		t.Errorf("the password left for a host that is not allowed: %v", requests)
	}
	if m.read("creds/gl")["password"] != password {
		t.Error("creds must be served in every state")
	}
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.ok(logical.UpdateOperation, "policies/night", map[string]any{"check_schedule": "30 2 * * *", "password_max_age": "9999d"})
	night := m.read("policies/night")
	if night["check_schedule"] != "30 2 * * *" || night["check_period"] != nil || night["password_max_age"] != int64(9999*86400) || night["hold_period"] != int64(86400) {
		t.Errorf("read %v", night)
	}
	m.ok(logical.PatchOperation, "policies/night", map[string]any{"check_schedule": nil, "password_max_age": nil})
	if night := m.read("policies/night"); night["check_schedule"] != nil || night["check_period"] != int64(3600) || night["password_max_age"] != int64(90*86400) {
		t.Errorf("after patching null, read %v", night)
	}
	m.write(map[string]any{"policy": "night"})
	if text := m.refused(400, logical.DeleteOperation, "policies/night", nil); !strings.Contains(text, "used by gl") {
		t.Errorf("deleting it says %q", text)
	}
	m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"policy": nil})
	m.ok(logical.DeleteOperation, "policies/night", nil)
	m.refused(404, logical.ReadOperation, "policies/night", nil)

	m.ok(logical.UpdateOperation, "policies/default", map[string]any{"check_period": 60})
	m.ok(logical.DeleteOperation, "policies/default", nil)
	if got := m.read("policies/default")["check_period"]; got != int64(3600) {
		t.Errorf("deleted, the default policy checks every %v", got)
	}
	if keys := m.ok(logical.ListOperation, "policies/", nil).Data["keys"].([]string); len(keys) != 1 || keys[0] != "default" {
		t.Errorf("listed %v", keys)
	}
}

func TestListStatusShowsATable(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	data := m.ok(logical.ListOperation, "status/", nil).Data
	row := data["key_info"].(map[string]any)["gl"].(map[string]any)
	for _, name := range []string{"state", "severity", "username", "server_url", "password_expiry_time", "next_check_time"} {
		if row[name] == nil {
			t.Errorf("no %s in %v", name, row)
		}
	}
}

func TestLeastPrivilegeNamesTheExcess(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	must(t, m.sim.Pod().SetPrivilege(user, "CM", "denied"))
	m.write()
	status := m.ok(logical.UpdateOperation, "check/gl", map[string]any{"least_privilege": true}).Data
	if got := fmt.Sprint(status["excess_modules"]); got != "[AP AR FA PA]" {
		t.Errorf("the excess is %v", got)
	}
	if status["state"] != "ok" || len(status["modules"].(map[string]any)) != 1 {
		t.Errorf("what was not selected must not change the state: %v", status)
	}
	if status := m.ok(logical.UpdateOperation, "check/gl", nil).Data; status["excess_modules"] != nil {
		t.Errorf("a check that did not ask shows %v", status["excess_modules"])
	}
}

func TestForceIgnoresTheHoldAndNotTheBudget(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	must(t, m.sim.Pod().SetPassword(user, "Second-Horse-9"))
	m.sim.Pod().ResetLogs()
	for range 20 {
		m.ok(logical.UpdateOperation, "check/gl", nil)
	}
	if n := len(m.sim.Pod().Logins(user)); n != 1 {
		t.Errorf("20 checks spent %d logins", n)
	}
	var last *logical.Response
	for range 20 {
		last = m.ok(logical.UpdateOperation, "check/gl", map[string]any{"force": true})
	}
	if n := len(m.sim.Pod().Logins(user)); n != 3 {
		t.Errorf("with force in a loop %d logins were spent, want the engine's one and people's two", n)
	}
	if warnings := strings.Join(last.Warnings, " "); !strings.Contains(warnings, "operator_login_budget is spent") {
		t.Errorf("the last answer warns %q", warnings)
	}
	text := m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"password": "Third-Horse-9"})
	if !strings.Contains(text, "no login was spent") || len(m.sim.Pod().Logins(user)) != 3 {
		t.Errorf("a verified write beyond the budget says %q", text)
	}
}

func TestUsageCountsReaders(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	for _, entity := range []string{"a", "a", "b"} {
		req := &logical.Request{Operation: logical.ReadOperation, Path: "creds/gl", Storage: m.storage, EntityID: entity}
		if _, err := m.backend.HandleRequest(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	got := m.read("status/gl")["usage"].(map[string]any)
	if got["reads_24h"] != int64(3) || got["readers_24h"] != 2 || got["last_read_time"] == nil || got["since"] == nil {
		t.Errorf("usage is %v", got)
	}
}

func TestReportPagesAndChanges(t *testing.T) {
	t.Parallel()
	m := newMount(t, someUsers(5)...)
	for i := range 5 {
		m.ok(logical.UpdateOperation, fmt.Sprintf("integrations/i%d", i), m.fields(map[string]any{"username": fmt.Sprintf("API_%d", i)}))
	}
	first := m.ok(logical.ReadOperation, "report", map[string]any{"limit": "2"}).Data
	second := m.ok(logical.ReadOperation, "report", map[string]any{"limit": "2", "after": "i1"}).Data
	if names(first) != "i0 i1" || names(second) != "i2 i3" || first["full"] != true || first["counts"].(map[string]any)["ok"] != 5 {
		t.Errorf("pages: %s | %s, counts %v", names(first), names(second), first["counts"])
	}
	if row := first["integrations"].([]any)[0].(map[string]any); row["username"] != "API_0" || row["policy"] != "default" || fmt.Sprint(row["modules_selected"]) != "[GL]" {
		t.Errorf("a row is %v", row)
	}
	m.ok(logical.DeleteOperation, "integrations/i4", nil)
	m.ok(logical.UpdateOperation, "check/i2", nil)
	changed := m.readSince(first["revision"])
	if names(changed) != "i2" || fmt.Sprint(changed["deleted"]) != "[i4]" || changed["full"] != false {
		t.Errorf("changed: %s, deleted %v", names(changed), changed["deleted"])
	}
	m.restart()
	if after := m.readSince(first["revision"]); after["full"] != true || names(after) != "i0 i1 i2 i3" {
		t.Errorf("after a restart: full %v, %s", after["full"], names(after))
	}
	for range 20 { // more changes than the first process had made: its numbers must still not be taken for ours
		m.ok(logical.UpdateOperation, "check/i2", nil)
	}
	if after := m.readSince(first["revision"]); after["full"] != true {
		t.Error("a revision of another process was taken for one of this")
	}
	m.refused(400, logical.ReadOperation, "report", map[string]any{"since": "nonsense"})
	m.refused(400, logical.ReadOperation, "report", map[string]any{"limit": 1001})
}

func names(report map[string]any) string {
	var list []string
	for _, row := range report["integrations"].([]any) {
		list = append(list, row.(map[string]any)["name"].(string))
	}
	return strings.Join(list, " ")
}

func TestEveryPathHasHelpWithAnExampleAndSchemas(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	for _, path := range []string{
		"config", "policies/", "policies/x", "integrations/", "integrations/x", "creds/", "creds/x", "connector/x", "check/x",
		"status/", "status/x", "report", "sweep", "info",
	} {
		router := m.backend.(interface {
			Route(path string) *framework.Path
		})
		p := router.Route(path)
		if p == nil || p.HelpSynopsis == "" || !strings.Contains(p.HelpDescription, "vault ") {
			t.Errorf("%s has no help with an example", path)
			continue
		}
		for operation, handler := range p.Operations {
			properties := handler.Properties()
			if properties.Summary == "" || len(properties.Responses) == 0 || properties.DisplayAttrs == nil {
				t.Errorf("%s %s lacks a summary, a response or an operation id", operation, path)
			}
		}
		for name, field := range p.Fields {
			if field.Description == "" {
				t.Errorf("%s: %s has no description", path, name)
			}
		}
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	if info := newMount(t).read("info"); info["name"] != "test" || info["version"] != "v1.2.3" {
		t.Errorf("info is %v", info)
	}
}
