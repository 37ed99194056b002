package rotation_test

import (
	"fmt"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

func login(id string, at time.Time) rotation.Charge {
	return rotation.Charge{ID: id, By: rotation.ByEngine, Time: at, Deadline: at.Add(30 * time.Second)}
}

func TestKeptShortensTheDeadline(t *testing.T) {
	t.Parallel()
	c := login("x", start)
	tests := map[string]struct {
		settled time.Duration // after it was charged
		free    time.Duration // when another may begin
	}{
		"at once":              {0, 5 * time.Second},
		"within its time":      {10 * time.Second, 15 * time.Second},
		"at its end":           {30 * time.Second, 35 * time.Second},
		"by one that was late": {time.Minute, 35 * time.Second},
	}
	for name, tt := range tests {
		l := rotation.Ledger{}.Charged(c).Kept(c, rotation.ChargeUnanswered, start.Add(tt.settled))
		if got := l.Charges[0]; !got.Time.Equal(start.Add(tt.settled)) || got.ID != "x" || len(l.Charges) != 1 {
			t.Errorf("%s: kept as %+v", name, got)
		}
		free := start.Add(tt.free)
		if got := rotation.Allow(l, rotation.DefaultPolicy(), rotation.ByPerson, free.Add(-1)); got.Denial != rotation.DenyInFlight || !got.Until.Equal(free) {
			t.Errorf("%s: before the margin has passed: %+v", name, got)
		}
		if got := rotation.Allow(l, rotation.DefaultPolicy(), rotation.ByPerson, free); got.Denial != rotation.Allowed {
			t.Errorf("%s: afterwards: %+v", name, got)
		}
	}
	if l := (rotation.Ledger{}).Charged(c).Kept(c, rotation.ChargeRefused, start); rotation.Allow(l, rotation.DefaultPolicy(), rotation.ByPerson, start).Denial != rotation.Allowed {
		t.Error("a refused login, which was answered, bars the next")
	}
}

// The longest bar counts, not the latest charge's.
func TestEveryLoginUnderWayBars(t *testing.T) {
	t.Parallel()
	long, short := login("x", start), login("y", start)
	short.Deadline = start.Add(time.Second)
	l := rotation.Ledger{}.Charged(long)
	l = l.Charged(short)
	if got := rotation.Allow(l, rotation.DefaultPolicy(), rotation.ByPerson, start.Add(10*time.Second)); got.Denial != rotation.DenyInFlight || !got.Until.Equal(start.Add(35*time.Second)) {
		t.Errorf("got %+v", got)
	}
	if l.Charges[0].State != rotation.ChargeUnanswered || l.Charges[1].State != rotation.ChargePending || !l.Knock {
		t.Errorf("the one whose process died is %+v", l)
	}
}

func TestKnowsRejected(t *testing.T) {
	t.Parallel()
	short, long := rotation.DefaultPolicy(), rotation.DefaultPolicy()
	short.OperatorLoginWindow, long.OperatorLoginWindow = time.Minute, 3*time.Hour
	l := rotation.Ledger{}.Rejected("p", start)
	tests := map[string]struct {
		ledger rotation.Ledger
		print  rotation.Fingerprint
		policy rotation.Policy
		after  time.Duration
		until  time.Duration // 0: not known
	}{
		"at once":                        {l, "p", rotation.DefaultPolicy(), 0, time.Hour},
		"at least an hour":               {l, "p", short, time.Hour - 1, time.Hour},
		"no longer than an hour":         {l, "p", short, time.Hour, 0},
		"as long as a longer window":     {l, "p", long, 3*time.Hour - 1, 3 * time.Hour},
		"no longer than that":            {l, "p", long, 3 * time.Hour, 0},
		"another password":               {l, "q", long, time.Minute, 0},
		"no password":                    {l, "", long, time.Minute, 0},
		"no password, noted":             {rotation.Ledger{}.Rejected("", start), "", long, time.Minute, 0},
		"cleared by an accepted login":   {l.Accepted(), "p", long, time.Minute, 0},
		"not by another password":        {l.PasswordWritten("q", long, start), "p", long, time.Minute, 3 * time.Hour},
		"refused again":                  {l.Rejected("p", start.Add(time.Hour)), "p", long, 3 * time.Hour, 4 * time.Hour},
		"refused before another was":     {l.Rejected("q", start.Add(time.Hour)), "p", long, time.Minute, 3 * time.Hour},
		"the one refused after it":       {l.Rejected("q", start.Add(time.Hour)), "q", long, time.Minute, 4 * time.Hour},
		"refused before, and once again": {l.Rejected("q", start).Rejected("p", start.Add(time.Hour)), "q", long, time.Minute, 3 * time.Hour},
	}
	for name, tt := range tests {
		until, known := tt.ledger.KnowsRejected(tt.print, tt.policy, start.Add(tt.after))
		if known != (tt.until > 0) || known && !until.Equal(start.Add(tt.until)) {
			t.Errorf("%s: known is %v, until %v", name, known, until)
		}
	}
}

func TestNoPasswordIsNoRefusedOne(t *testing.T) {
	t.Parallel()
	if l := (rotation.Ledger{}).Rejected("", start); len(l.Rejections) != 0 {
		t.Errorf("noted %+v", l.Rejections)
	}
	l := rotation.Ledger{Rejections: []rotation.Rejection{{Time: start}}}
	if _, known := l.KnowsRejected("", rotation.DefaultPolicy(), start); known {
		t.Error("no password at all is known as refused")
	}
}

func TestRejectionsAreBounded(t *testing.T) {
	t.Parallel()
	var l rotation.Ledger
	for i := range 20 {
		l = l.Rejected(rotation.Fingerprint(fmt.Sprint(i)), start)
		if i%2 == 0 {
			l = l.Rejected(rotation.Fingerprint(fmt.Sprint(i)), start)
		}
	}
	if len(l.Rejections) != 8 || l.Rejections[0].Fingerprint != "12" || l.Rejections[7].Fingerprint != "19" {
		t.Errorf("kept %v", l.Rejections)
	}
	before := l
	_ = l.Rejected("19", start.Add(time.Hour))
	if !before.Rejections[7].Time.Equal(start) {
		t.Error("the ledger before was changed")
	}
}

func TestAWrittenPasswordIsTriedUnlessItIsKnown(t *testing.T) {
	t.Parallel()
	p, now := rotation.DefaultPolicy(), start.Add(time.Minute)
	held := spent(engineRefused, engineRefused).Rejected("bad", start)
	tests := map[string]struct {
		ledger rotation.Ledger
		print  rotation.Fingerprint
		at     time.Time
		want   rotation.Decision
	}{
		"another password":              {held, "new", now, rotation.Decision{By: rotation.ByPerson}},
		"the refused one":               {held, "bad", now, rotation.Decision{Denial: rotation.DenyWaits}},
		"the refused one, hours later":  {held, "bad", start.Add(2 * time.Hour), rotation.Decision{By: rotation.ByPerson}},
		"the refused one after another": {held.PasswordWritten("new", p, now), "bad", now, rotation.Decision{Denial: rotation.DenyWaits}},
		"on a clean ledger":             {rotation.Ledger{}, "new", now, rotation.Decision{By: rotation.ByEngine}},
	}
	for name, tt := range tests {
		l := tt.ledger.PasswordWritten(tt.print, p, tt.at)
		if got := rotation.Allow(l, p, rotation.ByEngine, tt.at); got != tt.want {
			t.Errorf("%s: %+v", name, got)
		}
		if l.NewPassword && len(tt.ledger.Charges) == 0 {
			t.Errorf("%s: a person's login is kept ready although nothing is held", name)
		}
		if l.Generation != tt.ledger.Generation+1 {
			t.Errorf("%s: generation %d", name, l.Generation)
		}
	}
}

// A new password does not bring the next try forward to where nobody may log in, or wait longer than the hold.
func TestANewPasswordWaitsForWhateverEndsFirst(t *testing.T) {
	t.Parallel()
	p := rotation.DefaultPolicy()
	p.OperatorLoginWindow, p.HoldPeriod = 48*time.Hour, 24*time.Hour
	l := spent(personRefused, personRefused).PasswordWritten("new", p, start)
	if got := rotation.Allow(l, p, rotation.ByEngine, start.Add(time.Minute)); got.Denial != rotation.DenyHeld || !got.Until.Equal(start.Add(24*time.Hour)) {
		t.Errorf("the hold ends first: %+v", got)
	}
	p.OperatorLoginWindow = 12 * time.Hour
	if got := rotation.Allow(l, p, rotation.ByEngine, start.Add(time.Minute)); got.Denial != rotation.DenyPeopleBudget || !got.Until.Equal(start.Add(11*time.Hour)) {
		t.Errorf("the window moves first: %+v", got)
	}
}

func TestAcceptedKeepsWhatStillHolds(t *testing.T) {
	t.Parallel()
	full := see(see(see(spent(engineRefused).Rejected("p", start), lockedView(), start), counted(1), start), counted(1), start)
	l := full.PasswordWritten("new", rotation.DefaultPolicy(), start).Accepted()
	if len(l.Charges)+len(l.Rejections) != 0 || l.NewPassword || !l.Lifted.IsZero() || l.SeenLocked || l.Counted || !l.Counts || l.Generation != 2 {
		t.Errorf("left %+v", l)
	}
	clean := see(rotation.Ledger{}, counted(0), start)
	if l := clean.Accepted().Accepted(); l.Sighting == nil || l.Sighting.Generation != 2 || clean.Sighting.Generation != 0 {
		t.Errorf("a view that an accepted login confirms: %+v", l.Sighting)
	}
	if left, known := (rotation.Snapshot{Ledger: clean.Accepted()}).AttemptsLeft(); !known || left != 5 {
		t.Errorf("%d left, known: %v", left, known)
	}
	for name, view := range map[string]func() rotation.Ledger{
		"one with failed logins": func() rotation.Ledger { return see(rotation.Ledger{}, counted(1), start) },
		"one with trouble":       func() rotation.Ledger { return see(rotation.Ledger{}, expiredView, start) },
		"one from before": func() rotation.Ledger {
			return see(rotation.Ledger{}, counted(0), start).PasswordWritten("new", rotation.DefaultPolicy(), start)
		},
	} {
		if _, known := (rotation.Snapshot{Ledger: view().Accepted()}).AttemptsLeft(); known {
			t.Errorf("%s is evidence after an accepted login", name)
		}
	}
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ledger rotation.Ledger
		want   bool
	}{
		"nothing":                  {rotation.Ledger{}, true},
		"a view":                   {see(rotation.Ledger{}, counted(0), start), true},
		"a charge":                 {spent(engineRefused), false},
		"a knock to be made":       {rotation.Ledger{Knock: true}, false},
		"a password that is known": {rotation.Ledger{}.Rejected("p", start), false},
		"a lock that was seen":     {rotation.Ledger{SeenLocked: true}, false},
		"a user seen inactive":     {rotation.Ledger{SeenInactive: true}, false},
		"an unlock to wait after":  {rotation.Ledger{Lifted: start}, false},
	} {
		if got := tt.ledger.Empty(); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
