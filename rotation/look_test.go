package rotation_test

import (
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

var acceptedAnswered = func() oracle.Findings {
	f := accepted
	f.Cause = oracle.Answer{Outcome: oracle.Rows, Delivery: oracle.Answered, HTTPStatus: 200}
	return f
}()

// What others did is told from what the engine did: before an accepted login, which clears Oracle's count, and
// after any other.
func TestForeignFailures(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before oracle.View // the login changes it to after
		after  oracle.View
		login  oracle.Findings
		ledger rotation.Ledger
		want   *int
	}{
		"nobody's":                               {counted(0), counted(0), acceptedAnswered, rotation.Ledger{}, new(0)},
		"others', and it logs in":                {counted(2), counted(0), acceptedAnswered, rotation.Ledger{}, new(2)},
		"only ours":                              {counted(0), counted(1), refusal, rotation.Ledger{}, new(0)},
		"others' and ours":                       {counted(1), counted(2), refusal, rotation.Ledger{}, new(1)},
		"others' while ours was on the way":      {counted(0), counted(3), refusal, rotation.Ledger{}, new(2)},
		"it does not count":                      {uncounted(oracle.Yes), uncounted(oracle.Yes), refusal, rotation.Ledger{}, nil},
		"others', and nothing was learned":       {counted(2), counted(2), notSent, rotation.Ledger{}, new(2)},
		"others', and one more would lock":       {counted(4), counted(4), refusal, rotation.Ledger{}, new(4)},
		"others' on top of ours from before":     {counted(3), counted(3), refusal, rotation.Ledger{Charges: []rotation.Charge{oldRefusal("a"), oldRefusal("b")}}, new(1)},
		"ours from before, and others logged in": {counted(1), counted(1), refusal, rotation.Ledger{Charges: []rotation.Charge{oldRefusal("a"), oldRefusal("b")}}, new(0)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				one := recentBehind("gl")
				one.Ledger = tt.ledger
				door, pod := newDoor(tt.before), &fakePod{findings: []oracle.Findings{tt.login}}
				door.byToken = true
				pod.onSurvey = func() { door.sees(tt.after) }
				b := newBench(door, pod, one)
				if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
					t.Fatal(err)
				}
				got := b.store.snapshot("gl").Record.ForeignFailures
				if (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
					t.Errorf("got %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func oldRefusal(id string) rotation.Charge {
	return rotation.Charge{ID: id, By: rotation.ByEngine, State: rotation.ChargeRefused}
}

// A check that only looks moves the schedule on; where it sees trouble, what the last login said is not the case
// any more.
func TestACheckThatOnlyLooks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := recentBehind("gl")
		b := newBench(newDoor(lockedView()), &fakePod{}, one)
		if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
			t.Fatal(err)
		}
		r := b.store.snapshot("gl").Record
		if r.Login != rotation.LoginNever || !r.LastSuccess.Equal(one.Record.LastSuccess) || !r.LastCheck.Equal(one.Record.LastCheck) || !r.SlotBase.Equal(time.Now()) || !r.Slot.After(time.Now()) {
			t.Errorf("recorded as %+v", r)
		}
		if r.Shown.State != rotation.StateLocked || r.Shown.Seq != one.Record.Shown.Seq+1 {
			t.Errorf("shown as %+v", r.Shown)
		}
		slot := r.Slot
		time.Sleep(time.Minute)
		if _, err := b.check(t, "gl", rotation.ByPerson); err != nil {
			t.Fatal(err)
		}
		if r := b.store.snapshot("gl").Record; !r.Slot.Equal(slot) {
			t.Error("a look between two slots moves the next one")
		}
	})
}

// What others did is not known where the directory does not answer, whatever it said before.
func TestForeignFailuresOfASilentDirectory(t *testing.T) {
	t.Parallel()
	s := snapshot()
	withForeign(2)(&s)
	withView(counted(2))(&s)
	if r := rotation.Looked(s, rotation.Proof{Ledger: s.Ledger.Unseen(), Asked: true}, start.Add(shortly)); r.ForeignFailures != nil || !r.DirectorySilent {
		t.Errorf("recorded as %+v", r)
	}
}

