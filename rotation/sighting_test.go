package rotation_test

import (
	"slices"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

var (
	engineRefused    = rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeRefused}
	engineUnanswered = rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeUnanswered}
	enginePending    = rotation.Charge{By: rotation.ByEngine, State: rotation.ChargePending}
	personRefused    = rotation.Charge{By: rotation.ByPerson, State: rotation.ChargeRefused}
)

// kept lists the IDs of the charges: spent names them a, b, c by age.
func kept(l rotation.Ledger) string {
	ids := ""
	for _, c := range l.Charges {
		ids += c.ID
	}
	return ids
}

// blind is a ledger whose directory has not shown that it sees the pod's logins.
func blind(l rotation.Ledger) rotation.Ledger {
	l.Counts = false
	return l
}

func TestSighted(t *testing.T) {
	t.Parallel()
	byDefault, noSecondTry := rotation.DefaultPolicy(), rotation.DefaultPolicy()
	noSecondTry.HoldPeriod = 0
	hour, dayLater := start.Add(time.Hour), start.Add(24*time.Hour)
	wasLocked := func(charges ...rotation.Charge) rotation.Ledger { return see(spent(charges...), lockedView(), start) }
	wasInactive := func(charges ...rotation.Charge) rotation.Ledger {
		return see(spent(charges...), uncounted(oracle.No), start)
	}
	wasCounted := func(charges ...rotation.Charge) rotation.Ledger {
		l := see(spent(charges...), counted(len(charges)), start.Add(10*time.Second)) // past the margin of the last one
		l.Counted = true                                                              // as two looks around one showed
		return l
	}
	noCount := with(counted(0), func(v *oracle.View) { v.LoginAttempts = nil })
	lockUnknown := with(counted(0), func(v *oracle.View) { v.Locked = oracle.NotKnown })
	inactive := with(counted(0), func(v *oracle.View) { v.Active = oracle.No })
	lockedInactive := with(lockedView(), func(v *oracle.View) { v.Active = oracle.No })

	tests := map[string]struct {
		before       rotation.Ledger
		view         oracle.View
		policy       rotation.Policy
		at           time.Time
		kept         string
		locked, idle bool // seen locked, seen inactive
		lifted       bool // now
	}{
		"unlocked by one that never showed that it counts": {blind(wasLocked(engineRefused, engineRefused)), counted(0), byDefault, hour, "ab", false, false, true},
		"unlocked by such a one, nothing was refused":      {blind(see(spent(engineUnanswered), lockedView(), start.Add(time.Minute))), counted(0), byDefault, hour, "a", false, false, true},
		"count 0 from such a one":                          {blind(wasCounted(engineRefused)), counted(0), byDefault, dayLater, "a", false, false, false},
		"count 0 from such a one, nothing was refused":     {blind(spent(engineUnanswered)), counted(0), byDefault, hour, "a", false, false, false},
		"nothing known before":                             {rotation.Ledger{}, counted(0), byDefault, hour, "", false, false, false},
		"locked":                                           {spent(engineRefused), lockedView(), byDefault, hour, "a", true, false, false},
		"locked still":                                     {wasLocked(engineRefused), lockedView(), byDefault, dayLater, "a", true, false, false},
		"unlocked: the charges drop to 0":                  {wasLocked(engineRefused, engineRefused), counted(0), byDefault, hour, "", false, false, true},
		"unlocked: the charges drop to 1":                  {wasLocked(engineRefused, engineRefused), counted(1), byDefault, hour, "b", false, false, true},
		"unlocked: it counts as many":                      {wasLocked(engineRefused, engineRefused), counted(2), byDefault, hour, "ab", false, false, true},
		"unlocked: it counts more":                         {wasLocked(engineRefused, engineRefused), counted(4), byDefault, hour, "ab", false, false, true},
		"unlocked: it does not count":                      {wasLocked(engineRefused, engineRefused), noCount, byDefault, hour, "ab", false, false, true},
		"unlocked while the hold runs":                     {wasLocked(engineRefused), counted(0), byDefault, start.Add(time.Second), "", false, false, true},
		"unlocked, and the hold never ends":                {wasLocked(engineRefused), counted(0), noSecondTry, hour, "", false, false, true},
		"unlocked: people's charges drop as well":          {wasLocked(personRefused, engineRefused), counted(0), byDefault, hour, "", false, false, true},
		"it does not say whether it is locked":             {wasLocked(engineRefused), lockUnknown, byDefault, dayLater, "a", true, false, false},
		"no such user after it was locked":                 {wasLocked(engineRefused), noUserView, byDefault, dayLater, "a", true, false, false},
		"unlocked, and not active":                         {wasLocked(engineRefused), inactive, byDefault, hour, "", false, true, false},
		"count 0, the hold has ended":                      {wasCounted(engineRefused), counted(0), byDefault, dayLater, "", false, false, false},
		"count 0, the hold runs":                           {wasCounted(engineRefused), counted(0), byDefault, dayLater.Add(-1), "a", false, false, false},
		"count 0, the hold of the last one runs":           {wasCounted(engineRefused, engineRefused), counted(0), byDefault, dayLater.Add(-1), "ab", false, false, false},
		"count 0 of two, the hold has ended":               {wasCounted(engineRefused, engineRefused), counted(0), byDefault, dayLater, "", false, false, false},
		"count 0, the hold never ends":                     {wasCounted(engineRefused), counted(0), noSecondTry, start.Add(5000 * time.Hour), "a", false, false, false},
		"count 0, nothing was refused":                     {spent(engineUnanswered, engineUnanswered), counted(0), byDefault, hour, "", false, false, false},
		"count 0, nothing was refused, no hold":            {spent(engineUnanswered), counted(0), noSecondTry, hour, "", false, false, false},
		"count 0 from one that did not count this one":     {spent(engineRefused), counted(0), byDefault, dayLater, "a", false, false, false},
		"count 0 of one refused and one unanswered":        {wasCounted(engineRefused, engineUnanswered), counted(0), byDefault, dayLater, "", false, false, false},
		"count 0, and it does not say whether locked":      {wasCounted(engineRefused), lockUnknown, byDefault, dayLater, "a", false, false, false},
		"count 1, the hold has ended":                      {wasCounted(engineRefused, engineRefused), counted(1), byDefault, dayLater, "ab", false, false, false},
		"it does not count, the hold has ended":            {spent(engineRefused), uncounted(oracle.Yes), byDefault, dayLater, "a", false, false, false},
		"a password was set":                               {wasCounted(engineRefused, engineRefused), setAt(30 * time.Minute), byDefault, hour, "ab", false, false, false},
		"inactive":                                         {spent(engineRefused), uncounted(oracle.No), byDefault, hour, "a", false, true, false},
		"active again: the charges stay":                   {wasInactive(engineRefused, engineRefused), uncounted(oracle.Yes), byDefault, hour, "ab", false, false, true},
		"active again, and the count is 0":                 {wasInactive(engineRefused), counted(0), byDefault, hour, "a", false, false, true},
		"active always":                                    {spent(engineRefused), uncounted(oracle.Yes), byDefault, hour, "a", false, false, false},
		"it does not say whether it is active":             {wasInactive(engineRefused), uncounted(oracle.NotKnown), byDefault, hour, "a", false, true, false},
		"locked and inactive":                              {spent(engineRefused), lockedInactive, byDefault, hour, "a", true, true, false},
		"active again, still locked":                       {see(spent(engineRefused), lockedInactive, start), lockedView(), byDefault, hour, "a", true, false, false},
		"both at once":                                     {see(spent(engineRefused), lockedInactive, start), counted(0), byDefault, hour, "", false, false, true},
		"unlocked first": {
			see(see(spent(engineRefused), lockedInactive, start), inactive, start), counted(0), byDefault, hour, "", false, false, true,
		},
		"locked again in the wait":   {see(wasLocked(engineRefused), counted(0), start), lockedView(), byDefault, hour, "", true, false, false},
		"inactive again in the wait": {see(wasLocked(engineRefused), counted(0), start), inactive, byDefault, hour, "", false, true, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(tt.before.Charges)
			l := seeUnder(tt.before, tt.view, tt.policy, tt.at)
			if got := kept(l); got != tt.kept {
				t.Errorf("kept %q, want %q", got, tt.kept)
			}
			if l.SeenLocked != tt.locked || l.SeenInactive != tt.idle || l.Lifted.Equal(tt.at) != tt.lifted || l.Lifted.IsZero() == tt.lifted {
				t.Errorf("seen locked %v, inactive %v, lifted %v", l.SeenLocked, l.SeenInactive, l.Lifted)
			}
			if l.Sighting == nil || !l.Sighting.Observed.Equal(tt.at) || l.Sighting.ChargesBefore != len(tt.kept) {
				t.Errorf("noted as %+v", l.Sighting)
			}
			if !slices.Equal(before, tt.before.Charges) {
				t.Error("the ledger before was changed")
			}
		})
	}
}

