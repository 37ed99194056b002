package rotation

import (
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
	"vault-plugin-secrets-oracle-financials/oracle"
)

// HolderKind is what holds passwords. The list is closed.
type HolderKind string

// The kinds of holder.
const (
	HolderIntegration HolderKind = "integration"
	HolderDirectory   HolderKind = "directory"
)

// Holder names who holds passwords.
type Holder struct {
	Kind HolderKind
	Name string
}

// Way is how a holder's password is set. The list is closed.
type Way string

// The ways.
const (
	WayNone      Way = ""          // nobody can set it
	WayDirectory Way = "directory" // an administrator's door does
	WaySelf      Way = "self"      // the user itself does, with the password that is being replaced
)

// Side names an account of a pair.
type Side string

// The sides. Without a pair there is only the current one.
const (
	SideCurrent Side = "current"
	SideStandby Side = "standby"
)

// Holding is a holder with all its passwords, as it is stored, and what surrounds it.
type Holding struct {
	Holder Holder
	ID     string
	// Step counts the changes of passwords and phase, so that nobody's is overwritten unseen.
	Step int64

	Current Keys  // what applications read
	Standby *Keys // of a pair: the account that the next rotation changes
	Turn    Turn
	// ProvenBy is who set a password that a login then proved, as Doorway names it; empty: nobody yet.
	ProvenBy string
	Retry    Retry
	// LastRotation is when the last one was promoted. LastError says why the last attempt came to nothing; empty
	// once one was promoted.
	LastRotation    time.Time
	KeptWait        Retry // of tries of kept passwords that were not answered
	LastError       Failure
	LastErrorDetail string
	// BasisMade is the highest basis given so far.
	BasisMade int64

	// What surrounds it is read anew with each load, and never stored.
	Way         Way
	Doorway     string // who sets the password: another directory, or another address, is another one
	Shared      bool   // somebody else in this mount logs in as the user whose password is set
	Policy      Policy
	Integration Integration // of the account that rotates; zero for a directory
	Directory   Directory   // of a directory
	Door        oracle.Directory
	Endpoint    oracle.Endpoint
	ServerURL   string
}

// target is the account that a rotation changes: the standby of a pair.
func (h *Holding) target() *Keys {
	if h.Standby != nil {
		return h.Standby
	}
	return &h.Current
}

// side gives an account of a pair; the current one when there is no other.
func (h *Holding) side(side Side) *Keys {
	if side == SideStandby && h.Standby != nil {
		return h.Standby
	}
	return &h.Current
}

// Served is the stored password of one of the holder's users.
func (h Holding) Served(username string) secret.Value {
	if h.Standby != nil && h.Standby.Username == username {
		return h.Standby.Password
	}
	return h.Current.Password
}

// account is that of some keys.
func (h Holding) account(k Keys) Account { return AccountOf(k.Username, h.ServerURL) }

// subject names what a login with the stored password of some keys proves.
func (h Holding) subject(k Keys) Subject { return Subject{IntegrationID: h.ID, Basis: k.Basis} }

// nextBasis is a basis that none of the accounts has had.
func (h *Holding) nextBasis() int64 {
	h.BasisMade = max(h.BasisMade, h.Current.Basis)
	if h.Standby != nil {
		h.BasisMade = max(h.BasisMade, h.Standby.Basis)
	}
	h.BasisMade++
	return h.BasisMade
}

// cloned keeps a transition from writing into the holding that it began with.
func (h Holding) cloned() Holding {
	if h.Standby != nil {
		other := *h.Standby
		h.Standby = &other
	}
	return h
}

// prepared begins a rotation to a password, of which nothing was sent.
func (h Holding) prepared(password secret.Value, drawn int, by Initiator, actor string, now time.Time) Holding {
	h.Turn = Turn{Phase: PhasePrepared, Password: password, Drawn: drawn, Begun: now, By: by, Actor: actor}
	return h
}

// sent is the holding as it has to be stored before a request that sets the password may leave.
func (h Holding) sent(view oracle.View, deadline time.Time) Holding {
	if h.Turn.Sends == 0 {
		h.Turn.UserID, h.Turn.SetBefore = view.ID, view.PasswordSet
	}
	h.Turn.Phase, h.Turn.Deadline = PhaseSent, deadline
	h.Turn.Sends++
	return h
}