func TestAcceptedElsewhere(t *testing.T) {
	t.Parallel()
	s, now := snapshot(), start.Add(70*time.Minute)
	withLogin(rotation.LoginRefused)(&s)
	withFailures(3, rotation.ReasonTimeout)(&s)
	before := s.Record
	if s.Record = rotation.AcceptedElsewhere(s, now); !s.DueAt(now).Equal(now) {
		t.Errorf("due at %v", s.DueAt(now))
	}
	if v := rotation.Judge(s, now); v.State == rotation.StateRejected || v.State == rotation.StateUnreachable {
		t.Errorf("still %s", v.State)
	}
	if !s.Record.LastSuccess.Equal(now) || !s.Record.LastCheck.Equal(before.LastCheck) || s.Record.Shown != before.Shown {
		t.Errorf("recorded as %+v", s.Record)
	}
}

// A process that died before it stored a record leaves the date of the write alone, which may be ahead.
func TestAWriteByAClockThatWasAheadIsCheckedAtOnce(t *testing.T) {
	t.Parallel()
	s := snapshot()
	s.Integration.ID, s.Integration.Modified = "another", start.Add(30*rotation.Day)
	if due := s.DueAt(start); !due.Equal(start) {
		t.Errorf("due at %v", due)
	}
}

// A pod that cannot be asked after an unlock is asked by schedule, and not over and over.
func TestAPodThatIsDownAfterAnUnlock(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]network{"503": unavailable, "no connection": refusesLink} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newModel(t, &modelAccount{lockAfter: 5}, countsLogins, true)
				m.account.locked, m.account.count = true, 5
				m.check(rotation.ByEngine)
				m.account.unlock()
				m.next = answer
				m.runs(10 * time.Hour) // fails when it loops
				if m.logins > 11 {
					t.Errorf("%d logins in ten hours", m.logins)
				}
				m.next = arrives
				if m.runs(2 * time.Hour); m.state() != rotation.StateOK {
					m.fail("the engine does not come back")
				}
			})
		})
	}
}

// What a person writes without proving it is noted on the account, so that what is known is older than it.
func TestAPasswordWrittenUnproved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		account, p := snapshot().Integration.Account(), rotation.DefaultPolicy()
		store := newStore()
		prover := rotation.NewProver(&fakePod{}, store)
		written := func(password rotation.Fingerprint) bool {
			t.Helper()
			tried, err := prover.PasswordWritten(t.Context(), account, password, p)
			if err != nil {
				t.Fatal(err)
			}
			return tried
		}
		if !written("p") || len(store.ledgers) != 0 {
			t.Errorf("an account of which nothing is known: %+v", store.ledgers)
		}
		store.ledgers[account] = see(rotation.Ledger{}, lockedView(), time.Now())
		if !written("p") || rotation.Allow(store.ledgers[account], p, rotation.ByEngine, time.Now()).Denial != rotation.Allowed {
			t.Errorf("seen locked before: %+v", store.ledgers[account])
		}
		store.ledgers[account] = rotation.Ledger{}.Rejected("bad", time.Now())
		if written("bad") || !written("good") {
			t.Error("the refused password is not told from another")
		}
	})
}

func TestForgetKeepsWhatProtects(t *testing.T) {
	t.Parallel()
	account := snapshot().Integration.Account()
	for name, tt := range map[string]struct {
		ledger rotation.Ledger
		gone   bool
	}{
		"a charge":   {spent(engineRefused), false},
		"a password": {rotation.Ledger{}.Rejected("p", start), false},
		"a knock":    {rotation.Ledger{Knock: true}, false},
		"a view":     {see(rotation.Ledger{}, counted(0), start), true},
	} {
		store := newStore()
		store.ledgers[account] = tt.ledger
		if err := rotation.NewProver(&fakePod{}, store).Forget(t.Context(), account); err != nil {
			t.Fatal(err)
		}
		if _, found := store.ledgers[account]; found == tt.gone {
			t.Errorf("%s: kept is %v", name, found)
		}
	}
}
