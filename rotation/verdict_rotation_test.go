package rotation_test

import (
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// inPhase is a rotation that was begun an hour after start.
func inPhase(phase rotation.Phase) change {
	return func(s *rotation.Snapshot) {
		s.Integration.Rotation.Way, s.Integration.Rotation.Phase = rotation.WayDirectory, phase
		s.Integration.Rotation.Begun = start.Add(time.Hour)
	}
}

// rotatesMonthly is an integration with a schedule and a way to set its password.
func rotatesMonthly(s *rotation.Snapshot) {
	s.Integration.Rotation.Way, s.Integration.Rotation.KnownUser = rotation.WayDirectory, true
	s.Integration.BecameCurrent, s.Policy.RotationPeriod = start, 30*rotation.Day
}

// afterTenFailures is a rotation that the engine tries no more.
func afterTenFailures(s *rotation.Snapshot) {
	for range rotation.MaxRotationRetries {
		s.Integration.Rotation.Retry = s.Integration.Rotation.Retry.Failed(start.Add(time.Hour), 1)
	}
	s.Integration.Rotation.Error = rotation.DirectorySilent
}

// besideStandby gives the integration another account, whose rotation is the pair's.
func besideStandby(changes ...change) change {
	return func(s *rotation.Snapshot) {
		other := snapshot()
		other.Integration.Username = "API_GL_2"
		for _, alter := range changes {
			alter(&other)
		}
		other.Integration.Rotation.Pair, other.Integration.Rotation.Standby = true, true
		s.Standby = &other
		s.Integration.Rotation.Pair = true
	}
}

// otherAccount makes the snapshot that of a standby.
func otherAccount(s *rotation.Snapshot) {
	s.Integration.Rotation.Pair, s.Integration.Rotation.Standby = true, true
}

// ofThePair is a phase as both accounts of a pair show it.
func ofThePair(phase rotation.Phase) change {
	return func(s *rotation.Snapshot) {
		inPhase(phase)(s)
		besideStandby(inPhase(phase))(s)
	}
}

var rotationVerdicts = map[string]verdictRow{
	"a rotation is not settled": {
		[]change{inPhase(rotation.PhaseUnresolved)}, rotation.Day, "unresolved", "critical", "rotation_unresolved", "confirmed",
	},
	"not settled goes before a lock": {
		[]change{inPhase(rotation.PhaseUnresolved), withView(lockedView())}, shortly, "unresolved", "critical", "rotation_unresolved", "confirmed",
	},
	"not settled goes before a refusal": {
		[]change{inPhase(rotation.PhaseUnresolved), withRefusals(2)}, rotation.Day, "unresolved", "critical", "rotation_unresolved", "confirmed",
	},
	"not settled is no pause": {
		[]change{inPhase(rotation.PhaseUnresolved), withPause(2 * rotation.Day)}, rotation.Day, "unresolved", "critical", "rotation_unresolved", "confirmed",
	},
	"set, as Oracle said, and not proved": {
		[]change{inPhase(rotation.PhaseUnverified)}, rotation.Day, "unverified", "warning", "rotation_unverified", "inferred",
	},
	"a refusal goes before not proved": {
		[]change{inPhase(rotation.PhaseUnverified), withLogin(rotation.LoginRefused)}, rotation.Day, "rejected", "critical", "login_refused", "confirmed",
	},
	"a lock goes before not proved": {
		[]change{inPhase(rotation.PhaseUnverified), withView(lockedView())}, shortly, "locked", "critical", "account_locked", "confirmed",
	},
	"not proved goes before a pod that cannot be asked": {
		[]change{inPhase(rotation.PhaseUnverified), withFailures(3, rotation.ReasonTimeout)}, rotation.Day, "unverified", "warning", "rotation_unverified", "inferred",
	},
	"not proved goes before a module that is forbidden": {
		[]change{inPhase(rotation.PhaseUnverified), withModules(oracle.Accessible, oracle.NoPrivilege)}, rotation.Day, "unverified", "warning", "rotation_unverified", "inferred",
	},
	"not proved, in a pause": {
		[]change{inPhase(rotation.PhaseUnverified), withPause(2 * rotation.Day)}, rotation.Day, "paused", "ok", "paused", "inferred",
	},
	"a prepared rotation is nobody's trouble": {[]change{inPhase(rotation.PhasePrepared)}, rotation.Day, "ok", "ok", "logged_in", "confirmed"},
	"a sent one neither":                      {[]change{inPhase(rotation.PhaseSent)}, rotation.Day, "ok", "ok", "logged_in", "confirmed"},

	"no rotation is tried any more": {
		[]change{rotatesMonthly, afterTenFailures}, rotation.Day, "ok", "warning", "rotation_stopped", "confirmed",
	},
	"nothing is tried any more, nor was it to be": {
		[]change{afterTenFailures}, rotation.Day, "ok", "ok", "logged_in", "confirmed",
	},
	"rotations fail, and go on being tried": {
		[]change{rotatesMonthly, func(s *rotation.Snapshot) {
			s.Integration.Rotation.Retry = rotation.Retry{Failures: rotation.MaxRotationRetries - 1}
		}}, rotation.Day, "ok", "ok", "logged_in", "confirmed",
	},
	"somebody else's refused logins go before a rotation that stopped": {
		[]change{rotatesMonthly, afterTenFailures, withView(counted(2)), withForeign(2)}, shortly, "ok", "warning", "foreign_failed_logins", "confirmed",
	},
	"a rotation that stopped is no state of its own": {
		[]change{rotatesMonthly, afterTenFailures, withModules(oracle.Accessible, oracle.Missing)}, rotation.Day, "limited", "warning", "module_not_found", "confirmed",
	},
	"a rotation that stopped, in a pause": {
		[]change{rotatesMonthly, afterTenFailures, withPause(2 * rotation.Day)}, rotation.Day, "paused", "ok", "paused", "confirmed",
	},

	"the standby is well": {[]change{besideStandby()}, rotation.Day, "ok", "ok", "logged_in", "confirmed"},
	"the standby is refused": {
		[]change{besideStandby(withLogin(rotation.LoginRefused))}, rotation.Day, "ok", "warning", "standby_trouble", "confirmed",
	},
	"the standby is only warned of": {
		[]change{besideStandby(withModules(oracle.Accessible, oracle.Missing))}, rotation.Day, "ok", "ok", "logged_in", "confirmed",
	},
	"the standby was never proved": {
		[]change{besideStandby(withLogin(rotation.LoginNever))}, rotation.Day, "ok", "ok", "logged_in", "confirmed",
	},
	"the standby is refused, in a pause": {
		[]change{besideStandby(withLogin(rotation.LoginRefused)), withPause(2 * rotation.Day)}, rotation.Day, "paused", "ok", "paused", "confirmed",
	},
	"the standby is refused, and the current account, too": {
		[]change{withLogin(rotation.LoginRefused), besideStandby(withLogin(rotation.LoginRefused))}, rotation.Day, "rejected", "critical", "login_refused", "confirmed",
	},
	"the standby is refused, and the current account has less": {
		[]change{withModules(oracle.Accessible, oracle.Missing), besideStandby(withLogin(rotation.LoginRefused))}, rotation.Day, "limited", "warning", "module_not_found", "confirmed",
	},
	"a standby has no warning of a standby's": {
		[]change{otherAccount, withLogin(rotation.LoginRefused)}, rotation.Day, "rejected", "critical", "login_refused", "confirmed",
	},
}

// A standby's password ages by itself, in the shadow of a fresh one: what is shown of the pair changes then, at the
// same instant whoever asks.
func TestAStandbyThatExpiresIsDated(t *testing.T) {
	t.Parallel()
	s := snapshot()
	s.Integration.PasswordSet = start.Add(60 * rotation.Day)
	besideStandby()(&s)
	s.Record.Shown = rotation.First(s, start.Add(60*rotation.Day))
	if want := start.Add(76 * rotation.Day); !s.Record.Shown.ChangesAt.Equal(want) {
		t.Errorf("it changes at %v, want %v: the warning for the standby", s.Record.Shown.ChangesAt, want)
	}
	late := start.Add(100 * rotation.Day)
	once, verdict := rotation.Advance(s, late)
	if verdict.Reason != rotation.ReasonStandby || once.State != rotation.StateOK || once.Seq != s.Record.Shown.Seq+1 {
		t.Errorf("got %+v, %s", once, verdict.Reason)
	}
	for at := start.Add(61 * rotation.Day); at.Before(late); at = at.Add(7 * time.Hour) {
		s.Record.Shown, _ = rotation.Advance(s, at)
	}
	if often, _ := rotation.Advance(s, late); often != once {
		t.Errorf("asked once: %+v\nasked often: %+v", once, often)
	}
	after := s
	events := rotation.EventsOf(s, after, rotation.Step(s, after, late), rotation.Change{At: late, Kind: rotation.EventCheck})
	if len(events) != 0 {
		t.Errorf("told again: %+v", events)
	}
}

// The standby's verdict is its own, beside the current one's.
func TestTheVerdictsOfAPair(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		current, other   []change
		state, otherwise rotation.State
	}{
		"both are well":             {nil, nil, rotation.StateOK, rotation.StateOK},
		"the standby is refused":    {nil, []change{withLogin(rotation.LoginRefused)}, rotation.StateOK, rotation.StateRejected},
		"the current is refused":    {[]change{withLogin(rotation.LoginRefused)}, nil, rotation.StateRejected, rotation.StateOK},
		"a rotation is not settled": {[]change{inPhase(rotation.PhaseUnresolved)}, []change{inPhase(rotation.PhaseUnresolved)}, rotation.StateUnresolved, rotation.StateUnresolved},
		"one is not proved":         {[]change{inPhase(rotation.PhaseUnverified)}, []change{inPhase(rotation.PhaseUnverified)}, rotation.StateUnverified, rotation.StateUnverified},
		"one expires":               {nil, []change{func(s *rotation.Snapshot) { s.Integration.PasswordSet = start.Add(-100 * rotation.Day) }}, rotation.StateOK, rotation.StateExpiring},
	}
	for name, tt := range tests {
		s := snapshot()
		for _, alter := range tt.current {
			alter(&s)
		}
		besideStandby(tt.other...)(&s)
		now := start.Add(rotation.Day)
		if got := rotation.Judge(s, now).State; got != tt.state {
			t.Errorf("%s: the current account: %s", name, got)
		}
		if got := rotation.Judge(*s.Standby, now).State; got != tt.otherwise {
			t.Errorf("%s: the standby: %s", name, got)
		}
	}
}
