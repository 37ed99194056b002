package backend_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// party is who caused a login.
type party string

const (
	engine party = "engine"
	person party = "people"
	others party = "others"
)

// spent is one refused login since Oracle's count was last 0.
type spent struct {
	by   party
	at   time.Time // on the engine's clock
	lost bool      // it was to set a password, and nobody learned what it came to
	late bool      // long after its client gave up
	// uncounted: Oracle did not count it among the failed ones.
	uncounted bool
	// charge is the engine's, stored before it left. known: that it was refused is stored, too. denied: a directory has
	// said since that no login failed.
	charge        string
	known, denied bool
}

// moment is when a login leaves, by the engine's clock, and the policy that lets it.
type moment struct {
	at     time.Time
	policy rotation.Policy
	// answered: whoever sent it learned what it came to.
	answered bool
	// change: it is to set a password. late: long after its client gave up.
	change, late bool
	charge       string // the engine's; empty: of others
}

// book counts logins as Oracle does, and says who broke which promise. Engine and test write into it from
// different goroutines; the test reads the faults after each step.
type book struct {
	mu    sync.Mutex
	runs  map[string][]spent // by user: refused in a row
	read  map[string]int     // by user: how much of the pod's log has been counted
	last  map[string]oraclesim.State
	hands map[string]int // by user: how often an administrator locked it
	// handsSeen is what hands was at the last login.
	handsSeen map[string]int
	faults    []string
	generated []string // passwords of the engine, as they were seen
	tally     *tally
}

func newBook(t *tally) *book {
	return &book{runs: map[string][]spent{}, read: map[string]int{}, last: map[string]oraclesim.State{}, hands: map[string]int{}, handsSeen: map[string]int{}, tally: t}
}

// fault notes a broken promise.
func (b *book) fault(format string, values ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fmt.Sprintf(format, values...))
}

func (b *book) broken() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.faults, "\n")
}

// open is called right before anybody logs in: what Oracle has forgotten since, the book forgets. It returns how
// often an administrator locked the user so far, which a login that takes its time must not be blamed for.
func (b *book) open(user string, state oraclesim.State) (hands int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := b.last[user]
	lockOver := (last.Locked || state.Locks-b.hands[user] > last.Locks || b.hands[user] > b.handsSeen[user]) && !state.Locked
	if lockOver || state.FailedInARow < last.FailedInARow {
		delete(b.runs, user)
	}
	b.handsSeen[user] = b.hands[user]
	return b.hands[user]
}

// close is called right after, with what the pod logged, and says whether the user was locked by it.
func (b *book) close(user string, by party, log []oraclesim.Login, before, after oraclesim.State, asOf moment) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if after.FailedInARow < before.FailedInARow && len(log) <= b.read[user] { // a password that was set late set the count back
		delete(b.runs, user)
	}
	b.last[user] = after
	for _, login := range log[min(b.read[user], len(log)):] {
		if login.Accepted {
			b.tally.add("logins of "+string(by)+", accepted", 1)
			delete(b.runs, user)
			continue
		}
		b.tally.add("logins of "+string(by)+", refused", 1)
		uncounted := after.FailedInARow <= before.FailedInARow && after.Locks == before.Locks
		if !asOf.answered && uncounted {
			continue // Oracle did not count it, and nobody but Oracle knows of it
		}
		lost := asOf.change && !asOf.answered
		b.runs[user] = append(b.runs[user], spent{by: by, at: asOf.at, lost: lost, late: asOf.late, uncounted: uncounted, charge: asOf.charge})
		if lost {
			b.lostChange(user, asOf)
			continue
		}
		b.judge(user, by, asOf)
	}
	b.read[user] = len(log)
	if after.Locks > before.Locks {
		b.tally.add("locks by logins of "+string(by), 1)
		if b.count(user, person, time.Time{})+b.count(user, others, time.Time{})+b.lost(user, true) == 0 {
			b.faults = append(b.faults, fmt.Sprintf("promise 1: the engine alone locked %s: %v", user, b.runs[user]))
		}
	}
}

// lostChange is the one exception from the budget (trap 14): a user who sets its own password logs in with it, and
// that the password has just been changed by somebody else is not learned when the answer is lost. One that arrives
// long after its client gave up is as little the engine's to know.
func (b *book) lostChange(user string, asOf moment) {
	if b.tally.add("refused logins of changes whose answer was lost", 1); asOf.late {
		b.tally.add("of them, late", 1)
		return
	}
	if b.lost(user, false) > 1 {
		b.faults = append(b.faults, fmt.Sprintf("promise 2: two changes in a row of %s's password were refused, and their answers lost: %v", user, b.runs[user]))
	}
}

// saidNone is called when a directory says that no login of a user failed.
func (b *book) saidNone(user string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.runs[user] {
		b.runs[user][i].denied = true
	}
}

// settled sees an account of logins as it is stored. Of a refusal that was never stored the engine knows as of a login
// that was not answered. Where Oracle did not count it, and the directory says that there was none, its charge is dropped
// (protocol A5), and so is the refusal here.
func (b *book) settled(user string, ledger rotation.Ledger) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.runs[user] = slices.DeleteFunc(b.runs[user], func(s spent) bool {
		return s.uncounted && s.denied && !s.known && s.charge != "" && !stands(ledger, s.charge)
	})
	for i, s := range b.runs[user] {
		b.runs[user][i].known = s.known || slices.ContainsFunc(ledger.Charges, func(c rotation.Charge) bool {
			return c.ID == s.charge && c.State == rotation.ChargeRefused
		})
	}
}

// stands says whether a charge is in an account of logins.
func stands(ledger rotation.Ledger, charge string) bool {
	return slices.ContainsFunc(ledger.Charges, func(c rotation.Charge) bool { return c.ID == charge })
}

// lost counts them, with or without those that came late.
func (b *book) lost(user string, late bool) int {
	n := 0
	for _, s := range b.runs[user] {
		if s.lost && (late || !s.late) {
			n++
		}
	}
	return n
}

// judge holds a refused login against the budgets in force.
func (b *book) judge(user string, by party, asOf moment) {
	budget, n, promise := 0, 0, 0
	switch by {
	case engine:
		promise, budget, n = 2, asOf.policy.LoginFailureBudget, b.count(user, engine, time.Time{})
	case person:
		promise, budget, n = 3, asOf.policy.OperatorLoginBudget, b.count(user, person, asOf.at.Add(-asOf.policy.OperatorLoginWindow))
	case others:
		return
	}
	if n > budget {
		b.faults = append(b.faults, fmt.Sprintf("promise %d: %d refused logins of %s by %s, its budget is %d: %v", promise, n, user, by, budget, b.runs[user]))
	}
}

// byHand says how often an administrator locked a user.
func (b *book) byHand(user string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.hands[user]
}

// lockedByHand notes a lock of an administrator.
func (b *book) lockedByHand(user string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hands[user]++
}

// happenedBy is called when the engine's clock was set: whatever it says now, no login is still to come.
func (b *book) happenedBy(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, run := range b.runs {
		for i := range run {
			if run[i].at.After(now) {
				run[i].at = now
			}
		}
	}
}

func (b *book) count(user string, by party, since time.Time) int {
	n := 0
	for _, s := range b.runs[user] {
		if s.by == by && !s.lost && s.at.After(since) {
			n++
		}
	}
	return n
}
