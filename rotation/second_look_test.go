package rotation_test

import (
	"testing"
	"testing/synctest"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// loggedInAt is a view of a user who last logged in so long after start.
func loggedInAt(d time.Duration, attempts int) oracle.View {
	return with(counted(attempts), func(v *oracle.View) { v.LastLogin = start.Add(d) })
}

// Two looks around a login show whether the directory sees the pod's logins at all: only then is its count
// evidence. Asked a second time is only what can tell more.
func TestTwoLooksAroundALogin(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		counts        bool // known before
		before, after oracle.View
		login         oracle.Findings
		sees          bool
		looks         int
	}{
		"the last login moved":                  {false, loggedInAt(0, 0), loggedInAt(time.Hour, 0), acceptedAnswered, true, 2},
		"the last login stays":                  {false, loggedInAt(0, 0), loggedInAt(0, 0), acceptedAnswered, false, 2},
		"a first login is shown":                {false, counted(0), loggedInAt(0, 0), acceptedAnswered, true, 2},
		"the count dropped":                     {false, counted(2), counted(0), acceptedAnswered, true, 2},
		"the count was 0 and stays":             {false, counted(0), counted(0), acceptedAnswered, false, 2},
		"accepted, and the count stays":         {false, counted(2), counted(2), acceptedAnswered, false, 2},
		"refused, and the count rose":           {false, counted(0), counted(1), refusal, true, 2},
		"refused, and the count stays":          {false, counted(2), counted(2), refusal, false, 2},
		"refused, and the count dropped":        {false, counted(2), counted(0), refusal, false, 2},
		"refused, and it does not count":        {false, uncounted(oracle.Yes), uncounted(oracle.Yes), refusal, false, 2},
		"accepted, and it does not count":       {false, uncounted(oracle.Yes), uncounted(oracle.Yes), acceptedAnswered, false, 1},
		"known, accepted, nothing to learn":     {true, counted(0), counted(0), acceptedAnswered, true, 1},
		"known, accepted, others had failed":    {true, counted(2), counted(0), acceptedAnswered, true, 2},
		"known, accepted, others fail on":       {true, counted(2), counted(2), acceptedAnswered, true, 2},
		"known, and refused":                    {true, counted(0), counted(1), refusal, true, 2},
		"known, and refused without being seen": {true, counted(0), counted(0), refusal, true, 2},
		"not answered":                          {false, counted(0), counted(1), unanswered, false, 1},
		"nothing sent":                          {false, counted(0), counted(1), notSent, false, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				one := recentBehind("gl")
				one.Ledger.Counts = tt.counts
				door, pod := newDoor(tt.before), &fakePod{findings: []oracle.Findings{tt.login}}
				door.byToken = true
				pod.onSurvey = func() { door.sees(tt.after) }
				b := newBench(door, pod, one)
				if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
					t.Fatal(err)
				}
				if counted := b.store.ledger(one).Counted; counted != (name == "refused, and the count rose" || name == "known, and refused") {
					t.Errorf("it counted the refused one: %v", counted)
				}
				if l := b.store.ledger(one); l.Counts != tt.sees || door.tokens != tt.looks {
					t.Errorf("it sees logins: %v, asked %d times", l.Counts, door.tokens)
				}
			})
		})
	}
}

// A view that was dropped, because another process logged in meanwhile, is compared with nothing.
func TestALookThatAnotherProcessOvertook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := recentBehind("gl")
		door := newDoor(loggedInAt(0, 2))
		b := newBench(door, &fakePod{findings: []oracle.Findings{acceptedAnswered}}, one)
		door.onLogin = func() {
			if door.onLogin = nil; b.pod.surveys == 0 {
				b.store.mu.Lock()
				defer b.store.mu.Unlock()
				b.store.ledgers[one.Integration.Account()] = rotation.Ledger{Generation: 7}
				door.view = loggedInAt(time.Hour, 0)
			}
		}
		if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
			t.Fatal(err)
		}
		if l := b.store.ledger(one); l.Counts || l.Generation != 8 || b.pod.surveys != 1 {
			t.Errorf("after %d logins %+v", b.pod.surveys, l)
		}
	})
}

// Without an answer to the second look, the record is judged by what storage takes for evidence.
func TestASecondLookWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := recentBehind("gl")
		pod := &fakePod{findings: []oracle.Findings{refusal}}
		b := newBench(newDoor(counted(3)), pod, one)
		pod.onSurvey = func() { b.door.loadFails = true }
		if _, err := b.check(t, "gl", rotation.ByEngine); err != nil {
			t.Fatal(err)
		}
		after := b.store.snapshot("gl")
		if shown, v := rotation.Advance(after, time.Now()); shown != after.Record.Shown || v.Reason != rotation.ReasonRefused {
			t.Errorf("stored as %+v, shown as %+v", after.Record.Shown, shown)
		}
	})
}

// While a login may still arrive, the directory's count is not read.
func TestNoLookWhileALoginIsUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := recentBehind("gl")
		one.Ledger = rotation.Ledger{}.Charged(login("x", time.Now()))
		b := newBench(newDoor(counted(1)), &fakePod{}, one)
		if decision, err := b.check(t, "gl", rotation.ByPerson); err != nil || decision.Denial != rotation.DenyInFlight {
			t.Errorf("%+v, %v", decision, err)
		}
		if logins, _, _ := b.door.asked(); logins != 0 {
			t.Error("the directory was asked")
		}
		time.Sleep(35 * time.Second)
		if decision, err := b.check(t, "gl", rotation.ByPerson); err != nil || decision.Denial != rotation.Allowed {
			t.Errorf("%+v, %v", decision, err)
		}
	})
}

func TestLookedKeepsARefusal(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		view  oracle.View
		login rotation.LoginKnown
		want  rotation.LoginKnown
	}{
		"accepted, and locked since":   {lockedView(), rotation.LoginAccepted, rotation.LoginNever},
		"accepted, and inactive since": {uncounted(oracle.No), rotation.LoginAccepted, rotation.LoginNever},
		"accepted, nothing wrong":      {counted(4), rotation.LoginAccepted, rotation.LoginAccepted},
		"refused, and locked":          {lockedView(), rotation.LoginRefused, rotation.LoginRefused},
	} {
		s := snapshot()
		withLogin(tt.login)(&s)
		withView(tt.view)(&s)
		r := rotation.Looked(s, rotation.Proof{Ledger: s.Ledger, Looked: true}, start.Add(3*time.Hour))
		if r.Login != tt.want || r.DirectorySilent || !r.LastSuccess.Equal(s.Record.LastSuccess) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	alone := snapshot()
	if r := rotation.Checked(alone, rotation.Proof{Findings: accepted}, false, start); r.DirectorySilent {
		t.Error("an integration without a directory waits for one's answer")
	}
	withDirectory(&alone)
	if r := rotation.Checked(alone, rotation.Proof{Findings: accepted}, false, start); !r.DirectorySilent {
		t.Error("nobody is told that the directory does not answer")
	}
}
