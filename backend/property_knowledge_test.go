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
	sync.Mutex                      // engine and test both write
	chargedTo  map[string]party     // by user: whose budget the last charge stored went on
	charged    rotation.Ledger      // as it was stored with that charge
	granted    bool                 // people wrote a password unproved: one login of theirs may try it
	grantUsed  bool                 // in this step
	flying     map[string]time.Time // by user: until when a login may still arrive
	look       *sighting            // the last in this step, unless somebody logged in since
	sightings  []sighting           // what directories said, and what was so
	answers    map[string]bool      // by password: whether Oracle accepted it last
	heard      int                  // answers and sightings so far, which tells their order whatever a clock says
	accepted   int                  // when a login was last accepted
	doubt      bool                 // the storage struck: perhaps the engine does not know the last answer
	knock      bool                 // the last login was not answered: a request without the password comes first
	refused    map[string]time.Time // by password: when, on the engine's clock, since anything may have made it right
	waits      waits
	unasked    bool // the pod did not answer when the stored password was last tried
}

type sighting struct {
	heard int
	at    time.Time
	view  oracle.View
	truth oraclesim.State
}

func newKnowledge() knowledge {
	return knowledge{chargedTo: map[string]party{}, flying: map[string]time.Time{}, answers: map[string]bool{}, refused: map[string]time.Time{}}
}

