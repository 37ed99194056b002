package oraclesim

import (
	"crypto/sha256"
	"crypto/subtle"
	"slices"
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
// Every refused login counts, whatever its cause, unless a switch says otherwise: nothing is documented, and the
// harsher reading protects the account in the client under test.
type account struct {
	name          string
	number        int    // in the order of creation
	id            string // in Fusion
	domainID      string // in the identity domain
	created       time.Time
	modified      time.Time
	disabled      bool
	federated     bool
	identityAdmin bool
	access        map[Module]Access
	roles         []Role
	logins        ring[Login]
	changes       ring[PasswordChange]

	password       digest
	used           []digest // the passwords there were, the current one last
	passwordSet    time.Time
	passwordMaxAge time.Duration // negative: never expires
	passwordExpiry time.Time     // zero: never
	mustChange     bool

	failed        int       // refused logins in a row
	lockedAt      time.Time // when the last lock began
	lockedUntil   time.Time // zero: not locked
	lockedByAdmin bool
	lagUntil      time.Time // the API refuses before this instant
	locks         int       // how often it became locked
	run           run

	accepted        time.Time // the last accepted login, zero: none
	acceptedEarlier time.Time // the one before it
	refused         time.Time // the last refused login
	domainCopy      *account  // what the domain believes while it is not the login store
}

// digest stands for a password, so that no dump of the simulator's memory structures shows one.
type digest [sha256.Size]byte

func digestOf(password string) digest { return sha256.Sum256([]byte(password)) }

func (a *account) setPassword(password string, at time.Time) {
	a.password = digestOf(password)
	a.used = append(a.used, a.password)
	a.used = a.used[max(0, len(a.used)-maxPasswordHistory):]
	a.mustChange = false
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

func (a *account) lock(now time.Time, s Switches) {
	if !a.locked() {
		a.locks++
	}
	a.lockedAt = now
	a.lockedUntil = now.Add(s.LockDuration)
	a.lockedByAdmin = false
}

func (a *account) lockByAdmin(now time.Time, s Switches) {
	a.lock(now, s)
	a.lockedByAdmin = true
}

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
	a.run.add(reason == ReasonAccepted)
	if reason == ReasonAccepted {
		a.failed = 0
		a.acceptedEarlier, a.accepted = a.accepted, now
		return reason
	}
	a.refused = now
	if s.counts(reason) {
		a.failed++
	}
	extend := a.locked() && s.LockedLoginsExtendLock
	if extend || !a.locked() && !s.NeverLocks && a.failed >= s.LockThreshold {
		a.lock(now, s)
	}
	return reason
}

func (a *account) judge(password string, now time.Time, s Switches) Reason {
	given := digestOf(password)
	switch {
	case a.disabled:
		return ReasonDisabled
	case a.federated:
		return ReasonFederated
	case a.locked():
		return ReasonLocked
	case now.Before(a.lagUntil):
		return ReasonLockLag
	case subtle.ConstantTimeCompare(given[:], a.password[:]) != 1:
		return ReasonWrongPassword
	case a.expired(now) && !s.ExpiredAcceptedUntilReport:
		return ReasonExpired
	case a.mustChange && !s.MustChangeAccepted:
		return ReasonMustChange
	}
	return ReasonAccepted
}

func (a *account) state(now time.Time) State {
	s := State{
		Name:           a.name,
		ID:             a.id,
		DomainID:       a.domainID,
		Disabled:       a.disabled,
		Federated:      a.federated,
		IdentityAdmin:  a.identityAdmin,
		MustChange:     a.mustChange,
		Roles:          slices.Clone(a.roles),
		Locked:         a.locked(),
		LockedUntil:    a.lockedUntil,
		Expired:        a.expired(now),
		PasswordSet:    a.passwordSet,
		PasswordExpiry: a.passwordExpiry,
		FailedInARow:   a.failed,
		Locks:          a.locks,

		RefusedInARowMax: a.run.longest,

		Access: make(map[Module]Access, len(a.access)),
	}
	if now.Before(a.lagUntil) {
		s.APILockedUntil = a.lagUntil
	}
	for module, access := range a.access {
		s.Access[module] = access
	}
	return s
}
