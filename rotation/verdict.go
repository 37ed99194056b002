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
	for _, applies := range []rule{loginRefused, couldNotAsk, moduleWithheld, nearExpiry, loggedIn} {
		if v, found := applies(s, r, now); found {
			verdict = v
			break
		}
	}
	if paused := s.Integration.PausedUntil; now.Before(paused) && verdict.Severity != SeverityCritical {
		verdict = Verdict{State: StatePaused, Severity: SeverityOK, Reason: ReasonPaused, Confidence: verdict.Confidence}
	}
	verdict.Expiry = s.Policy.Expiry(s.Integration.PasswordSet)
	verdict.ChangesAt = changesAt(s, verdict.Expiry, now)
	verdict.Message = message(s, r, verdict, now)
	return verdict
}

// loginRefused: Oracle answers wrong, locked, expired and disabled alike, so that only the password's age
// can suggest more.
func loginRefused(s Snapshot, r Record, now time.Time) (Verdict, bool) {
	if r.Login != LoginRefused {
		return Verdict{}, false
	}
	if expiry := s.Policy.Expiry(s.Integration.PasswordSet); !expiry.IsZero() && !now.Before(expiry) {
		return Verdict{State: StateExpired, Severity: SeverityCritical, Reason: ReasonRefusedPastAge, Confidence: Inferred}, true
	}
	return Verdict{State: StateRejected, Severity: SeverityCritical, Reason: ReasonRefused, Confidence: Confirmed}, true
}

// couldNotAsk: one lost request is weather, several in a row are a state; what retrying cannot help is one
// at once.
func couldNotAsk(s Snapshot, r Record, now time.Time) (Verdict, bool) {
	unreachable := Verdict{State: StateUnreachable, Severity: SeverityWarning, Confidence: Confirmed}
	switch {
	case !s.HostAllowed:
		unreachable.Reason = ReasonHostNotAllowed
	case Allow(s.Ledger, s.Policy, ByEngine, now).Denial == DenyUnanswered:
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
	expiry := s.Policy.Expiry(s.Integration.PasswordSet)
	if r.Login != LoginAccepted || len(r.Modules) == 0 || expiry.IsZero() || now.Before(expiry.Add(-s.Policy.ExpiryWarning)) {
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
func changesAt(s Snapshot, expiry, now time.Time) time.Time {
	// A login whose process died counts as unanswered from the end of its time on.
	instants := []time.Time{s.Integration.PausedUntil, s.Ledger.inFlightUntil(now)}
	if !expiry.IsZero() {
		instants = append(instants, expiry.Add(-s.Policy.ExpiryWarning), expiry)
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

// Advance brings what was last stored up to now: first the changes that time alone brought, each at its
// own instant, then what changed otherwise. Whoever asks, and however late, gets the same answer.
func Advance(s Snapshot, now time.Time) (Shown, Verdict) {
	shown := s.Current().Shown
	for !shown.ChangesAt.IsZero() && !shown.ChangesAt.After(now) {
		at := shown.ChangesAt
		shown = shown.moved(Judge(s, at), at)
	}
	verdict := Judge(s, now)
	return shown.moved(verdict, later(later(s.Policy.Modified, s.ConfigModified), s.Integration.Modified)), verdict
}

// Step is what is shown after something happened: up to now by the facts before it, at now by those after.
func Step(before, after Snapshot, now time.Time) Shown {
	shown, _ := Advance(before, now)
	return shown.moved(Judge(after, now), now)
}

// First is what is shown of an integration that was just created.
func First(s Snapshot, now time.Time) Shown { return Shown{}.moved(Judge(s, now), now) }

// Counted counts a person's write as an event even when it moved nothing that is shown.
func (sh Shown) Counted(before Snapshot) Shown {
	if sh.Seq == before.Current().Shown.Seq {
		sh.Seq++
	}
	return sh
}

// moved is the shown state after a verdict; a change is counted, and dated at the given time.
func (sh Shown) moved(v Verdict, at time.Time) Shown {
	if v.State != sh.State || v.Reason != sh.Reason {
		if v.State != sh.State {
			sh.Since = later(sh.Since, at)
		}
		sh.State, sh.Reason = v.State, v.Reason
		sh.Seq++
	}
	sh.ChangesAt = v.ChangesAt
	return sh
}
