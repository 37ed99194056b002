package rotation_test

import (
	"maps"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// allVerdicts is the table of states, with and without a directory, and with a rotation.
func allVerdicts() map[string]verdictRow {
	all := maps.Clone(verdicts)
	maps.Copy(all, directoryVerdicts)
	maps.Copy(all, rotationVerdicts)
	return all
}

// shortly is after the view of withView.
const shortly = 3*time.Hour - time.Second

var (
	expiredView    = with(counted(0), func(v *oracle.View) { v.Expired = oracle.Yes })
	mustChangeView = with(counted(0), func(v *oracle.View) { v.MustChange = oracle.Yes })
	noUserView     = oracle.View{Found: oracle.No}
)

// setAt is a view of a password that was set so long after start.
func setAt(d time.Duration) oracle.View {
	return with(counted(1), func(v *oracle.View) { v.PasswordSet = start.Add(d) })
}

func agesIn(d time.Duration) oracle.View {
	return with(counted(0), func(v *oracle.View) { v.Rules.MaxAge = &d })
}

func withForeign(n int) change {
	return func(s *rotation.Snapshot) { s.Record.ForeignFailures = &n }
}

// withLogins: since the view a login was accepted.
func withAcceptance(s *rotation.Snapshot) { s.Ledger = s.Ledger.Accepted() }

var directoryVerdicts = map[string]verdictRow{
	"the directory shows nothing wrong":     {[]change{withView(counted(0))}, shortly, "ok", "ok", "logged_in", "confirmed"},
	"locked":                                {[]change{withView(lockedView())}, shortly, "locked", "critical", "account_locked", "confirmed"},
	"locked, and refused":                   {[]change{withRefusals(1), withView(lockedView())}, shortly, "locked", "critical", "account_locked", "confirmed"},
	"inactive, by the domain":               {[]change{withView(with(counted(0), func(v *oracle.View) { v.Active = oracle.No }))}, shortly, "disabled", "critical", "inactive", "confirmed"},
	"inactive, by Fusion":                   {[]change{withView(uncounted(oracle.No))}, shortly, "disabled", "critical", "inactive", "confirmed"},
	"the password must be changed":          {[]change{withView(mustChangeView)}, shortly, "must_change", "critical", "password_must_change", "confirmed"},
	"the password has expired":              {[]change{withView(expiredView)}, shortly, "expired", "critical", "password_expired", "confirmed"},
	"expired, and refused within its age":   {[]change{withRefusals(1), withView(expiredView)}, shortly, "expired", "critical", "password_expired", "confirmed"},
	"locked goes before inactive":           {[]change{withView(with(lockedView(), func(v *oracle.View) { v.Active = oracle.No }))}, shortly, "locked", "critical", "account_locked", "confirmed"},
	"inactive goes before must change":      {[]change{withView(with(mustChangeView, func(v *oracle.View) { v.Active = oracle.No }))}, shortly, "disabled", "critical", "inactive", "confirmed"},
	"must change goes before expired":       {[]change{withView(with(mustChangeView, func(v *oracle.View) { v.Expired = oracle.Yes }))}, shortly, "must_change", "critical", "password_must_change", "confirmed"},
	"locked goes before a pod that is down": {[]change{withFailures(3, rotation.ReasonTimeout), withView(lockedView())}, shortly, "locked", "critical", "account_locked", "confirmed"},

	"unlocked, the API may lag": {
		[]change{withRefusals(1), withView(lockedView()), withView(counted(0))}, shortly, "rejected", "critical", "unlocked_waiting", "confirmed",
	},
	"the lag is over, and no login has tried it yet": {
		[]change{withRefusals(1), withView(lockedView()), withView(counted(0))}, 3 * time.Hour, "rejected", "critical", "unlocked_waiting", "confirmed",
	},
	"active again, the API may lag": {
		[]change{withRefusals(1), withView(uncounted(oracle.No)), withView(uncounted(oracle.Yes))}, shortly, "rejected", "critical", "unlocked_waiting", "confirmed",
	},
	"active again, and the engine has spent its budget": { // then no login comes when the delay ends
		[]change{withRefusals(2), withView(uncounted(oracle.No)), withView(uncounted(oracle.Yes))}, shortly, "rejected", "critical", "login_refused", "confirmed",
	},
	"unlocked, and nothing was refused": {
		[]change{withView(lockedView()), withView(counted(0))}, shortly, "rejected", "critical", "unlocked_waiting", "inferred",
	},
	"unlocked, and one more would lock": { // so that no login comes
		[]change{withRefusals(1), withView(lockedView()), withView(counted(4))}, shortly, "rejected", "critical", "wrong_password", "inferred",
	},
	"unlocked, never proved, and one more would lock": {
		[]change{withLogin(rotation.LoginNever), withView(lockedView()), withView(counted(4))}, shortly, "unchecked", "unknown", "never_checked", "none",
	},
	"unlocked, and never proved": {
		[]change{withLogin(rotation.LoginNever), withView(lockedView()), withView(counted(0))}, shortly, "rejected", "critical", "unlocked_waiting", "inferred",
	},
	"unlocked, and a login was refused since": {
		[]change{withView(lockedView()), withView(counted(0)), func(s *rotation.Snapshot) {
			c := rotation.Charge{ID: "x", By: rotation.ByEngine, For: s.Integration.Subject(), Time: start.Add(150 * time.Minute)}
			s.Ledger = s.Ledger.Charged(c).Kept(c, rotation.ChargeRefused, c.Time)
		}}, shortly, "rejected", "critical", "login_refused", "confirmed",
	},
	"unlocked, and a login was accepted since": {
		[]change{withView(lockedView()), withView(counted(0)), withAcceptance}, shortly, "ok", "ok", "logged_in", "confirmed",
	},
	"no such user":                     {[]change{withRefusals(1), withView(noUserView)}, shortly, "rejected", "critical", "no_such_user", "confirmed"},
	"no such user, and it logs in":     {[]change{withView(noUserView)}, shortly, "ok", "ok", "logged_in", "confirmed"},
	"set by somebody else":             {[]change{withRefusals(1), withView(setAt(time.Hour))}, shortly, "rejected", "critical", "password_set_elsewhere", "inferred"},
	"set as the clocks differ":         {[]change{withRefusals(1), withView(setAt(5 * time.Minute))}, shortly, "rejected", "critical", "wrong_password", "inferred"},
	"set just past how clocks differ":  {[]change{withRefusals(1), withView(setAt(5*time.Minute + 1))}, shortly, "rejected", "critical", "password_set_elsewhere", "inferred"},
	"set elsewhere, and it logs in":    {[]change{withView(setAt(time.Hour))}, shortly, "ok", "ok", "logged_in", "confirmed"},
	"the directory counts the refusal": {[]change{withRefusals(1), withView(counted(1))}, shortly, "rejected", "critical", "wrong_password", "inferred"},
	"it counts, and the last one logged in": {
		[]change{withView(counted(1))}, shortly, "ok", "ok", "logged_in", "confirmed",
	},
	"the directory does not count":             {[]change{withRefusals(1), withView(uncounted(oracle.Yes))}, shortly, "rejected", "critical", "login_refused", "confirmed"},
	"the directory counted no refusal":         {[]change{withRefusals(1), withView(counted(0))}, shortly, "rejected", "critical", "login_refused", "confirmed"},
	"refused past its age, not expired":        {[]change{withRefusals(1), withView(counted(0)), seenAt(90 * rotation.Day)}, 90 * rotation.Day, "rejected", "critical", "login_refused", "confirmed"},
	"refused past its age, not expired before": {[]change{withRefusals(1), withView(counted(0))}, 90 * rotation.Day, "expired", "critical", "login_refused_past_age", "inferred"},
	"refused past its age, which the directory does not know": {
		[]change{withRefusals(1), withView(uncounted(oracle.Yes))}, 90 * rotation.Day, "expired", "critical", "login_refused_past_age", "inferred",
	},

	"somebody else's logins are refused":            {[]change{withView(counted(2)), withForeign(2)}, shortly, "ok", "warning", "foreign_failed_logins", "confirmed"},
	"one more would lock":                           {[]change{withView(counted(4))}, shortly, "ok", "warning", "foreign_failed_logins", "inferred"},
	"one more would lock, and a module is missing":  {[]change{withView(counted(4)), withModules(oracle.Accessible, oracle.Missing)}, shortly, "limited", "warning", "module_not_found", "confirmed"},
	"one more would lock, and a login is under way": {[]change{withView(counted(3)), underWay(shortly - time.Second)}, shortly, "ok", "ok", "logged_in", "confirmed"},
	"one more would lock, and its process died":     {[]change{withView(counted(3)), underWay(shortly - time.Minute)}, shortly, "ok", "warning", "foreign_failed_logins", "inferred"},
	"unlocked, and the login is under way": {
		[]change{withView(lockedView()), withView(counted(3)), underWay(shortly - time.Second)}, shortly, "rejected", "critical", "unlocked_waiting", "inferred",
	},
	"nobody else's are":                             {[]change{withView(counted(0)), withForeign(0)}, shortly, "ok", "ok", "logged_in", "confirmed"},
	"somebody else's are refused, and ours":         {[]change{withRefusals(1), withView(counted(3)), withForeign(2)}, shortly, "rejected", "critical", "wrong_password", "inferred"},
	"somebody else's are refused, and it expires":   {[]change{withForeign(2)}, 76 * rotation.Day, "expiring", "warning", "password_expiring", "inferred"},
	"somebody else's are refused, and it is paused": {[]change{withForeign(2), withPause(2 * rotation.Day)}, rotation.Day, "paused", "ok", "paused", "confirmed"},
	"paused does not hide a lock":                   {[]change{withView(lockedView()), withPause(2 * rotation.Day)}, shortly, "locked", "critical", "account_locked", "confirmed"},
	"paused does not hide an inactive user":         {[]change{withView(uncounted(oracle.No)), withPause(2 * rotation.Day)}, shortly, "disabled", "critical", "inactive", "confirmed"},
	"paused does not hide an expired password":      {[]change{withView(expiredView), withPause(2 * rotation.Day)}, shortly, "expired", "critical", "password_expired", "confirmed"},
	"paused does not hide a forced change":          {[]change{withView(mustChangeView), withPause(2 * rotation.Day)}, shortly, "must_change", "critical", "password_must_change", "confirmed"},
	"paused does not hide that it was unlocked": {
		[]change{withRefusals(1), withView(lockedView()), withView(counted(0)), withPause(2 * rotation.Day)}, shortly, "rejected", "critical", "unlocked_waiting", "confirmed",
	},

	"locked, and a login was accepted since":   {[]change{withView(lockedView()), withAcceptance}, shortly, "ok", "ok", "logged_in", "confirmed"},
	"inactive, and a login was accepted since": {[]change{withView(uncounted(oracle.No)), withAcceptance}, shortly, "ok", "ok", "logged_in", "confirmed"},
	"expired, and a login was accepted since":  {[]change{withView(expiredView), withAcceptance}, shortly, "ok", "ok", "logged_in", "confirmed"},
	"locked, and a password was written since": {
		[]change{withView(lockedView()), func(s *rotation.Snapshot) { s.Ledger = s.Ledger.PasswordWritten("new", s.Policy, start) }}, shortly, "ok", "ok", "logged_in", "confirmed",
	},
	"locked, said another directory": {
		[]change{withView(lockedView()), func(s *rotation.Snapshot) { s.Ledger = s.Ledger.SeenBy("other") }}, shortly, "ok", "ok", "logged_in", "confirmed",
	},
	"wrong password, said another directory": {
		[]change{withRefusals(1), withView(counted(1)), func(s *rotation.Snapshot) { s.Ledger = s.Ledger.SeenBy("other") }}, shortly, "rejected", "critical", "login_refused", "confirmed",
	},

	"its passwords age faster":            {[]change{withView(agesIn(30 * rotation.Day))}, 16 * rotation.Day, "expiring", "warning", "password_expiring", "inferred"},
	"its passwords age faster, not yet":   {[]change{withView(agesIn(30 * rotation.Day))}, 16*rotation.Day - 1, "ok", "ok", "logged_in", "confirmed"},
	"its passwords age slower":            {[]change{withView(agesIn(120 * rotation.Day))}, 91 * rotation.Day, "ok", "ok", "logged_in", "confirmed"},
	"its passwords never expire":          {[]change{withView(agesIn(0))}, 5000 * rotation.Day, "ok", "ok", "logged_in", "confirmed"},
	"this user's password cannot expire":  {[]change{withView(with(agesIn(30*rotation.Day), func(v *oracle.View) { v.CannotExpire = oracle.Yes }))}, 5000 * rotation.Day, "ok", "ok", "logged_in", "confirmed"},
	"its warning is shorter":              {[]change{withView(with(agesIn(30*rotation.Day), func(v *oracle.View) { v.Rules.Warning = new(2 * rotation.Day) }))}, 27 * rotation.Day, "ok", "ok", "logged_in", "confirmed"},
	"its warning has begun":               {[]change{withView(with(agesIn(30*rotation.Day), func(v *oracle.View) { v.Rules.Warning = new(2 * rotation.Day) }))}, 28 * rotation.Day, "expiring", "warning", "password_expiring", "inferred"},
	"it knows an older date of setting":   {[]change{withView(setAt(-80 * rotation.Day))}, shortly, "expiring", "warning", "password_expiring", "inferred"},
	"refused past the age it knows":       {[]change{withRefusals(1), withView(with(agesIn(rotation.Day), func(v *oracle.View) { v.Expired = oracle.NotKnown }))}, rotation.Day, "expired", "critical", "login_refused_past_age", "inferred"},
	"its date is of the password before":  {[]change{withView(setAt(-80 * rotation.Day)), func(s *rotation.Snapshot) { s.Integration.CredentialVersion = 2 }}, shortly, "ok", "ok", "logged_in", "confirmed"},
	"its date is of another integration":  {[]change{withView(setAt(-80 * rotation.Day)), func(s *rotation.Snapshot) { s.Ledger.Sighting.IntegrationID = "other" }}, shortly, "ok", "ok", "logged_in", "confirmed"},
	"an older view's date is no evidence": {[]change{withView(setAt(-80 * rotation.Day)), withAcceptance}, shortly, "ok", "ok", "logged_in", "confirmed"},
}

// What a directory does not say is never taken for a "no".
func TestWhatIsNotKnownIsNoVerdict(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(*oracle.View){
		"found":       func(v *oracle.View) { v.Found = oracle.NotKnown },
		"active":      func(v *oracle.View) { v.Active = oracle.NotKnown },
		"locked":      func(v *oracle.View) { v.Locked = oracle.NotKnown },
		"expired":     func(v *oracle.View) { v.Expired = oracle.NotKnown },
		"must change": func(v *oracle.View) { v.MustChange = oracle.NotKnown },
		"attempts":    func(v *oracle.View) { v.LoginAttempts = nil },
		"everything":  func(v *oracle.View) { *v = oracle.View{} },
	} {
		refused, healthy := snapshot(), snapshot()
		withRefusals(1)(&refused)
		withView(with(counted(1), forget))(&refused)
		withView(with(counted(0), forget))(&healthy)
		if v := rotation.Judge(refused, start.Add(shortly)); v.State != rotation.StateRejected || v.Reason != rotation.ReasonRefused || v.Confidence != rotation.Confirmed {
			t.Errorf("refused, and not known: %s: %s %s %s", name, v.State, v.Reason, v.Confidence)
		}
		if v := rotation.Judge(healthy, start.Add(shortly)); v.State != rotation.StateOK || v.Reason != rotation.ReasonLoggedIn {
			t.Errorf("accepted, and not known: %s: %s %s", name, v.State, v.Reason)
		}
	}
}

// seenAt is a view that is as old as that.
func seenAt(age time.Duration) change {
	return func(s *rotation.Snapshot) {
		again := *s.Ledger.Sighting
		again.Observed = start.Add(age)
		s.Ledger.Sighting = &again
	}
}

// underWay is a login that began then.
func underWay(since time.Duration) change {
	return func(s *rotation.Snapshot) { s.Ledger = s.Ledger.Charged(login("x", start.Add(since))) }
}