// What is asked while a login may still be counted, or before something that changes the account, is nothing.
func TestSightedDropsWhatMayBeOlder(t *testing.T) {
	t.Parallel()
	byDefault := rotation.DefaultPolicy()
	ended := start.Add(30 * time.Second) // the deadline of the last login
	tests := map[string]struct {
		before rotation.Ledger
		behind int64 // generations since the directory was asked
		at     time.Time
		drops  bool
	}{
		"a login is under way":                      {spent(enginePending), 0, start.Add(time.Second), true},
		"the deadline of a login has just passed":   {spent(enginePending), 0, ended, true},
		"the last instant of the margin":            {spent(enginePending), 0, ended.Add(5*time.Second - 1), true},
		"the margin is over":                        {spent(enginePending), 0, ended.Add(5 * time.Second), false},
		"within the margin of an unanswered login":  {spent(engineUnanswered), 0, start.Add(5*time.Second - 1), true},
		"past the margin of an unanswered login":    {spent(engineUnanswered), 0, start.Add(5 * time.Second), false},
		"right after a refusal, which was answered": {spent(engineRefused), 0, start, false},
		"a login was accepted meanwhile":            {spent(engineRefused).Accepted(), 1, start.Add(time.Hour), true},
		"a password was written meanwhile":          {spent(engineRefused).PasswordWritten("new", byDefault, start), 1, start.Add(time.Hour), true},
	}
	for name, tt := range tests {
		l := tt.before.Sighted(rotation.Sighting{
			Directory: directoryID, Observed: tt.at, Generation: tt.before.Generation - tt.behind, View: lockedView(),
		}, byDefault, tt.at)
		if dropped := l.Sighting == nil && !l.SeenLocked; dropped != tt.drops {
			t.Errorf("%s: dropped is %v", name, dropped)
		}
	}
}

