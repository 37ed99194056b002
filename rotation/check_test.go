package rotation_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

var (
	refusal    = oracle.Findings{Login: oracle.LoginRefused, Cause: oracle.Answer{Outcome: oracle.Refused, Delivery: oracle.Answered, HTTPStatus: 401}}
	unanswered = oracle.Findings{Login: oracle.LoginUnanswered, Cause: oracle.Answer{Outcome: oracle.Timeout, Delivery: oracle.Unanswered}}
	notSent    = oracle.Findings{Login: oracle.LoginUnproved, Cause: oracle.Answer{Outcome: oracle.NoConnection, Delivery: oracle.NotSent}}
	noAPI      = oracle.Findings{Login: oracle.LoginUnproved, Cause: oracle.Answer{Outcome: oracle.NotFound, Delivery: oracle.Answered, HTTPStatus: 404}, Modules: findings(oracle.Missing, oracle.Missing)}
)

// recent is the snapshot moved to the bubble's clock, due now.
func recent(name string) rotation.Snapshot {
	s := snapshot()
	now := time.Now()
	s.Integration.Name, s.Integration.Username = name, "API_"+name
	s.Integration.PasswordSet, s.Integration.Modified = now, now
	s.Record.Slot, s.Record.SlotBase = now, now.Add(-time.Hour)
	s.Record.LastCheck, s.Record.LastSuccess = now.Add(-time.Hour), now.Add(-time.Hour)
	s.Record.Shown = rotation.First(s, now)
	return s
}

func checkOnce(t *testing.T, store *fakeStore, pod *fakePod, name string, by rotation.Initiator) (rotation.Decision, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	checker := rotation.NewChecker(store, rotation.NewProver(pod, store), pod, nil)
	return checker.Check(ctx, name, rotation.CheckOptions{By: by})
}

func TestCheckSettlesTheCharge(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		found oracle.Findings
		state rotation.ChargeState // "" for no charge left
		login rotation.LoginKnown
		knock bool
	}{
		"accepted clears":            {accepted, "", rotation.LoginAccepted, false},
		"refused is kept":            {refusal, rotation.ChargeRefused, rotation.LoginRefused, false},
		"unanswered is kept":         {unanswered, rotation.ChargeUnanswered, rotation.LoginAccepted, true},
		"nothing sent is refunded":   {notSent, "", rotation.LoginAccepted, false},
		"404 everywhere is refunded": {noAPI, "", rotation.LoginAccepted, false},
		"accepted, then a later request unanswered": {
			oracle.Findings{Login: oracle.LoginAccepted, LastUnanswered: true, Modules: findings(oracle.Accessible, oracle.ModuleInError)},
			rotation.ChargeUnanswered, rotation.LoginAccepted, true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				one := recent("gl")
				store := newStore(one)
				if _, err := checkOnce(t, store, &fakePod{findings: []oracle.Findings{tt.found}}, "gl", rotation.ByEngine); err != nil {
					t.Fatal(err)
				}
				l := store.ledger(one)
				switch {
				case tt.state == "" && len(l.Charges) != 0:
					t.Errorf("left %+v", l.Charges)
				case tt.state != "" && (len(l.Charges) != 1 || l.Charges[0].State != tt.state):
					t.Errorf("left %+v, want one %s", l.Charges, tt.state)
				}
				if l.Knock != tt.knock {
					t.Errorf("knock is %v", l.Knock)
				}
				if got := store.snapshot("gl").Record.Login; got != tt.login {
					t.Errorf("the login is known as %q", got)
				}
			})
		})
	}
}

// Storage that fails at any one operation never lets a login go uncounted, and never a second one go.
func TestStorageFailsAtEveryOperation(t *testing.T) {
	t.Parallel()
	const operations = 6 // load when its turn has come, ledger, charge, ledger, settle, save
	for n := 1; n <= operations; n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				one := recent("gl")
				store, pod := newStore(one), &fakePod{findings: []oracle.Findings{refusal}}
				store.failAt = n
				_, err := checkOnce(t, store, pod, "gl", rotation.ByEngine)
				if !errors.Is(err, errStorage) {
					t.Fatalf("got %v", err)
				}
				if n <= 3 && pod.surveys != 0 {
					t.Error("a login left without a stored charge")
				}
				if n > 3 && len(store.ledger(one).Charges) != 1 {
					t.Errorf("the refused login is not counted: %+v", store.ledger(one))
				}
				time.Sleep(time.Hour) // fake time: past the charge's deadline, within the hold
				decision, err := checkOnce(t, store, pod, "gl", rotation.ByEngine)
				if err != nil || (n == operations && decision.Denial != rotation.DenyHeld) {
					t.Errorf("afterwards: %+v, %v", decision, err)
				}
			})
		})
	}
}

func TestParallelChecksSpendOneRefusedLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, pod := newStore(recent("gl")), &fakePod{findings: []oracle.Findings{refusal}, takes: 200 * time.Millisecond}
		checker := rotation.NewChecker(store, rotation.NewProver(pod, store), pod, nil)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				if _, err := checker.Check(ctx, "gl", rotation.CheckOptions{By: rotation.ByEngine}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if pod.surveys != 1 {
			t.Errorf("50 checks spent %d logins", pod.surveys)
		}
	})
}

// A pod that is down for any time costs one unanswered login, and is ok again at the first check after it.
func TestAnOutageCostsOneLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := recent("gl")
		silence := oracle.Answer{Outcome: oracle.Timeout, Delivery: oracle.Unanswered}
		store := newStore(one)
		pod := &fakePod{findings: []oracle.Findings{unanswered, accepted}, knocks: []oracle.Answer{silence, silence, silence}}
		for range 4 {
			if _, err := checkOnce(t, store, pod, "gl", rotation.ByEngine); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
		}
		down := rotation.Judge(store.snapshot("gl"), time.Now())
		if down.State != rotation.StateUnreachable || pod.surveys != 1 || len(store.ledger(one).Charges) != 1 {
			t.Errorf("while down: %s after %d logins, %+v", down.State, pod.surveys, store.ledger(one))
		}
		if _, err := checkOnce(t, store, pod, "gl", rotation.ByEngine); err != nil {
			t.Fatal(err)
		}
		if up := rotation.Judge(store.snapshot("gl"), time.Now()); up.State != rotation.StateOK || len(store.ledger(one).Charges) != 0 {
			t.Errorf("after it: %s, %+v", up.State, store.ledger(one))
		}
	})
}

func TestAResultOfAnOlderPasswordIsDropped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newStore(recent("gl"))
		pod := &fakePod{findings: []oracle.Findings{refusal}, onSurvey: func() {
			store.mu.Lock()
			defer store.mu.Unlock()
			newer := store.snapshots["gl"]
			newer.Integration.Basis, newer.Record.Of.Basis = 2, 2
			store.snapshots["gl"] = newer
		}}
		if _, err := checkOnce(t, store, pod, "gl", rotation.ByEngine); err != nil {
			t.Fatal(err)
		}
		if got := store.snapshot("gl").Record.Login; got != rotation.LoginAccepted {
			t.Errorf("the newer password is shown as %q", got)
		}
	})
}

// A process that was stopped while its login was accepted goes on after another one has logged in: the charges of the
// other one are those of later logins.
func TestAnAcceptedLoginClearsNoLaterOne(t *testing.T) {
	t.Parallel()
	later := rotation.Charge{ID: "later", By: rotation.ByEngine, State: rotation.ChargeRefused, Time: start, Deadline: start}
	for name, meanwhile := range map[string]func(rotation.Ledger) rotation.Ledger{
		"refused after ours was taken for unanswered": func(l rotation.Ledger) rotation.Ledger {
			return l.Charged(later).Kept(later, rotation.ChargeRefused, start).Rejected("later", start)
		},
		"accepted, then refused": func(l rotation.Ledger) rotation.Ledger {
			return l.Accepted().Charged(later).Kept(later, rotation.ChargeRefused, start).Rejected("later", start)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				one := recent("gl")
				store := newStore(one)
				pod := &fakePod{findings: []oracle.Findings{accepted}, onSurvey: func() {
					store.mu.Lock()
					defer store.mu.Unlock()
					store.ledgers[one.Integration.Account()] = meanwhile(store.ledgers[one.Integration.Account()])
				}}
				if _, err := checkOnce(t, store, pod, "gl", rotation.ByEngine); err != nil {
					t.Fatal(err)
				}
				if l := store.ledger(one); kept(l) != "later" || len(l.Rejections) != 1 {
					t.Errorf("left is %+v", l)
				}
			})
		})
	}
}

func TestACheckThatRunsOutOfTimeIsNotARefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := recent("gl")
		store, pod := newStore(one), &fakePod{takes: time.Hour}
		began := time.Now()
		if _, err := checkOnce(t, store, pod, "gl", rotation.ByEngine); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 30*time.Second {
			t.Errorf("the check took %v", took)
		}
		r := store.snapshot("gl").Record
		if r.Login != rotation.LoginAccepted || r.Failures != 1 || r.Cause != rotation.ReasonTimeout {
			t.Errorf("recorded as %+v", r)
		}
	})
}
