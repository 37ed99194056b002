package backend_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"
)

// end makes everything healthy, lets time pass, and wants ok, or a message that leads to it.
func (w *world) end(rt *rapid.T) {
	w.step("in the end", func(rt *rapid.T) {
		w.drive.arm(noTrouble, 0)
		w.heal(rt)
		if _, _, exists := w.integration(); !exists {
			w.people = false // stored without a login
			w.create(rt, "right")
		}
		w.sleep(w.lag())
		w.heal(rt)
		w.sleep(w.lag())
		p := w.policy()
		if w.getsOK(p.HoldPeriod + p.UnlockDelay + p.OperatorLoginWindow + 3*p.CheckPeriod + slack) {
			w.stage.tally.add("ends in ok by itself", 1)
			return
		}
		for range 4 {
			status := w.status()
			w.show(answer{data: status})
			w.log("  %v", status["message"])
			if !w.follow(rt, fmt.Sprint(status["message"])) {
				break
			}
			if w.getsOK(p.UnlockDelay + p.OperatorLoginWindow + p.CheckPeriod + slack) {
				w.stage.tally.add("ends in ok by following the message", 1)
				return
			}
		}
		status := w.status()
		w.book.fault("promise 7: everything is healthy, and it is %v (%v): %v", status["state"], status["reason"], status["message"])
	})(rt)
	w.invariants(rt)
}

// getsOK lets time pass until the last login was accepted, at most for so long.
func (w *world) getsOK(within time.Duration) bool {
	for end := time.Now().Add(within); ; w.sleep(w.policy().CheckPeriod / 2) {
		if status := w.status(); status != nil && accepted(status) {
			return true
		}
		if !time.Now().Before(end) {
			return false
		}
	}
}

// follow does what a message tells a person to do, as a person would who knows that the account is healthy.
// It returns false when the message names nothing to do.
func (w *world) follow(rt *rapid.T, message string) bool {
	password, _, _ := w.integration()
	switch {
	case strings.Contains(message, "sign in once with the right password"):
		w.signInRight()
		w.healDomain()
		w.stage.tally.add("ways out: sign in once", 1)
	case strings.Contains(message, "action=release"):
		w.followDenial(rt, w.ask(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"}, asking))
		w.stage.tally.add("ways out: release", 1)
	case strings.Contains(message, "to integrations/gl"):
		w.followDenial(rt, w.ask(logical.PatchOperation, "integrations/gl", map[string]any{"password": password}, writing))
		w.stage.tally.add("ways out: write", 1)
	case strings.Contains(message, "write check/gl"):
		w.followDenial(rt, w.ask(logical.UpdateOperation, "check/gl", nil, nil))
		w.stage.tally.add("ways out: check", 1)
	default:
		return false
	}
	return true
}

// followDenial does what the warning of an answer tells.
func (w *world) followDenial(rt *rapid.T, got answer) {
	w.show(got)
	if strings.Contains(got.text, "action=release") || strings.Contains(got.text, "sign in once") {
		w.follow(rt, got.text)
	}
}