func TestAnUnlockForgetsRefusedPasswords(t *testing.T) {
	t.Parallel()
	l := spent(engineRefused).Rejected("p", start)
	if got := see(l, counted(1), start.Add(time.Second)); len(got.Rejections) != 1 {
		t.Error("a view that shows no unlock forgets a refused password")
	}
	locked := see(l, lockedView(), start.Add(time.Second))
	if len(locked.Rejections) != 1 {
		t.Error("a lock forgets a refused password")
	}
	if got := see(locked, counted(0), start.Add(time.Minute)); len(got.Rejections) != 0 {
		t.Error("an unlock does not forget a refused password")
	}
}

func TestSeenByAnotherDirectory(t *testing.T) {
	t.Parallel()
	l := see(see(spent(engineRefused), lockedView(), start), counted(1), start.Add(time.Minute))
	l.Counted = true
	if same := l.SeenBy(directoryID); same.Sighting == nil || same.Lifted.IsZero() || !same.Counts || !same.Counted {
		t.Errorf("seen by the same directory: %+v", same)
	}
	l = see(see(l, lockedView(), start.Add(time.Hour)), with(lockedView(), func(v *oracle.View) { v.Active = oracle.No }), start.Add(time.Hour))
	for _, other := range []string{"other", ""} {
		got := l.SeenBy(other)
		if got.Sighting != nil || got.SeenLocked || got.SeenInactive || !got.Lifted.IsZero() || got.Counts || got.Counted || kept(got) != "a" {
			t.Errorf("seen by %q: %+v", other, got)
		}
	}
	lifted := see(see(spent(), lockedView(), start), counted(0), start)
	if got := lifted.SeenBy("other"); !got.Lifted.IsZero() {
		t.Error("an unlock that another directory showed is waited for")
	}
	if got := spent(engineRefused).SeenBy("other"); kept(got) != "a" {
		t.Error("a ledger that no directory saw changes")
	}
}

