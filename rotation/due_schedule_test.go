package rotation_test

import (
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// When the sweep begins a rotation, and when a check comes first. The rotation is due a day after start.
func TestDueOfTheSchedule(t *testing.T) {
	t.Parallel()
	const day = rotation.Day
	scheduled := func(s *rotation.Snapshot) {
		rotatesMonthly(s)
		s.Integration.BecameCurrent = start.Add(-40 * day)
	}
	full := func(s *rotation.Snapshot) { s.Integration.Rotation.FullUntil = start.Add(2 * day) }
	tests := map[string]struct {
		changes []change
		action  rotation.Action
	}{
		"the schedule wants it":             {nil, rotation.ActionRotate},
		"a refused login is charged":        {[]change{withLedger(heldOnce)}, rotation.ActionCheck},
		"a lost login is charged":           {[]change{withLedger(spent(engineUnanswered))}, rotation.ActionCheck},
		"the directory shows a lock":        {[]change{withView(lockedView())}, rotation.ActionCheck},
		"one more refusal would lock":       {[]change{withView(counted(4))}, rotation.ActionCheck},
		"nobody can set it":                 {[]change{func(s *rotation.Snapshot) { s.Integration.Rotation.Way = rotation.WayNone }}, rotation.ActionCheck},
		"no password has logged in":         {[]change{func(s *rotation.Snapshot) { s.Integration.Rotation.KnownUser = false }}, rotation.ActionCheck},
		"a directory logs in as the user":   {[]change{func(s *rotation.Snapshot) { s.Integration.Rotation.Shared = true }}, rotation.ActionCheck},
		"the host is not allowed":           {[]change{func(s *rotation.Snapshot) { s.HostAllowed = false }}, rotation.ActionCheck},
		"the directory does not serve it":   {[]change{func(s *rotation.Snapshot) { s.Integration.NotServed = rotation.ErrUserNotAllowed }}, rotation.ActionCheck},
		"no rotation by schedule":           {[]change{func(s *rotation.Snapshot) { s.Policy.RotationPeriod = 0 }}, rotation.ActionCheck},
		"rotations are switched off":        {[]change{func(s *rotation.Snapshot) { s.Policy.DisableAutomatedRotation = true }}, rotation.ActionCheck},
		"five are kept":                     {[]change{full}, rotation.ActionCheck},
		"too many failed":                   {[]change{afterTenFailures}, rotation.ActionCheck},
		"a check is due, too":               {[]change{func(s *rotation.Snapshot) { s.Record.Slot = start }}, rotation.ActionRotate},
		"a pair":                            {[]change{besideStandby()}, rotation.ActionRotate},
		"a pair whose standby is charged":   {[]change{besideStandby(withLedger(heldOnce))}, rotation.ActionCheck},
		"a pair whose current is charged":   {[]change{besideStandby(), withLedger(heldOnce)}, rotation.ActionRotate},
		"the next one is not for two weeks": {[]change{func(s *rotation.Snapshot) { s.Integration.BecameCurrent = start.Add(-10 * day) }}, rotation.ActionCheck},
	}
	for name, tt := range tests {
		s := snapshot()
		s.Record.Slot = start.Add(day + 17*time.Minute)
		scheduled(&s)
		for _, alter := range tt.changes {
			alter(&s)
		}
		now := start.Add(day)
		action, at := s.Due(now)
		if action != tt.action {
			t.Errorf("%s: %s at %v after start", name, action, at.Sub(start))
		}
		if action == rotation.ActionRotate && at.After(now) {
			t.Errorf("%s: rotated %v after start", name, at.Sub(start))
		}
	}
}

// After a pause, and after the delay of what failed.
func TestWhenARotationIsDueLater(t *testing.T) {
	t.Parallel()
	now := start.Add(rotation.Day)
	failed := func(s *rotation.Snapshot) {
		s.Integration.Rotation.Retry = rotation.Retry{}.Failed(now.Add(-time.Second), 1)
	}
	for name, tt := range map[string]struct {
		changes []change
		want    time.Duration
	}{
		"in a pause":                    {[]change{withPause(2 * rotation.Day)}, rotation.Day},
		"one failed a second ago":       {[]change{failed}, 59 * time.Second},
		"one failed, in a pause":        {[]change{failed, withPause(2 * rotation.Day)}, rotation.Day},
		"one failed, after a pause":     {[]change{failed, withPause(rotation.Day)}, 59 * time.Second},
		"five are kept":                 {[]change{func(s *rotation.Snapshot) { s.Integration.Rotation.FullUntil = now.Add(time.Minute) }}, time.Minute},
		"five were kept":                {[]change{func(s *rotation.Snapshot) { s.Integration.Rotation.FullUntil = now.Add(-time.Minute) }}, 0},
		"one failed, and five are kept": {[]change{failed, func(s *rotation.Snapshot) { s.Integration.Rotation.FullUntil = now.Add(time.Minute) }}, time.Minute},
	} {
		s := snapshot()
		rotatesMonthly(&s)
		s.Integration.BecameCurrent, s.Record.Slot = start.Add(-40*rotation.Day), now.Add(5*rotation.Day)
		for _, alter := range tt.changes {
			alter(&s)
		}
		action, at := s.Due(now)
		if late := max(at.Sub(now), 0); action != rotation.ActionRotate || late != tt.want {
			t.Errorf("%s: %s in %v", name, action, at.Sub(now))
		}
	}
}

// A refused password is followed at once by one that was kept, unless that was tried.
func TestDueOfWhatIsKept(t *testing.T) {
	t.Parallel()
	now := start.Add(rotation.Day)
	stored := rotation.Subject{IntegrationID: "id", Basis: 1}
	refused := func(by rotation.Initiator, of rotation.Subject) rotation.Charge {
		return rotation.Charge{By: by, State: rotation.ChargeRefused, For: of}
	}
	engines, another := refused(rotation.ByEngine, stored), refused(rotation.ByEngine, rotation.Subject{})
	tests := map[string]struct {
		kept   int
		ledger rotation.Ledger
		budget int
		due    bool
	}{
		"refused, and one is kept":            {1, spent(engines).Rejected("a", start), 2, true},
		"refused by a person's login":         {1, spent(refused(rotation.ByPerson, stored)).Rejected("a", start), 2, true},
		"refused, and none is kept":           {0, spent(engines).Rejected("a", start), 2, false},
		"not refused":                         {1, rotation.Ledger{}, 2, false},
		"the last was not answered":           {1, spent(engineUnanswered), 2, false},
		"another password was refused":        {1, spent(another).Rejected("a", start), 2, false},
		"the kept one was refused since":      {1, spent(engines, another).Rejected("a", start).Rejected("b", start), 2, false},
		"the kept one was refused before":     {1, spent(refused(rotation.ByPerson, rotation.Subject{}), engines).Rejected("a", start).Rejected("b", start), 2, false},
		"the same was refused twice":          {1, spent(refused(rotation.ByPerson, rotation.Subject{}), engines).Rejected("a", start), 2, false},
		"a budget of one":                     {1, spent(engines).Rejected("a", start), 1, false},
		"unlocked, so that no login is right": {1, rotation.Ledger{Charges: spent(engines).Charges, Lifted: now.Add(-time.Minute)}, 2, false},
	}
	for name, tt := range tests {
		s := snapshot()
		s.Record.Slot = now.Add(time.Hour)
		s.Ledger, s.Policy.LoginFailureBudget, s.Integration.Rotation.Kept = tt.ledger, tt.budget, tt.kept
		s.Integration.Rotation.Phase = rotation.PhaseIdle
		action, at := s.Due(now)
		if due := !at.IsZero() && !at.After(now); due != tt.due || action != rotation.ActionCheck {
			t.Errorf("%s: due to %s at %v after start", name, action, at.Sub(start))
		}
		if due := !s.DirectoryDue(now).IsZero(); due != tt.due {
			t.Errorf("%s: of a directory: %v", name, due)
		}
		whole := snapshot()
		whole.Record.Slot = now.Add(time.Hour)
		besideStandby(func(other *rotation.Snapshot) { *other = s })(&whole)
		if _, at := whole.Due(now); at.After(now) == tt.due {
			t.Errorf("%s: of a standby: at %v after start", name, at.Sub(start))
		}
	}
}
