package backend_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// overDirectories are the ways in which somebody else than the user sets the password.
func overDirectories() []way { return []way{throughFusion, throughDomain, asPair} }

// An administrator unlocks, and the API goes on refusing for an hour: a proof in that time costs a healthy account
// its budget.
func TestTrap04ALoginInTheLagOfAnUnlock(t *testing.T) {
	plays(t, oraclesim.Switches{LockDuration: 200 * time.Hour}, []way{throughDomain}, func(t *testing.T, tr *trial) {
		must(t, tr.pod().Lock(user))
		tr.locked = true
		tr.ok(logical.UpdateOperation, "check/gl", nil) // the domain shows the lock
		tr.rotates()                                    // which heals nothing of that
		tr.mustLogin("while it is locked", user, "")
		tr.shows("while it is locked", map[string]any{"state": "locked", "confidence": "confirmed", "rotation_phase": "unverified"})
		tr.passes(6*time.Hour + time.Minute)
		must(t, tr.pod().Unlock(user))
		unlocked := tr.pod().Now()
		tr.passes(7*time.Hour + time.Minute) // a check period until the domain is asked again, and unlock_delay
		tr.mustRest("an unlock_delay after the engine saw it unlocked")
		tr.mustLogin("in all", user, "+", "++")
		if proved := tr.pod().Logins(user)[0].Time; proved.Before(unlocked.Add(time.Hour)) {
			t.Errorf("it logged in %v after the unlock", proved.Sub(unlocked))
		}
	})
}

// The right password is refused while the API remembers a lock: known as refused for ever, it never comes back.
func TestTrap08TheRightPasswordRefusedInTheLag(t *testing.T) {
	t.Run("of a rotation", func(t *testing.T) {
		plays(t, oraclesim.Switches{}, overDirectories(), func(t *testing.T, tr *trial) {
			name := tr.target().Username
			tr.unlocksNow(name)
			tr.rotates()
			tr.mustLogin("its proof", name, "-")
			tr.shows("its proof", map[string]any{"rotation_phase": "unverified"})
			tr.passes(time.Hour - time.Second)
			tr.mustLogin("before unlock_delay is over", name, "-")
			tr.passes(time.Minute)
			tr.mustRest("after unlock_delay")
			tr.mustLogin("after unlock_delay", name, "-+")
		})
	})
	t.Run("of a person", func(t *testing.T) {
		plays(t, oraclesim.Switches{}, ways(), func(t *testing.T, tr *trial) {
			name := tr.target().Username
			tr.setsByHand(name, handPassword)
			tr.unlocksNow(name)
			adopt := map[string]any{"action": "adopt", "password": handPassword}
			if tr.way == asPair {
				adopt["account"] = "standby"
			}
			tr.refused(400, logical.UpdateOperation, "reconcile/gl", adopt)
			if text := tr.refused(400, logical.UpdateOperation, "reconcile/gl", adopt); !strings.Contains(text, "this very password") {
				t.Errorf("tried again at once: %s", text)
			}
			tr.mustLogin("tried again at once", name, "-")
			tr.passes(time.Hour + time.Minute)
			tr.pod().ResetLogs()
			tr.ok(logical.UpdateOperation, "reconcile/gl", adopt)
			tr.mustRest("after the lag")
		})
	})
}

// unlocksNow locks and unlocks an account behind the engine's back: for an hour the API refuses it.
func (tr *trial) unlocksNow(name string) {
	tr.t.Helper()
	tr.locked = true
	must(tr.t, tr.pod().Lock(name))
	must(tr.t, tr.pod().Unlock(name))
}

// Oracle accepts a password, and the guard allows no login that would prove it: it must not be stuck there.
func TestTrap13NoProofIsAllowed(t *testing.T) {
	plays(t, oraclesim.Switches{LockThreshold: 10}, []way{throughFusion, throughDomain}, func(t *testing.T, tr *trial) {
		lost := map[string]any{"action": "release"}
		tr.setsByHand(user, handPassword)
		tr.passes(6*time.Hour + time.Minute) // the engine's first
		tr.passes(30 * time.Hour)            // and second
		for range 2 {                        // people's
			_, _ = tr.do(logical.UpdateOperation, "reconcile/gl", lost)
		}
		tr.mustLogin("without the right password", user, "----")
		tr.rotates()
		tr.mustLogin("every budget is spent", user, "----")
		tr.shows("every budget is spent", map[string]any{"rotation_phase": "unverified", "state": "unverified"})
		serves := tr.read("creds/gl")["password"].(string)
		if !tr.pod().HasPassword(user, serves) {
			t.Error("applications do not read what Oracle said that it set") // one rotation was proved before
		}
		tr.passes(65 * time.Minute)
		if tr.unrest() == "" {
			return // by itself
		}
		if did := tr.follow(); did != "release" {
			t.Errorf("a person does %q", did)
		}
		tr.mustRest("released")
		tr.mustLogin("in all", user, "----+")
	})
}
