package rotation

import (
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Sighting is what a directory said about the account's user, and when.
type Sighting struct {
	Directory     string    `json:"directory"` // the ID of the directory that said it
	Observed      time.Time `json:"observed"`
	Generation    int64     `json:"generation"` // the ledger's before the directory was asked
	ChargesBefore int       `json:"charges_before"`
	// IntegrationID and CredentialVersion name the stored password of which a date of setting speaks.
	IntegrationID     string      `json:"integration_id,omitempty"`
	CredentialVersion int         `json:"credential_version,omitempty"`
	View              oracle.View `json:"view"`
}

// evidence is what a directory said, unless a login was accepted or a password written since.
func (l Ledger) evidence() (oracle.View, bool) {
	if l.Sighting == nil || l.Sighting.Generation != l.Generation {
		return oracle.View{}, false
	}
	return l.Sighting.View, true
}

// SeenBy is the ledger as far as this directory is concerned: what another one said is no evidence.
func (l Ledger) SeenBy(directory string) Ledger {
	if l.Sighting != nil && l.Sighting.Directory != directory {
		l.Sighting, l.SeenLocked, l.SeenInactive, l.Lifted, l.Counts, l.Counted = nil, false, false, time.Time{}, false, false
	}
	return l
}

// wantsSecondLook says whether the directory can tell more after a login: unless what it said before still
// holds, and it has shown already that it sees such logins, or that it cannot.
func (l Ledger) wantsSecondLook() bool {
	view, fresh := l.evidence()
	return !fresh || len(l.Charges) > 0 || view.LoginAttempts != nil && !l.Counts
}

// Sighted takes over what a directory said. The charges follow it where it is evidence (protocol A5): they
// drop to what the directory counts once it shows the user unlocked after it was seen locked, or counts no
// refused login while no hold runs; a count is none from a directory that never showed that it counts, or did
// not count the refused ones. Active again after it was seen inactive, the user gets the second try of what is
// left of the budget. That somebody set a password is no evidence.
func (l Ledger) Sighted(s Sighting, p Policy, now time.Time) Ledger {
	if s.Generation != l.Generation || now.Before(l.inFlightUntil(now)) {
		return l // something happened while the directory was asked, or may still happen
	}
	l.Knock = l.Knock || l.anyPending() // by the charge alone it is known that a login was not answered
	_, held := l.hold(p, now)
	attempts := s.View.LoginAttempts
	counts := attempts != nil && l.Counts
	switch {
	case s.View.Locked == oracle.Yes:
		l.SeenLocked, l.Lifted = true, time.Time{}
	case s.View.Locked == oracle.No && l.SeenLocked:
		l.SeenLocked, l.Lifted, l.Rejections = false, now, nil
		if counts {
			l.Charges = newest(l.Charges, *attempts)
		}
	case s.View.Locked == oracle.No && counts && *attempts == 0 && !held && (l.Counted || l.refusals() == 0):
		l.Charges = nil
	}
	l.Counted = l.Counted && l.refusals() > 0
	switch {
	case s.View.Active == oracle.No:
		l.SeenInactive, l.Lifted = true, time.Time{}
	case s.View.Active == oracle.Yes && l.SeenInactive:
		l.SeenInactive = false
		if l.Lifted.IsZero() && !l.SeenLocked {
			l.Lifted = now
		}
	}
	s.ChargesBefore = len(l.Charges)
	if s.View.Rules == (oracle.Rules{}) && l.Sighting != nil {
		s.View.Rules = l.Sighting.View.Rules // a policy that could not be read just now is still in force
	}
	l.Sighting = &s
	return l
}

// Unseen is the ledger when the directory could not be asked: its last word is not known to hold any more.
// That the user was seen locked or inactive is kept, for what may follow it.
func (l Ledger) Unseen() Ledger {
	if _, fresh := l.evidence(); fresh {
		l.Generation++
	}
	return l
}

// sawLogin notes whether two looks around one login show that the directory saw it.
func (l Ledger) sawLogin(before, after oracle.View, login oracle.LoginResult) Ledger {
	counted := before.LoginAttempts != nil && after.LoginAttempts != nil
	switch login {
	case oracle.LoginAccepted:
		l.Counts = l.Counts || after.LastLogin.After(before.LastLogin) ||
			counted && *before.LoginAttempts > 0 && *after.LoginAttempts == 0
	case oracle.LoginRefused:
		if counted && *after.LoginAttempts > *before.LoginAttempts {
			l.Counts, l.Counted = true, true
		}
	case oracle.LoginUnanswered, oracle.LoginUnproved:
	}
	return l
}

func newest(charges []Charge, n int) []Charge {
	if len(charges) <= n {
		return charges
	}
	return slices.Clone(charges[len(charges)-n:])
}

// shown is why nobody may log in, by what a directory shows.
func (l Ledger) shown() Denial {
	view, fresh := l.evidence()
	if !fresh {
		return Allowed
	}
	if view.Locked == oracle.Yes {
		return DenyLocked
	}
	if left, known := l.attemptsLeft(); known && left <= 1 {
		return DenyLastAttempt
	}
	return Allowed
}

// stopped says whether nothing logs in any more because one more refusal would lock. A login under way, which
// may be accepted, stops nothing yet.
func (l Ledger) stopped(now time.Time) bool {
	return l.shown() == DenyLastAttempt && !now.Before(l.inFlightUntil(now))
}

// unable says whether a directory shows why the engine's next login would be refused. Where logins are
// accepted all the same, only a user who is not active is left alone: some pods let an expired password in.
func (l Ledger) unable() bool {
	view, fresh := l.evidence()
	if !fresh {
		return false
	}
	return view.Active == oracle.No || l.refusals() > 0 && troubled(view)
}

// afterAcceptance is what remains of a sighting when a login was accepted: one that showed nothing to the
// contrary holds on, for an accepted login leaves the count at 0 where it was (OCI SDK, ExtUserState
// loginAttempts: 0 after success). Any other is older than the login, and no evidence.
func (l Ledger) afterAcceptance() *Sighting {
	view, fresh := l.evidence()
	if !fresh || !clean(view) {
		return l.Sighting
	}
	kept := *l.Sighting
	kept.Generation, kept.ChargesBefore = l.Generation+1, 0
	return &kept
}

// clean says whether a view shows nothing that an accepted login could contradict or change.
func clean(v oracle.View) bool {
	return !troubled(v) && (v.LoginAttempts == nil || *v.LoginAttempts == 0)
}

// troubled says whether a view shows anything for which a login may be refused.
func troubled(v oracle.View) bool {
	return v.Found == oracle.No || v.Active == oracle.No || v.Locked == oracle.Yes || v.Expired == oracle.Yes || v.MustChange == oracle.Yes
}

// attemptsLeft is how many refused logins remain before the directory locks the account: the engine's own
// since it was asked are taken off. Not known where it does not count, or never locks.
func (l Ledger) attemptsLeft() (left int, known bool) {
	view, fresh := l.evidence()
	if !fresh || view.LoginAttempts == nil || view.Rules.LockAfter == nil || *view.Rules.LockAfter == 0 {
		return 0, false
	}
	since := max(0, len(l.Charges)-l.Sighting.ChargesBefore)
	return max(0, *view.Rules.LockAfter-*view.LoginAttempts-since), true
}

// foreignFailures is how many of the refused logins that the directory counts were certainly not the
// engine's own.
func (l Ledger) foreignFailures() int {
	view, fresh := l.evidence()
	if !fresh || view.LoginAttempts == nil {
		return 0
	}
	return max(0, *view.LoginAttempts-l.Sighting.ChargesBefore)
}
