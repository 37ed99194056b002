package rotation_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"vault-plugin-secrets-oracle-financials/rotation"
)

// standing changes where the rotation stands.
func standing(alter func(*rotation.Standing)) change {
	return func(s *rotation.Snapshot) { alter(&s.Integration.Rotation) }
}

// stopped is an integration whose rotations failed too often, for a reason.
func stoppedBy(why rotation.Failure, detail string) []change {
	return []change{withDirectory, rotatesMonthly, afterTenFailures, standing(func(r *rotation.Standing) { r.Error, r.Detail = why, detail })}
}

func standbyHasPrevious(s *rotation.Snapshot) { s.Standby.Integration.Rotation.Previous = true }

// What a person has to do next about a rotation.
func TestMessagesOfRotations(t *testing.T) {
	t.Parallel()
	unresolved, unverified := inPhase(rotation.PhaseUnresolved), inPhase(rotation.PhaseUnverified)
	previous := standing(func(r *rotation.Standing) { r.Previous = true })
	kept := standing(func(r *rotation.Standing) { r.Kept = 1 })
	served := standing(func(r *rotation.Standing) { r.Served = true })
	refusedOnce := standing(func(r *rotation.Standing) { r.Refusals, r.RefusedAt = 1, start.Add(150*time.Minute) })
	refused := withLogin(rotation.LoginRefused)
	unlockedNow := withLedger(rotation.Ledger{Lifted: start.Add(170 * time.Minute)})
	tests := map[string]struct {
		changes []change
		says    []string
		not     string
	}{
		"not settled": {
			[]change{unresolved},
			[]string{"A rotation of API_GL begun on 2026-03-02T07:00:00Z", "neither the new password nor the one before logs in", "Every password that may be live is kept", "reconcile/gl action=use_pending", "use_current", "action=adopt", "each spends one login"},
			"use_previous",
		},
		"not settled, and one before that":  {[]change{unresolved, previous}, []string{"use_previous (the last one before that which logged in), or set one by hand"}, ""},
		"not settled, the budget is spent":  {[]change{unresolved, withRefusals(2)}, []string{"login_failure_budget is spent"}, "neither"},
		"not settled, spent without a 401":  {[]change{unresolved, withLedger(lostTwice)}, []string{"login_failure_budget is spent"}, "neither"},
		"not settled, and locked":           {[]change{unresolved, withView(lockedView())}, []string{"the account is locked"}, "neither"},
		"not settled, one more would lock":  {[]change{unresolved, withView(counted(4))}, []string{"one more refused login locks"}, "neither"},
		"not settled, and unlocked lately":  {[]change{unresolved, unlockedNow}, []string{"no login can be spent on it now"}, "neither"},
		"not settled, of a pair":            {[]change{ofThePair(rotation.PhaseUnresolved), previous}, []string{"A rotation of API_GL_2 begun", "reconcile/gl account=standby action=use_pending"}, "use_previous"},
		"not settled, of a pair, and more":  {[]change{ofThePair(rotation.PhaseUnresolved), standbyHasPrevious}, []string{"use_previous (the last one before that which logged in), or set one by hand"}, ""},
		"not proved":                        {[]change{unverified}, []string{"Oracle said that it set a new password for API_GL", "applications read the one before", "The engine tries it now", "reconcile/gl action=release"}, "account="},
		"not proved, and served":            {[]change{unverified, served}, []string{"applications read the new one"}, "the one before"},
		"not proved, refused once":          {[]change{unverified, refusedOnce}, []string{"The engine tries it at 2026-03-02T09:30:00Z"}, ""},
		"not proved, the budget is spent":   {[]change{unverified, withLedger(heldTwice), withLogin(rotation.LoginAccepted)}, []string{"The engine spends no login by itself", "action=release to try now"}, ""},
		"not proved, of a pair":             {[]change{ofThePair(rotation.PhaseUnverified)}, []string{"set a new password for API_GL_2", "reconcile/gl account=standby action=release"}, ""},
		"the standby needs a hand":          {[]change{besideStandby(refused)}, []string{"Logs in, but the standby account of the pair needs a hand", "read standby in status/gl"}, ""},
		"stopped":                           {stoppedBy(rotation.DirectorySilent, ""), []string{"Logs in, but 10 rotations in a row came to nothing", "the directory door could not be asked: read directories/door. Then write rotate/gl."}, ""},
		"stopped, with Oracle's words":      {stoppedBy(rotation.PolicyRefused, "HTTP 400: too short."), []string{"password_policy or password_length to fit them (HTTP 400: too short). Then write rotate/gl."}, ".."},
		"stopped, without a directory":      {[]change{rotatesMonthly, afterTenFailures}, []string{"the pod could not be asked about the user"}, "directories/"},
		"refused, and nothing else is kept": {[]change{refused}, []string{"write the right password to integrations/gl"}, "use_"},
		"refused, and one is kept":          {[]change{refused, kept}, []string{"reconcile/gl", "action=use_pending (the last one that Oracle was asked to set)."}, "use_previous"},
		"refused, and one before":           {[]change{refused, previous}, []string{"reconcile/gl", "action=use_previous (the last other one that logged in)."}, "use_pending"},
		"refused, one kept and one before":  {[]change{refused, kept, previous}, []string{"action=use_pending (the last one that Oracle was asked to set), or action=use_previous"}, ""},
		"it logs in, and one is kept":       {[]change{kept, previous}, []string{"Logs in, and every selected module answers."}, "use_"},
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

// Who renews a password that expires.
func TestMessagesOfAnExpiringPassword(t *testing.T) {
	t.Parallel()
	way := standing(func(r *rotation.Standing) { r.Way, r.KnownUser = rotation.WayDirectory, true })
	monthly := func(s *rotation.Snapshot) {
		rotatesMonthly(s)
		s.Integration.BecameCurrent = start.Add(55 * rotation.Day)
	}
	tests := map[string]struct {
		changes []change
		says    string
	}{
		"a person":                          {nil, "Set a new one for API_GL in Fusion, then write it to integrations/gl."},
		"the engine, in time":               {[]change{monthly}, "The engine rotates it at 2026-05-"},
		"the engine, but not by schedule":   {[]change{way}, "Write rotate/gl, or have the policy rotate it in time with rotate_before_expiry."},
		"the engine, but only after it":     {[]change{monthly, func(s *rotation.Snapshot) { s.Policy.RotationPeriod = 300 * rotation.Day }}, "Write rotate/gl, or have"},
		"the engine, but not while stopped": {[]change{monthly, afterTenFailures, func(s *rotation.Snapshot) { s.Record.Modules = findings("accessible", "accessible") }}, "Write rotate/gl, or have"},
	}
	for name, tt := range tests {
		s := snapshot()
		for _, alter := range tt.changes {
			alter(&s)
		}
		v := rotation.Judge(s, start.Add(80*rotation.Day))
		if v.Reason != rotation.ReasonExpiring || !strings.Contains(v.Message, tt.says) {
			t.Errorf("%s: %s: %q", name, v.Reason, v.Message)
		}
	}
}

// named is what each reason names to look at or to do next; the others only say what was the case.
var named = map[rotation.Failure]string{
	rotation.NoWay: "self_managed", rotation.NeverLoggedIn: "check it first", rotation.LoginsCharged: "settle that first",
	rotation.LoginHeldBack: "read status", rotation.TooManyCandidates: "wait until", rotation.GeneratorFailed: "password_policy",
	rotation.DirectorySilent: "read directories/door", rotation.DirectoryRefused: "Use REST Service - Identity Integration",
	rotation.DirectoryForbids: "allowed_usernames", rotation.NoSuchUser: "correct username", rotation.PolicyRefused: "password_length",
	rotation.OutcomeUnknown: "read status", rotation.SharedAccount: "a user of its own",
}

func TestEveryFailureHasASentence(t *testing.T) {
	t.Parallel()
	seen := map[string]rotation.Failure{}
	for _, why := range rotation.Failures() {
		for _, directory := range []string{"door", ""} {
			if directory == "" && why == rotation.DirectoryForbids {
				continue // there is one that does
			}
			words := rotation.RefusedToRotate(rotation.Integration{Directory: directory}, why)
			first := []rune(words + " ")[0]
			switch {
			case words == "":
				t.Errorf("%s says nothing", why)
			case strings.Contains(words, "%!"), strings.Contains(words, "  "), strings.HasSuffix(words, "."), strings.HasSuffix(words, "/"), unicode.IsUpper(first) && first != 'O':
				t.Errorf("%s is not said in the middle of a sentence: %q", why, words)
			}
			if other, taken := seen[words]; taken && other != why {
				t.Errorf("%s and %s say the same", why, other)
			}
			seen[words] = why
			if directory != "" && !strings.Contains(words, named[why]) {
				t.Errorf("%s does not name %q: %q", why, named[why], words)
			}
		}
	}
	if words := rotation.ErrorWords(rotation.Integration{}); words != "" {
		t.Errorf("nothing failed: %q", words)
	}
	failed := rotation.Integration{Directory: "door", Rotation: rotation.Standing{Error: rotation.NotDone, Detail: "HTTP 404: no such user."}}
	if words := rotation.ErrorWords(failed); !strings.HasSuffix(words, " (HTTP 404: no such user)") {
		t.Errorf("with Oracle's words: %q", words)
	}
}

// A decision that bars a login because of a rotation says from when on it does not.
func TestDeniedForARotation(t *testing.T) {
	t.Parallel()
	until := rotation.Denied(rotation.Decision{Denial: rotation.DenyRotating, Until: start})
	if !strings.Contains(until, "2026-03-02T06:00:00Z") {
		t.Error(until)
	}
	if words := rotation.Denied(rotation.Decision{Denial: rotation.DenyRotating}); !strings.Contains(words, "read status") || strings.Contains(words, "0001") {
		t.Error(words)
	}
}
