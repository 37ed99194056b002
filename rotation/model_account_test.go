package rotation_test

import (
	"fmt"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// modelAccount is an Oracle account as far as logins change it.
type modelAccount struct {
	lockAfter int
	lag       time.Duration // how long the API goes on refusing after an unlock

	password string
	count    int // refused logins in a row, everybody's
	locked   bool
	inactive bool
	lagUntil time.Time
	set      time.Time
	in       time.Time // the last accepted login
	engine   int       // refused logins in a row that the engine itself caused
	others   int       // that people and other programs caused
	alone    int       // locks by nobody's logins but the engine's own
}

// try is one login with the password.
func (a *modelAccount) try(password string, by rotation.Initiator) (accepted bool) {
	if password == a.password && !a.locked && !a.inactive && !time.Now().Before(a.lagUntil) {
		a.count, a.engine, a.others, a.in = 0, 0, 0, time.Now()
		return true
	}
	if by == rotation.ByEngine {
		a.engine++
	} else {
		a.others++
	}
	if a.locked {
		return false
	}
	if a.count++; a.count >= a.lockAfter {
		a.locked = true
		if a.others == 0 {
			a.alone++
		}
	}
	return false
}

func (a *modelAccount) unlock() {
	if a.locked {
		a.locked, a.count, a.engine, a.others, a.lagUntil = false, 0, 0, 0, time.Now().Add(a.lag)
	}
}

// modelDirectory is what kind of directory shows the account. The list is closed.
type modelDirectory int

const (
	noDirectory modelDirectory = iota
	countsLogins
	countsOthers // a domain that is not where the pod checks passwords: its count is always 0
	showsActive  // Fusion SCIM
)

func (d modelDirectory) view(a *modelAccount, policyKnown bool) oracle.View {
	v := uncounted(fact(!a.inactive))
	switch d {
	case countsOthers:
		v = counted(0)
		v.Active = fact(!a.inactive)
	case countsLogins:
		v = counted(a.count)
		v.Active, v.Locked, v.PasswordSet, v.LastLogin = fact(!a.inactive), fact(a.locked), a.set, a.in
		v.Rules.LockAfter = nil
		if policyKnown {
			v.Rules.LockAfter = new(a.lockAfter)
		}
	case noDirectory, showsActive:
	}
	return v
}

func fact(is bool) oracle.Fact {
	if is {
		return oracle.Yes
	}
	return oracle.No
}

// network is how the next login travels. The list is closed.
type network int

const (
	arrives     network = iota
	refusesLink         // nothing is sent
	unavailable         // 503
	losesAnswer         // Oracle counts it, no answer comes
	losesRequest
	stopsAfter  // Oracle counts it, and the engine's process dies before it can settle
	stopsBefore // the process dies before the login leaves
	networks
)

// deliver is what the engine learns of a login, and whether its process dies over it.
func (n network) deliver(a *modelAccount, password string, by rotation.Initiator) (f oracle.Findings, dies bool) {
	switch n {
	case refusesLink:
		return notSent, false
	case unavailable:
		return oracle.Findings{Login: oracle.LoginUnproved, Cause: oracle.Answer{Outcome: oracle.Unavailable, Delivery: oracle.Answered, HTTPStatus: 503}}, false
	case losesRequest:
		return unanswered, false
	case losesAnswer:
		a.try(password, by)
		return unanswered, false
	case stopsBefore:
		return unanswered, true
	case arrives, stopsAfter, networks:
	}
	if !a.try(password, by) {
		return refusal, n == stopsAfter
	}
	f = accepted
	f.Cause = oracle.Answer{Outcome: oracle.Rows, Delivery: oracle.Answered, HTTPStatus: 200}
	return f, n == stopsAfter
}

func (a *modelAccount) String() string {
	return fmt.Sprintf("%d of %d, locked %v, inactive %v, lag until %v, %d by the engine", a.count, a.lockAfter, a.locked, a.inactive, a.lagUntil.Format(time.TimeOnly), a.engine)
}
