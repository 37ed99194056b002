package backend_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
)

// What happens to requests that set passwords, and to those who may send them.

// setFaults lets the next requests that set a password fail: lost on the way, carried out without an answer, carried
// out late, refused, or answered by nothing that says what became of them.
func (w *world) setFaults(rt *rapid.T) {
	w.witness.late.Wait()
	fault := oraclesim.Fault{Method: "PATCH", Path: "/hcmRestApi/scim", Count: rapid.IntRange(1, 3).Draw(rt, "count")}
	if w.door == domainDirectory {
		fault.Method, fault.Path, fault.Domain = "PUT", "/admin/v1/UserPasswordChanger", true
	}
	fault.Kind = rapid.SampledFrom([]oraclesim.FaultKind{
		oraclesim.FaultReset, oraclesim.FaultLostReply, oraclesim.FaultLostReply, oraclesim.FaultLate, oraclesim.FaultLate, oraclesim.FaultStatus, oraclesim.FaultTruncated,
	}).Draw(rt, "fault")
	switch fault.Kind {
	case oraclesim.FaultStatus:
		fault.Status = rapid.SampledFrom([]int{400, 401, 403, 404, 409, 429, 500, 503}).Draw(rt, "status")
		fault.Body = rapid.SampledFrom([]oraclesim.BodyForm{oraclesim.BodyADF, oraclesim.BodyHTML, oraclesim.BodyEmpty}).Draw(rt, "body")
		fault.AfterLogin = true
	case oraclesim.FaultLate:
		late := func(f oraclesim.Fault) bool { return f.Kind == oraclesim.FaultLate && !setsPassword(f) }
		if slices.ContainsFunc(w.stage.pod.Faults(), late) {
			rt.Skip() // what is held back is carried out all at once
		}
	default:
	}
	w.log("  %+v", fault)
	mustPlay(rt, w.stage.pod.Inject(fault))
}

// setLate is how long a request that sets a password may be held back: the engine remembers it for a day.
const setLate = 23 * time.Hour

// arrivesLate carries out the requests that set passwords and are held back: the logins in them are those of whoever
// sent them, long ago.
func (w *world) arrivesLate(rt *rapid.T) {
	if !w.arriveNow() {
		rt.Skip()
	}
}

// arriveNow says whether there were any.
func (w *world) arriveNow() bool {
	w.Lock()
	held := w.held
	w.held = 0
	w.Unlock()
	if held == 0 {
		return false
	}
	w.log("  %d held back arrive", held)
	w.stage.tally.add("set requests carried out late", held)
	asOf := w.moment()
	asOf.change, asOf.late = true, true
	w.loggingInAsOf(asOf, adminUser, engine, func() bool {
		w.loggingInAsOf(asOf, user, engine, func() bool {
			w.stage.outside(func() { w.stage.pod.ReleaseLate() })
			return false
		})
		return false
	})
	return true
}

// expireLate carries out what has been held back for longer than the engine has to remember it.
func (w *world) expireLate() {
	w.Lock()
	held, since := w.held, w.heldSince
	if held == 0 {
		w.heldSince = time.Now()
	}
	w.Unlock()
	if held > 0 && time.Since(since) > setLate {
		w.arriveNow()
	}
}

// otherClock: the engine's clock was set while no process ran.
func (w *world) otherClock() {
	w.all(func(a *account) { a.flights = nil }) // by the new clock they may be over
	w.Lock()
	defer w.Unlock()
	w.sending, w.setting, w.served = map[string]sending{}, nil, nil
}

// doorman takes from those who set passwords what they need for it, or gives it back.
func (w *world) doorman(rt *rapid.T) {
	pod := w.stage.pod
	what := []string{"give it back", "the right to set"}
	switch w.door {
	case fusionDirectory:
		what = append(what, "the user is disabled", "another password")
	case domainDirectory:
		what = append(what, "another secret", "its tokens")
	}
	took := rapid.SampledFrom(what).Draw(rt, "what")
	w.log("  %s", took)
	switch took {
	case "give it back":
		w.welcome(rt)
	case "the right to set":
		w.mayChange(rt, false)
	case "the user is disabled":
		mustPlay(rt, pod.Disable(adminUser))
	case "another password":
		mustPlay(rt, pod.SetPassword(adminUser, "Admin-Horse-88"))
	case "another secret":
		mustPlay(rt, pod.SetClientSecret(clientID, "Client-Horse-66"))
	case "its tokens":
		pod.RevokeTokens()
	}
}

func (w *world) mayChange(rt *rapid.T, may bool) {
	switch {
	case w.door == domainDirectory && may:
		w.clientMay(rt, oraclesim.Rights())
	case w.door == domainDirectory:
		w.clientMay(rt, []oraclesim.Right{oraclesim.RightReadUsers})
	case w.door == fusionDirectory:
		mustPlay(rt, w.stage.pod.SetIdentityAdmin(adminUser, may))
	default:
		mustPlay(rt, w.stage.pod.SetIdentityAdmin(user, may))
	}
}

// welcome lets those who set passwords do so again. Where somebody else has set the administrator's password it is
// made what is stored.
func (w *world) welcome(rt *rapid.T) {
	w.mayChange(rt, true)
	if w.door != fusionDirectory {
		return
	}
	mustPlay(rt, w.stage.pod.Enable(adminUser))
	mustPlay(rt, w.stage.pod.Unlock(adminUser))
	if d, exists := w.d(); exists && w.wrongByHand(adminUser) {
		mustPlay(rt, w.stage.pod.SetPassword(adminUser, d.Secret))
	}
}
