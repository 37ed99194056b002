package rotation

import (
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
)

// Rules is the password policy by which the integration's password ages.
type Rules struct {
	MaxAge        time.Duration // zero: never expires
	Warning       time.Duration
	LockAfter     *int // refused logins in a row, which only a directory knows; nil: not known; 0: never
	FromDirectory bool // MaxAge or Warning is the directory's
}

// Rules gives the policy in force: what the directory shows replaces what the integration's policy assumes.
func (s Snapshot) Rules() Rules {
	rules := Rules{MaxAge: s.Policy.PasswordMaxAge, Warning: s.Policy.ExpiryWarning}
	view, _, _ := s.View()
	if age := view.Rules.MaxAge; age != nil {
		rules.MaxAge, rules.FromDirectory = *age, true
	}
	if view.CannotExpire == oracle.Yes {
		rules.MaxAge, rules.FromDirectory = 0, true
	}
	if warning := view.Rules.Warning; warning != nil {
		rules.Warning, rules.FromDirectory = *warning, true
	}
	if rules.MaxAge > 0 && rules.Warning >= rules.MaxAge { // the policy's own, for a shorter life than it assumes
		rules.Warning = rules.MaxAge / 2
	}
	if limit := view.Rules.LockAfter; limit != nil {
		rules.LockAfter = limit
	}
	return rules
}

// PasswordSet is when the stored password was set in Oracle. A directory knows better than people, as long
// as it spoke of this very password.
func (s Snapshot) PasswordSet() (at time.Time, byDirectory bool) {
	view, fresh := s.Ledger.evidence()
	sighting := s.Ledger.Sighting
	if !fresh || view.PasswordSet.IsZero() || sighting.IntegrationID != s.Integration.ID ||
		sighting.CredentialVersion != s.Integration.CredentialVersion || s.setElsewhere() {
		return s.Integration.PasswordSet, false
	}
	return view.PasswordSet, true
}

// setElsewhere says whether the directory shows a password that was set after the stored one was known to
// be right: then the stored one is not the one it speaks of.
func (s Snapshot) setElsewhere() bool {
	view, _, found := s.View()
	r := s.Current()
	if !found || r.Login != LoginRefused || view.PasswordSet.IsZero() {
		return false
	}
	known := later(r.LastSuccess, s.Integration.BecameCurrent)
	return view.PasswordSet.After(known.Add(maxClockStep))
}

// Expiry is when Oracle ends the stored password; zero when it never does.
func (s Snapshot) Expiry() time.Time {
	set, _ := s.PasswordSet()
	if age := s.Rules().MaxAge; age > 0 && !set.IsZero() {
		return set.Add(age)
	}
	return time.Time{}
}

// WarnFrom is when the password begins to count as expiring; zero when it never does.
func (s Snapshot) WarnFrom() time.Time {
	expiry := s.Expiry()
	if expiry.IsZero() {
		return expiry
	}
	return expiry.Add(-s.Rules().Warning)
}
