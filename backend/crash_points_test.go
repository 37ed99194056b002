package backend_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// trigger begins something that changes a password, and waits for its end.
type trigger struct {
	name  string
	scene *scene
	pull  func(*trial)
	// again is what a person does, who is there anyway, when nothing came of it; nil: nobody is.
	again func(*trial)
	// refuses: a login is refused in it anyway, so that one more that is not answered spends the engine's budget.
	refuses bool
}

// TestNoPasswordIsLostAtAnyCrashPoint lets every single write of storage and every single request to Oracle and its
// directories fail, or be the last of its process, in everything that changes a password; then starts a new process
// on the same storage and lets the sweep run. Holds at every instant: what is live is stored, nobody is locked, what
// applications read of a pair logs in. In the end: they read what is live, nothing is under way, and no more than
// one password was sent.
func TestNoPasswordIsLostAtAnyCrashPoint(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		t.Run(string(w), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, string(w))
			for _, tg := range triggers(t, s, w) {
				var sum outcomes
				tg.sweepPoints(t, &sum)
				t.Logf("%-16s %-36s %s", w, tg.name, &sum)
			}
		})
	}
}

// sweepPoints plays a trigger with every mishap at its 1st, 2nd, 3rd … instant until it is not reached any more.
func (tg trigger) sweepPoints(t *testing.T, sum *outcomes) {
	t.Helper()
	for _, first := range firstPoints(tg.scene.way) {
		for p := first; ; p.n++ {
			tried := tg.try(t, p)
			if tried.excuse != "" && !tg.refuses {
				tried.lost = "a person was needed: " + tried.excuse
			}
			sum.add(t, fmt.Sprintf("%s, %s, %+v", tg.scene.way, tg.name, p), tried)
			if !tried.reached {
				break
			}
		}
	}
}

func firstPoints(w way) []point {
	var all []point
	for _, what := range storageMishaps() {
		all = append(all, point{what: what, n: 1})
	}
	for _, what := range networkMishaps() {
		all = append(all, point{what: what, n: 1})
		if w == throughDomain {
			all = append(all, point{what: what, domain: true, n: 1})
		}
	}
	return all
}

// try plays one trial: what happens first happens while the password is changed, what happens then in what follows.
func (tg trigger) try(t *testing.T, first point, then ...point) (came outcome) {
	t.Helper()
	tg.scene.play(t, func(tr *trial) {
		tr.arm(first)
		tg.pull(tr)
		came.reached = tr.disarm()
		tr.revive()
		for _, p := range then {
			tr.arm(p)
			tr.passes(3 * time.Hour)
			tr.disarm()
			tr.revive()
		}
		came.rest, came.excuse = tr.recovers(tg)
		came.lost = tr.lost()
	})
	return came
}

// recovers lets time pass until everything is as it should be, for two days at most; a person who is there anyway
// says again what he said. It gives when it was so, and the excuse where a person was needed.
func (tr *trial) recovers(tg trigger) (rest time.Duration, excuse string) {
	for _, d := range []time.Duration{time.Minute, 10 * time.Minute, 50 * time.Minute, 5 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour} {
		tr.passes(d)
		if tg.again != nil && d >= 50*time.Minute {
			tg.again(tr)
		}
		if tr.unrest() == "" {
			break
		}
	}
	rest = time.Since(tr.began)
	tr.late.Wait()
	if waited := time.Since(tr.began) > rest; waited || rest > time.Hour {
		tr.passes(7 * time.Hour)
	} else {
		tr.ok(logical.UpdateOperation, "check/gl", nil) // another login tells as much as the next by schedule
	}
	excuse = tr.person()
	if why := tr.unrest(); why != "" {
		tr.loss("in the end: %s", why)
	}
	if len(tr.sent) > 1 {
		tr.loss("%d different passwords were sent", len(tr.sent))
	}
	return rest, excuse
}

// pulls makes a request of a person, whatever becomes of it.
func pulls(path string, data map[string]any) func(*trial) {
	return func(tr *trial) { _, _ = tr.do(logical.UpdateOperation, path, data) }
}

func triggers(t *testing.T, s *stage, w way) []trigger {
	t.Helper()
	first := newScene(t, s, w, oraclesim.Switches{}, func(*trial) {})
	proved := newScene(t, s, w, oraclesim.Switches{}, rotatesAll)
	scheduled := newScene(t, s, w, oraclesim.Switches{}, awaitsRotation)
	history := newScene(t, s, w, oraclesim.Switches{PasswordHistory: 5}, rotatesAll)
	all := []trigger{
		{name: "the first rotation", scene: first, pull: pulls("rotate/gl", nil)},
		{name: "rotate", scene: proved, pull: pulls("rotate/gl", nil)},
		{name: "rotate, passwords may not repeat", scene: history, pull: pulls("rotate/gl", nil)},
		{name: "schedule", scene: scheduled, pull: func(tr *trial) { tr.passesAlone(3 * time.Minute) }},
	}
	all = append(all, keeping(t, s, w)...)
	all = append(all, stating(t, s, w)...)
	if w == throughFusion {
		all = append(all, ofDirectories(t, s)...)
	}
	return all
}

// rotatesAll rotates every account of the integration once, so that each has a previous password.
func rotatesAll(tr *trial) {
	tr.ok(logical.UpdateOperation, "rotate/gl", nil)
	if tr.way == asPair {
		tr.passes(time.Minute)
		tr.ok(logical.UpdateOperation, "rotate/gl", nil)
	}
	tr.passes(time.Minute) // or a directory would date the next one alike
	tr.sent = nil
}

// awaitsRotation lets time pass until a minute before the schedule rotates.
func awaitsRotation(tr *trial) {
	rotatesAll(tr)
	tr.ok(logical.UpdateOperation, "policies/default", map[string]any{"check_period": "6h", "rotation_period": "4d"})
	due, err := time.Parse(time.RFC3339, tr.read("status/gl")["next_rotation_time"].(string))
	must(tr.t, err)
	tr.passes(time.Until(due) - time.Minute)
}

// passesAlone lets time pass; a process that dies stays dead.
func (tr *trial) passesAlone(d time.Duration) {
	time.Sleep(d)
	tr.tick()
}
