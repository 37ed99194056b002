package backend_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// as makes a request of somebody.
func (m *mount) as(who logical.Request, operation logical.Operation, path string, data map[string]any) *logical.Response {
	m.t.Helper()
	who.Operation, who.Path, who.Data, who.Storage, who.MountPoint = operation, path, data, m.storage, "oracle-financials/"
	answer, err := m.backend.HandleRequest(m.t.Context(), &who)
	if err != nil || answer.IsError() {
		m.t.Fatalf("%s %s: %v %v", operation, path, err, answer.Error())
	}
	return answer
}

// events are gl's, the oldest first.
func (m *mount) events() []map[string]any {
	m.t.Helper()
	var all []map[string]any
	for _, event := range m.read("history/gl")["events"].([]any) {
		all = append(all, event.(map[string]any))
	}
	return all
}

func TestReconcileNamesItsActions(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.sim.Pod().ResetLogs()
	for _, data := range []map[string]any{nil, {}, {"action": ""}, {"action": canary}, {"action": "RELEASE"}, {"action": "adopt", "account": canary}, {"action": []any{canary}}, {"action": nil}} {
		text := m.refused(400, logical.UpdateOperation, "reconcile/gl", data)
		if !strings.Contains(text, "release") && !strings.Contains(text, "action") && !strings.Contains(text, "account") || strings.Contains(text, canary) {
			t.Errorf("%v is told %q", data, text)
		}
	}
	m.refused(404, logical.UpdateOperation, "reconcile/no", map[string]any{"action": "release"})
	if n := len(m.sim.Pod().Requests()); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

func TestAReleaseSpendsOneLoginOfAPerson(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	pod := m.sim.Pod()
	must(t, pod.Lock(user))
	m.checks()
	must(t, pod.Unlock(user))
	pod.AdvanceClock(2 * time.Hour)
	pod.ResetLogs()
	shows(t, "a check is held back", m.checks(), map[string]any{"state": "rejected", "held": true})
	answer := m.as(logical.Request{DisplayName: "token-ada", EntityID: "e-1"}, logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"})
	shows(t, "released", answer.Data, map[string]any{"state": "ok", "held": false, "refused_logins": 0})
	if n := len(pod.Logins(user)); n != 1 || len(answer.Warnings) != 0 {
		t.Errorf("%d logins, warnings %v", n, answer.Warnings)
	}
	events := m.events()
	last := events[len(events)-1]
	shows(t, "its event", last, map[string]any{"kind": "release", "from_state": "rejected", "to_state": "ok", "reason": "logged_in", "actor": "token-ada", "seq": m.read("status/gl")["event_seq"], "credential_version": 1})
	// One that changes nothing is an event all the same: a login was spent by somebody.
	m.as(logical.Request{EntityID: "e-1"}, logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"})
	events = m.events()
	shows(t, "the second", events[len(events)-1], map[string]any{"kind": "release", "from_state": "ok", "to_state": "ok", "actor": "e-1", "seq": m.read("status/gl")["event_seq"]})
}

func TestPeopleStayWithinTheirBudget(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*mount) *logical.Response{
		"release": func(m *mount) *logical.Response {
			return m.ok(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"})
		},
		"force": func(m *mount) *logical.Response {
			return m.ok(logical.UpdateOperation, "check/gl", map[string]any{"force": true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newGuardedMount(t, oraclesim.Switches{})
			m.write()
			must(t, m.sim.Pod().SetPassword(user, "Second-Horse-9"))
			m.checks()
			var last *logical.Response
			for range 5 {
				last = ask(m)
			}
			if text := strings.Join(last.Warnings, " "); !strings.Contains(text, "no login was spent: operator_login_budget is spent") {
				t.Errorf("beyond the budget it warns %q", text)
			}
			if n := m.sim.Pod().FailedInARow(user); n != 3 {
				t.Errorf("%d refused logins in a row, want the engine's and two of people", n)
			}
			before := fmt.Sprint(m.events())
			ask(m)
			if after := fmt.Sprint(m.events()); before != after {
				t.Errorf("what was denied is in history:\n%s\n%s", before, after)
			}
			m.later(61 * time.Minute)
			ask(m)
			if n := m.sim.Pod().FailedInARow(user); n != 4 {
				t.Errorf("an hour later %d refused logins in a row", n)
			}
		})
	}
}

func TestADirectoryThatDeniesARelease(t *testing.T) {
	t.Parallel()
	m := watched(t, oraclesim.Switches{}, "domain")
	must(t, m.sim.Pod().Lock(user))
	m.sim.Pod().ResetLogs()
	answer := m.ok(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"})
	shows(t, "locked", answer.Data, map[string]any{"state": "locked"})
	if text := strings.Join(answer.Warnings, " "); !strings.Contains(text, "no login was spent: the directory says that the account is locked") {
		t.Errorf("it warns %q", text)
	}
	m.spent(0)
}

// Each account of a pair is told of its own last password that logged in, and of no other's.
func TestEachAccountOfAPairIsToldOfItsOwnPasswords(t *testing.T) {
	t.Parallel()
	for field, account := range map[string]string{"password": user, "standby_password": standbyUser} {
		m := newRotatingMount(t, asPair, oraclesim.Switches{})
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{field: "Other-Horse-5", "verify_connection": false})
		m.ok(logical.UpdateOperation, "check/gl", nil)
		status := m.read("status/gl")
		standby := status["standby"].(map[string]any)
		told := map[string]any{user: status["message"], standbyUser: standby["message"]}
		for name, message := range told {
			if says := strings.Contains(message.(string), "action=use_previous"); says != (name == account) {
				t.Errorf("the %s was written, and %s is told %q", field, name, message)
			}
		}
		side := map[string]any{"action": "use_previous"}
		if account == standbyUser {
			side["account"] = "standby"
		}
		m.ok(logical.UpdateOperation, "reconcile/gl", side)
		status = m.read("status/gl")
		if standby = status["standby"].(map[string]any); status["state"] != "ok" || standby["state"] != "ok" {
			t.Errorf("the %s was stated: %v, %v", field, status["message"], standby["message"])
		}
	}
}

// A process that slept while another one wrote shows what its own check then finds.
func TestACheckCatchesUpWithAnotherProcess(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	pod, first := m.sim.Pod(), m.backend
	must(t, pod.SetPassword(user, "Another-Horse-4"))
	shows(t, "refused", m.checks(), map[string]any{"state": "rejected"})
	m.restart()
	m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Another-Horse-4"})
	m.backend = first
	shows(t, "checked by the first process", m.checks(), map[string]any{"state": "ok"})
	shows(t, "its status", m.read("status/gl"), map[string]any{"state": "ok", "credential_version": 2})
}
