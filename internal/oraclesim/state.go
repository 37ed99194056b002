package oraclesim

import (
	"slices"
	"strings"
	"time"
)

// State is what an administrator could know of a user, and more; never the password.
type State struct {
	Name string `json:"name"`
	// ID is the GUID that SCIM and userAccounts know the user by: 32 hexadecimal digits in upper case.
	ID string `json:"id"`
	// DomainID is the user's id in the identity domain, another one: 32 hexadecimal digits in lower case.
	DomainID string `json:"domain_id"`
	// Federated users are refused whatever password they send.
	Federated bool `json:"federated"`
	// IdentityAdmin is the right to use SCIM and userAccounts.
	IdentityAdmin bool `json:"identity_admin"`
	// Disabled is the documented meaning of "active": false: suspended.
	Disabled bool `json:"disabled"`
	// Locked is true while a lock lasts; LockedUntil is its end if nobody lifts it.
	Locked      bool      `json:"locked"`
	LockedUntil time.Time `json:"locked_until,omitzero"`
	// APILockedUntil is the end of the lag in which the API refuses although the lock was lifted; zero = no lag.
	APILockedUntil time.Time `json:"api_locked_until,omitzero"`
	// Expired is true when the password is past its expiry and the report has not replaced it yet.
	Expired     bool      `json:"expired"`
	PasswordSet time.Time `json:"password_set_time"`
	// PasswordExpiry is zero for a password that never expires.
	PasswordExpiry time.Time `json:"password_expiry_time,omitzero"`
	// MustChange is true when the password has to be changed at the next sign-in.
	MustChange bool `json:"must_change"`
	// FailedInARow counts refused logins since the last accepted one or the end of a lock, as Oracle does.
	FailedInARow int `json:"failed_in_a_row"`
	// RefusedInARowMax is the longest run of refused logins since the user was created or ResetLogs; the end of a lock
	// does not break a run.
	RefusedInARowMax int `json:"refused_in_a_row_max"`
	// Locks is how often the user became locked since he was created, by failed logins or an administrator.
	Locks int `json:"locks"`
	// Roles that SCIM shows.
	Roles []Role `json:"roles"`
	// Access per module; a missing module is denied.
	Access map[Module]Access `json:"access"`
}

// State returns what is known of a user at this instant.
func (p *Pod) State(user string) (State, error) {
	var s State
	err := p.change(user, func(a *account, now time.Time) { s = a.state(now) })
	return s, err
}

// States returns the state of every user, in the order of their names.
func (p *Pod) States() []State {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	states := make([]State, 0, len(p.accounts))
	for _, a := range p.accounts {
		p.settle(a, now)
		states = append(states, a.state(now))
	}
	slices.SortFunc(states, func(a, b State) int { return strings.Compare(a.Name, b.Name) })
	return states
}

// FailedInARow counts the user's refused logins since the last accepted one or the end of a lock; 0 for an
// unknown user.
func (p *Pod) FailedInARow(user string) int {
	s, err := p.State(user)
	if err != nil {
		return 0
	}
	return s.FailedInARow
}

// run counts refused logins in a row as a test does: no lock's end resets it, only an accepted login.
type run struct{ now, longest int }

func (r *run) add(accepted bool) {
	if accepted {
		r.now = 0
		return
	}
	r.now++
	r.longest = max(r.longest, r.now)
}
