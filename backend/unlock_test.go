package backend_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// What an unlock and an activation cost, and when.

func TestAnUnlockIsNoticedAndWaitedFor(t *testing.T) {
	t.Parallel()
	for what, story := range map[string]struct {
		directory string
		do, undo  func(*oraclesim.Pod) error
	}{
		"unlocked":  {"domain", func(p *oraclesim.Pod) error { return p.Lock(user) }, func(p *oraclesim.Pod) error { return p.Unlock(user) }},
		"activated": {"fusion", func(p *oraclesim.Pod) error { return p.Disable(user) }, func(p *oraclesim.Pod) error { return p.Enable(user) }},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			m := watched(t, oraclesim.Switches{}, story.directory)
			must(t, story.do(m.sim.Pod()))
			m.checks()
			must(t, story.undo(m.sim.Pod()))
			status := m.checks()
			shows(t, what, status, map[string]any{"state": "rejected", "reason": "unlocked_waiting", "held": true})
			if text := status["message"].(string); !strings.Contains(text, "is unlocked and active again") || !strings.Contains(text, "action=release") {
				t.Errorf("it says %q", text)
			}
			if status["held_until"] != status["next_check_time"] && status["held_until"] == nil {
				t.Errorf("the next check is at %v, the hold ends at %v", status["next_check_time"], status["held_until"])
			}
			m.later(50 * time.Minute)
			shows(t, "soon after", m.checks(), map[string]any{"state": "rejected", "reason": "unlocked_waiting"})
			if n := len(m.sim.Pod().Logins(user)); n != 0 {
				t.Errorf("%d logins before unlock_delay was over", n)
			}
			m.later(11 * time.Minute)
			shows(t, "after unlock_delay", m.checks(), map[string]any{"state": "ok", "held": false, "reason": "logged_in"})
			if n := len(m.sim.Pod().Logins(user)); n != 1 {
				t.Errorf("the recovery cost %d logins", n)
			}
		})
	}
}

func TestTheDelayIsThePolicys(t *testing.T) {
	t.Parallel()
	m := watched(t, oraclesim.Switches{NoAPILockLag: true}, "domain")
	if got := m.read("policies/default")["unlock_delay"]; got != int64(3600) {
		t.Errorf("by default it is %v", got)
	}
	m.ok(logical.UpdateOperation, "policies/now", map[string]any{"unlock_delay": 0})
	m.ok(logical.UpdateOperation, "policies/later", map[string]any{"unlock_delay": "2h"})
	m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"policy": "later"})
	must(t, m.sim.Pod().Lock(user))
	m.checks()
	must(t, m.sim.Pod().Unlock(user))
	m.checks()
	m.later(time.Hour + time.Minute)
	shows(t, "with two hours", m.checks(), map[string]any{"state": "rejected", "reason": "unlocked_waiting"})
	m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"policy": "now"})
	shows(t, "with none", m.checks(), map[string]any{"state": "ok"})
	m.ok(logical.PatchOperation, "policies/later", map[string]any{"unlock_delay": nil})
	if got := m.read("policies/later")["unlock_delay"]; got != int64(3600) {
		t.Errorf("null gave %v", got)
	}
	for _, wrong := range []any{-1, "x", "40000d"} {
		if text := m.refused(400, logical.UpdateOperation, "policies/p", map[string]any{"unlock_delay": wrong}); !strings.Contains(text, "unlock_delay") {
			t.Errorf("%v is told %q", wrong, text)
		}
	}
}

// A release asks at once, and a refusal while the API lags is no reason for another login.
func TestAReleaseWithinTheLag(t *testing.T) {
	t.Parallel()
	m := watched(t, oraclesim.Switches{}, "domain")
	must(t, m.sim.Pod().Lock(user))
	m.checks()
	must(t, m.sim.Pod().Unlock(user))
	m.checks()
	status := m.ok(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"}).Data
	shows(t, "released too early", status, map[string]any{"state": "rejected", "held": true, "refused_logins": 1})
	for range 3 {
		m.checks()
	}
	if n := len(m.sim.Pod().Logins(user)); n != 1 {
		t.Errorf("%d logins", n)
	}
	m.later(2 * time.Hour)
	shows(t, "released again", m.ok(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"}).Data, map[string]any{"state": "ok", "refused_logins": 0})
}

func TestAReactivatedAccountGetsItsSecondTryOnly(t *testing.T) {
	t.Parallel()
	m := watched(t, oraclesim.Switches{}, "fusion")
	pod := m.sim.Pod()
	must(t, pod.SetPassword(user, "Second-Horse-9"))
	m.checks()
	must(t, pod.Disable(user))
	m.checks()
	must(t, pod.Enable(user))
	m.checks()
	m.later(61 * time.Minute)
	for range 4 {
		m.checks()
		must(t, pod.Disable(user))
		m.checks()
		must(t, pod.Enable(user))
		m.later(26 * time.Hour)
	}
	if n := len(pod.Logins(user)); n != 2 {
		t.Errorf("by itself the engine caused %d refused logins", n)
	}
	shows(t, "its budget spent", m.checks(), map[string]any{"state": "rejected", "held": true, "held_until": nil})
}