// That a directory counted is known of the refused logins that are charged, and of no later ones.
func TestWhatWasCountedIsForgottenWithTheCharges(t *testing.T) {
	t.Parallel()
	l := spent(engineRefused)
	if got := see(l, counted(3), start); got.Counted {
		t.Error("a count shows that ours is in it")
	}
	l.Counted = true
	if got := see(l, counted(1), start.Add(time.Hour)); !got.Counted {
		t.Error("it is forgotten while the charge stands")
	}
	if got := see(l, counted(0), start.Add(24*time.Hour)); got.Counted || len(got.Charges) != 0 {
		t.Errorf("it outlives the charge: %+v", got)
	}
	if l.Accepted().Counted {
		t.Error("it outlives an accepted login")
	}
}

// A login of a process that died is known by its charge alone: where a directory's count drops the charge, the pod is
// still asked without the password first.
func TestADroppedChargeLeavesAKnock(t *testing.T) {
	t.Parallel()
	later := start.Add(time.Hour)
	for name, l := range map[string]rotation.Ledger{
		"a count of 0": spent(enginePending), "an unlock": see(spent(engineRefused, enginePending), lockedView(), later),
	} {
		got := see(l, counted(0), later)
		if decision := rotation.Allow(got, rotation.DefaultPolicy(), rotation.ByEngine, later.Add(24*time.Hour)); len(got.Charges) != 0 || !decision.Knock {
			t.Errorf("%s: left is %q, and the guard says %+v", name, kept(got), decision)
		}
	}
	if got := see(spent(engineRefused), counted(0), later.Add(24*time.Hour)); got.Knock {
		t.Error("an answered login leaves a knock")
	}
}

// A policy that could not be read just now is still in force.
func TestRulesOutliveAViewWithoutThem(t *testing.T) {
	t.Parallel()
	bare := func(v oracle.View) oracle.View { return with(v, func(v *oracle.View) { v.Rules = oracle.Rules{} }) }
	l := see(see(rotation.Ledger{}, counted(0), start), bare(counted(4)), start.Add(time.Hour))
	if got := rotation.Allow(l, rotation.DefaultPolicy(), rotation.ByEngine, start.Add(2*time.Hour)); got.Denial != rotation.DenyLastAttempt {
		t.Errorf("the guard says %+v", got)
	}
	l = see(l, limited(4, 10), start.Add(2*time.Hour))
	if left, _ := (rotation.Snapshot{Ledger: l}).AttemptsLeft(); left != 6 {
		t.Errorf("with another policy %d are left", left)
	}
	if got := rotation.Allow(see(rotation.Ledger{}, bare(counted(4)), start), rotation.DefaultPolicy(), rotation.ByEngine, start); got.Denial != rotation.Allowed {
		t.Errorf("without any: %+v", got)
	}
}

func TestUnseen(t *testing.T) {
	t.Parallel()
	l := see(spent(engineRefused), lockedView(), start.Add(time.Minute))
	gone := l.Unseen()
	if got := rotation.Allow(gone, rotation.DefaultPolicy(), rotation.ByPerson, start.Add(time.Hour)); got.Denial != rotation.Allowed {
		t.Errorf("what it last said still bars: %+v", got)
	}
	if gone.Generation != l.Generation+1 || gone.Unseen().Generation != gone.Generation || (rotation.Ledger{}).Unseen().Generation != 0 {
		t.Errorf("generation %d", gone.Generation)
	}
	if !gone.SeenLocked || gone.Sighting == nil || kept(gone) != "a" {
		t.Errorf("left %+v", gone)
	}
	if back := see(gone, counted(0), start.Add(2*time.Hour)); back.Lifted.IsZero() {
		t.Error("an unlock while it was away is not noticed")
	}
}
