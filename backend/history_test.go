package backend_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// told holds gl's history against itself: every number once and in turn, each event beginning where the one
// before it ended, and the last being the one that status counts.
func (m *mount) told(what string) []map[string]any {
	m.t.Helper()
	events, status := m.events(), m.read("status/gl")
	for i, event := range events {
		if i == 0 {
			if event["seq"] != int64(1) && len(events) < 100 {
				m.t.Errorf("%s: the first event is %v", what, event)
			}
			continue
		}
		before := events[i-1]
		if event["seq"] != before["seq"].(int64)+1 || event["from_state"] != before["to_state"] {
			m.t.Errorf("%s: %v is followed by %v", what, before, event)
		}
		if event["time"].(string) < before["time"].(string) {
			m.t.Errorf("%s: event %v lies before the one before it", what, event)
		}
	}
	if len(events) == 0 {
		m.t.Fatalf("%s: no events", what)
	}
	shows(m.t, what, events[len(events)-1], map[string]any{"seq": status["event_seq"], "to_state": status["state"], "reason": status["reason"]})
	return events
}

func TestHistoryTellsWhatChanged(t *testing.T) {
	t.Parallel()
	m := watched(t, oraclesim.Switches{}, "")
	pod := m.sim.Pod()
	ada := logical.Request{DisplayName: "token-ada"}
	patch := func(fields map[string]any) { m.as(ada, logical.PatchOperation, "integrations/gl", fields) }
	steps := []struct {
		what string
		do   func()
		want map[string]any
	}{
		{"created", func() { m.as(ada, logical.CreateOperation, "integrations/gl", m.fields()) }, map[string]any{"kind": "write", "from_state": nil, "to_state": "ok", "actor": "token-ada", "credential_version": 1}},
		{"another timeout", func() { patch(map[string]any{"timeout": 7}) }, map[string]any{"kind": "write", "from_state": "ok", "to_state": "ok", "actor": "token-ada"}},
		{"refused", func() { must(t, pod.Lock(user)); m.as(ada, logical.UpdateOperation, "check/gl", nil) }, map[string]any{"kind": "hold", "from_state": "ok", "to_state": "rejected", "reason": "login_refused", "actor": "token-ada"}},
		{"paused", func() { patch(map[string]any{"paused_until": "2999-01-01T00:00:00Z", "pause_reason": "month end"}) }, map[string]any{"kind": "pause", "from_state": "rejected", "to_state": "rejected"}},
		{"a directory", func() { patch(map[string]any{"directory": "domain"}) }, map[string]any{"kind": "write"}},
		{"locked", func() { m.checks() }, map[string]any{"kind": "check", "from_state": "rejected", "to_state": "locked", "reason": "account_locked", "actor": "unknown"}},
		{"unlocked", func() { must(t, pod.Unlock(user)); m.checks() }, map[string]any{"kind": "check", "to_state": "rejected", "reason": "unlocked_waiting"}},
		{"released", func() {
			pod.AdvanceClock(2 * time.Hour)
			m.as(ada, logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"})
		}, map[string]any{"kind": "release", "from_state": "rejected", "to_state": "paused", "actor": "token-ada"}},
		{"the pause ended", func() { patch(map[string]any{"paused_until": nil}) }, map[string]any{"kind": "pause", "from_state": "paused", "to_state": "ok"}},
		{"another password", func() {
			must(t, pod.SetPassword(user, "Second-Horse-9"))
			patch(map[string]any{"password": "Second-Horse-9"})
		}, map[string]any{"kind": "write", "from_state": "ok", "to_state": "ok", "credential_version": 2}},
		{"stored unproved", func() { patch(map[string]any{"password": "Third-Horse-9", "verify_connection": false}) }, map[string]any{"kind": "write", "from_state": "ok", "to_state": "unchecked", "credential_version": 3}},
	}
	for i, step := range steps {
		step.do()
		events := m.told(step.what)
		if len(events) != i+1 {
			t.Fatalf("%s: %d events, not %d: %v", step.what, len(events), i+1, events)
		}
		shows(t, step.what, events[i], step.want)
		m.restart()
	}
	m.refused(400, logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 0})
	if n := len(m.told("a refused write")); n != len(steps) {
		t.Errorf("a refused write is the event %d", n)
	}
}

func TestHistoryIsBoundedAndEndsWithItsIntegration(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.happens(105)
	events := m.told("105 writes")
	if len(events) != 100 || events[0]["seq"] != int64(7) {
		t.Errorf("kept are %d, the first %v", len(events), events[0])
	}
	m.ok(logical.DeleteOperation, "integrations/gl", nil)
	m.refused(404, logical.ReadOperation, "history/gl", nil)
	m.write()
	if events := m.told("created anew"); len(events) != 1 || events[0]["from_state"] != nil {
		t.Errorf("created anew it tells %v", events)
	}
	m.refused(404, logical.ReadOperation, "history/no", nil)
}

