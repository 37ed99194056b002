package rotation

import (
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Verdict is what is really the case, as far as it is known.
type Verdict struct {
	State      State
	Severity   Severity
	Reason     Reason
	Confidence Confidence
	Message    string
	Expiry     time.Time // zero: never, or not known
	// ChangesAt is when the verdict changes by time alone; zero if never.
	ChangesAt time.Time
}

// rule is one row of the table of states: it answers only when it applies.
type rule func(s Snapshot, r Record, now time.Time) (Verdict, bool)

// Judge is the one function that says what state an integration is in. Status, report, events and the
// sweep all ask it.
func Judge(s Snapshot, now time.Time) Verdict {
	r := s.Current()
	verdict := Verdict{State: StateUnchecked, Severity: SeverityUnknown, Reason: ReasonNeverChecked, Confidence: NoConfidence}
	for _, applies := range []rule{unresolvedRotation, directorySays, loginRefused, unverifiedRotation, couldNotAsk, moduleWithheld, nearExpiry, loggedIn} {
		if v, found := applies(s, r, now); found {
			verdict = v
			break
		}
	}
	verdict = beside(s, warned(s, r, verdict, now), now)
	if paused := s.Integration.PausedUntil; now.Before(paused) && verdict.Severity != SeverityCritical {
		verdict = Verdict{State: StatePaused, Severity: SeverityOK, Reason: ReasonPaused, Confidence: verdict.Confidence}
	}
	verdict.Expiry = s.Expiry()
	verdict.ChangesAt = changesAt(s, now)
	verdict.Message = message(s, r, verdict, now)
	return verdict
}

// warned makes somebody else's refused logins a warning of their own. Where one more refusal would lock, nothing
// logs in any more, so that what the last login said is no longer proved.
func warned(s Snapshot, r Record, v Verdict, now time.Time) Verdict {
	stopped := s.Ledger.stopped(now)
	switch {
	case v.State != StateOK:
		return v
	case !stopped && others(r) == 0 && s.Integration.Rotation.Retry.Stopped && s.rotates():
		v.Severity, v.Reason = SeverityWarning, ReasonRotationStopped
		return v
	case !stopped && others(r) == 0:
		return v
	}
	v.Severity, v.Reason = SeverityWarning, ReasonForeignFailures
	if stopped {
		v.Confidence = Inferred
	}
	return v
}

// beside makes trouble of a pair's other account a warning of its own: applications do not feel it yet.
func beside(s Snapshot, v Verdict, now time.Time) Verdict {
	if s.Standby == nil || v.Severity != SeverityOK {
		return v
	}
	if other := Judge(*s.Standby, now); other.Severity == SeverityCritical {
		v.Severity, v.Reason = SeverityWarning, ReasonStandby
	}
	return v
}

// unresolvedRotation: no password is known to be the live one.
func unresolvedRotation(s Snapshot, _ Record, _ time.Time) (Verdict, bool) {
	return Verdict{State: StateUnresolved, Severity: SeverityCritical, Reason: ReasonUnresolved, Confidence: Confirmed},
		s.Integration.Rotation.Phase == PhaseUnresolved
}

// unverifiedRotation: Oracle said that it set the password. Refused once may mean that its API lags behind.
func unverifiedRotation(s Snapshot, _ Record, _ time.Time) (Verdict, bool) {
	return Verdict{State: StateUnverified, Severity: SeverityWarning, Reason: ReasonUnverified, Confidence: Inferred},
		s.Integration.Rotation.Phase == PhaseUnverified
}

// directorySays: what a directory shows of the account is what is the case, as long as no login was
// accepted and no password written since.
func directorySays(s Snapshot, _ Record, _ time.Time) (Verdict, bool) {
	view, fresh := s.Ledger.evidence()
	if !fresh {
		return Verdict{}, false
	}
	said := Verdict{Severity: SeverityCritical, Confidence: Confirmed}
	switch {
	case view.Locked == oracle.Yes:
		said.State, said.Reason = StateLocked, ReasonLocked
	case view.Active == oracle.No:
		said.State, said.Reason = StateDisabled, ReasonInactive
	case view.MustChange == oracle.Yes:
		said.State, said.Reason = StateMustChange, ReasonMustChange
	case view.Expired == oracle.Yes:
		said.State, said.Reason = StateExpired, ReasonExpired
	default:
		return Verdict{}, false
	}
	return said, true
}

// loginRefused: over Basic authentication Oracle answers wrong, locked, expired and disabled alike, so that
// without a directory only the password's age can suggest more.
func loginRefused(s Snapshot, r Record, now time.Time) (Verdict, bool) {
	waits := !s.Ledger.Lifted.IsZero() && !s.Ledger.stopped(now) && (s.Ledger.NewPassword || !s.Ledger.budgetSpent(s.Policy))
	refused := Verdict{State: StateRejected, Severity: SeverityCritical, Reason: ReasonRefused, Confidence: Confirmed}
	switch {
	case r.Login != LoginRefused && waits: // nothing has been refused yet, but it would be
		refused.Reason, refused.Confidence = ReasonUnlockedWaiting, Inferred
		return refused, true
	case r.Login != LoginRefused:
		return Verdict{}, false
	}
	view, fresh := s.Ledger.evidence()
	expiry := s.Expiry()
	switch {
	case waits:
		refused.Reason = ReasonUnlockedWaiting
	case fresh && view.Found == oracle.No:
		refused.Reason = ReasonNoSuchUser
	case fresh && s.setElsewhere():
		refused.Reason, refused.Confidence = ReasonSetElsewhere, Inferred
	case fresh && blamesPassword(view):
		refused.Reason, refused.Confidence = ReasonWrongPassword, Inferred
	case fresh && view.Expired == oracle.No && !s.Ledger.Sighting.Observed.Before(expiry): // refused for something else than its age
	case !expiry.IsZero() && !now.Before(expiry):
		refused.State, refused.Reason, refused.Confidence = StateExpired, ReasonRefusedPastAge, Inferred
	}
	return refused, true
}

// blamesPassword says whether a view leaves nothing but a wrong password: the directory counted the refusal
// and shows nothing else that is wrong.
func blamesPassword(v oracle.View) bool {
	return v.LoginAttempts != nil && *v.LoginAttempts > 0 && v.Found == oracle.Yes && v.Active == oracle.Yes &&
		v.Locked == oracle.No && v.Expired == oracle.No && v.MustChange == oracle.No
}

// couldNotAsk: one lost request is weather, several in a row are a state; what retrying cannot help is one
// at once.
func couldNotAsk(s Snapshot, r Record, now time.Time) (Verdict, bool) {
	unreachable := Verdict{State: StateUnreachable, Severity: SeverityWarning, Confidence: Confirmed}
	switch {
	case !s.HostAllowed:
		unreachable.Reason = ReasonHostNotAllowed
	case s.Ledger.spentUnanswered(s.Policy, now):
		unreachable.Reason = ReasonLoginUnanswered
	case r.Cause == ReasonHostNotAllowed: // it is allowed again; the next check shows how things are
		return Verdict{}, false
	case r.Failures > 0 && (r.Cause == ReasonNoOracleAPI || r.Failures >= s.Policy.FailureThreshold):
		unreachable.Reason = r.Cause
	default:
		return Verdict{}, false
	}
	return unreachable, true
}

func moduleWithheld(s Snapshot, r Record, _ time.Time) (Verdict, bool) {
	if r.Login != LoginAccepted {
		return Verdict{}, false
	}
	limited := Verdict{State: StateLimited, Severity: SeverityWarning, Confidence: Confirmed}
	forbidden := countResults(r, oracle.NoPrivilege)
	switch {
	case forbidden > 0 && forbidden == len(r.Modules):
		limited.Reason = ReasonAllModulesForbidden
	case forbidden > 0:
		limited.Reason = ReasonModuleForbidden
	case countResults(r, oracle.Missing) > 0:
		limited.Reason = ReasonModuleMissing
	case countResults(r, oracle.ModuleInError) > 0:
		limited.Reason = ReasonModuleError
	default:
		return Verdict{}, false
	}
	return limited, true
}

func nearExpiry(s Snapshot, r Record, now time.Time) (Verdict, bool) {
	expiry := s.Expiry()
	if r.Login != LoginAccepted || len(r.Modules) == 0 || expiry.IsZero() || now.Before(s.WarnFrom()) {
		return Verdict{}, false
	}
	if now.Before(expiry) {
		return Verdict{State: StateExpiring, Severity: SeverityWarning, Reason: ReasonExpiring, Confidence: Inferred}, true
	}
	return Verdict{State: StateExpiring, Severity: SeverityCritical, Reason: ReasonPastExpiry, Confidence: Inferred}, true
}

func loggedIn(_ Snapshot, r Record, _ time.Time) (Verdict, bool) {
	if r.Login != LoginAccepted || len(r.Modules) == 0 {
		return Verdict{}, false
	}
	verdict := Verdict{State: StateOK, Severity: SeverityOK, Reason: ReasonLoggedIn, Confidence: Confirmed}
	if countResults(r, oracle.Empty) == len(r.Modules) {
		verdict.Reason = ReasonNoRows
	}
	return verdict, true
}

func countResults(r Record, result oracle.ModuleResult) int {
	n := 0
	for _, finding := range r.Modules {
		if finding.Result == result {
			n++
		}
	}
	return n
}

// changesAt is the first instant after now at which time alone changes a verdict.
func changesAt(s Snapshot, now time.Time) time.Time {
	// A login whose process died counts as unanswered from the end of its time on.
	instants := []time.Time{s.Integration.PausedUntil, s.Ledger.inFlightUntil(now), s.WarnFrom(), s.Expiry()}
	if s.Standby != nil {
		instants = append(instants, changesAt(*s.Standby, now))
	}
	var first time.Time
	for _, at := range instants {
		if at.After(now) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// DaysUntil counts whole days of exactly 24 hours, rounded down: -1 from the first instant past the date.
func DaysUntil(expiry, now time.Time) int {
	left := expiry.Sub(now)
	days := int(left / Day)
	if left < 0 && left%Day != 0 {
		days--
	}
	return days
}
