package rotation_test

import (
	"strings"
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/oracle"
	"vault-plugin-secrets-oracle-financials/rotation"
)

// What a person has to do next, by what a directory shows.
func TestMessagesSayWhatToDo(t *testing.T) {
	t.Parallel()
	never := withLogin(rotation.LoginNever)
	lockedBy := func(why oracle.LockReason) change {
		return withView(with(lockedView(), func(v *oracle.View) { v.LockReason, v.LockedSince = why, start.Add(time.Minute) }))
	}
	const spends = "The engine spends no further login"
	tests := map[string]struct {
		changes []change
		says    []string
		not     string
	}{
		"locked by refused logins":   {[]change{withRefusals(2), lockedBy(oracle.LockedByPassword)}, []string{"The directory door says (2026-03-02T08:00:00Z)", "API_GL is locked since 2026-03-02T06:01:00Z, by refused logins (2 of them the engine's own)", "unlock", "1h later"}, ""},
		"locked, none of ours":       {[]change{lockedBy(oracle.LockedByPassword)}, []string{"by refused logins. Stop"}, "own)"},
		"locked by an administrator": {[]change{lockedBy(oracle.LockedByAdministrator)}, []string{"by an administrator"}, "refused logins"},
		"locked by a reset":          {[]change{lockedBy(oracle.LockedByReset)}, []string{"(failed_reset)"}, "refused logins"},
		"inactive":                   {[]change{withView(uncounted(oracle.No))}, []string{"not active", "Activate or unlock"}, ""},
		"must change":                {[]change{withView(mustChangeView)}, []string{"must change the password", "integrations/gl"}, ""},
		"expired":                    {[]change{withView(expiredView)}, []string{"has expired", "integrations/gl"}, ""},
		"unlocked":                   {[]change{withRefusals(1), withView(lockedView()), withView(counted(0))}, []string{"2026-03-02T09:00:00Z", "reconcile/gl action=release"}, ""},
		"no such user":               {[]change{withRefusals(1), withView(noUserView)}, []string{"does not know the user API_GL", "correct username"}, ""},
		"set elsewhere":              {[]change{withRefusals(1), withView(setAt(time.Hour))}, []string{"was set on 2026-03-02T07:00:00Z", "Write the new one to integrations/gl"}, ""},
		"wrong password":             {[]change{withRefusals(1), withView(counted(1))}, []string{"so the password is wrong", "before 2026-03-03T07:00:00Z", "4 more refused would lock it"}, ""},
		"wrong password, spent":      {[]change{withRefusals(2), withView(counted(2))}, []string{spends + " by itself", "3 more refused would lock it"}, ""},
		"refused past its age":       {[]change{withRefusals(2), aged}, []string{"by its age the password expired", "if the stored one is right again, write reconcile/gl action=release"}, ""},
		"the standby, past its age":  {[]change{withRefusals(2), aged, asStandby}, []string{"if the stored one is right again, write reconcile/gl account=standby action=release"}, ""},
		"somebody else's failures":   {[]change{withForeign(1), withView(counted(1))}, []string{"refused 1 login with the user API_GL that the engine did not send", "4 more refused would lock it"}, ""},
		"one more would lock":        {[]change{withForeign(4), withView(counted(4))}, []string{"nothing logs in any more", "take it off the integration"}, "Logs in, but"},
		"one more, by a lost login":  {[]change{withView(counted(3)), underWay(shortly - time.Minute)}, []string{"nothing logs in any more", "sign in once with the right password"}, "Logs in, but"},
		"many of somebody else's":    {[]change{withForeign(3)}, []string{"refused 3 logins"}, "would lock it"},
		"active again, budget spent": {[]change{withRefusals(2), withView(uncounted(oracle.No)), withView(uncounted(oracle.Yes))}, []string{"action=release", spends + " by itself"}, "logs in at"},
		"never proved":               {[]change{never}, []string{"the next scheduled check does it, or write check/gl"}, ""},
		"never proved, held":         {[]change{withRefusals(1), never, withDirectory, keepsNever}, []string{"the next scheduled check does it"}, ""},
		"never proved, spent":        {[]change{withRefusals(2), never, withDirectory, keepsNever}, []string{"reconcile/gl action=release"}, "scheduled"},
		"not reached, and spent":     {[]change{withRefusals(2), never, keepsNever, withFailures(3, rotation.ReasonTimeout)}, []string{"did not answer in time", "write reconcile/gl action=release"}, ""},
		"not reached, and held":      {[]change{withRefusals(1), never, keepsNever, withFailures(3, rotation.ReasonTimeout)}, []string{"did not answer in time"}, "action=release"},
		"not reached, last attempt":  {[]change{withFailures(3, rotation.ReasonTimeout), withView(counted(4))}, []string{"did not answer in time", "Nothing logs in any more", "sign in once with the right password"}, ""},
		"limited, last attempt":      {[]change{withModules(oracle.Accessible, oracle.NoPrivilege), withView(counted(4))}, []string{"has no privilege", "Nothing logs in any more"}, ""},
		"never proved, last attempt": {[]change{never, withView(counted(4))}, []string{"one more refused login locks the account", "take it off the integration"}, "scheduled"},
		"never proved, no such user": {[]change{withRefusals(1), never, withView(noUserView), keepsNever}, []string{"does not know the user API_GL", "Correct username"}, "scheduled"},
	}
	for name, tt := range tests {
		s := snapshot()
		for _, alter := range tt.changes {
			alter(&s)
		}
		got := rotation.Judge(s, start.Add(shortly)).Message
		for _, says := range tt.says {
			if !strings.Contains(got, says) {
				t.Errorf("%s: %q does not say %q", name, got, says)
			}
		}
		if tt.not != "" && strings.Contains(got, tt.not) {
			t.Errorf("%s: %q says %q", name, got, tt.not)
		}
	}
}

// aged is a password that is older than the policy says it may be.
func aged(s *rotation.Snapshot) { s.Policy.PasswordMaxAge = time.Minute }

// asStandby makes it the other account of a pair.
func asStandby(s *rotation.Snapshot) { s.Integration.Rotation.Standby = true }

// keepsNever: what was refused was another password, which was never stored.
func keepsNever(s *rotation.Snapshot) {
	for i := range s.Ledger.Charges {
		s.Ledger.Charges[i].For = rotation.Subject{}
	}
}

// Every denial is a sentence for the person who asked, and names a way out.
func TestDenied(t *testing.T) {
	t.Parallel()
	until := start.Add(time.Hour)
	for denial, says := range map[rotation.Denial]string{
		rotation.DenyInFlight:     "until 2026-03-02T07:00:00Z",
		rotation.DenyHeld:         "or until another password is written",
		rotation.DenyWaits:        "action=release",
		rotation.DenyPeopleBudget: "try again after 2026-03-02T07:00:00Z",
		rotation.DenyUnanswered:   "action=release",
		rotation.DenyRejected:     "verify_connection=false",
		rotation.DenyLocked:       "take it off the integration",
		rotation.DenyLastAttempt:  "take it off the integration",
		rotation.DenyUnable:       "read status",
		rotation.DenyUnlocked:     "unlock_delay",
	} {
		if got := rotation.Denied(rotation.Decision{Denial: denial, Until: until}); !strings.Contains(got, says) {
			t.Errorf("%s: %q", denial, got)
		}
	}
	if got := rotation.Denied(rotation.Decision{}); got != "" {
		t.Errorf("allowed: %q", got)
	}
}
