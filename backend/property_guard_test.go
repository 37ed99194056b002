package backend_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// usualSeed is that of an ordinary run; any other would do. usualChecks is how many sequences it makes of each kind.
const (
	usualSeed   = "20261122"
	usualChecks = "100"
)

// TestTheGuardInAnyOrder drives the engine and the simulated Oracle with any sequence of what people, other
// clients, administrators, networks, clocks and crashes do, and holds after every step:
//
//  1. The engine by itself locks no account, at any threshold.
//  2. It adds no more refused logins in a row than login_failure_budget, and none while a directory that it
//     just asked shows that one more would lock. An unanswered login is waited out before the next.
//  3. People add no more than operator_login_budget in any operator_login_window of the engine's clock.
//  4. What status calls confirmed was so in Oracle when it was observed.
//  5. A pod that was away is ok within a check period after it is back.
//  6. An account that is healthy when the second try comes, or for which a directory counts, is ok by itself.
//  7. A healthy account is never stuck: the message names a way out, and the way leads out.
//  8. No answer, log line or entry of storage holds a secret that it is not for.
//  9. The password in Oracle is stored, where the engine was the last that set it; and what is about to be sent is
//     stored as sent.
//  10. Creds never serves a password of the engine's that never logged in, unless Oracle said that it set it and a
//     login proved one rotation before; of a pair never.
//  11. User name and password, credential_version and last_vault_rotation move as one, and only by a promotion, a write
//     or a reconcile.
//  12. At most one request that sets a user's password is in flight; none leaves after its stored deadline; nobody
//     settles another process's before its deadline and a margin.
//  13. Nothing is set for a user whom the directory does not permit.
//  14. No rotation is stuck: a healthy account comes to ok and idle by itself, or by what the message names.
//  15. The logins that settle rotations, and try what may have been set late, are within the same budgets. The one
//     exception is a user that sets its own password: the refused login of a change whose answer was lost (trap 14).
//
// Each of the five runs makes 100 sequences, the same in every run, so that a red run blames the change at hand; with
// RAPID_CHECKS that many, drawn anew (make soak). What a failure prints reproduces it: -rapid.seed, or the file that
// rapid wrote to testdata/rapid.
func TestTheGuardInAnyOrder(t *testing.T) {
	for name, usual := range map[string]string{"rapid.seed": usualSeed, "rapid.checks": usualChecks} {
		if f := flag.Lookup(name); !soaks() && f.Value.String() == f.DefValue {
			must(t, f.Value.Set(usual))
		}
	}
	t.Parallel() // from here on others read the flags, too
	for _, kind := range []string{noDirectory, fusionDirectory, domainDirectory, selfManaged, inPairs} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, kind)
			rapid.Check(t, func(rt *rapid.T) {
				rapid.SyncTest(rt, func(rt *rapid.T) { sequence(rt, s) })
			})
			t.Log(s.tally)
		})
	}
}

// sequence is one history of a mount, from its first write to the day when everything is healthy again.
func sequence(rt *rapid.T, s *stage) {
	w := s.begin(rt)
	w.setUp(rt)
	rt.Repeat(w.actions())
	w.end(rt)
	s.tally.add("sequences", 1)
}

// actions are what can happen. rapid draws evenly, so that what should happen more often stands here twice.
func (w *world) actions() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){
		"time passes 1": w.timePasses, "time passes 2": w.timePasses, "time passes 3": w.timePasses,
		"a moment passes": w.momentPasses, "check": w.check, "sweep": w.sweep, "restart": w.restart,
		"storage fails 1": w.storageFails, "storage fails 2": w.storageFails, "engine's clock is set": w.clockIsSet,
		"pod's clock is set": w.podClockIsSet, "policy": w.policyChanges, "directory": w.directoryChanges,
		"modules": w.modulesChange, "delete and create": w.deleteAndCreate, "read": w.readAround,
		"password set in Oracle 1": w.passwordSetElsewhere, "password set in Oracle 2": w.passwordSetElsewhere, "password restored": w.passwordRestored, "expiry": w.passwordExpires,
		"lock": w.adminLocks, "unlock 1": w.adminUnlocks, "unlock 2": w.adminUnlocks, "disable": w.adminDisables, "enable 1": w.adminEnables,
		"enable 2": w.adminEnables, "faults 1": w.faults, "faults 2": w.faults, "calm": w.calmDown, "up and down": w.upAndDown,
		"location": w.location, "weather": w.weather, "recovery": w.recovery,
	}
	if w.people {
		maps.Copy(all, map[string]func(*rapid.T){
			"write 1": w.write, "write 2": w.write, "force": w.force, "release": w.release,
		})
	}
	if w.others {
		maps.Copy(all, map[string]func(*rapid.T){
			"others fail 1": w.othersFail, "others fail 2": w.othersFail, "others sign in": w.othersSignIn,
		})
	}
	if w.stage.kind != noDirectory {
		maps.Copy(all, w.rotationActions())
	}
	steps := map[string]func(*rapid.T){"": w.invariants}
	for name, action := range all {
		steps[name] = w.step(strings.TrimRight(name, " 123456"), action)
	}
	return steps
}

// tally counts what a run came to, so that one that never got anywhere shows.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (t *tally) add(what string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[what] += n
}

// String implements fmt.Stringer.
func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(t.counts)) {
		fmt.Fprintf(&b, "\n  %-44s %d", what, t.counts[what])
	}
	return b.String()
}
