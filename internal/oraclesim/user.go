package oraclesim

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrUnknownUser is returned, wrapped, by every method that names a user the pod does not have.
var ErrUnknownUser = errors.New("the pod has no such user")

// NeverExpires as a User's PasswordMaxAge is a password without expiry.
const NeverExpires time.Duration = -1

// User is an account to create.
type User struct {
	// Name is the login name, compared without regard to case; it must hold no colon (RFC 7617).
	Name string
	// Password in clear. It must not be empty.
	Password string
	// PasswordSet is when the password was set, on the pod's clock; zero = now.
	PasswordSet time.Time
	// PasswordMaxAge is the life of each of the user's passwords; 0 = Switches.PasswordMaxAge; NeverExpires = no end.
	PasswordMaxAge time.Duration
	// Disabled creates a suspended user ("active": false in Fusion SCIM).
	Disabled bool
	// Access per module. A nil map grants the six financial modules; in any other map a missing module is denied.
	Access map[Module]Access
	// IdentityAdmin gives the privilege "Use REST Service - Identity Integration"
	// (ASE_REST_SERVICE_ACCESS_IDENTITY_INTEGRATION_PRIV), which opens the SCIM API and, here, userAccounts. It shows
	// in no role: a custom role may carry it.
	IdentityAdmin bool
	// Federated creates a user who signs in by single sign-on, or with a second factor, alone: every Basic login of his is
	// refused.
	Federated bool
	// MustChange creates a user who has to change his password at the next sign-in.
	MustChange bool
	// Roles that SCIM shows; they grant nothing here, Access does. Nil = RoleFinancialIntegrationSpecialist.
	Roles []Role
}

func (u User) validate() error {
	switch {
	case u.Name == "":
		return errors.New("a user needs a name")
	case strings.Contains(u.Name, ":"):
		return fmt.Errorf("user name %q holds a colon, which a Basic header cannot carry", u.Name)
	case u.Password == "":
		return fmt.Errorf("user %q needs a password", u.Name)
	}
	for module, access := range u.Access {
		if err := validateAccess(module, access); err != nil {
			return fmt.Errorf("user %q: %w", u.Name, err)
		}
	}
	for _, role := range u.Roles {
		if err := role.validate(); err != nil {
			return fmt.Errorf("user %q: %w", u.Name, err)
		}
	}
	return nil
}

// AddUser creates a user; a name that exists already, in any case of letters, is refused.
func (p *Pod) AddUser(u User) error {
	if err := u.validate(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, exists := p.accounts[accountKey(u.Name)]; exists {
		return fmt.Errorf("user %q exists already", u.Name)
	}
	p.accounts[accountKey(u.Name)] = p.newAccount(u)
	return nil
}

// newAccount needs the lock.
func (p *Pod) newAccount(u User) *account {
	now := p.now()
	p.created++
	key := accountKey(u.Name)
	p.generations[key]++
	a := &account{
		name: u.Name, number: p.created,
		id:       strings.ToUpper(identifier("fusion", key, p.generations[key])),
		domainID: identifier("domain", key, p.generations[key]),
		created:  now, modified: now, disabled: u.Disabled, identityAdmin: u.IdentityAdmin, federated: u.Federated,
		access: make(map[Module]Access),
	}
	a.passwordMaxAge = cmp.Or(u.PasswordMaxAge, p.switches.PasswordMaxAge)
	if u.Access == nil {
		for _, module := range FinancialModules() {
			a.access[module] = AccessGranted
		}
	}
	for module, access := range u.Access {
		a.access[module] = access
	}
	if u.Roles == nil {
		u.Roles = []Role{{Code: RoleFinancialIntegrationSpecialist}}
	}
	for _, role := range u.Roles {
		a.addRole(role)
	}
	set := u.PasswordSet
	if set.IsZero() {
		set = now
	}
	a.setPassword(u.Password, set)
	a.mustChange = u.MustChange
	ownCopy := *a
	ownCopy.used = slices.Clone(a.used)
	a.domainCopy = &ownCopy
	return a
}

// RemoveUser deletes a user, with his logins and password changes. A user made later under the same name has another
// id.
func (p *Pod) RemoveUser(user string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.accounts[accountKey(user)]; !ok {
		return fmt.Errorf("user %q: %w", user, ErrUnknownUser)
	}
	delete(p.accounts, accountKey(user))
	return nil
}

// change runs f on a user brought up to now, under the pod's lock.
func (p *Pod) change(user string, f func(a *account, now time.Time)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, ok := p.accounts[accountKey(user)]
	if !ok {
		return fmt.Errorf("user %q: %w", user, ErrUnknownUser)
	}
	now := p.now()
	p.settle(a, now)
	f(a, now)
	return nil
}

// settle brings one account up to now: its lock, and the nightly report where there is one. Doing it on demand
// gives the same result as a process at midnight, without one.
func (p *Pod) settle(a *account, now time.Time) {
	a.settle(now, p.switches)
	a.domainCopy.settle(now, p.switches)
	midnight := now.UTC().Truncate(24 * time.Hour)
	if p.switches.DailyExpiryReport && !p.switches.ExpiryReportOff && a.expired(midnight) {
		a.replacePassword(rand.Text(), byReport, midnight)
	}
}

// accountKey makes user names equal that differ only in the case of their letters.
func accountKey(name string) string { return strings.ToLower(name) }
