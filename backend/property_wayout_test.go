package backend_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"
)

// end makes everything healthy, lets time pass, and wants ok, or a message that leads to it.
func (w *world) end(rt *rapid.T) {
	w.step("in the end", func(rt *rapid.T) {
		w.drive.arm(noTrouble, 0)
		w.endStopped()
		w.heal(rt)
		w.settleDown()
		if _, exists := w.gl(); !exists {
			w.people = false // stored without a login
			w.create(rt, "right")
		}
		w.sleep(w.lag())
		w.heal(rt)
		w.sleep(w.lag())
		p := w.policy()
		if w.getsOK(p.HoldPeriod + p.UnlockDelay + p.OperatorLoginWindow + 3*p.CheckPeriod + w.retries() + slack) {
			w.stage.tally.add("ends in ok by itself", 1)
			return
		}
		for range 8 {
			w.heal(rt) // what the engine tried meanwhile may have locked it
			status := w.status()
			w.show(answer{data: status})
			message := w.message(status)
			w.log("  %v", message)
			w.follow(rt, message)
			if w.getsOK(p.UnlockDelay + p.OperatorLoginWindow + p.CheckPeriod + slack) {
				w.stage.tally.add("ends in ok by following the message", 1)
				return
			}
		}
		status := w.status()
		w.book.fault("promise 14: everything is healthy, and it is %v (%v), rotation_phase %v: %v", status["state"], status["reason"], status["rotation_phase"], w.message(status))
	})(rt)
	w.invariants(rt)
}

// longestRetry is how long the engine waits between two tries to settle a rotation.
const longestRetry = 8 * time.Hour

// retries is what the retries of a rotation may take.
func (w *world) retries() time.Duration {
	if w.phase() == "idle" {
		return 0
	}
	return longestRetry
}

// isOK says whether every account logs in, and no rotation is under way.
func isOK(status map[string]any) bool {
	if standby, found := status["standby"].(map[string]any); found && !accepted(standby) {
		return false
	}
	return accepted(status) && status["rotation_phase"] == "idle"
}

// getsOK lets time pass until everything is well, at most for so long.
func (w *world) getsOK(within time.Duration) bool {
	for end := time.Now().Add(within); ; w.sleep(w.policy().CheckPeriod / 2) {
		if status := w.status(); status != nil && isOK(status) {
			return true
		}
		if !time.Now().Before(end) {
			return false
		}
	}
}

// follow does what a message tells a person to do, as a person would who knows that the account is healthy: what was
// done already, and did not help, comes last. It returns false when the message names nothing to do.
func (w *world) follow(rt *rapid.T, message string) bool {
	name := w.troubled()
	ways := w.waysOut(rt, name, message)
	if len(ways) == 0 {
		return false
	}
	way := slices.MinFunc(ways, func(a, b wayOut) int { return w.followed[a.name] - w.followed[b.name] })
	write := func(w wayOut) bool { return w.name == "write" }
	if i := slices.IndexFunc(ways, write); i >= 0 && !w.stage.pod.HasPassword(name, w.storedPassword(name)) && w.followed["write"] > 0 {
		way = ways[i] // it was set by hand already, and could not be written
	}
	w.followed[way.name]++
	w.stage.tally.add("ways out: "+way.name, 1)
	w.log("  followed: %s", way.name)
	way.follow()
	return true
}

// wayOut is something that a message tells a person to do.
type wayOut struct {
	name   string
	follow func()
}

// waysOut are those that a message names, the best first.
func (w *world) waysOut(rt *rapid.T, name, message string) []wayOut {
	ask := func(operation logical.Operation, path string, fields map[string]any, by any) func() {
		return func() { w.followDenial(rt, w.ask(operation, path, fields, by)) }
	}
	var ways []wayOut
	for _, way := range []struct {
		named bool
		wayOut
	}{
		{says(message, "sign in once with the right password"), wayOut{"sign in once", func() {
			w.signInRight(name)
			w.healDomain()
		}}},
		{says(message, "action=use_", "action=adopt"), wayOut{"state", func() { w.statesRightly(rt, name, message) }}},
		{says(message, "action=release"), wayOut{"release", ask(logical.UpdateOperation, "reconcile/gl", w.side(name, map[string]any{"action": "release"}), asking)}},
		{says(message, "to integrations/gl"), wayOut{"write", func() {
			w.followDenial(rt, w.ask(logical.PatchOperation, "integrations/gl", map[string]any{w.field(name): w.byHand(name)}, writing))
		}}},
		{says(message, "to integrations/gl"), wayOut{"release, unnamed", // KNOWN: what is right again and written again spends no login
			ask(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"}, asking)}},
		{says(message, "to integrations/gl") && w.pair && w.phase() != "idle", wayOut{
			"release of the standby, unnamed",
			ask(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release", "account": "standby"}, asking),
		}},
		{says(message, "rotate/gl"), wayOut{"rotate", ask(logical.UpdateOperation, "rotate/gl", nil, asking)}},
		{says(message, "write check/gl"), wayOut{"check", ask(logical.UpdateOperation, "check/gl", nil, nil)}},
		{says(message, "read directories/d"), wayOut{"see to the directory", func() { w.followDirectory(rt) }}},
	} {
		if way.named {
			ways = append(ways, way.wayOut)
		}
	}
	return ways
}

// followDenial does what the warning of an answer tells.
func (w *world) followDenial(rt *rapid.T, got answer) {
	w.show(got)
	if w.denied {
		return
	}
	w.denied = true
	defer func() { w.denied = false }()
	if says(got.text, "action=release", "sign in once") {
		w.follow(rt, got.text)
	}
}

func (w *world) side(name string, fields map[string]any) map[string]any {
	if w.current() != name {
		fields["account"] = "standby"
	}
	return fields
}

func (w *world) field(name string) string {
	if w.current() != name {
		return "standby_password"
	}
	return "password"
}

// troubled is the account that needs a hand: the standby of a pair where the current one is well.
func (w *world) troubled() string {
	status := w.status()
	if standby, found := status["standby"].(map[string]any); found && (accepted(status) || w.phase() != "idle") {
		return fmt.Sprint(standby["username"])
	}
	return w.current()
}

// message is what status says of the account that needs a hand.
func (w *world) message(status map[string]any) string {
	if standby, found := status["standby"].(map[string]any); found && w.troubled() == standby["username"] {
		return fmt.Sprint(standby["message"], " | ", status["message"])
	}
	return fmt.Sprint(status["message"])
}
