package backend_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/vault/sdk/logical"

	"vault-plugin-secrets-oracle-financials/internal/oraclesim"
	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// knowledge is what the test saw go by between the engine and Oracle.
type knowledge struct {
	keeper
	chargedTo map[string]party     // by user: whose budget the last charge stored went on
	charged   rotation.Ledger      // as it was stored with that charge
	granted   bool                 // people wrote a password unproved: one login of theirs may try it
	grantUsed bool                 // in this step
	flying    map[string]time.Time // by user: until when a login may still arrive
	look      *sighting            // the last in this step, unless somebody logged in since
	sightings []sighting           // what directories said, and what was so
	answers   map[string]bool      // by password: whether Oracle accepted it last
	heard     int                  // answers and sightings so far, which tells their order whatever a clock says
	accepted  int                  // when a login was last accepted
	doubt     bool                 // the storage struck: perhaps the engine does not know the last answer
	unasked   bool                 // the pod did not answer when the stored password was last tried
}

type sighting struct {
	heard int
	at    time.Time
	view  oracle.View
	truth oraclesim.State
}

func newKnowledge() knowledge {
	return knowledge{chargedTo: map[string]party{}, flying: map[string]time.Time{}, answers: map[string]bool{}}
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

func ledgerIn(entry *logical.StorageEntry) (rotation.Account, rotation.Ledger, bool) {
	var stored struct {
		Account rotation.Account `json:"account"`
		Ledger  rotation.Ledger  `json:"ledger"`
	}
	if !strings.HasPrefix(entry.Key, "ledger/") || entry.DecodeJSON(&stored) != nil {
		return "", rotation.Ledger{}, false
	}
	return stored.Account, stored.Ledger, true
}

func userOf(account rotation.Account) string {
	name, _, _ := strings.Cut(string(account), "@")
	return strings.ToUpper(name)
}

// ledgers reads every account of logins, by user.
func (w *world) ledgers() map[string]rotation.Ledger {
	all := map[string]rotation.Ledger{}
	keys, err := w.storage.List(context.Background(), "ledger/")
	mustPlay(w.rt, err)
	for _, key := range keys {
		entry, err := w.storage.Get(context.Background(), "ledger/"+key)
		mustPlay(w.rt, err)
		if account, ledger, found := ledgerIn(entry); found {
			all[userOf(account)] = ledger
		}
	}
	return all
}

// policy is the one in force.
func (w *world) policy() rotation.Policy {
	stored := struct {
		Policy rotation.Policy `json:"policy"`
	}{rotation.DefaultPolicy()}
	if entry, err := w.storage.Get(context.Background(), "policy/default"); err == nil && entry != nil {
		_ = entry.DecodeJSON(&stored) // what cannot be read shows as a broken promise
	}
	return stored.Policy
}

// integration is what is stored; false when there is none.
func (w *world) integration() (password, directory string, found bool) {
	var stored struct {
		Password  string `json:"password"`
		Directory string `json:"directory"`
	}
	entry, err := w.storage.Get(context.Background(), "integration/gl")
	if err != nil || entry == nil || entry.DecodeJSON(&stored) != nil {
		return "", "", false
	}
	return stored.Password, stored.Directory, true
}

// truth is how the user is in Oracle.
func (w *world) truth(name string) oraclesim.State {
	w.tick()
	state, _ := w.stage.pod.State(name) // a user that is not there has no state
	return state
}

// loggingIn counts what a login came to.
func (w *world) loggingIn(name string, by party, login func()) {
	before := w.truth(name)
	w.book.open(name, before)
	login()
	after := w.truth(name)
	w.book.close(name, by, w.loginsAtPod(name), before, after, w.policy(), w.engineTime())
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
	if ctx.Value(byKey{}) == person {
		return person
	}
	w.Lock()
	defer w.Unlock()
	if w.granted && w.charged.NewPassword && w.chargedTo[user] == person {
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

// mayLogin holds a login against what is under way, and against what a directory has just said.
func (w *world) mayLogin(name string) {
	w.Lock()
	defer w.Unlock()
	if left := time.Until(w.flying[name]); left > 0 {
		w.book.fault("promise 2: a login of %s began %v before an unanswered one could no longer arrive", name, left)
	}
	if w.look == nil || name != user {
		return
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
		w.doubt, w.unasked = false, unknown
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
	if login == oracle.LoginAccepted {
		w.accepted = w.heard
	}
}

func (w *world) notAsked() {
	w.Lock()
	defer w.Unlock()
	w.unasked = true
}

// doubtful: the storage struck in this step, so that the engine may not know what the test saw.
func (w *world) doubtful() {
	w.Lock()
	defer w.Unlock()
	w.doubt = true
	w.granted = w.granted || w.grantUsed
}
