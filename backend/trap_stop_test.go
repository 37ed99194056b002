package backend_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// A process is stopped before a login; the next settles and clears the account; the password is changed; the first
// goes on. What it does then must not be one login more than is charged, nor touch what the other stored.
func TestTrap05AStoppedProcessGoesOn(t *testing.T) {
	for _, at := range []call{callSurvey, callSet, callLook} {
		t.Run(string(at), func(t *testing.T) {
			plays(t, oraclesim.Switches{LockThreshold: 3}, ways(), func(t *testing.T, tr *trial) { stopped(t, tr, at) })
		})
	}
}

func stopped(t *testing.T, tr *trial, at call) {
	t.Helper()
	name := tr.target().Username
	goesOn := tr.stops(at)
	first := tr.mount
	tr.late.Go(func() { _, _ = first.do("update", "rotate/gl", nil) })
	time.Sleep(time.Second)
	firstWire := tr.wire
	tr.restart()
	tr.passes(10 * time.Minute)
	tr.mustRest("the next process")
	tr.setsByHand(name, handPassword)
	tr.pod().ResetLogs()
	_, stored, _ := tr.holder("integration/gl")
	goesOn()
	if requests := tr.pod().Requests(); len(requests) != 0 {
		t.Errorf("%s, the first process asked after its time: %v", tr.way, requests)
	}
	if _, got, _ := tr.holder("integration/gl"); got != stored {
		t.Errorf("%s, the first process changed what is stored", tr.way)
	}
	firstWire.disk.kill()
	first.backend.Cleanup(t.Context())
	firstWire.Close()
	tr.passes(3 * 24 * time.Hour)
	if got := tr.logins(name); strings.Count(got, "-") > 2 {
		t.Errorf("%s, the logins since were %q", tr.way, got)
	}
}

// Processes die between the charge of a login and its answer, until the budgets are spent: the guard is closed, and
// the state must not go on saying ok.
func TestTrap07DeathsAtALogin(t *testing.T) {
	plays(t, oraclesim.Switches{}, ways(), func(t *testing.T, tr *trial) {
		name, deaths := tr.target().Username, 0
		tr.listen(nil, func(of *wire, what call, username string) {
			if what == callSurvey && username == name && (tr.way != throughDomain || deaths < 4) {
				deaths++
				of.disk.kill()
			}
		})
		tr.rotates()
		for range 6 {
			tr.revive()
			tr.passes(2 * time.Minute)
		}
		tr.listen(nil, nil)
		if deaths < 2 || deaths > 4 { // the engine's budget, and that of the person who asked
			t.Fatalf("%d processes died", deaths)
		}
		if tr.way == throughDomain {
			tr.mustRest("the domain has counted no refused login")
			return
		}
		status := tr.read("status/gl")
		if status["rotation_phase"] != "unresolved" || status["state"] == "ok" && tr.way != asPair {
			t.Errorf("rotation_phase %v, %v (%v)", status["rotation_phase"], status["state"], status["message"])
		}
		tr.passes(time.Hour)
		if did := tr.follow(); did != "use_pending" {
			t.Errorf("a person does %q", did)
		}
		tr.mustRest("stated")
		if got := tr.logins(name); strings.Contains(got, "-") {
			t.Errorf("the logins were %q", got)
		}
	})
}

// The one exception: a user that sets its own password, whose change was refused because somebody else was faster,
// and the answer of that was lost.
func TestTrap14AChangeThatWasRefusedAndNotAnswered(t *testing.T) {
	for threshold, locks := range map[int]int{3: 1, 5: 0} {
		t.Run(fmt.Sprintf("it locks after %d", threshold), func(t *testing.T) {
			plays(t, oraclesim.Switches{LockThreshold: threshold}, []way{byItself}, func(t *testing.T, tr *trial) {
				tr.locked = true
				tr.setFails(oraclesim.FaultLostReply, 1)
				tr.listen(func(_ *wire, what call, _ string) {
					if what == callSet {
						tr.setsByHand(user, handPassword)
					}
				}, nil)
				tr.rotates()
				tr.listen(nil, nil)
				tr.passes(3 * 24 * time.Hour)
				state, err := tr.pod().State(user)
				must(t, err)
				tr.mustLogin("proof, change, and each once", user, "+---")
				if state.Locks != locks {
					t.Errorf("it was locked %d times", state.Locks)
				}
				tr.shows("three refused", map[string]any{"state": "unresolved", "rotation_phase": "unresolved"})
				if did := tr.follow(); locks == 0 && did != "adopt" {
					t.Errorf("a person does %q", did)
				}
				if locks == 0 {
					tr.mustRest("adopted")
				}
			})
		})
	}
}
