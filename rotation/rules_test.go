package rotation_test

import (
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

func TestRules(t *testing.T) {
	t.Parallel()
	days := func(n int) *time.Duration { return new(time.Duration(n) * rotation.Day) }
	tests := map[string]struct {
		rules           oracle.Rules
		cannotExpire    oracle.Fact
		age, warning    int // days
		lockAfter       *int
		expires, warned int // days after start; 0: never
		byDirectory     bool
	}{
		"nothing shown":                        {oracle.Rules{}, oracle.NotKnown, 90, 14, nil, 90, 76, false},
		"an age":                               {oracle.Rules{MaxAge: days(30)}, oracle.No, 30, 14, nil, 30, 16, true},
		"a life shorter than the policy warns": {oracle.Rules{MaxAge: days(10)}, oracle.No, 10, 5, nil, 10, 5, true},
		"a warning":                            {oracle.Rules{Warning: days(7)}, oracle.NotKnown, 90, 7, nil, 90, 83, true},
		"no warning":                           {oracle.Rules{Warning: days(0)}, oracle.NotKnown, 90, 0, nil, 90, 90, true},
		"never expires":                        {oracle.Rules{MaxAge: days(0)}, oracle.NotKnown, 0, 14, nil, 0, 0, true},
		"this one cannot":                      {oracle.Rules{MaxAge: days(30)}, oracle.Yes, 0, 14, nil, 0, 0, true},
		"a threshold":                          {oracle.Rules{LockAfter: new(3)}, oracle.NotKnown, 90, 14, new(3), 90, 76, false},
		"never locks":                          {oracle.Rules{LockAfter: new(0)}, oracle.NotKnown, 90, 14, new(0), 90, 76, false},
		"everything is shown":                  {oracle.Rules{MaxAge: days(60), Warning: days(10), LockAfter: new(5)}, oracle.No, 60, 10, new(5), 60, 50, true},
	}
	for name, tt := range tests {
		s := snapshot()
		withView(oracle.View{Found: oracle.Yes, CannotExpire: tt.cannotExpire, Rules: tt.rules})(&s)
		for _, stale := range []bool{false, true} { // a policy is not the account: an accepted login does not age it
			if stale {
				s.Ledger = s.Ledger.PasswordWritten("new", s.Policy, start)
			}
			got := s.Rules()
			if got.MaxAge != *days(tt.age) || got.Warning != *days(tt.warning) || got.FromDirectory != tt.byDirectory || (got.LockAfter == nil) != (tt.lockAfter == nil) || got.LockAfter != nil && *got.LockAfter != *tt.lockAfter {
				t.Errorf("%s: %+v", name, got)
			}
			on := func(days int) time.Time {
				if days == 0 {
					return time.Time{}
				}
				return start.Add(time.Duration(days) * rotation.Day)
			}
			if !s.Expiry().Equal(on(tt.expires)) || !s.WarnFrom().Equal(on(tt.warned)) {
				t.Errorf("%s: expires %v, warned of from %v", name, s.Expiry(), s.WarnFrom())
			}
		}
	}
}

func TestPasswordSet(t *testing.T) {
	t.Parallel()
	inDirectory := start.Add(-20 * rotation.Day)
	tests := map[string]struct {
		alter       func(*rotation.Snapshot)
		byDirectory bool
	}{
		"the directory knows":                 {func(*rotation.Snapshot) {}, true},
		"it does not say":                     {func(s *rotation.Snapshot) { s.Ledger.Sighting.View.PasswordSet = time.Time{} }, false},
		"of the password before":              {func(s *rotation.Snapshot) { s.Integration.CredentialVersion++ }, false},
		"of another integration":              {func(s *rotation.Snapshot) { s.Integration.ID = "other" }, false},
		"before a login was accepted":         {func(s *rotation.Snapshot) { s.Ledger = s.Ledger.PasswordWritten("p", s.Policy, start) }, false},
		"nothing was seen":                    {func(s *rotation.Snapshot) { s.Ledger.Sighting = nil }, false},
		"said another directory":              {func(s *rotation.Snapshot) { s.Ledger = s.Ledger.SeenBy("other") }, false},
		"set elsewhere, and refused":          {func(s *rotation.Snapshot) { withRefusals(1)(s); withView(setAt(time.Hour))(s) }, false},
		"refused, and set before it was ours": {func(s *rotation.Snapshot) { withRefusals(1)(s); withView(setAt(-20 * rotation.Day))(s) }, true},
		"refused, and it logged in since": {func(s *rotation.Snapshot) {
			withRefusals(1)(s)
			s.Record.LastSuccess = start.Add(2 * time.Hour)
			withView(setAt(time.Hour))(s)
		}, true},
	}
	for name, tt := range tests {
		s := snapshot()
		withView(setAt(-20 * rotation.Day))(&s)
		tt.alter(&s)
		at, byDirectory := s.PasswordSet()
		if byDirectory != tt.byDirectory {
			t.Errorf("%s: by the directory: %v", name, byDirectory)
		}
		if !byDirectory && !at.Equal(start) || name == "the directory knows" && !at.Equal(inDirectory) {
			t.Errorf("%s: %v", name, at)
		}
	}
}

// With a directory a held account is still looked at by schedule; without one it waits.
func TestDueAtWithADirectory(t *testing.T) {
	t.Parallel()
	now := start.Add(90 * time.Minute)
	slot := snapshot().Record.Slot
	lifted := func(at time.Duration) change {
		return func(s *rotation.Snapshot) { s.Ledger.Lifted = start.Add(at) }
	}
	noDirectory := func(s *rotation.Snapshot) { s.Integration.Directory = "" }
	tests := map[string]struct {
		changes []change
		want    time.Time
	}{
		"nothing wrong":              {nil, slot},
		"held":                       {[]change{withRefusals(1)}, slot},
		"held, no directory":         {[]change{withRefusals(1), noDirectory}, start.Add(25 * time.Hour)},
		"for a person":               {[]change{withRefusals(2)}, slot},
		"for a person, no directory": {[]change{withRefusals(2), noDirectory}, time.Time{}},
		"locked":                     {[]change{withView(lockedView())}, slot},
		"one more would lock":        {[]change{withView(counted(4))}, slot},
		"a login is under way": {[]change{func(s *rotation.Snapshot) {
			c := login("x", now)
			s.Record.Slot = now
			s.Ledger = s.Ledger.Charged(c)
		}}, now.Add(35 * time.Second)},
		"unlocked: as soon as the delay ends":    {[]change{lifted(30 * time.Minute)}, start.Add(90 * time.Minute)},
		"unlocked: not before the delay ends":    {[]change{lifted(45 * time.Minute)}, start.Add(105 * time.Minute)},
		"unlocked: the schedule comes first":     {[]change{lifted(85 * time.Minute)}, slot},
		"unlocked, and asked since without news": {[]change{lifted(-time.Hour)}, slot},
		"unlocked, and the budget is spent":      {[]change{withRefusals(2), lifted(30 * time.Minute)}, slot},
		"unlocked, and paused":                   {[]change{lifted(30 * time.Minute), withPause(5 * time.Hour)}, start.Add(5 * time.Hour)},
	}
	for name, tt := range tests {
		s := snapshot()
		withDirectory(&s)
		for _, alter := range tt.changes {
			alter(&s)
		}
		if due := s.DueAt(now); !due.Equal(tt.want) {
			t.Errorf("%s: due at %v, want %v", name, due, tt.want)
		}
	}
}
