package backend_test

import (
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// The directory showed a lock and went away; the new password logs in since: that is what is the case.
func TestTrap11AnOldViewOfALock(t *testing.T) {
	plays(t, oraclesim.Switches{LockDuration: 200 * time.Hour, NoAPILockLag: true}, []way{throughDomain}, func(t *testing.T, tr *trial) {
		tr.locked = true
		must(t, tr.pod().Lock(user))
		tr.ok(logical.UpdateOperation, "check/gl", nil)
		tr.rotates()
		tr.shows("shown locked", map[string]any{"state": "locked", "rotation_phase": "unverified"})
		must(t, tr.pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultReset, Domain: true}))
		must(t, tr.pod().Unlock(user))
		tr.passes(7*time.Hour + time.Minute)
		tr.mustRest("a check period and an unlock_delay later, the domain still away")
		tr.shows("the domain still away", map[string]any{"state": "ok", "confidence": "confirmed", "held": false})
		tr.passes(24 * time.Hour)
		tr.mustRest("a day later")
	})
}

// The directory says that it set a password, and nothing happens: it is not where the pod checks passwords. What
// applications read must not move there.
func TestTrap12AcceptedWithoutEffect(t *testing.T) {
	t.Parallel()
	for _, w := range overDirectories() {
		t.Run(string(w), func(t *testing.T) {
			t.Parallel()
			switches := oraclesim.Switches{ScimPasswordIgnored: true, DomainNotLoginStore: true}
			newScene(t, newStage(t, string(w)), w, switches, withoutEffect)
		})
	}
	t.Run("a pair, also after a rotation was proved", func(t *testing.T) {
		plays(t, oraclesim.Switches{}, []way{asPair}, func(_ *testing.T, tr *trial) {
			must(tr.t, tr.pod().SetSwitches(oraclesim.Switches{ScimPasswordIgnored: true}))
			withoutEffect(tr)
		})
	})
}

func withoutEffect(tr *trial) {
	t, name, serves := tr.t, tr.target().Username, tr.read("creds/gl")["password"].(string)
	tr.pod().ResetLogs()
	tr.rotates()
	tr.mustLogin("the proof", name, "-")
	tr.mustServe("the proof", serves)
	tr.shows("the proof", map[string]any{"rotation_phase": "unverified"})
	for range 48 {
		tr.passes(time.Hour)
		tr.mustServe("later", serves)
	}
	if got := tr.logins(name); len(got) > 2 && got[:2] == "--" && got[2] == '-' {
		t.Errorf("%s, the logins were %q", tr.way, got)
	}
	if tr.unrest() != "" {
		if did := tr.follow(); did != "release" {
			t.Errorf("%s, a person does %q", tr.way, did)
		}
	}
	tr.mustRest("in the end")
	tr.mustServe("in the end", serves)
}

// A directory that stops being where passwords are checked, after a rotation over it was proved: Oracle's word is
// enough then, and what applications read is dead until a person says so. What was live is kept.
func TestAProvedDirectoryThatDoesNothingAnyMore(t *testing.T) {
	plays(t, oraclesim.Switches{}, []way{throughFusion}, func(t *testing.T, tr *trial) {
		must(t, tr.pod().SetSwitches(oraclesim.Switches{ScimPasswordIgnored: true}))
		tr.rotates()
		tr.passes(48 * time.Hour)
		tr.mustLogin("by itself", user, "--", "---") // one is of the person who asked
		if tr.unrest() != "" {
			if did := tr.follow(); did != "use_previous" {
				t.Errorf("a person does %q: %v", did, tr.read("status/gl")["message"])
			}
		}
		tr.mustRest("stated")
	})
}