// stored sees each write of the engine to its storage.
func (w *world) stored(entry *logical.StorageEntry) {
	if !strings.HasPrefix(entry.Key, "integration/") && !strings.HasPrefix(entry.Key, "directory/") {
		findSecret(w.book, "the entry "+entry.Key, string(entry.Value))
	}
	account, ledger, found := ledgerIn(entry)
	if !found {
		return
	}
	w.Lock()
	defer w.Unlock()
	for _, charge := range ledger.Charges {
		if charge.State == rotation.ChargePending {
			by := engine
			if charge.By == rotation.ByPerson {
				by = person
			}
			if w.chargedTo[userOf(account)] = by; userOf(account) == user {
				w.charged = ledger
			}
		}
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
	w.forgetLook()
}

// loginsAtPod leaves out what only a domain counted that is not the login store.
func (w *world) loginsAtPod(name string) []oraclesim.Login {
	return slices.DeleteFunc(w.stage.pod.Logins(name), func(l oraclesim.Login) bool {
		return w.stage.usual.DomainNotLoginStore && strings.HasPrefix(l.Path, "/sso/")
	})
}

// partyOf says whose login it is. One by schedule is people's where they wrote a password unproved, and the
// guard charged them.
func (w *world) partyOf(ctx context.Context) party {
	if by := ctx.Value(byKey{}); by == asking || by == writing {
		return person
	}
	struck, _ := w.drive.troubles()
	w.Lock()
	defer w.Unlock()
	granted := w.granted || w.grantUsed && struck > w.struck // what could not be settled may be tried again
	if granted && w.charged.NewPassword && w.chargedTo[user] == person {
		return person
	}
	return engine
}

// inFlight notes that a login may still arrive.
func (w *world) inFlight(name string, until time.Time) {
	w.Lock()
	defer w.Unlock()
	if until.After(w.flying[name]) {
		w.flying[name] = until
	}
}

// waitForPending notes the logins of the process that died: until their time is over they may arrive.
func (w *world) waitForPending() {
	for name, ledger := range w.ledgers() {
		for _, charge := range ledger.Charges {
			if charge.State == rotation.ChargePending && time.Until(charge.Deadline) < 2*time.Minute {
				w.inFlight(name, charge.Deadline)
			}
		}
	}
}

// justNow is longer than a look-up takes.
const justNow = 10 * time.Second

// mayLogin holds a login against what is under way, and against what a directory has just said.
func (w *world) mayLogin(name string) {
	w.Lock()
	defer w.Unlock()
	if left := time.Until(w.flying[name]); left > 0 {
		w.book.fault("promise 2: a login of %s began %v before an unanswered one could no longer arrive", name, left)
	}
	if struck, _ := w.drive.troubles(); w.look == nil || name != user || struck > w.struck || w.engineTime().Sub(w.look.at).Abs() > justNow {
		return // what the engine could not store it does not go by
	}
	view := w.look.view
	if view.Locked == oracle.Yes {
		w.book.fault("promise 2: a login left although the directory, just asked, showed the account locked")
	}
	if view.LoginAttempts != nil && view.Rules.LockAfter != nil && *view.Rules.LockAfter > 0 && *view.Rules.LockAfter-*view.LoginAttempts <= 1 {
		w.book.fault("promise 2: a login left although the directory, just asked, counted %d of %d", *view.LoginAttempts, *view.Rules.LockAfter)
	}
}

// looked notes what a directory said, and what is so.
func (w *world) looked(look oracle.LookUp) {
	if !look.Answered() {
		return
	}
	truth := w.truth(user)
	if w.stage.kind == domainDirectory && w.stage.usual.DomainNotLoginStore { // it believes what it says
		v := look.View
		truth = oraclesim.State{Locked: v.Locked == oracle.Yes, Disabled: v.Active == oracle.No, Expired: v.Expired == oracle.Yes, MustChange: v.MustChange == oracle.Yes}
	}
	w.Lock()
	defer w.Unlock()
	w.waits.looked(look.View, w.engineTime())
	w.heard++
	s := sighting{w.heard, w.engineTime(), look.View, truth}
	w.look = &s
	w.sightings = append(w.sightings, s)
}

func (w *world) forgetLook() {
	w.Lock()
	defer w.Unlock()
	w.look = nil
}

// answered notes what Oracle said of a password.
func (w *world) answered(password string, login oracle.LoginResult) {
	w.Lock()
	defer w.Unlock()
	unknown := login == oracle.LoginUnanswered || login == oracle.LoginUnproved
	if stored, _, _ := w.integration(); stored == password {
		w.doubt, w.unasked = w.doubt && unknown, unknown
	}
	if login != oracle.LoginUnproved { // it may have arrived
		w.grantUsed = w.grantUsed || w.granted
		w.granted = false
	}
	if unknown {
		return
	}
	w.heard++
	w.answers[password] = login == oracle.LoginAccepted
	w.refused[password] = w.engineTime()
	if login == oracle.LoginAccepted {
		w.accepted, w.knock = w.heard, false
		clear(w.refused)
	}
}

// knocked notes what came of a request without a password.
func (w *world) knocked(answered bool) {
	w.Lock()
	defer w.Unlock()
	w.knock, w.unasked = w.knock && !answered, w.unasked || !answered
}

func (w *world) mustKnock() {
	w.Lock()
	defer w.Unlock()
	w.knock = true
}

// mayTry holds a login against an answer that never came, and a verified write against what Oracle refused lately.
func (w *world) mayTry(password string, isWrite bool) {
	w.Lock()
	defer w.Unlock()
	if w.knock {
		w.book.fault("promise 2: a login left after one that was not answered, without a knock")
	}
	at, known := w.refused[password]
	if known && isWrite && w.stage.kind != domainDirectory && w.engineTime().Sub(at) < time.Hour {
		w.book.fault("promise 3: a verified write spent a login on a password that was refused %v ago", w.engineTime().Sub(at))
	}
}

// forgiven: what was refused may be right now, as far as the engine can know.
func (w *world) forgiven() {
	w.Lock()
	defer w.Unlock()
	clear(w.refused)
}

// doubtful: the storage struck in this step, so that the engine may not know what the test saw.
func (w *world) doubtful() {
	w.Lock()
	defer w.Unlock()
	w.doubt = true
	w.waits = waits{}
	clear(w.refused)
	w.granted = w.granted || w.grantUsed
}
