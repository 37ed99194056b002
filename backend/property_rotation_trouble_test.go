package backend_test

import (
	"fmt"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// rotatesInTrouble lets a rotation begin, and something befall it: what else can happen comes too rarely just then.
func (w *world) rotatesInTrouble(rt *rapid.T) {
	if _, exists := w.gl(); !exists || w.phase() != "idle" || w.stopped != nil || !w.untroubled() {
		rt.Skip()
	}
	if rapid.IntRange(0, 3).Draw(rt, "in good health") > 0 {
		w.wellFirst(rt)
		w.sleep(time.Second)
	}
	for range rapid.IntRange(0, 2).Draw(rt, "troubles") {
		w.anyTrouble(rt)
	}
	if w.people && rapid.IntRange(0, 2).Draw(rt, "by schedule") > 0 {
		w.rotate(rt)
	} else {
		w.rotatesBySchedule(rt)
	}
	w.revive()
	w.stage.tally.add("rotations in trouble: "+w.phase(), 1)
}

// wellFirst heals the account, and has it checked where nobody knows whether it logs in.
func (w *world) wellFirst(rt *rapid.T) {
	w.heal(rt)
	for _, name := range w.users() {
		if live := w.told(name); w.people && live != "" && live != w.storedPassword(name) {
			w.ask(logical.UpdateOperation, "reconcile/gl", w.side(name, map[string]any{"action": "adopt", "password": live}), writing)
		}
	}
	if w.permit("API_*"); w.people && w.charged() {
		w.ask(logical.UpdateOperation, "reconcile/gl", map[string]any{"action": "release"}, asking)
	} else {
		w.ask(logical.UpdateOperation, "check/gl", nil, nil)
	}
}

// anyTrouble draws what befalls the rotation.
func (w *world) anyTrouble(rt *rapid.T) {
	switch what := rapid.SampledFrom([]string{
		"set request", "set request", "set request", "set request", "logins", "logins", "storage", "storage", "signal", "signal", "by hand", "lock", "doorman",
	}).Draw(rt, "what befalls it"); what {
	case "set request":
		w.setFaults(rt)
	case "logins":
		w.loginFault(rt)
	case "storage":
		trouble := rapid.SampledFrom([]trouble{stopBefore, stopAfter, losePut, liePut}).Draw(rt, "trouble")
		n := rapid.IntRange(1, map[bool]int{true: 16, false: 50}[trouble.concerns(aWrite) && !trouble.concerns(aRead)]).Draw(rt, "operation")
		w.log("  at operation %d %s", n, trouble)
		w.drive.arm(trouble, n)
	case "signal":
		w.halts(rt)
	case "by hand":
		w.passwordSetElsewhere(rt)
	case "lock":
		w.adminLocks(rt)
	case "doorman":
		w.doorman(rt)
	}
}

// loginFault lets a login of the rotation go wrong.
func (w *world) loginFault(rt *rapid.T) {
	fault := oraclesim.Fault{Path: "/fscmRestApi", Skip: rapid.IntRange(0, 2).Draw(rt, "skip"), Count: rapid.IntRange(1, 2).Draw(rt, "count")}
	fault.Kind = rapid.SampledFrom([]oraclesim.FaultKind{oraclesim.FaultReset, oraclesim.FaultLostReply, oraclesim.FaultStatus}).Draw(rt, "fault")
	if fault.Kind == oraclesim.FaultStatus {
		fault.Status = rapid.SampledFrom([]int{401, 503}).Draw(rt, "status")
	}
	w.log("  %+v", fault)
	mustPlay(rt, w.stage.pod.Inject(fault))
}

// rotatesBySchedule makes the schedule want a rotation now.
func (w *world) rotatesBySchedule(rt *rapid.T) {
	before := w.policy()
	set := func(period int, disabled bool) answer {
		return w.ask(logical.PatchOperation, "policies/default", map[string]any{"rotation_period": period, "disable_automated_rotation": disabled}, nil)
	}
	got := set(60, false)
	w.log("  by schedule: %v %.100s", got.ok, got.text)
	w.momentPasses(rt)
	w.sleep(time.Minute + time.Second)
	got = set(int(before.RotationPeriod.Seconds()), before.DisableAutomatedRotation)
	w.log("  %s", fmt.Sprint(w.phase(), ", the schedule is as before: ", got.ok))
}
