package oraclesim

import (
	"fmt"
	"slices"
	"time"
)

// maxPasswordHistory is how many passwords of a user are remembered, as digests.
const maxPasswordHistory = 24

// By whom a password is changed, where that is not a caller with a name of his own.
const (
	byAdmin  = "admin"
	byReport = "report"
	bySelf   = "self"
	byReset  = "reset:"
)

// PasswordChange is one change of a user's password on the pod. No value is kept.
type PasswordChange struct {
	// Time on the pod's clock.
	Time time.Time `json:"time"`
	// By is who changed it: "admin" (Pod.SetPassword, the control port), "report" (the Password Expiry Report), "self" (a
	// user his own, over SCIM or userAccounts), "scim:CALLER", "user_accounts:CALLER", "domain:CLIENT", or
	// "reset:CALLER" for a reset to a random value that nobody knows.
	By string `json:"by"`
}

// PasswordChanges lists every change of the user's password since he was created, oldest first, as far as the log
// reaches (10,000). A change that had no effect is not one: neither an ignored one (Switches.ScimPasswordIgnored) nor one
// in a domain that is not the login store. ResetLogs keeps them.
func (p *Pod) PasswordChanges(user string) []PasswordChange {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, ok := p.accounts[accountKey(user)]
	if !ok {
		return nil
	}
	p.settle(a, p.now()) // the nightly report may be due
	return a.changes.all()
}

// replacePassword sets a password in place of another.
func (a *account) replacePassword(password, by string, at time.Time) {
	a.setPassword(password, at)
	a.changes.add(PasswordChange{Time: at, By: by})
	a.modified = at
}

// setByDirectory is what SCIM and the identity domain do: policy and history are asked, and the switches say what else
// a new password does. A refusal changes nothing.
func (a *account) setByDirectory(password, by string, now time.Time, s Switches) error {
	if err := a.allows(password, now, s); err != nil {
		return err
	}
	a.replacePassword(password, by, now)
	a.mustChange = s.ResetForcesChange && by != bySelf
	if s.PatchUnlocks {
		a.unlock(now, s)
		a.failed = 0
	}
	return nil
}

// allows asks the password policy, the history and the minimum age.
func (a *account) allows(password string, now time.Time, s Switches) error {
	if err := s.PasswordPolicy.allows(password, s); err != nil {
		return err
	}
	remembered := a.used[max(0, len(a.used)-s.PasswordHistory):]
	if slices.Contains(remembered, digestOf(password)) {
		return fmt.Errorf("it is one of the last %d passwords", s.PasswordHistory)
	}
	if now.Before(a.passwordSet.Add(s.PasswordMinAge)) {
		return fmt.Errorf("the current password is younger than %v", s.PasswordMinAge)
	}
	return nil
}