// promoted makes the new password the stored one: of a pair, the accounts change places.
func (h Holding) promoted(password secret.Value, proved, now time.Time) Holding {
	h = h.cloned()
	keys := h.target()
	if h.Turn.Served {
		*keys = keys.Proved(proved)
	} else {
		*keys = keys.replaced(password, proved, now, h.nextBasis())
		if h.Turn.Lost {
			*keys = keys.stillSent(h.Turn.Deadline)
		}
		h.LastRotation = now
		h.swap()
	}
	h.Turn, h.Retry, h.ProvenBy, h.LastError, h.LastErrorDetail = Turn{}, Retry{}, h.Doorway, NoFailure, ""
	return h
}

// proven says whether Oracle's word by this doorway was once proved by a login.
func (h Holding) proven() bool { return h.ProvenBy != "" && h.ProvenBy == h.Doorway }

// ahead says whether a clock that was ahead wrote anything of this.
func (h Holding) ahead(now time.Time) bool {
	return h.Turn.ahead(now) || h.Current.ahead(now) || h.Standby != nil && h.Standby.ahead(now)
}

// rebased corrects it.
func (h Holding) rebased(now time.Time) Holding {
	h = h.cloned()
	h.Turn, h.Current = h.Turn.rebased(now), h.Current.rebased(now)
	if h.Standby != nil {
		*h.Standby = h.Standby.rebased(now)
	}
	return h
}

// swap makes the standby of a pair the current account.
func (h *Holding) swap() {
	if h.Standby != nil {
		h.Current, *h.Standby = *h.Standby, h.Current
	}
}

// unverified is the holding when Oracle said that it set the password and no login has proved it. Once one rotation
// was proved by login, Oracle's word is enough to serve it; before, the directory may not be where the pod
// checks passwords; and a pair never needs to.
func (h Holding) unverified(refused bool, now time.Time) Holding {
	h = h.cloned()
	if h.proven() && h.Standby == nil && !h.Turn.Served {
		h.Current = h.Current.replaced(h.Turn.Password, time.Time{}, now, h.nextBasis())
		if h.Turn.Lost {
			h.Current = h.Current.stillSent(h.Turn.Deadline)
		}
		h.Turn.Password, h.Turn.Served, h.LastRotation = secret.Value{}, true, now
	}
	h.Turn.Phase = PhaseUnverified
	if refused {
		h.Turn.Refusals++
		h.Turn.RefusedAt = now
	}
	return h
}

// settled ends a rotation with the stored password as it is. A new one that was sent is kept for as long as
// Oracle may still set it.
func (h Holding) settled() Holding {
	h = h.cloned()
	if keys := h.target(); h.Turn.Sends > 0 {
		*keys = keys.kept(Candidate{
			Password: h.Turn.Password, Deadline: h.Turn.Deadline, Own: true, Acknowledged: h.Turn.Phase == PhaseUnverified,
		})
	}
	h.Turn = Turn{}
	return h
}

// failed is a rotation that came to nothing, to be tried again later.
func (h Holding) failed(why Failure, detail string, jitter float64, now time.Time) Holding {
	h.LastError, h.LastErrorDetail = why, detail
	h.Retry = h.Retry.Failed(now, jitter)
	if why == DirectorySilent { // an outage says nothing about this rotation: it is tried again however long that lasts
		h.Retry.Failures, h.Retry.Stopped = min(h.Retry.Failures, MaxRotationRetries-1), false
	}
	return h
}

// waits is a rotation under way that could not be settled now.
func (h Holding) waits(jitter float64, now time.Time) Holding {
	h.Turn.Wait = h.Turn.Wait.Failed(now, jitter)
	if slot := h.Policy.NextSlot(h.Integration.Name, now); !slot.IsZero() { // at the latest with what would be a check
		h.Turn.Wait.NotBefore = earlier(h.Turn.Wait.NotBefore, slot)
	}
	return h
}

// keptLater is the holding when a kept password could not be tried now.
func (h Holding) keptLater(jitter float64, now time.Time) Holding {
	h.KeptWait = h.KeptWait.Failed(now, jitter)
	if slot := h.Policy.NextSlot(h.Integration.Name, now); !slot.IsZero() {
		h.KeptWait.NotBefore = earlier(h.KeptWait.NotBefore, slot)
	}
	return h
}

// stated makes a password the stored one because a person said so and a login proved it. The one before may be
// needed yet.
func (h Holding) stated(side Side, password secret.Value, own bool, set, proved, now time.Time) Holding {
	h = h.cloned()
	if h.target() == h.side(side) {
		h = h.settled()
	}
	keys := h.side(side)
	h.KeptWait = Retry{}
	if keys.Password.Equal(password) {
		*keys = keys.Proved(proved)
		keys.Basis = h.nextBasis() // what was said of it before is over
		return h
	}
	*keys = keys.replaced(password, proved, now, h.nextBasis())
	keys.Set, keys.Own = set, own
	return h
}
