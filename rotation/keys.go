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
	Previous    secret.Value
	PreviousSet time.Time // when it was set, as far as that was known
	Candidates  []Candidate
	Own         bool      // the engine drew Password
	Set         time.Time // when Password was set in Oracle, as far as somebody stated it
	SetByUs     bool      // and it was the engine
}

// Candidate is a password that Oracle was asked to set and perhaps did, or may do yet.
type Candidate struct {
	Password secret.Value
	Deadline time.Time // of the request that set it
	// Own: the engine drew it, and it was never served. What a person wrote is never sent: whoever writes must not
	// choose the live password.
	Own bool
	// Acknowledged: Oracle said that it set it. It is kept until another password has logged in, and a day longer.
	Acknowledged bool
}

const (
	// candidateLife is how long a request whose answer was lost may still be carried out: longer than any queue or
	// batch window that was heard of.
	candidateLife = 24 * time.Hour
	// maxCandidates bounds what is kept: with so many, no rotation begins.
	maxCandidates = 5
)

// replaced gives the user another password. The one before is kept: as the last that logged in, or, where no login
// has proved it, as one that may be live all the same.
//
// proved is the instant before it logged in; zero: it has not.
func (k Keys) replaced(password secret.Value, proved, now time.Time, basis int64) Keys {
	loggedIn := !proved.IsZero()
	before, set, wasProved, own := k.Password, k.Set, k.LoggedIn, k.Own
	k.Password, k.LoggedIn, k.KnownUser = password, loggedIn, k.KnownUser || loggedIn
	k.Set, k.SetByUs, k.Own, k.Basis = now, true, true, basis
	k = k.served(password)
	if loggedIn {
		k = k.Proved(proved)
	}
	if k.Previous.Equal(password) {
		k.Previous, k.PreviousSet = secret.Value{}, time.Time{}
	}
	switch {
	case before.Equal(password):
	case wasProved:
		k.Previous, k.PreviousSet = before, set
	default:
		k = k.kept(Candidate{Password: before, Deadline: now, Own: own, Acknowledged: own && !loggedIn})
	}
	return k
}

// isOwn says whether the engine drew a password that is kept.
func (k Keys) isOwn(password secret.Value) bool {
	return k.Own && k.Password.Equal(password) ||
		slices.ContainsFunc(k.Candidates, func(c Candidate) bool { return c.Own && c.Password.Equal(password) })
}

// full says whether so many passwords may be live that no further one is sent.
func (k Keys) full(now time.Time) bool {
	open := 0
	for _, c := range k.Candidates {
		if !c.over(now) {
			open++
		}
	}
	return open >= maxCandidates
}

// Proved notes that the stored password logged in after an instant: what Oracle said before of others is over, and
// what could not be set any more by then is forgotten. Nothing is by time alone, in which perhaps nobody tried.
func (k Keys) Proved(now time.Time) Keys {
	k.LoggedIn, k.KnownUser = true, true
	k.Candidates = slices.DeleteFunc(slices.Clone(k.Candidates), func(c Candidate) bool { return c.over(now) })
	for i, c := range k.Candidates {
		if c.Acknowledged {
			k.Candidates[i].Acknowledged, k.Candidates[i].Deadline = false, now
		}
	}
	return k
}

// kept remembers a password that Oracle may still set, or said it set.
func (k Keys) kept(c Candidate) Keys {
	k.Candidates = without(k.Candidates, c.Password)
	if !c.Password.Equal(k.Password) && !c.Password.IsZero() {
		k.Candidates = append(k.Candidates, c)
	}
	return k
}

// stillSent is the keys when a request that sets the stored password may still be carried out: after the next
// rotation that would make it the live one again. It is tried then, and never sent: it was served already.
func (k Keys) stillSent(deadline time.Time) Keys {
	for _, c := range k.Candidates {
		if c.Password.Equal(k.Password) {
			deadline = later(deadline, c.Deadline)
		}
	}
	k.Candidates = append(without(k.Candidates, k.Password), Candidate{Password: k.Password, Deadline: deadline})
	return k
}

// served is the keys when a candidate becomes the stored password. The request by which it became a candidate may still
// be carried out, and make it the live one again after others: it stays that long, and is never sent.
func (k Keys) served(password secret.Value) Keys {
	at := slices.IndexFunc(k.Candidates, func(c Candidate) bool { return c.Password.Equal(password) })
	if at < 0 {
		return k
	}
	return k.stillSent(k.Candidates[at].Deadline)
}

// others gives the candidates that are not the stored password, the newest first.
func (k Keys) others() []Candidate { return newestFirst(without(k.Candidates, k.Password)) }

// resendable gives what the engine drew and may send again, the newest last.
func (k Keys) resendable(now time.Time) []Candidate {
	return slices.DeleteFunc(without(k.Candidates, k.Password), func(c Candidate) bool { return !c.Own || c.over(now) })
}

// rebased corrects the deadlines that a clock wrote which was ahead.
func (k Keys) rebased(now time.Time) Keys {
	k.Candidates = slices.Clone(k.Candidates)
	for i, c := range k.Candidates {
		if c.Deadline.After(now.Add(setTime + maxClockStep)) {
			k.Candidates[i].Deadline = now
		}
	}
	return k
}

func (k Keys) ahead(now time.Time) bool {
	return slices.ContainsFunc(k.Candidates, func(c Candidate) bool { return c.Deadline.After(now.Add(setTime + maxClockStep)) })
}

// over says whether a candidate can no longer turn out to be live, once another password has logged in.
func (c Candidate) over(now time.Time) bool {
	return !c.Acknowledged && now.After(c.Deadline.Add(candidateLife))
}

// forever is later than anybody asks: until another password has logged in.
const forever = 100 * 365 * Day

// KeptUntil is when the last of the candidates can no longer be live, and, where there is no room for another, when
// there is again.
func KeptUntil(candidates []Candidate) (last, full time.Time) {
	for _, c := range candidates {
		last = later(last, c.until())
	}
	if extra := len(candidates) - maxCandidates; extra >= 0 {
		full = candidates[extra].until() // the oldest come first
	}
	return last, full
}

func (c Candidate) until() time.Time {
	if c.Acknowledged {
		return c.Deadline.Add(forever)
	}
	return c.Deadline.Add(candidateLife)
}

func without(candidates []Candidate, password secret.Value) []Candidate {
	return slices.DeleteFunc(slices.Clone(candidates), func(c Candidate) bool { return c.Password.Equal(password) })
}
