package rotation_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// Ways in which the obvious rules fail, each found by a search. Those of a rotation are with the rotation.

// Refused, refused, and somebody sets a password: a third login on that news locks the account.
func TestTrapANewlySetPasswordIsNoEvidence(t *testing.T) {
	t.Parallel()
	for _, directory := range []modelDirectory{countsLogins, showsActive} {
		synctest.Test(t, func(t *testing.T) {
			m := newModel(t, &modelAccount{lockAfter: 3}, directory, false)
			m.account.password, m.account.set = "changed", time.Now()
			m.check(rotation.ByEngine)
			m.runs(48 * time.Hour)
			m.account.password, m.account.set = "changed again", time.Now()
			m.runs(10 * rotation.Day)
			if m.logins != 2 || m.account.locked {
				m.fail("a password that was set elsewhere was taken as evidence")
			}
			v := rotation.Judge(m.snapshot("gl"), time.Now())
			if directory == countsLogins && (v.Reason != rotation.ReasonSetElsewhere || v.Confidence != rotation.Inferred) {
				t.Errorf("shown as %s, %s", v.Reason, v.Confidence)
			}
		})
	}
}

// An administrator unlocks, the API goes on refusing: a login in that time costs a healthy account its hold.
func TestTrapALoginInTheLagAfterAnUnlock(t *testing.T) {
	t.Parallel()
	for _, written := range []bool{false, true} { // a password was written while it was locked
		synctest.Test(t, func(t *testing.T) {
			m := newModel(t, &modelAccount{lockAfter: 5, lag: time.Hour}, countsLogins, true)
			if written {
				m.account.password = "new"
				m.check(rotation.ByEngine)
			}
			m.account.locked, m.account.count = true, 5
			m.runs(2 * time.Hour)
			if written {
				m.write("new", false)
			}
			m.runs(2 * time.Hour)
			if state := m.state(); state != rotation.StateLocked {
				t.Errorf("while it is locked: %s", state)
			}
			before := m.logins
			m.account.unlock()
			m.runs(59 * time.Minute)
			if v := rotation.Judge(m.snapshot("gl"), time.Now()); m.logins != before || v.State != rotation.StateRejected || v.Reason != rotation.ReasonUnlockedWaiting {
				t.Errorf("in the lag: %d logins, %s %s", m.logins-before, v.State, v.Reason)
			}
			m.runs(2 * time.Hour)
			if m.state() != rotation.StateOK || m.account.count != 0 {
				m.fail("the account does not come back")
			}
		})
	}
}

// stoppedPod is a pod for a process that was stopped while its login was on the way.
type stoppedPod struct {
	fakePod
	wakes time.Duration
}

// Survey implements rotation.Surveyor; it does not notice that its time is over.
func (p *stoppedPod) Survey(context.Context, oracle.Endpoint, oracle.Login, []oracle.Plan) oracle.Findings {
	<-time.After(p.wakes)
	return refusal
}

// A process is stopped at its login; another one logs in and clears the account; the password is changed; the
// old login arrives. That refusal must be charged, or two more follow it.
func TestTrapALoginThatArrivesLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := recent("gl")
		store, late, pod := newStore(one), &stoppedPod{wakes: 10 * time.Minute}, &fakePod{}
		done := make(chan error)
		go func() {
			_, err := checkWith(t, rotation.NewChecker(store, rotation.NewProver(late, store), late, nil), rotation.ByEngine)
			done <- err
		}()
		synctest.Wait()
		other := rotation.NewChecker(store, rotation.NewProver(pod, store), pod, nil)
		time.Sleep(35*time.Second - 1)
		if got, _ := checkWith(t, other, rotation.ByPerson); got.Denial != rotation.DenyInFlight || pod.surveys != 0 {
			t.Errorf("while the first may still leave: %+v, %d logins", got, pod.surveys)
		}
		time.Sleep(time.Nanosecond)
		if got, err := checkWith(t, other, rotation.ByEngine); got.Denial != rotation.Allowed || err != nil || pod.knocked != 1 || len(store.ledger(one).Charges) != 0 {
			t.Errorf("afterwards: %+v, %v, knocked %d, %+v", got, err, pod.knocked, store.ledger(one))
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if l := store.ledger(one); len(l.Charges) != 1 || l.Charges[0].State != rotation.ChargeRefused {
			t.Errorf("the late refusal is charged as %+v", l.Charges)
		}
		pod.findings = []oracle.Findings{refusal}
		for range 100 {
			time.Sleep(24 * time.Hour)
			_, _ = checkWith(t, other, rotation.ByEngine)
		}
		if pod.surveys != 2 {
			t.Errorf("%d more were refused", pod.surveys-1)
		}
	})
}

func checkWith(t *testing.T, c *rotation.Checker, by rotation.Initiator) (rotation.Decision, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return c.Check(ctx, "gl", rotation.CheckOptions{By: by})
}

