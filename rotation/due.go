package rotation

import "time"

// Due says what the sweep does next with an integration, and when; a zero time: nothing before a person acts.
// Status, dry runs and the sweep itself ask it.
func (s Snapshot) Due(now time.Time) (Action, time.Time) {
	if s.Integration.Rotation.Phase != PhaseIdle && s.Integration.Rotation.Phase != "" {
		resume, check := s.ResumeAt(now), time.Time{}
		if s.Standby != nil { // applications read the other account
			check = s.DueAt(now)
		}
		if !check.IsZero() && (resume.IsZero() || check.Before(resume)) {
			return ActionCheck, check
		}
		return ActionRotate, resume
	}
	if kept := s.keptAt(now); !kept.IsZero() && !kept.After(now) {
		return ActionCheck, kept
	}
	check, rotate := s.DueAt(now), s.beginsAt(now)
	if kept := s.keptAt(now); !kept.IsZero() && (check.IsZero() || kept.Before(check)) {
		check = kept
	}
	if !rotate.IsZero() && (check.IsZero() || !rotate.After(check) || !rotate.After(now)) {
		return ActionRotate, rotate
	}
	return ActionCheck, check
}

// DirectoryDue is when the rotation of a directory's own password goes on; zero: not by itself.
func (s Snapshot) DirectoryDue(now time.Time) time.Time {
	switch {
	case s.Integration.Rotation.Phase != PhaseIdle:
		return s.ResumeAt(now)
	case s.keptDue(now):
		return s.keptAt(now)
	}
	return time.Time{}
}

// keptAt is when a kept password is tried next, of either account; zero: not now.
func (s Snapshot) keptAt(now time.Time) time.Time {
	if !s.keptDue(now) && (s.Standby == nil || !s.Standby.keptDue(now)) {
		return time.Time{}
	}
	if wait := s.Integration.Rotation.KeptWait.NotBefore; wait.After(now) && !wait.After(now.Add(2*maxRetryDelay)) {
		return wait
	}
	return now
}

// beginsAt is when the sweep begins a rotation: when the schedule wants it, but not while a charge stands against the
// account, or the directory shows that nobody logs in. A check that ends this makes it due.
func (s Snapshot) beginsAt(now time.Time) time.Time {
	next, ledger := s.NextRotation(now), s.rotating().Ledger
	if next.IsZero() || len(ledger.Charges) > 0 || ledger.shown() != Allowed {
		return time.Time{}
	}
	return later(next, s.Integration.Rotation.FullUntil)
}

// rotating is the account that a rotation changes: the standby of a pair.
func (s Snapshot) rotating() Snapshot {
	if s.Standby != nil {
		return *s.Standby
	}
	return s
}

// StoredRefused says whether Oracle refused the stored password, and has accepted none since.
func (s Snapshot) StoredRefused() bool {
	_, refused := s.Ledger.refusalOf(s.Integration.Subject())
	return refused
}

// keptDue says whether the stored password was refused last, and one that Oracle may have set late has not been tried
// since: without waiting for the hold. More than one refusal means that it was, or that this one was tried again.
func (s Snapshot) keptDue(now time.Time) bool {
	charges, r := s.Ledger.Charges, s.Integration.Rotation
	if r.Kept == 0 || len(charges) == 0 || len(s.Ledger.Rejections) > 1 || s.Ledger.refusals() > 1 {
		return false
	}
	last := charges[len(charges)-1]
	return last.State == ChargeRefused && last.For == s.Integration.Subject() && Allow(s.Ledger, s.Policy, BySettling, now).Denial == Allowed
}

// rotates says whether the schedule rotates this password at all.
func (s Snapshot) rotates() bool {
	return s.Integration.Rotation.Way != WayNone && s.Policy.RotationKey() != ""
}

// NextRotation is when the schedule wants another password, after a pause and after the delay of what failed; zero:
// never by itself. A password that never logged in is not rotated, nor one that nobody can set.
func (s Snapshot) NextRotation(now time.Time) time.Time {
	r := s.Integration.Rotation
	if !s.rotates() || !r.KnownUser || r.Shared || !s.HostAllowed || s.Integration.NotServed != nil {
		return time.Time{}
	}
	basis := s.RotationBasis()
	basis.NotBefore = s.Integration.PausedUntil
	if r.Retry.Failures > 0 {
		at, goesOn := r.Retry.Due(now)
		if !goesOn {
			return time.Time{}
		}
		basis.NotBefore = later(basis.NotBefore, at)
	}
	return s.Policy.NextRotation(basis, now)
}

// RotationBasis is what the schedule counts from.
func (s Snapshot) RotationBasis() RotationBasis {
	i := s.Integration
	set, _ := s.PasswordSet()
	return RotationBasis{
		Name: i.Name, Last: i.BecameCurrent, Rotated: !i.Rotation.Last.IsZero() && i.Rotation.Last.Equal(i.BecameCurrent), Set: set, Expiry: s.Expiry(),
	}
}

// ResumeAt is when a rotation that is under way goes on by itself. A pause does not keep it: which password is live
// has to be known.
func (s Snapshot) ResumeAt(now time.Time) time.Time {
	r := s.Integration.Rotation
	if r.turn().ahead(now) {
		return now // it has to be corrected before anything of it is believed
	}
	at := r.Begun
	if wait := r.Wait.NotBefore; !wait.After(now.Add(2 * maxRetryDelay)) { // a clock that was ahead wrote any later one
		at = later(at, wait) // and never Stopped: a settling is not given up
	}
	switch r.Phase {
	case PhaseIdle:
		return time.Time{}
	case PhasePrepared:
		return r.Begun
	case PhaseSent:
		at = later(at, r.turn().settlesAt())
	case PhaseUnverified:
		if r.Refusals > 0 {
			at = later(at, r.RefusedAt.Add(s.Policy.UnlockDelay))
		}
	case PhaseUnresolved:
	}
	switch decision := Allow(s.rotating().Ledger, s.Policy, BySettling, now); {
	case decision.Denial == Allowed:
		if r.Phase == PhaseUnresolved {
			return s.unresolvedTry(at)
		}
		return at
	case decision.Denial == DenyInFlight || decision.Denial == DenyUnlocked:
		return later(at, decision.Until)
	case r.Phase == PhaseSent:
		return at // to ask what needs no login, and to say that it is unresolved
	case s.Integration.Directory != "":
		return later(at, s.NextSlot(now)) // the directory may show that it changed
	}
	return time.Time{}
}

// unresolvedTry is when an unresolved rotation goes on although both passwords were refused: never.
func (s Snapshot) unresolvedTry(at time.Time) time.Time {
	if ledger := s.rotating().Ledger; s.Integration.Directory == "" && len(ledger.Rejections) >= 2 && ledger.refusals() > 0 {
		return time.Time{}
	}
	return at
}
