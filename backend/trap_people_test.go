package backend_test

import (
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// Two unverified writes push the live password out of storage, unless the last one that logged in is kept.
func TestTrap09TwoUnverifiedWrites(t *testing.T) {
	plays(t, oraclesim.Switches{}, ways(), func(t *testing.T, tr *trial) {
		field := map[bool]string{false: "password", true: "standby_password"}[tr.way == asPair]
		live := tr.target()
		for _, wrong := range []string{"Wrong-Horse-1", "Wrong-Horse-2"} {
			tr.ok(logical.PatchOperation, "integrations/gl", map[string]any{field: wrong, "verify_connection": false})
		}
		if got := tr.target(); got.Password != "Wrong-Horse-2" || got.Previous != live.Password {
			t.Error("the last password that logged in is not kept")
		}
		tr.passes(6*time.Hour + time.Minute)
		tr.shows("neither is right", map[string]any{"state": "rejected"})
		if did := tr.follow(); did != "use_previous" {
			t.Errorf("a person does %q", did)
		}
		tr.mustRest("stated")
		if tr.target().Password != live.Password {
			t.Error("it is not the stored one again")
		}
	})
}

// A window that begins anew at its edge lets people spend twice their budget around it: so do statements about a
// rotation, one after the other.
func TestTrap10PeoplesWindow(t *testing.T) {
	plays(t, oraclesim.Switches{NeverLocks: true}, []way{throughDomain, byItself}, func(t *testing.T, tr *trial) {
		tr.setFails(oraclesim.FaultLostReply, 1)
		tr.rotates()
		tr.setsByHand(user, handPassword)
		tr.passes(time.Hour)
		tr.mustBeIn("unresolved")
		tr.pod().ResetLogs()
		actions := []string{"use_current", "use_pending", "use_previous", "release"}
		for n := range 80 {
			_, _ = tr.do(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": actions[n%4]})
			tr.passes(7 * time.Minute)
		}
		logins := tr.pod().Logins(user)
		for i := 2; i < len(logins); i++ {
			if gap := logins[i].Time.Sub(logins[i-2].Time); gap < time.Hour {
				t.Errorf("%s, three refused within %v", tr.way, gap)
			}
		}
		if len(logins) < 10 {
			t.Errorf("%s, people were let in only %d times in nine hours", tr.way, len(logins))
		}
		if tr.passes(2 * time.Hour); tr.follow() != "adopt" {
			t.Error("it cannot be adopted any more")
		}
		tr.mustRest("adopted")
	})
}
