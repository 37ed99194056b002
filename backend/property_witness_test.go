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
	asking   = "check or release"
	writing  = "write"
	writingD = "write of a directory"
)

// lateAfter is when a login that was on its way when its client gave up reaches Oracle: within the time for
// which the engine has to wait for it, and at no instant at which the test does something.
const lateAfter = 2500 * time.Millisecond

// witness is Oracle as one process of the engine sees it: the real client, watched.
type witness struct {
	*oracle.Client
	w     *world
	drive *drive
	late  sync.WaitGroup
}

// gone is the answer to a process that is dead: nothing of it leaves.
func gone() oracle.Answer {
	return oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.NotSent, Detail: "the process is dead"}
}

// Knock implements backend.Oracle.
func (v *witness) Knock(ctx context.Context, endpoint oracle.Endpoint) oracle.Answer {
	if v.drive.isDead() {
		return gone()
	}
	v.w.tick()
	answer := v.Client.Knock(ctx, endpoint)
	v.w.knocked(answer.Delivery == oracle.Answered)
	return answer
}

// Survey implements backend.Oracle.
func (v *witness) Survey(ctx context.Context, endpoint oracle.Endpoint, login oracle.Login, plans []oracle.Plan) oracle.Findings {
	if v.drive.isDead() {
		return oracle.Findings{Login: oracle.LoginUnproved, Cause: gone()}
	}
	v.w.tick()
	v.w.mayLogin(login.Username)
	v.w.mayTry(login.Password.Reveal(), ctx.Value(byKey{}) == writing)
	by := v.w.partyOf(ctx)
	v.w.mayTryNow(by)
	var findings oracle.Findings
	v.w.loggingIn(login.Username, by, func() bool {
		findings = v.Client.Survey(ctx, endpoint, login, plans)
		return findings.Login != oracle.LoginUnanswered
	})
	v.w.answered(login.Password.Reveal(), findings.Login)
	v.w.settled(findings.Login)
	if findings.Login == oracle.LoginUnanswered || findings.LastUnanswered {
		v.w.mustKnock()
		v.arriveLate(login.Username, by)
	}
	return findings
}

// arriveLate carries out what was held back on its way, soon.
func (v *witness) arriveLate(username string, by party) {
	v.w.inFlight(username, time.Now().Add(lateAfter))
	asOf := v.w.moment()
	v.late.Go(func() {
		time.Sleep(lateAfter)
		v.w.tick()
		v.w.loggingInAsOf(asOf, username, by, func() bool {
			v.w.stage.outside(func() { v.w.stage.pod.ReleaseLate() })
			return false
		})
	})
}

// LookUp implements backend.Oracle. Over a fusion directory it is a login of the administrator.
func (v *witness) LookUp(ctx context.Context, directory oracle.Directory, username string) oracle.LookUp {
	if v.drive.isDead() {
		return oracle.LookUp{Login: oracle.LoginUnproved, Answer: gone()}
	}
	v.w.tick()
	if directory.Kind != oracle.FusionDirectory {
		look := v.Client.LookUp(ctx, directory, username)
		v.w.looked(look)
		return look
	}
	by := engine
	if ctx.Value(byKey{}) == writingD {
		by = person
	}
	v.w.mayLogin(directory.Login.Username)
	var look oracle.LookUp
	v.w.loggingIn(directory.Login.Username, by, func() bool {
		look = v.Client.LookUp(ctx, directory, username)
		return look.Login != oracle.LoginUnanswered
	})
	v.w.looked(look)
	return look
}

// LookUpByToken implements backend.Oracle.
func (v *witness) LookUpByToken(ctx context.Context, directory oracle.Directory, username string) (oracle.LookUp, bool) {
	if v.drive.isDead() {
		return oracle.LookUp{Login: oracle.LoginUnproved, Answer: gone()}, true
	}
	v.w.tick()
	look, answered := v.Client.LookUpByToken(ctx, directory, username)
	if answered {
		v.w.looked(look)
	}
	return look, answered
}
