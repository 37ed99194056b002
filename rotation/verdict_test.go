package rotation_test

import (
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// snapshot is a healthy integration whose password was set at start, checked an hour later.
func snapshot() rotation.Snapshot {
	p := rotation.DefaultPolicy()
	checked := start.Add(time.Hour)
	s := rotation.Snapshot{
		Integration: rotation.Integration{
			Name: "gl", ID: "id", CredentialVersion: 1, Basis: 1, ServerURL: "https://pod.example", Username: "API_GL",
			Modules: []oracle.Module{oracle.GeneralLedger, oracle.Payables}, PasswordSet: start, Modified: start,
		},
		Policy: p, HostAllowed: true,
		Record: rotation.Record{
			Of: rotation.Subject{IntegrationID: "id", Basis: 1}, Login: rotation.LoginAccepted, LastCheck: checked, LastSuccess: checked,
			Modules: findings(oracle.Accessible, oracle.Accessible), SlotBase: checked, SlotKey: p.ScheduleKey(), Slot: checked.Add(time.Hour),
		},
	}
	s.Record.Shown = rotation.First(s, checked)
	return s
}

func findings(gl, ap oracle.ModuleResult) []oracle.Finding {
	return []oracle.Finding{{Module: oracle.GeneralLedger, Result: gl}, {Module: oracle.Payables, Result: ap}}
}

type change func(*rotation.Snapshot)

func withLogin(l rotation.LoginKnown) change {
	return func(s *rotation.Snapshot) { s.Record.Login = l }
}

func withModules(gl, ap oracle.ModuleResult) change {
	return func(s *rotation.Snapshot) { s.Record.Modules = findings(gl, ap) }
}

func withFailures(n int, cause rotation.Reason) change {
	return func(s *rotation.Snapshot) { s.Record.Failures, s.Record.Cause = n, cause }
}

func withPause(until time.Duration) change {
	return func(s *rotation.Snapshot) {
		s.Integration.PausedUntil, s.Integration.PauseReason = start.Add(until), "month end"
	}
}

// verdictRow is one row of the table of states.
type verdictRow struct {
	changes    []change
	age        time.Duration // of the password
	state      rotation.State
	severity   rotation.Severity
	reason     rotation.Reason
	confidence rotation.Confidence
}

var verdicts = map[string]verdictRow{
	"logs in and every module has rows": {nil, rotation.Day, "ok", "ok", "logged_in", "confirmed"},
	"one module without a row is still ok": {
		[]change{withModules(oracle.Accessible, oracle.Empty)}, rotation.Day, "ok", "ok", "logged_in", "confirmed",
	},
	"no module has a row": {[]change{withModules(oracle.Empty, oracle.Empty)}, rotation.Day, "ok", "ok", "no_rows", "confirmed"},
	"never proved":        {[]change{withLogin(rotation.LoginNever)}, rotation.Day, "unchecked", "unknown", "never_checked", "none"},
	"a record of the password before says nothing": {
		[]change{func(s *rotation.Snapshot) { s.Record.Of.Basis = 0 }}, rotation.Day, "unchecked", "unknown", "never_checked", "none",
	},
	"a record of a deleted integration of the same name says nothing": {
		[]change{func(s *rotation.Snapshot) { s.Record.Of.IntegrationID = "other" }}, rotation.Day, "unchecked", "unknown", "never_checked", "none",
	},
	"the last instant before the warning":         {nil, 76*rotation.Day - 1, "ok", "ok", "logged_in", "confirmed"},
	"the first instant of the warning":            {nil, 76 * rotation.Day, "expiring", "warning", "password_expiring", "inferred"},
	"the last instant before the date":            {nil, 90*rotation.Day - 1, "expiring", "warning", "password_expiring", "inferred"},
	"past the date and still logs in":             {nil, 90 * rotation.Day, "expiring", "critical", "password_past_expiry", "inferred"},
	"refused within its age":                      {[]change{withLogin(rotation.LoginRefused)}, 90*rotation.Day - 1, "rejected", "critical", "login_refused", "confirmed"},
	"refused past its age":                        {[]change{withLogin(rotation.LoginRefused)}, 90 * rotation.Day, "expired", "critical", "login_refused_past_age", "inferred"},
	"a module is forbidden":                       {[]change{withModules(oracle.Accessible, oracle.NoPrivilege)}, rotation.Day, "limited", "warning", "module_forbidden", "confirmed"},
	"all modules are forbidden":                   {[]change{withModules(oracle.NoPrivilege, oracle.NoPrivilege)}, rotation.Day, "limited", "warning", "all_modules_forbidden", "confirmed"},
	"a module is missing":                         {[]change{withModules(oracle.Accessible, oracle.Missing)}, rotation.Day, "limited", "warning", "module_not_found", "confirmed"},
	"a module is in error":                        {[]change{withModules(oracle.Accessible, oracle.ModuleInError)}, rotation.Day, "limited", "warning", "module_error", "confirmed"},
	"limited goes before expiring":                {[]change{withModules(oracle.Accessible, oracle.Missing)}, 80 * rotation.Day, "limited", "warning", "module_not_found", "confirmed"},
	"two failures are weather":                    {[]change{withFailures(2, rotation.ReasonTimeout)}, rotation.Day, "ok", "ok", "logged_in", "confirmed"},
	"three failures are a state":                  {[]change{withFailures(3, rotation.ReasonTimeout)}, rotation.Day, "unreachable", "warning", "timeout", "confirmed"},
	"no connection":                               {[]change{withFailures(3, rotation.ReasonNoConnection)}, rotation.Day, "unreachable", "warning", "no_connection", "confirmed"},
	"tls":                                         {[]change{withFailures(3, rotation.ReasonTLSFailure)}, rotation.Day, "unreachable", "warning", "tls_failure", "confirmed"},
	"throttled":                                   {[]change{withFailures(3, rotation.ReasonThrottled)}, rotation.Day, "unreachable", "warning", "throttled", "confirmed"},
	"unavailable":                                 {[]change{withFailures(3, rotation.ReasonUnavailable)}, rotation.Day, "unreachable", "warning", "unavailable", "confirmed"},
	"html":                                        {[]change{withFailures(3, rotation.ReasonUnexpected)}, rotation.Day, "unreachable", "warning", "unexpected_content", "confirmed"},
	"a pod without the API is one at once":        {[]change{withFailures(1, rotation.ReasonNoOracleAPI)}, rotation.Day, "unreachable", "warning", "no_oracle_api", "confirmed"},
	"a refused password stays refused while down": {[]change{withLogin(rotation.LoginRefused), withFailures(3, rotation.ReasonTimeout)}, rotation.Day, "rejected", "critical", "login_refused", "confirmed"},
	"the host is not allowed any more": {
		[]change{func(s *rotation.Snapshot) { s.HostAllowed = false }}, rotation.Day, "unreachable", "warning", "host_not_allowed", "confirmed",
	},
	"logins went unanswered until the budget was spent": {
		[]change{func(s *rotation.Snapshot) {
			lost := rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeUnanswered}
			s.Ledger = spent(lost, lost)
		}}, rotation.Day, "unreachable", "warning", "login_unanswered", "confirmed",
	},
	"a refusal that the guard counted and the record does not know": {
		[]change{func(s *rotation.Snapshot) {
			refused := rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeRefused, For: s.Integration.Subject()}
			s.Record.LastCheck, s.Ledger = start.Add(-time.Hour), spent(refused)
		}}, rotation.Day, "rejected", "critical", "login_refused", "confirmed",
	},
	"a refusal of a password that was never stored": {
		[]change{func(s *rotation.Snapshot) {
			s.Record.LastCheck, s.Ledger = start.Add(-time.Hour), spent(rotation.Charge{By: rotation.ByPerson, State: rotation.ChargeRefused})
		}}, rotation.Day, "ok", "ok", "logged_in", "confirmed",
	},
	"logged in, and nothing asked":     {[]change{func(s *rotation.Snapshot) { s.Record.Modules = nil }}, rotation.Day, "unchecked", "unknown", "never_checked", "none"},
	"a host that is allowed again":     {[]change{withFailures(5, rotation.ReasonHostNotAllowed)}, rotation.Day, "ok", "ok", "logged_in", "confirmed"},
	"paused":                           {[]change{withPause(2 * rotation.Day)}, rotation.Day, "paused", "ok", "paused", "confirmed"},
	"paused hides a warning":           {[]change{withPause(100 * rotation.Day)}, 80 * rotation.Day, "paused", "ok", "paused", "inferred"},
	"paused does not hide a refusal":   {[]change{withPause(2 * rotation.Day), withLogin(rotation.LoginRefused)}, rotation.Day, "rejected", "critical", "login_refused", "confirmed"},
	"paused does not hide a past date": {[]change{withPause(100 * rotation.Day)}, 91 * rotation.Day, "expiring", "critical", "password_past_expiry", "inferred"},
	"a pause ends at its end":          {[]change{withPause(rotation.Day)}, rotation.Day, "ok", "ok", "logged_in", "confirmed"},
	"a password that never expires": {
		[]change{func(s *rotation.Snapshot) { s.Policy.PasswordMaxAge = 0 }}, 5000 * rotation.Day, "ok", "ok", "logged_in", "confirmed",
	},
	"refused, and never expires": {
		[]change{withLogin(rotation.LoginRefused), func(s *rotation.Snapshot) { s.Policy.PasswordMaxAge = 0 }}, 5000 * rotation.Day, "rejected", "critical", "login_refused", "confirmed",
	},
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for name, tt := range allVerdicts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := snapshot()
			for _, alter := range tt.changes {
				alter(&s)
			}
			v := rotation.Judge(s, start.Add(tt.age))
			if v.State != tt.state || v.Severity != tt.severity || v.Reason != tt.reason || v.Confidence != tt.confidence {
				t.Errorf("got %s %s %s %s", v.State, v.Severity, v.Reason, v.Confidence)
			}
			if state, severity := v.Reason.ShownAs(); state != v.State || severity != v.Severity {
				t.Errorf("%s is shown as %s %s, and said to be shown as %s %s", v.Reason, v.State, v.Severity, state, severity)
			}
			if !strings.HasSuffix(v.Message, ".") || strings.Contains(v.Message, "%!") {
				t.Errorf("the message is no sentence: %q", v.Message)
			}
		})
	}
}