// Two crashes between charge and answer close the guard; a state that goes on saying ok hides that.
func TestTrapAGuardThatTwoCrashesClosed(t *testing.T) {
	t.Parallel()
	for name, directory := range map[string]modelDirectory{"none": noDirectory, "fusion": showsActive, "domain": countsLogins} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newModel(t, &modelAccount{lockAfter: 5}, directory, true)
				m.next = stopsBefore
				m.check(rotation.ByEngine)
				m.down = true
				time.Sleep(time.Hour)
				m.check(rotation.ByEngine)
				if state := m.state(); state != rotation.StateOK {
					t.Errorf("while the second may still be answered: %s", state)
				}
				changes := rotation.Judge(m.snapshot("gl"), time.Now()).ChangesAt
				time.Sleep(time.Until(changes))
				v := rotation.Judge(m.snapshot("gl"), time.Now())
				if v.State != rotation.StateUnreachable || v.Reason != rotation.ReasonLoginUnanswered || !strings.Contains(v.Message, "action=release") {
					t.Errorf("at once: %s %s: %s", v.State, v.Reason, v.Message)
				}
				m.next, m.down = arrives, false
				m.runs(3 * time.Hour)
				if by := m.state() == rotation.StateOK; by != (directory == countsLogins) {
					t.Errorf("by itself it is ok: %v", by)
				}
				if m.check(rotation.ByPerson); m.state() != rotation.StateOK {
					m.fail("a person's login does not bring it back")
				}
			})
		})
	}
}

// The right password, written in the lag after an unlock, is refused; barred for ever it never comes back.
func TestTrapTheRightPasswordRefusedInTheLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, &modelAccount{lockAfter: 5, lag: time.Hour}, countsLogins, true)
		m.account.password, m.account.locked, m.account.count = "new", true, 5
		m.check(rotation.ByEngine)
		m.account.unlock()
		time.Sleep(10 * time.Minute)
		m.write("new", true)
		if m.stored != "right" || m.logins != 1 {
			t.Fatalf("in the lag %q was stored after %d logins", m.stored, m.logins)
		}
		m.write("new", true)
		if m.logins != 1 {
			t.Error("a password that was refused right now was tried again")
		}
		time.Sleep(time.Hour)
		if m.write("new", true); m.stored != "new" || m.state() != rotation.StateOK {
			m.fail("after the lag the right password cannot be written")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, &modelAccount{lockAfter: 5}, countsLogins, true)
		m.account.password, m.account.locked, m.account.count, m.down = "new", true, 5, true
		m.write("new", true)
		m.down = false
		m.check(rotation.ByEngine)
		m.account.unlock()
		if m.write("new", true); m.stored != "new" || m.logins != 2 {
			m.fail("a password that was refused before the unlock is barred after it")
		}
	})
}

// A window that begins anew at its edge lets people spend twice their budget around it.
func TestTrapATumblingWindow(t *testing.T) {
	t.Parallel()
	p := rotation.DefaultPolicy()
	for _, step := range []time.Duration{time.Minute, 7 * time.Minute, 29 * time.Minute, 31 * time.Minute, 59 * time.Minute} {
		var l rotation.Ledger
		var spentAt []time.Time
		for now := start; now.Before(start.Add(24 * time.Hour)); now = now.Add(step) {
			decision := rotation.Allow(l, p, rotation.ByPerson, now)
			if decision.Denial != rotation.Allowed {
				continue
			}
			c := rotation.Charge{ID: now.String(), By: decision.By, Time: now, Deadline: now}
			l = l.Charged(c).Kept(c, rotation.ChargeRefused, now)
			spentAt = append(spentAt, now)
		}
		for i := p.OperatorLoginBudget; i < len(spentAt); i++ {
			if gap := spentAt[i].Sub(spentAt[i-p.OperatorLoginBudget]); gap < p.OperatorLoginWindow {
				t.Errorf("asked every %v: %d logins within %v", step, p.OperatorLoginBudget+1, gap)
			}
		}
		if len(spentAt) < 30 && step < 30*time.Minute {
			t.Errorf("asked every %v: only %d logins in a day", step, len(spentAt))
		}
	}
}

// The directory showed a lock and went down; a login was accepted since. That is what is the case.
func TestTrapAnOldViewOfALock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, &modelAccount{lockAfter: 5}, countsLogins, true)
		m.account.locked, m.account.count = true, 5
		m.check(rotation.ByEngine)
		if m.check(rotation.ByPerson); m.logins != 0 || m.state() != rotation.StateLocked {
			t.Errorf("as long as it says so: %d logins, %s", m.logins, m.state())
		}
		m.down = true
		m.account.unlock()
		m.check(rotation.ByEngine)
		v := rotation.Judge(m.snapshot("gl"), time.Now())
		if v.State != rotation.StateOK || rotation.HoldOf(m.ledger(), rotation.DefaultPolicy(), time.Now()).Held {
			t.Errorf("shown as %s %s %s after %d logins", v.State, v.Reason, v.Confidence, m.logins)
		}
		if view, _, found := m.snapshot("gl").View(); !found || view.Locked != oracle.Yes {
			t.Error("what the directory last said is not remembered")
		}
		if m.runs(24 * time.Hour); m.state() != rotation.StateOK {
			t.Errorf("a day later, the directory still down: %s", m.state())
		}
	})
}

// What a directory that is down last said holds no account: neither its lock nor its warning.
func TestADirectoryThatIsDownForGood(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*modelAccount){
		"it showed a lock":         func(a *modelAccount) { a.locked, a.count = true, 5 },
		"it showed the last try":   func(a *modelAccount) { a.count = 4 },
		"it showed the user away":  func(a *modelAccount) { a.inactive = true },
		"it showed nothing at all": func(*modelAccount) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newModel(t, &modelAccount{lockAfter: 5}, countsLogins, true)
				spoil(m.account)
				m.runs(2 * time.Hour)
				m.down = true
				m.account.unlock()
				m.account.inactive, m.account.count = false, 0
				if m.runs(3 * time.Hour); m.state() != rotation.StateOK || !strings.Contains(rotation.Judge(m.snapshot("gl"), time.Now()).Message, "could not be asked") {
					m.fail("the account does not come back without its directory, or nobody is told")
				}
			})
		})
	}
}
