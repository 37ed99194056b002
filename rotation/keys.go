package rotation

import (
	"slices"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/secret"
)

// Keys is every password of one Oracle user that may be the live one, stored together.
type Keys struct {
	Username string
	Basis    int64        // new with everything that a login of this user depends on
	Password secret.Value // the stored one
	// LoggedIn: Password has logged in. KnownUser: a stored password has, since user name or server changed;
	// without it nobody may set a password, or whoever writes an integration could take any user over.
	LoggedIn  bool
	KnownUser bool
	// Previous is the last other password that logged in. Two unproved writes do not push it out.
	Previous   secret.Value
	Candidates []Candidate
	Set        time.Time // when Password was set in Oracle, as far as somebody stated it
	SetByUs    bool      // and it was the engine
}

// Candidate is a password that Oracle was asked to set and perhaps did, or may do yet.
type Candidate struct {
	Password secret.Value
	Deadline time.Time // of the request that set it
}

const (
	// candidateLife is how long a request whose answer was lost may still be carried out: longer than any queue or
	// batch window that was heard of.
	candidateLife = 24 * time.Hour
	// maxCandidates bounds what is kept; with so many, no rotation begins.
	maxCandidates = 5
)

// replaced gives the user another password. The one before is kept where it is the last that logged in.
func (k Keys) replaced(password secret.Value, loggedIn bool, set time.Time, basis int64) Keys {
	if k.LoggedIn && !k.Password.Equal(password) {
		k.Previous = k.Password
	}
	k.Password, k.LoggedIn, k.KnownUser = password, loggedIn, k.KnownUser || loggedIn
	k.Set, k.SetByUs, k.Basis = set, true, basis
	k.Candidates = without(k.Candidates, password)
	return k
}

// provedLogin notes that the stored password logged in.
func (k Keys) provedLogin() Keys {
	k.LoggedIn, k.KnownUser = true, true
	return k
}

// kept remembers a password that Oracle may still set.
func (k Keys) kept(password secret.Value, deadline, now time.Time) Keys {
	k.Candidates = without(k.alive(now), password)
	if !password.Equal(k.Password) && !password.IsZero() {
		k.Candidates = append(k.Candidates, Candidate{password, deadline})
	}
	if extra := len(k.Candidates) - maxCandidates; extra > 0 {
		k.Candidates = k.Candidates[extra:]
	}
	return k
}

// alive gives the candidates that may still turn out to be live, the oldest first.
func (k Keys) alive(now time.Time) []Candidate {
	return slices.DeleteFunc(slices.Clone(k.Candidates), func(c Candidate) bool {
		return now.After(c.Deadline.Add(candidateLife)) && !c.Deadline.After(now.Add(maxClockStep))
	})
}

// KeptUntil is when the last of the candidates can no longer be set, and, where there is no room for another, when
// there is again.
func KeptUntil(deadlines []time.Time) (last, full time.Time) {
	for _, deadline := range deadlines {
		last = later(last, deadline.Add(candidateLife))
	}
	if extra := len(deadlines) - maxCandidates; extra >= 0 {
		full = deadlines[extra].Add(candidateLife) // the oldest come first
	}
	return last, full
}

func without(candidates []Candidate, password secret.Value) []Candidate {
	return slices.DeleteFunc(slices.Clone(candidates), func(c Candidate) bool { return c.Password.Equal(password) })
}
