package backend_test

import (
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// A process stops after it sent; the next one settles: the new password is refused, the one before logs in; then the
// request of the first is carried out. The password that is live by then must not have been thrown away.
func TestTrap01LateApplicationOfASettledRotation(t *testing.T) {
	plays(t, oraclesim.Switches{}, ways(), func(t *testing.T, tr *trial) {
		before := tr.target()
		lost := map[way]int{throughFusion: 2, throughDomain: 1, byItself: 1, asPair: 2} // over fusion it is sent again
		tr.setFails(oraclesim.FaultLate, lost[tr.way])
		tr.listen(nil, func(of *wire, what call, _ string) {
			if what == callSet {
				of.disk.kill()
			}
		})
		tr.rotates()
		tr.listen(nil, nil)
		tr.revive()
		tr.passes(10 * time.Minute)
		tr.mustRest("settled by the next process")
		settled := map[way]string{throughFusion: "-+", throughDomain: "", byItself: "+-+", asPair: "-+"}
		tr.mustLogin("settled", before.Username, settled[tr.way])
		if tr.live(before.Username) != before.Password {
			t.Fatal("it was applied already")
		}
		tr.pod().ResetLogs()
		tr.stage.outside(func() { tr.pod().ReleaseLate() })
		if tr.live(before.Username) == before.Password {
			t.Fatal("it is not applied late")
		}
		tr.passes(6*time.Hour + time.Minute)
		tr.mustRest("a check period after it was applied late")
		applied := map[way]string{throughFusion: "-+", throughDomain: "-+", byItself: "+-+", asPair: "-+"}
		tr.mustLogin("applied late", before.Username, applied[tr.way])
	})
}

// The request is lost, and somebody else sets a password: that the directory says 'set since' is no reason to take a
// password for live that never was.
func TestTrap02SomebodyElseSetsThePassword(t *testing.T) {
	plays(t, oraclesim.Switches{}, ways(), func(t *testing.T, tr *trial) {
		before, serves := tr.target(), tr.read("creds/gl")["password"].(string)
		tr.setFails(oraclesim.FaultReset, 1)
		tr.rotates()
		tr.setsByHand(before.Username, handPassword)
		tr.pod().ResetLogs()
		tr.passes(time.Hour)
		if tr.way == throughFusion || tr.way == asPair {
			tr.mustRest("sent again, so that the new one is live whatever was") // and proved by the login
			tr.mustLogin("sent again", before.Username, "+")
			return
		}
		tr.mustLogin("each once", before.Username, "--")
		tr.shows("neither logs in", map[string]any{"state": "unresolved", "reason": "rotation_unresolved", "rotation_phase": "unresolved"})
		tr.mustServe("neither logs in", serves)
		if h, _, _ := tr.holder("integration/gl"); h.Rotation.Turn.Password == "" {
			t.Error("the new password is not kept")
		}
		if did := tr.follow(); did != "adopt" {
			t.Errorf("a person does %q", did)
		}
		tr.mustRest("adopted")
	})
}

// Twice refused; somebody sets a password; a third login on that news locks the account: also when the ones to try
// are those of a rotation.
func TestTrap03ANewlySetPasswordIsNoEvidence(t *testing.T) {
	plays(t, oraclesim.Switches{LockThreshold: 3}, ways(), func(t *testing.T, tr *trial) {
		before := tr.target()
		leaves := map[way]int{throughFusion: 2, throughDomain: 1, byItself: 1, asPair: 2}
		tr.setFails(oraclesim.FaultLate, leaves[tr.way])
		tr.rotates()
		tr.passes(time.Hour) // settled: the one before is live, and the new one kept
		tr.mustRest("settled")
		for _, password := range []string{"By-Hand-Horse-1", "By-Hand-Horse-2", "By-Hand-Horse-3"} {
			tr.setsByHand(before.Username, password)
			tr.passes(3 * 24 * time.Hour)
		}
		tr.shows("ten days later", map[string]any{"state": "rejected"})
		state, err := tr.pod().State(before.Username)
		if must(t, err); state.RefusedInARowMax != 2 {
			t.Errorf("%d logins were refused in a row", state.RefusedInARowMax)
		}
		if tr.way == throughDomain {
			return // where one more refusal would lock nobody logs in
		}
		if did := tr.follow(); did != actWrite {
			t.Errorf("a person does %q: %v", did, tr.read("status/gl")["message"])
		}
		tr.mustRest("written")
	})
}

// The request and what settles it go unanswered in one outage: no reason for a person, nor for a hold. Whether the
// request was carried out shows when the pod is back.
func TestTrap06OneOutageOfRequestAndSettling(t *testing.T) {
	t.Parallel()
	for _, kind := range []oraclesim.FaultKind{oraclesim.FaultReset, oraclesim.FaultLostReply} {
		for _, long := range []time.Duration{10 * time.Minute, 24 * time.Hour} {
			t.Run(string(kind)+" "+long.String(), func(t *testing.T) {
				plays(t, oraclesim.Switches{}, ways(), func(t *testing.T, tr *trial) { outage(t, tr, kind, long) })
			})
		}
	}
}

func outage(t *testing.T, tr *trial, kind oraclesim.FaultKind, long time.Duration) {
	t.Helper()
	name := tr.target().Username
	tr.setFails(kind, 1)
	tr.listen(nil, func(_ *wire, what call, _ string) {
		if what == callSet {
			tr.listen(nil, nil)
			tr.nobodyAnswers()
		}
	})
	tr.rotates()
	changed := len(tr.pod().PasswordChanges(name))
	tr.pod().ResetLogs()
	for range 10 {
		tr.passes(long / 10)
		if phase := tr.read("status/gl")["rotation_phase"]; phase != "sent" || len(tr.charges(name)) > 0 {
			t.Fatalf("in the outage it is %v, %v stands against it", phase, tr.charges(name))
		}
	}
	tr.pod().ClearFaults()
	tr.passes(6*time.Hour + time.Minute)
	tr.mustRest("a check period after the outage")
	if got := tr.logins(name); len(got) > 4 {
		t.Errorf("the outage cost %q", got)
	}
	if resent := tr.way == throughFusion || tr.way == asPair; !resent && len(tr.pod().PasswordChanges(name)) != changed {
		t.Error("a password was set again")
	}
}

// nobodyAnswers takes pod and domain away until the faults are cleared.
func (tr *trial) nobodyAnswers() {
	must(tr.t, tr.pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultReset}))
	must(tr.t, tr.pod().Inject(oraclesim.Fault{Kind: oraclesim.FaultReset, Domain: true}))
}

// A late application after the next rotation was proved is found without a person: the password whose request may still
// be carried out is kept, also when it was sent again in the meantime and has served.
func TestALateApplicationAfterTheNextRotation(t *testing.T) {
	plays(t, oraclesim.Switches{}, []way{throughDomain, byItself}, func(t *testing.T, tr *trial) {
		tr.setFails(oraclesim.FaultLate, 1)
		tr.rotates()
		tr.passes(10 * time.Minute)
		for range 2 { // the first sends the kept one again
			tr.ok(logical.UpdateOperation, "rotate/gl", nil)
			tr.passes(10 * time.Minute)
		}
		tr.mustRest("rotated twice since")
		stored := tr.target().Password
		tr.stage.outside(func() { tr.pod().ReleaseLate() })
		tr.passes(7 * time.Hour)
		tr.mustRest("applied late")
		// A user that changes itself names the old password in its request, and that is no more.
		if moved := tr.target().Password != stored; moved != (tr.way == throughDomain) {
			t.Errorf("another password is served: %t", moved)
		}
	})
}
