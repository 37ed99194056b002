package backend_test

import (
	"context"
	"sync"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// byKey marks the requests of people who spend a login, down to the request to Oracle, with one of these.
type byKey struct{}

const (
	asking   = "check, release, rotate or use_…"
	writing  = "write or adopt"
	writingD = "write of a directory"
	statingD = "reconcile of a directory"
)

// lateAfter is when a login that was on its way when its client gave up reaches Oracle: within the time for
// which the engine has to wait for it, and at no instant at which the test does something.
const lateAfter = 2500 * time.Millisecond

// witness is Oracle as one process of the engine sees it: the real client, watched.
type witness struct {
	*oracle.Client
	w       *world
	process *process
	late    sync.WaitGroup

	mu    sync.Mutex
	until map[string]time.Time // by user: how long a look at it is waited for
}

// gone is the answer to a process that is dead: nothing of it leaves.
func gone() oracle.Answer {
	return oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.NotSent, Detail: "the process is dead"}
}

// Knock implements backend.Oracle.
func (v *witness) Knock(ctx context.Context, endpoint oracle.Endpoint) oracle.Answer {
	if !v.process.drive.pass() {
		return gone()
	}
	v.w.tick()
	answer := v.Client.Knock(ctx, endpoint)
	v.w.knocked(answer.Delivery == oracle.Answered)
	v.process.drive.pass()
	return answer
}

// login is one request that carries a user's password.
type login struct {
	name, password string
	change         bool // it sets a password
	survey         bool // it asks for the modules, as a check does
	do             func() (login oracle.LoginResult, broke bool)
}

// carry counts a login, and holds it against every promise. It is called when nothing stops the process any more.
func (v *witness) carry(ctx context.Context, l login) {
	w, p := v.w, v.process
	by := w.partyOf(ctx, p, l.name, l.password)
	if !p.lateFor(l.name) { // else nothing of it may leave
		w.mayLogin(p, l.name)
		w.mayTry(p, l.name, l.password, w.provesWritten(ctx, l.name, l.password))
		w.mayTryNow(p, l.name, l.password, by)
		if by == engine || l.name != adminUser { // people may insist on the secret that is stored
			w.maySettle(p, l.name, l.password)
		}
	}
	var result oracle.LoginResult
	var broke bool
	asOf, left := w.moment(), len(w.stage.pod.Logins(l.name))
	asOf.change = l.change
	if charge, found := pendingOf(p.charge(l.name)); found {
		asOf.charge = charge.ID
	}
	w.loggingInAsOf(asOf, l.name, by, func() bool {
		result, broke = l.do()
		return result != oracle.LoginUnanswered
	})
	if p.lateFor(l.name) && len(w.stage.pod.Logins(l.name)) > left {
		w.book.fault("promise 2: a login of %s left after its deadline", l.name)
	}
	w.answered(l, result)
	w.settled(l.name, result)
	if result == oracle.LoginUnanswered || broke {
		w.mustKnock(l.name)
		if !l.change {
			v.arriveLate(l.name, by)
		}
	}
}

// Survey implements backend.Oracle.
func (v *witness) Survey(ctx context.Context, endpoint oracle.Endpoint, who oracle.Login, plans []oracle.Plan) oracle.Findings {
	if !v.process.drive.pass() {
		return oracle.Findings{Login: oracle.LoginUnproved, Cause: gone()}
	}
	v.w.tick()
	var findings oracle.Findings
	v.carry(ctx, login{name: who.Username, password: who.Password.Reveal(), survey: true, do: func() (oracle.LoginResult, bool) {
		findings = v.Client.Survey(ctx, endpoint, who, plans)
		return findings.Login, findings.LastUnanswered
	}})
	v.process.drive.pass()
	return findings
}

// arriveLate carries out what was held back on its way, soon.
func (v *witness) arriveLate(username string, by party) {
	v.w.inFlight(username, flight{until: time.Now().Add(lateAfter)})
	asOf := v.w.moment()
	v.late.Go(func() {
		time.Sleep(lateAfter)
		v.w.tick()
		if v.w.holdsSet() {
			return // no login is held back beside a request that sets a password
		}
		v.w.loggingInAsOf(asOf, username, by, func() bool {
			v.w.stage.outside(func() { v.w.stage.pod.ReleaseLate() })
			return false
		})
	})
}

// LookUp implements backend.Oracle. Over a fusion directory it is a login of the administrator, or of a user who sets
// its own password.
func (v *witness) LookUp(ctx context.Context, directory oracle.Directory, username string) oracle.LookUp {
	if !v.process.drive.pass() {
		return oracle.LookUp{Login: oracle.LoginUnproved, Answer: gone()}
	}
	v.w.tick()
	var look oracle.LookUp
	if directory.Kind != oracle.FusionDirectory {
		look = v.Client.LookUp(ctx, directory, username)
	} else {
		v.carry(ctx, login{name: directory.Login.Username, password: directory.Login.Password.Reveal(), do: func() (oracle.LoginResult, bool) {
			look = v.Client.LookUp(ctx, directory, username)
			return look.Login, false
		}})
	}
	own := directory.Login.Username == username // what it says of its own user is not asked for
	if !own {
		v.w.looked(v.process, username, look)
	}
	v.process.drive.pass()
	if !own && look.Answered() {
		v.w.received(v.process, username)
	}
	if !own && v.nobodyWaits(username) {
		v.w.unseen(v.process, username)
	}
	return look
}

// LookUpByToken implements backend.Oracle. It is asked first; how long is waited for what it or LookUp then says is the
// same.
func (v *witness) LookUpByToken(ctx context.Context, directory oracle.Directory, username string) (oracle.LookUp, bool) {
	if !v.process.drive.pass() {
		return oracle.LookUp{Login: oracle.LoginUnproved, Answer: gone()}, true
	}
	v.waitsFor(ctx, username)
	v.w.tick()
	look, answered := v.Client.LookUpByToken(ctx, directory, username)
	if answered {
		v.w.looked(v.process, username, look)
	}
	v.process.drive.pass()
	if answered && look.Answered() {
		v.w.received(v.process, username)
	}
	return look, answered
}

// waitsFor notes until when the engine waits for a look at a user.
func (v *witness) waitsFor(ctx context.Context, username string) {
	until, _ := ctx.Deadline()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.until[username] = until
}

// nobodyWaits says whether that time is over: the login of a directory outlives the look for which it was made.
func (v *witness) nobodyWaits(username string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	until := v.until[username]
	return !until.IsZero() && !time.Now().Before(until)
}