func TestTheHistoryOfANamesakeIsNotIts(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.happens(9)
	left := m.stored()
	m.ok(logical.DeleteOperation, "integrations/gl", nil)
	m.write(map[string]any{"verify_connection": false})
	leave := func(key string) {
		must(t, m.storage.Put(t.Context(), &logical.StorageEntry{Key: key, Value: []byte(left[key])}))
		m.restart()
	}
	leave("history/gl") // as if the delete had not come to it
	if events := m.told("created anew"); len(events) != 1 || events[0]["to_state"] != "unchecked" {
		t.Errorf("beside the history of a deleted one is told: %v", events)
	}
	leave("record/gl") // nor to this, and the create had died before its own
	if events := m.events(); len(events) != 0 {
		t.Errorf("the history of a deleted one is told: %v", events)
	}
	m.spoil("history/gl")
	if events := m.events(); len(events) != 0 {
		t.Errorf("spoilt, it tells %v", events)
	}
	m.checks()
	if events := m.told("checked"); len(events) != 2 || events[0]["from_state"] != nil || events[1]["to_state"] != "ok" {
		t.Errorf("after a check it tells %v", events)
	}
}

// What moved the state without a check is told before the check that came after it.
func TestHistoryTellsOfPoliciesAndSettings(t *testing.T) {
	t.Parallel()
	m := newMount(t)
	m.write()
	m.aged(80)
	m.told("expiring")
	m.ok(logical.UpdateOperation, "policies/default", map[string]any{"expiry_warning": "1d"})
	must(t, m.sim.Pod().SetPassword(user, "Second-Horse-9"))
	m.checks()
	m.told("no longer, then refused")
	m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"})
	m.ok(logical.DeleteOperation, "config", nil)
	m.ok(logical.UpdateOperation, "config", map[string]any{"allowed_hosts": "localhost"})
	m.ok(logical.UpdateOperation, "policies/default", map[string]any{"expiry_warning": "89d"})
	m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"timeout": 9})
	m.told("settings, a policy, then a write")
}

func TestTheSweepTellsWhatTimeChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pod := &clockedPod{login: oracle.LoginAccepted}
		m := clocked(t, &logical.InmemStorage{}, pod)
		defer m.backend.Cleanup(t.Context())
		began := time.Now()
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{
			"password_set_time": began.Add(-70 * 24 * time.Hour).Format(time.RFC3339),
			"paused_until":      began.Add(48 * time.Hour).Format(time.RFC3339), "pause_reason": "month end",
		}))
		m.ok(logical.UpdateOperation, "policies/default", map[string]any{"check_period": "200d"})
		time.Sleep(30 * 24 * time.Hour)
		m.ok(logical.UpdateOperation, "policies/default", map[string]any{"password_max_age": 0})
		time.Sleep(time.Minute)
		want := []map[string]any{
			{"kind": "pause", "to_state": "paused", "time": stamped(began)},
			{"kind": "pause", "from_state": "paused", "to_state": "ok", "time": stamped(began.Add(48 * time.Hour)), "actor": "engine"},
			{"kind": "check", "from_state": "ok", "to_state": "expiring", "reason": "password_expiring", "time": stamped(began.Add(6 * 24 * time.Hour)), "actor": "engine"},
			{"kind": "check", "to_state": "expiring", "reason": "password_past_expiry", "time": stamped(began.Add(20 * 24 * time.Hour)), "actor": "engine"},
			{"kind": "check", "from_state": "expiring", "to_state": "ok", "time": stamped(began.Add(30 * 24 * time.Hour)), "actor": "engine"},
		}
		events := m.told("a month")
		if len(events) != len(want) {
			t.Fatalf("%d events: %v", len(events), events)
		}
		for i := range want {
			shows(t, fmt.Sprint("event ", i), events[i], want[i])
		}
	})
}

func stamped(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// What time changed while no process ran is told with its own dates.
func TestHistoryCatchesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		storage, pod := &logical.InmemStorage{}, &clockedPod{login: oracle.LoginAccepted}
		m := clocked(t, storage, pod)
		began := time.Now()
		m.ok(logical.UpdateOperation, "integrations/gl", clockedFields(map[string]any{"password_set_time": stamped(began)}))
		m.backend.Cleanup(t.Context())
		time.Sleep(95 * 24 * time.Hour)
		pod.set(func(p *clockedPod) { p.login = oracle.LoginRefused })
		m = clocked(t, storage, pod)
		defer m.backend.Cleanup(t.Context())
		time.Sleep(time.Second)
		events := m.told("a season later")
		for i, want := range []map[string]any{
			{"to_state": "ok"},
			{"to_state": "expiring", "reason": "password_expiring", "time": stamped(began.Add(76 * 24 * time.Hour))},
			{"to_state": "expiring", "reason": "password_past_expiry", "time": stamped(began.Add(90 * 24 * time.Hour))},
			{"to_state": "expired", "kind": "hold", "reason": "login_refused_past_age", "actor": "engine"},
		} {
			shows(t, fmt.Sprint("event ", i), events[i], want)
		}
	})
}
