package oraclesim

import (
	"crypto/rand"
	"fmt"
	"slices"
	"time"
)

// SetPassword replaces a password as an administrator's reset does: its age starts anew, and no change is forced; a
// lock, its lag and the count stay. It asks no password policy: the new password may equal the old one.
func (p *Pod) SetPassword(user, password string) error {
	if password == "" {
		return fmt.Errorf("user %q needs a password", user)
	}
	return p.change(user, func(a *account, now time.Time) { a.replacePassword(password, byAdmin, now) })
}

// HasPassword says whether a password is the user's, without a login: nothing is counted, and nothing logged.
func (p *Pod) HasPassword(user, password string) bool {
	has := false
	err := p.change(user, func(a *account, _ time.Time) { has = a.password == digestOf(password) })
	return err == nil && has
}

// SetPrivilege says what the user may do with the resources of one module.
func (p *Pod) SetPrivilege(user string, module Module, access Access) error {
	if err := validateAccess(module, access); err != nil {
		return err
	}
	return p.change(user, func(a *account, _ time.Time) { a.access[module] = access })
}

// Lock locks a user for the pod's lock duration, as the last of too many refused logins would.
func (p *Pod) Lock(user string) error {
	return p.change(user, func(a *account, now time.Time) { a.lockByAdmin(now, p.switches) })
}

// Unlock lifts a lock as an administrator does in the Security Console: the count is 0 again, and the API goes
// on refusing for the lag of Switches.APILockLag. A user who is not locked stays as he is.
func (p *Pod) Unlock(user string) error {
	return p.change(user, func(a *account, now time.Time) { a.unlock(now, p.switches) })
}

// Disable suspends a user: every login is refused.
func (p *Pod) Disable(user string) error {
	return p.change(user, func(a *account, _ time.Time) { a.disabled = true })
}

// Enable ends a suspension.
func (p *Pod) Enable(user string) error {
	return p.change(user, func(a *account, _ time.Time) { a.disabled = false })
}

// SetIdentityAdmin gives or takes the right to use SCIM and userAccounts.
func (p *Pod) SetIdentityAdmin(user string, granted bool) error {
	return p.change(user, func(a *account, _ time.Time) { a.identityAdmin = granted })
}

// SetFederated says whether the user signs in without a password alone, as when a sign-on policy asks for a second
// factor from now on.
func (p *Pod) SetFederated(user string, federated bool) error {
	return p.change(user, func(a *account, _ time.Time) { a.federated = federated })
}

// SetMustChange says whether the user has to change his password at the next sign-in. Until then his logins are
// refused, unless Switches.MustChangeAccepted.
func (p *Pod) SetMustChange(user string, must bool) error {
	return p.change(user, func(a *account, _ time.Time) { a.mustChange = must })
}

// Expire makes the user's password expire at this instant, also one that never would.
func (p *Pod) Expire(user string) error {
	return p.change(user, func(a *account, now time.Time) { a.passwordExpiry = now })
}

// RunExpiryReport is Oracle's scheduled process Password Expiry Report: it replaces every expired password by a
// random one nobody is told, after which the stored password is simply wrong (Oracle Applications, Password
// Expiry Report: "automatically resets the password"). It returns the names of the users it hit, sorted.
func (p *Pod) RunExpiryReport() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var replaced []string
	if p.switches.ExpiryReportOff {
		return replaced
	}
	now := p.now()
	for _, a := range p.accounts {
		if a.expired(now) {
			a.replacePassword(rand.Text(), byReport, now)
			replaced = append(replaced, a.name)
		}
	}
	slices.Sort(replaced)
	return replaced
}