func TestEveryStateAndReasonHasARow(t *testing.T) {
	t.Parallel()
	states, reasons := map[rotation.State]bool{}, map[rotation.Reason]bool{}
	for _, tt := range allVerdicts() {
		states[tt.state], reasons[tt.reason] = true, true
	}
	for _, s := range rotation.States() {
		if !states[s] {
			t.Errorf("no row reaches the state %s", s)
		}
	}
	for _, r := range rotation.Reasons() {
		if !reasons[r] {
			t.Errorf("no row reaches the reason %s", r)
		}
	}
}

// Whoever asks, however often and however late, gets the same count and the same dates.
func TestAdvanceDoesNotDependOnWhoAsks(t *testing.T) {
	t.Parallel()
	s := snapshot()
	s.Integration.PausedUntil, s.Integration.PauseReason = start.Add(3*rotation.Day), "freeze"
	s.Record.Shown = rotation.First(s, start.Add(time.Hour))
	late := start.Add(120 * rotation.Day)
	once, _ := rotation.Advance(s, late)
	for at := start.Add(time.Hour); at.Before(late); at = at.Add(17 * time.Hour) {
		s.Record.Shown, _ = rotation.Advance(s, at)
	}
	often, _ := rotation.Advance(s, late)
	if once != often {
		t.Errorf("asked once: %+v\nasked often: %+v", once, often)
	}
	// paused, ok, expiring, and past its date, which is a reason of its own.
	if once.Seq != 4 || !once.Since.Equal(start.Add(76*rotation.Day)) || once.State != rotation.StateExpiring {
		t.Errorf("got %+v", once)
	}
}

