package backend_test

import (
	"context"
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// What Oracle and the directories said, as the test heard it.

// looked notes what a directory said of a user, and what is so. Without an answer its last word holds no more.
func (w *world) looked(p *process, name string, look oracle.LookUp) {
	if !look.Answered() {
		w.unseen(p, name)
		return
	}
	if view := look.View; view.Locked == oracle.No && view.LoginAttempts != nil && *view.LoginAttempts == 0 {
		w.book.saidNone(name)
	}
	truth := w.truth(name)
	if w.door == domainDirectory && w.stage.usual.DomainNotLoginStore { // it believes what it says
		v := look.View
		truth = oraclesim.State{Locked: v.Locked == oracle.Yes, Disabled: v.Active == oracle.No, Expired: v.Expired == oracle.Yes, MustChange: v.MustChange == oracle.Yes}
	}
	w.Lock()
	defer w.Unlock()
	a := w.of(name)
	a.heard++
	s := sighting{p, a.heard, w.engineTime(), w.engineTime(), look.View, truth}
	if a.looks == nil {
		a.looks = map[*process]sighting{}
	}
	a.looks[p] = s
	a.waits.looked(look.View, w.engineTime())
	a.sightings = append(a.sightings, s)
}

// received: a process has the answer.
func (w *world) received(p *process, name string) {
	w.Lock()
	defer w.Unlock()
	a := w.of(name)
	for i, s := range slices.Backward(a.sightings) {
		if s.by == p {
			a.sightings[i].until = w.engineTime()
			return
		}
	}
}

// unseen: a process asked a directory, and goes by no answer.
func (w *world) unseen(p *process, name string) {
	w.Lock()
	defer w.Unlock()
	delete(w.of(name).looks, p)
}

// forgetLooks: what is asked for next has its own look, for which the directory may have been taken away, or be held.
func (w *world) forgetLooks() { w.all(func(a *account) { a.looks = nil }) }

func (w *world) forgetGrants() { w.all(func(a *account) { a.grantUsed = false }) }

// granting: where people write a password unproved, one login of theirs may try it from when it is stored, which a process
// that a signal stopped does when it goes on.
func (w *world) granting(p *process, before, next integrationKept) {
	data, asked := p.asks("integrations/gl")
	if !asked || data["verify_connection"] != false {
		return
	}
	stored := map[string]string{}
	for _, keys := range before.users() {
		stored[keys.Username] = keys.Password
	}
	w.Lock()
	defer w.Unlock()
	for _, keys := range next.users() {
		written := data["password"] == keys.Password || data["standby_password"] == keys.Password
		if written && keys.Password != stored[keys.Username] {
			w.of(keys.Username).granted = true
		}
	}
}

// answered notes what Oracle said of a password. That a user who sets its own password was looked up says nothing of
// the modules.
func (w *world) answered(l login, result oracle.LoginResult) {
	name, password := l.name, l.password
	w.Lock()
	defer w.Unlock()
	a := w.of(name)
	unknown := result == oracle.LoginUnanswered || result == oracle.LoginUnproved
	if w.storedPassword(name) == password {
		a.doubt, a.unasked = a.doubt && unknown, unknown || a.unasked && !l.survey
	}
	if result != oracle.LoginUnproved { // it may have arrived
		a.grantUsed = a.grantUsed || a.granted
		a.granted = false
	}
	if unknown {
		return
	}
	if _, stored, turn, _ := w.kept(name); stored == password {
		a.unserved, a.unrecorded = false, !l.survey && w.stage.kind == selfManaged
	} else if turn != nil && turn.Password == password && turn.Phase == "unverified" && turn.Refusals > 0 {
		a.unserved = true
	}
	a.heard++
	a.answers[password] = result == oracle.LoginAccepted
	a.refused[password] = w.engineTime()
	if result == oracle.LoginAccepted {
		a.accepted, a.knock, a.knockAfterSet = a.heard, false, false
		a.loggedIn[password] = true
		clear(a.refused)
	}
}

// knocked notes what came of a request without a password.
func (w *world) knocked(answered bool) {
	w.all(func(a *account) {
		a.knock, a.knockAfterSet, a.unasked = a.knock && !answered, a.knockAfterSet && !answered, a.unasked || !answered
	})
}

func (w *world) mustKnock(name string) {
	w.Lock()
	defer w.Unlock()
	w.of(name).knock = true
}

// mayTry holds a login against an answer that never came, and a verified write against what Oracle refused lately.
func (w *world) mayTry(p *process, name, password string, isWrite bool) {
	w.Lock()
	defer w.Unlock()
	a := w.of(name)
	if struck, _ := p.drive.troubles(); a.knock || a.knockAfterSet && struck == p.struck {
		w.book.fault("promise 2: a login of %s left after a request that was not answered, without a knock", name)
	}
	at, known := a.refused[password]
	if known && isWrite && w.door != domainDirectory && w.engineTime().Sub(at) < time.Hour {
		w.book.fault("promise 3: a verified write spent a login on a password that was refused %v ago", w.engineTime().Sub(at))
	}
}

// provesWritten says whether a login proves a password that a person has just written. One of the directory's own within
// an integration's write is the engine's, which is tried again when its hold is over (protocol A3); and who sends the
// directory the secret that is stored insists on it.
func (w *world) provesWritten(ctx context.Context, name, password string) bool {
	if name == adminUser {
		return ctx.Value(byKey{}) == writingD && password != w.storedPassword(name)
	}
	return ctx.Value(byKey{}) == writing
}

// forgiven: what was refused may be right now, as far as the engine can know.
func (w *world) forgiven() { w.all(func(a *account) { clear(a.refused) }) }

// doubtful: the storage struck in this step, so that the engine may not know what the test saw.
func (w *world) doubtful() {
	w.all(func(a *account) {
		a.doubt, a.waits, a.knockAfterSet = true, waits{}, false
		clear(a.refused)
		a.granted = a.granted || a.grantUsed
	})
}
