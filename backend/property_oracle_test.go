package backend_test

import (
	"time"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// What happens in Oracle, in the network, in the storage and to the clocks.

func (w *world) timePasses(rt *rapid.T) {
	d := rapid.SampledFrom([]time.Duration{10 * time.Minute, time.Hour, 3 * time.Hour, 7 * time.Hour, 13 * time.Hour}).Draw(rt, "how long")
	w.log("  %v", d)
	w.sleep(d)
}

func (w *world) momentPasses(rt *rapid.T) {
	w.sleep(time.Duration(rapid.IntRange(1, 60).Draw(rt, "seconds")) * time.Second)
}

// restart ends the process as Vault does, or kills it, and starts the next after a while.
func (w *world) restart(rt *rapid.T) {
	if rapid.Bool().Draw(rt, "killed") {
		w.process.end()
	} else {
		w.stop()
	}
	time.Sleep(time.Duration(rapid.IntRange(0, 90).Draw(rt, "seconds")) * time.Second)
	w.boot()
}

func (w *world) storageFails(rt *rapid.T) {
	what := rapid.SampledFrom([]trouble{stopBefore, stopAfter, stopAfter, losePut, liePut}).Draw(rt, "trouble")
	n := rapid.IntRange(1, 12).Draw(rt, "operation")
	if what == losePut || what == liePut {
		n = (n + 1) / 2
	}
	w.log("  at operation %d %s", n, what)
	w.drive.arm(what, n)
}

// clockIsSet sets the engine's clock, on a machine that starts anew.
func (w *world) clockIsSet(rt *rapid.T) {
	by := rapid.SampledFrom([]time.Duration{
		2 * time.Minute, 2 * time.Hour, 30 * 24 * time.Hour, -time.Second, -2 * time.Minute, -time.Hour, -30 * 24 * time.Hour,
	}).Draw(rt, "by")
	w.log("  by %v", by)
	w.arriveNow()
	w.stopped.end()
	w.stopped = nil
	w.process.end()
	w.shiftTimes(-by)
	w.set -= by
	w.otherClock()
	w.book.happenedBy(w.engineTime())
	w.forgiven()
	w.forgetWaits()
	w.boot()
}

func (w *world) podClockIsSet(rt *rapid.T) {
	by := time.Duration(rapid.IntRange(-7200, 7200).Draw(rt, "seconds")) * time.Second
	w.log("  by %v", by)
	w.tick()
	w.stage.pod.AdvanceClock(by)
	w.stage.moved += by
}

func (w *world) passwordSetElsewhere(rt *rapid.T) {
	name, next := w.anyUser(rt), rapid.SampledFrom(passwords).Draw(rt, "password")
	w.log("  of %s, to %s", name, next)
	mustPlay(rt, w.stage.pod.SetPassword(name, next))
}

// passwordRestored makes the stored password right, as an administrator may.
func (w *world) passwordRestored(rt *rapid.T) { w.restore(rt, w.anyUser(rt)) }

func (w *world) restore(rt *rapid.T, name string) {
	if stored := w.storedPassword(name); stored != "" {
		mustPlay(rt, w.stage.pod.SetPassword(name, stored))
	}
}

// passwordExpires lets it expire, and perhaps the report run, which replaces it.
func (w *world) passwordExpires(rt *rapid.T) {
	mustPlay(rt, w.stage.pod.Expire(w.anyUser(rt)))
	if rapid.Bool().Draw(rt, "report") {
		w.stage.pod.RunExpiryReport()
	}
}

// adminLocks locks a user who is not, and not one who is anew: the lock would be another's.
func (w *world) adminLocks(rt *rapid.T) {
	name := w.anyUser(rt)
	if w.truth(name).Locked {
		rt.Skip()
	}
	w.book.lockedByHand(name)
	mustPlay(rt, w.stage.pod.Lock(name))
}

func (w *world) adminUnlocks(rt *rapid.T) {
	mustPlay(rt, w.stage.pod.Unlock(w.anyUser(rt)))
	w.forgiven()
}

func (w *world) adminDisables(rt *rapid.T) { mustPlay(rt, w.stage.pod.Disable(w.anyUser(rt))) }

func (w *world) adminEnables(rt *rapid.T) {
	name := w.anyUser(rt)
	mustPlay(rt, w.stage.pod.Enable(name))
	mustPlay(rt, w.stage.pod.SetMustChange(name, rapid.IntRange(0, 3).Draw(rt, "must change") == 0))
}

// faults lets the next requests fail. None hangs: the bubble's time would stand still.
func (w *world) faults(rt *rapid.T) {
	kind := rapid.SampledFrom([]oraclesim.FaultKind{
		oraclesim.FaultReset, oraclesim.FaultLostReply, oraclesim.FaultLostReply, oraclesim.FaultLate, oraclesim.FaultStatus,
	}).Draw(rt, "fault")
	fault := oraclesim.Fault{Kind: kind, Path: "/fscmRestApi", Skip: rapid.IntRange(0, 2).Draw(rt, "skip"), Count: rapid.IntRange(1, 3).Draw(rt, "count")}
	if kind == oraclesim.FaultStatus {
		fault.Status = rapid.SampledFrom([]int{429, 500, 503}).Draw(rt, "status")
	}
	if w.stage.kind != noDirectory && rapid.IntRange(0, 2).Draw(rt, "of the directory") == 0 {
		fault.Path, fault.Method = "/hcmRestApi/scim", "GET"
		if fault.Domain = w.door == domainDirectory; fault.Domain {
			fault.Path, fault.Method = rapid.SampledFrom([]string{"/oauth2", "/admin/v1/Users", "/admin/v1/PasswordPolicies"}).Draw(rt, "path"), ""
		}
	}
	if kind == oraclesim.FaultLate && (fault.Domain || w.holdsSet()) {
		rt.Skip() // what is held back is carried out all at once
	}
	w.log("  %+v", fault)
	mustPlay(rt, w.stage.pod.Inject(fault))
}

// locations are how location-based access may answer. KNOWN: LocationForbidden is left out: the engine takes a 403 of
// Oracle for an accepted login, as the documentation says, and cannot tell this one from a missing role.
var locations = []oraclesim.LocationAccess{oraclesim.LocationUnauthorized}

// location lets the pod refuse the place from which the engine asks, until it is calm again.
func (w *world) location(rt *rapid.T) {
	switches := w.stage.usual
	switches.LocationAccess = rapid.SampledFrom(locations).Draw(rt, "answer")
	switches.LocationAccessCountsLogin = rapid.Bool().Draw(rt, "counts logins")
	w.log("  %s, counts %v", switches.LocationAccess, switches.LocationAccessCountsLogin)
	mustPlay(rt, w.stage.pod.SetSwitches(switches))
}

func (w *world) calmDown(rt *rapid.T) { w.stage.upAgain(rt) }

func (w *world) upAndDown(rt *rapid.T) {
	domain, down := rapid.Bool().Draw(rt, "domain"), rapid.Bool().Draw(rt, "down")
	w.log("  domain %v, down %v", domain, down)
	w.stage.outside(func() {
		if domain {
			mustPlay(rt, w.stage.pod.SetDomainDown(down))
			return
		}
		mustPlay(rt, w.stage.pod.SetDown(down))
	})
}
