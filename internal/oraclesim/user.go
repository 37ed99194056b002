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
	// PasswordMaxAge is the life of each of the user's passwords; 0 = DefaultPasswordMaxAge; NeverExpires = no end.
	PasswordMaxAge time.Duration
	// Disabled creates a suspended user ("active": false in Fusion SCIM).
	Disabled bool
	// Access per module. A nil map grants the six financial modules; in any other map a missing module is denied.
	Access map[Module]Access
}

// State is what an administrator could know of a user, and more; never the password.
type State struct {
	Name string `json:"name"`
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
	// FailedInARow counts refused logins since the last accepted one or the end of a lock.
	FailedInARow int `json:"failed_in_a_row"`
	// Access per module; a missing module is denied.
	Access map[Module]Access `json:"access"`
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
	a := &account{name: u.Name, disabled: u.Disabled, access: make(map[Module]Access)}
	a.passwordMaxAge = cmp.Or(u.PasswordMaxAge, DefaultPasswordMaxAge)
	if u.Access == nil {
		for _, module := range FinancialModules() {
			a.access[module] = AccessGranted
		}
	}
	for module, access := range u.Access {
		a.access[module] = access
	}
	set := u.PasswordSet
	if set.IsZero() {
		set = p.now()
	}
	a.setPassword(u.Password, set)
	p.accounts[accountKey(u.Name)] = a
	return nil
}

// SetPassword replaces a password as an administrator's reset does: its age starts anew; a lock, its lag and the
// count stay. The new password may equal the old one.
func (p *Pod) SetPassword(user, password string) error {
	if password == "" {
		return fmt.Errorf("user %q needs a password", user)
	}
	return p.change(user, func(a *account, now time.Time) { a.setPassword(password, now) })
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
	return p.change(user, func(a *account, now time.Time) { a.lock(now, p.switches) })
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

// Expire makes the user's password expire at this instant, also one that never would.
func (p *Pod) Expire(user string) error {
	return p.change(user, func(a *account, now time.Time) { a.passwordExpiry = now })
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
			a.setPassword(rand.Text(), now)
			replaced = append(replaced, a.name)
		}
	}
	slices.Sort(replaced)
	return replaced
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
	midnight := now.UTC().Truncate(24 * time.Hour)
	if p.switches.DailyExpiryReport && !p.switches.ExpiryReportOff && a.expired(midnight) {
		a.setPassword(rand.Text(), midnight)
	}
}

// accountKey makes user names equal that differ only in the case of their letters.
func accountKey(name string) string { return strings.ToLower(name) }
