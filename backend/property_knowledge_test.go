package backend_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// knowledge is what the test saw go by between the engine and Oracle.
type knowledge struct {
	sync.Mutex // engine and test both write
	accounts   map[string]*account
	rotations
}

// account is what it saw of one user.
type account struct {
	granted   bool                  // people wrote a password unproved: one login of theirs may try it
	grantUsed bool                  // in this step
	flights   []flight              // logins that may still arrive
	looks     map[*process]sighting // each one's last in this step, unless somebody logged in since
	sightings []sighting            // what directories said, and what was so
	heard     int                   // answers and sightings so far, which tells their order whatever a clock says
	accepted  int                   // when a login was last accepted
	// answers says, by password, whether Oracle accepted it last; loggedIn whether it ever did, and said which of
	// those that the engine sent Oracle said that it set.
	answers, loggedIn, said map[string]bool
	served                  map[string]bool      // those that applications could read: people know them
	refused                 map[string]time.Time // by password: when, on the engine's clock, since anything may have made it right
	doubt                   bool                 // the storage struck: perhaps the engine does not know the last answer
	knock                   bool                 // the last login was not answered: a request without the password comes first
	knockAfterSet           bool                 // the same of a request that set its password
	waits                   waits
	// unserved: what Oracle said that it set is not served, and was refused twice: that is rejected, too (protocol B3), until
	// the stored one is tried.
	unserved bool
	// unrecorded: KNOWN, the login with which a user that sets its own password proves it right before (protocol B1) is not
	// on the record, so that a refusal from before it is shown until a check or the end of the rotation.
	unrecorded bool
	unasked    bool // the pod did not answer when the stored password was last tried
}

// sighting is what a directory said.
type sighting struct {
	by    *process
	heard int
	at    time.Time
	// until is when its process had the answer: one that a signal stopped with it dates it by then.
	until time.Time
	view  oracle.View
	truth oraclesim.State
}

func newKnowledge() knowledge {
	return knowledge{accounts: map[string]*account{}, rotations: newRotations()}
}

// of gives what is known of a user. The caller holds the lock.
func (k *knowledge) of(name string) *account {
	a, found := k.accounts[name]
	if !found {
		a = &account{answers: map[string]bool{}, loggedIn: map[string]bool{}, said: map[string]bool{}, served: map[string]bool{}, refused: map[string]time.Time{}}
		k.accounts[name] = a
	}
	return a
}

// all changes what is known of every user.
func (k *knowledge) all(change func(*account)) {
	k.Lock()
	defer k.Unlock()
	for _, a := range k.accounts {
		change(a)
	}
}

// stored sees each write of a process to its storage.
func (w *world) stored(p *process, entry *logical.StorageEntry) {
	w.sawEntry(p, entry)
	if !strings.HasPrefix(entry.Key, "integration/") && !strings.HasPrefix(entry.Key, "directory/") {
		w.book.findSecret("the entry "+entry.Key, string(entry.Value))
	}
	account, ledger, found := ledgerIn(entry)
	if !found {
		return
	}
	w.landed(p, userOf(account), ledger)
	w.book.settled(userOf(account), ledger)
	if _, pending := pendingOf(ledger); pending {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.charges[userOf(account)] = ledger
	}
}

// truth is how the user is in Oracle.
func (w *world) truth(name string) oraclesim.State {
	w.tick()
	state, _ := w.stage.pod.State(name) // a user that is not there has no state
	return state
}

// loggingIn counts what a login came to. login says whether it was answered.
func (w *world) loggingIn(name string, by party, login func() bool) {
	w.loggingInAsOf(w.moment(), name, by, login)
}

func (w *world) moment() moment { return moment{at: w.engineTime(), policy: w.policy()} }

func (w *world) loggingInAsOf(asOf moment, name string, by party, login func() bool) {
	before := w.truth(name)
	before.Locks -= w.book.open(name, before)
	asOf.answered = login()
	after := w.truth(name)
	after.Locks -= w.book.byHand(name)
	w.book.close(name, by, w.loginsAtPod(name), before, after, asOf)
	w.Lock()
	defer w.Unlock()
	w.of(name).looks = nil
}

// loginsAtPod leaves out what only a domain counted that is not the login store.
func (w *world) loginsAtPod(name string) []oraclesim.Login {
	return slices.DeleteFunc(w.stage.pod.Logins(name), func(l oraclesim.Login) bool {
		return w.stage.usual.DomainNotLoginStore && strings.HasPrefix(l.Path, "/sso/")
	})
}

// partyOf says whose login it is: people's where the guard charged them, and they asked for it, wrote the password
// unproved, or began the rotation that it proves.
func (w *world) partyOf(ctx context.Context, p *process, name, password string) party {
	charge, found := pendingOf(p.charge(name))
	if !found || charge.By != rotation.ByPerson {
		return engine
	}
	by := ctx.Value(byKey{})
	if name == adminUser {
		if by == writingD || by == statingD {
			return person
		}
	} else if by == asking || by == writing {
		return person
	}
	if w.beganByPerson(name, password) {
		return person
	}
	struck, _ := p.drive.troubles()
	w.Lock()
	defer w.Unlock()
	a := w.of(name)
	if granted := a.granted || a.grantUsed && struck > p.struck; granted && p.charge(name).NewPassword { // what could not be settled may be tried again
		return person
	}
	return engine
}

// justNow is longer than a look-up takes.
const justNow = 10 * time.Second

// mayLogin holds a login against what is under way, and against what a directory has just said.
func (w *world) mayLogin(p *process, name string) {
	w.Lock()
	defer w.Unlock()
	a := w.of(name)
	for _, f := range a.flights {
		if left := time.Until(f.until); left > 0 && (f.of == nil || f.of != p) {
			w.book.fault("promise 2: a login of %s began %v before an unanswered one could no longer arrive", name, left)
		}
	}
	look, found := a.looks[p]
	if struck, _ := p.drive.troubles(); !found || struck > p.struck || w.engineTime().Sub(look.at).Abs() > justNow {
		return // what the engine could not store it does not go by
	}
	view := look.view
	if view.Locked == oracle.Yes {
		w.book.fault("promise 2: a login left although the directory, just asked, showed the account locked")
	}
	if view.LoginAttempts != nil && view.Rules.LockAfter != nil && *view.Rules.LockAfter > 0 && *view.Rules.LockAfter-*view.LoginAttempts <= 1 {
		w.book.fault("promise 2: a login left although the directory, just asked, counted %d of %d", *view.LoginAttempts, *view.Rules.LockAfter)
	}
}
