package backend_test

import (
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// What is not known about how a pod locks.
var lockSwitches = map[string]switched{
	"LockThreshold": {on: oraclesim.Switches{LockThreshold: 3}, directory: "domain", story: func(m *mount, _ *oraclesim.Pod) {
		m.is("quiet", map[string]any{"state": "ok", "attempts_left": 3})
		m.refusedLogins(user, 2)
		m.sim.Pod().ResetLogs()
		m.is("two refused", map[string]any{"state": "ok", "severity": "warning", "attempts_left": 1, "held": true})
		m.ok(logical.UpdateOperation, "check/gl", map[string]any{"force": true})
		m.spent(0)
	}},
	"LockDuration": {on: oraclesim.Switches{LockDuration: 10 * time.Minute}, directory: "domain", story: func(m *mount, _ *oraclesim.Pod) {
		m.refusedLogins(user, 5)
		m.is("locked", map[string]any{"state": "locked"})
		m.later(11 * time.Minute)
		m.is("its end has come", map[string]any{"state": "rejected", "reason": "unlocked_waiting"})
		m.later(61 * time.Minute)
		m.is("later", map[string]any{"state": "ok"})
	}},
	"APILockLag": {on: oraclesim.Switches{APILockLag: 3 * time.Hour}, directory: "domain", story: func(m *mount, p *oraclesim.Pod) {
		m.unlocks()
		m.later(61 * time.Minute)
		m.is("the lag is longer than unlock_delay", map[string]any{"state": "rejected", "refused_logins": 1, "held": true})
		m.later(2 * time.Hour)
		m.checks()
		if n := p.FailedInARow(user); n != 1 {
			m.t.Errorf("%d refused logins in a row", n)
		}
		m.later(23 * time.Hour)
		m.is("after the hold", map[string]any{"state": "ok"})
	}},
	"NoAPILockLag": {on: oraclesim.Switches{NoAPILockLag: true}, directory: "domain", story: func(m *mount, _ *oraclesim.Pod) {
		m.ok(logical.UpdateOperation, "policies/default", map[string]any{"unlock_delay": 0})
		must(m.t, m.sim.Pod().Lock(user))
		m.is("locked", map[string]any{"state": "locked"})
		must(m.t, m.sim.Pod().Unlock(user))
		m.is("unlocked", map[string]any{"state": "ok"})
		m.spent(1)
	}},
	"LagAfterTimedUnlock": {on: oraclesim.Switches{LagAfterTimedUnlock: true}, directory: "domain", story: func(m *mount, _ *oraclesim.Pod) {
		m.refusedLogins(user, 5)
		m.checks()
		m.sim.Pod().ResetLogs()
		m.later(61 * time.Minute)
		m.is("it ended by itself", map[string]any{"state": "rejected", "reason": "unlocked_waiting"})
		m.later(61 * time.Minute)
		m.is("later", map[string]any{"state": "ok"})
		m.spent(1)
	}},
	"LockedLoginsExtendLock": {on: oraclesim.Switches{LockedLoginsExtendLock: true}, directory: "domain", story: func(m *mount, p *oraclesim.Pod) {
		m.refusedLogins(user, 5)
		before, err := p.State(user)
		must(m.t, err)
		m.sim.Pod().ResetLogs()
		for range 5 {
			m.is("locked", map[string]any{"state": "locked"})
			m.ok(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"})
		}
		if after, err := p.State(user); err != nil || !after.LockedUntil.Equal(before.LockedUntil) {
			m.t.Errorf("the engine extended the lock from %v to %v (%v)", before.LockedUntil, after.LockedUntil, err)
		}
		m.spent(0)
	}},
	"NeverLocks": {on: oraclesim.Switches{NeverLocks: true}, directory: "domain", story: func(m *mount, _ *oraclesim.Pod) {
		m.refusedLogins(user, 12)
		m.sim.Pod().ResetLogs()
		status := m.is("twelve refused", map[string]any{"state": "ok", "severity": "warning", "foreign_failed_logins": 12, "attempts_left": nil})
		shows(m.t, "the rules", status["rules"].(map[string]any), map[string]any{"lock_threshold": 0, "source": "directory"})
		m.spent(1)
	}},
	"LockedLoginsUncounted": {on: oraclesim.Switches{LockedLoginsUncounted: true}, directory: "domain", story: func(m *mount, _ *oraclesim.Pod) {
		m.unlocks()
		m.ok(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"})
		// The directory counts none: that the password is wrong is not said.
		shows(m.t, "in the lag", m.read("status/gl"), map[string]any{"state": "rejected", "reason": "login_refused", "refused_logins": 1, "attempts_left": 5})
		m.later(26 * time.Hour)
		m.is("after the hold", map[string]any{"state": "ok"})
	}},
	"OnlyWrongPasswordsCount": {on: oraclesim.Switches{OnlyWrongPasswordsCount: true}, directory: "domain", story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.Expire(user))
		m.is("expired", map[string]any{"state": "expired", "confidence": "confirmed", "attempts_left": 5, "refused_logins": 1})
		shows(m.t, "ten days later", m.tries(10), map[string]any{"state": "expired"})
		m.atMostDaily(10)
	}},
	"MustChangeAccepted": {on: oraclesim.Switches{MustChangeAccepted: true}, directory: "domain", story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.SetMustChange(user, true))
		m.is("the directory says so", map[string]any{"state": "must_change", "confidence": "confirmed", "refused_logins": 0})
		must(m.t, p.SetMustChange(user, false))
		m.is("changed", map[string]any{"state": "ok"})
	}},
	"ActiveFlipsOnLock": {on: oraclesim.Switches{ActiveFlipsOnLock: true}, directory: "fusion", story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.Lock(user))
		m.is("locked", map[string]any{"state": "disabled", "reason": "inactive", "confidence": "confirmed"})
		m.spent(0)
		must(m.t, p.Unlock(user))
		m.is("unlocked", map[string]any{"state": "rejected", "reason": "unlocked_waiting"})
		m.later(61 * time.Minute)
		m.is("later", map[string]any{"state": "ok"})
		m.spent(1)
	}},
	"PatchUnlocks": {on: oraclesim.Switches{PatchUnlocks: true}, directory: "domain", story: func(m *mount, p *oraclesim.Pod) {
		must(m.t, p.Lock(user))
		m.is("locked", map[string]any{"state": "locked"})
		m.setsPassword(user, "Second-Horse-9")
		m.is("another password unlocked it", map[string]any{"state": "rejected", "reason": "unlocked_waiting"})
		m.later(61 * time.Minute)
		m.is("the stored one is not the new one", map[string]any{"state": "rejected", "refused_logins": 1})
		m.ok(logical.PatchOperation, "integrations/gl", map[string]any{"password": "Second-Horse-9"})
		m.is("the new one", map[string]any{"state": "ok"})
	}},
}