func TestAChangedPolicyIsDatedByItself(t *testing.T) {
	t.Parallel()
	s := snapshot()
	changed := start.Add(5 * rotation.Day)
	s.Policy.ExpiryWarning, s.Policy.Modified = 88*rotation.Day, changed
	for _, at := range []time.Time{changed.Add(time.Second), changed.Add(rotation.Day)} {
		shown, verdict := rotation.Advance(s, at)
		if verdict.State != rotation.StateExpiring || !shown.Since.Equal(changed) || shown.Seq != 2 {
			t.Errorf("asked at %v: %+v", at, shown)
		}
	}
}

func TestDaysUntil(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]int{
		25 * time.Hour: 1, 24 * time.Hour: 1, 24*time.Hour - 1: 0, 0: 0, -1: -1, -24 * time.Hour: -1, -24*time.Hour - 1: -2,
	} {
		if got := rotation.DaysUntil(start.Add(left), start); got != want {
			t.Errorf("%v before the date: %d days, want %d", left, got, want)
		}
	}
}

func TestDueAt(t *testing.T) {
	t.Parallel()
	now := start.Add(90 * time.Minute)
	s := snapshot()
	if due := s.DueAt(now); !due.Equal(s.Record.Slot) {
		t.Errorf("due at %v, want the stored slot", due)
	}
	paused := snapshot()
	withPause(2 * rotation.Day)(&paused)
	if due := paused.DueAt(now); !due.Equal(paused.Integration.PausedUntil) {
		t.Errorf("paused: due at %v", due)
	}
	held := snapshot()
	held.Ledger = spent(rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeRefused})
	if due := held.DueAt(now); !due.Equal(start.Add(24 * time.Hour)) {
		t.Errorf("held: due at %v", due)
	}
	waits := snapshot()
	refused := rotation.Charge{By: rotation.ByEngine, State: rotation.ChargeRefused}
	waits.Ledger = spent(refused, refused)
	if due := waits.DueAt(now); !due.IsZero() {
		t.Errorf("waiting for a person: due at %v", due)
	}
	changed := snapshot()
	changed.Policy.CheckPeriod = 2 * time.Hour
	if due := changed.DueAt(now); !due.After(changed.Record.Slot) || due.After(start.Add(3*time.Hour)) {
		t.Errorf("with a longer period: due at %v", due)
	}
}
