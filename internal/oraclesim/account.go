package oraclesim

import (
	"crypto/sha256"
	"crypto/subtle"
	"time"
)

// account is the state machine of one user. It is pure: time comes in as now, and nothing here locks, logs or
// does I/O.
//
//	            refused, count < threshold
//	             +------+
//	             v      |
//	accepted -> open ---+---- count = threshold ----> locked
//	             ^                                      |
//	             |  lock duration over: count = 0       |
//	             +--------------------------------------+
//	             |                                      | unlocked by an administrator: count = 0
//	             +------------ lagging <----------------+
//	               lag over    (every login refused, right password or not)
//
// Every refused login counts, whatever its cause: nothing is documented, and the harsher reading protects the
// account in the client under test.
type account struct {
	name     string
	disabled bool
	access   map[Module]Access
	logins   ring[Login]

	password       digest
	passwordSet    time.Time
	passwordMaxAge time.Duration // negative: never expires
	passwordExpiry time.Time     // zero: never

	failed      int       // refused logins in a row
	lockedUntil time.Time // zero: not locked
	lagUntil    time.Time // the API refuses before this instant
}

// digest stands for a password, so that no dump of the simulator's memory structures shows one.
type digest [sha256.Size]byte

func digestOf(password string) digest { return sha256.Sum256([]byte(password)) }

func (a *account) setPassword(password string, at time.Time) {
	a.password = digestOf(password)
	a.passwordSet = at
	a.passwordExpiry = time.Time{}
	if a.passwordMaxAge > 0 {
		a.passwordExpiry = at.Add(a.passwordMaxAge)
	}
}

func (a *account) expired(now time.Time) bool {
	return !a.passwordExpiry.IsZero() && !now.Before(a.passwordExpiry)
}

func (a *account) locked() bool { return !a.lockedUntil.IsZero() }

func (a *account) lock(now time.Time, s Switches) { a.lockedUntil = now.Add(s.LockDuration) }

// unlock is an administrator's: the visible lock and the count go, the API's memory of the lock lags behind.
func (a *account) unlock(now time.Time, s Switches) {
	if !a.locked() {
		return
	}
	a.lockedUntil = time.Time{}
	a.failed = 0
	a.lagUntil = now.Add(s.lag())
}

// settle brings the account up to now: a lock whose time is over ends.
func (a *account) settle(now time.Time, s Switches) {
	if !a.locked() || now.Before(a.lockedUntil) {
		return
	}
	if s.LagAfterTimedUnlock {
		a.lagUntil = a.lockedUntil.Add(s.lag())
	}
	a.lockedUntil = time.Time{}
	a.failed = 0
}

// login is one attempt with a password. The account must be settled.
func (a *account) login(password string, now time.Time, s Switches) Reason {
	reason := a.judge(password, now, s)
	if reason == ReasonAccepted {
		a.failed = 0
		return reason
	}
	a.failed++
	extend := a.locked() && s.LockedLoginsExtendLock
	if extend || !a.locked() && a.failed >= s.LockThreshold {
		a.lock(now, s)
	}
	return reason
}

func (a *account) judge(password string, now time.Time, s Switches) Reason {
	given := digestOf(password)
	switch {
	case a.disabled:
		return ReasonDisabled
	case a.locked():
		return ReasonLocked
	case now.Before(a.lagUntil):
		return ReasonLockLag
	case subtle.ConstantTimeCompare(given[:], a.password[:]) != 1:
		return ReasonWrongPassword
	case a.expired(now) && !s.ExpiredAcceptedUntilReport:
		return ReasonExpired
	}
	return ReasonAccepted
}

func (a *account) state(now time.Time) State {
	s := State{
		Name:           a.name,
		Disabled:       a.disabled,
		Locked:         a.locked(),
		LockedUntil:    a.lockedUntil,
		Expired:        a.expired(now),
		PasswordSet:    a.passwordSet,
		PasswordExpiry: a.passwordExpiry,
		FailedInARow:   a.failed,
		Access:         make(map[Module]Access, len(a.access)),
	}
	if now.Before(a.lagUntil) {
		s.APILockedUntil = a.lagUntil
	}
	for module, access := range a.access {
		s.Access[module] = access
	}
	return s
}
