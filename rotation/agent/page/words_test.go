package page

import (
	"testing"
	"time"

	"vault-plugin-secrets-oracle-financials/rotation"
	"vault-plugin-secrets-oracle-financials/rotation/agent/estate"
)

func TestEveryStateHasWordsOfItsOwn(t *testing.T) {
	seen := map[string]rotation.State{}
	unknown := verdictWords(row{Status: &estate.Status{State: "of tomorrow"}})
	for _, s := range rotation.States() {
		words := verdictWords(row{Status: &estate.Status{State: s, Severity: rotation.SeverityOK}})
		if other, same := seen[words]; same || words == "" || words == unknown {
			t.Errorf("%s is %q, as %s", s, words, other)
		}
		seen[words] = s
		if stateWord(s) == "" {
			t.Errorf("%s has no word", s)
		}
	}
}

func TestWhatIsCriticalIsNeverShownAsLess(t *testing.T) {
	for _, s := range rotation.States() {
		want := toneCritical
		if s == rotation.StatePaused {
			want = tonePaused
		}
		if got := toneOf(s, rotation.SeverityCritical); got != want {
			t.Errorf("%s, critical, is %s", s, got)
		}
	}
	for severity, want := range map[rotation.Severity]tone{
		rotation.SeverityWarning: toneWarning, rotation.SeverityOK: toneOK, rotation.SeverityUnknown: toneUnknown, "": toneUnknown, "fatal": toneUnknown,
	} {
		if got := toneOf(rotation.StateOK, severity); got != want {
			t.Errorf("%q is %s", severity, got)
		}
	}
}

func TestEveryWordOfAClosedListIsSpoken(t *testing.T) {
	for _, p := range rotation.Phases() {
		if words := phaseWords(p); words == "" || p != rotation.PhaseIdle && words == spoken(string(p)) {
			t.Errorf("the phase %s is %q", p, words)
		}
	}
	for _, k := range rotation.EventKinds() {
		if kindWords(k) == "" {
			t.Errorf("the event %s has no words", k)
		}
	}
	for _, c := range []rotation.Confidence{rotation.Confirmed, rotation.Inferred, rotation.NoConfidence} {
		if words := confidenceWords(c); words == string(c) {
			t.Errorf("the confidence %s has no words", c)
		}
	}
	for state, want := range map[rotation.DirectoryState]tone{
		rotation.DirectoryOK: toneOK, rotation.DirectoryHeld: toneCritical, rotation.DirectoryRejected: toneCritical,
		rotation.DirectoryForbidden: toneWarning, rotation.DirectoryUnreachable: toneWarning, rotation.DirectoryUnchecked: toneUnknown, "of tomorrow": toneUnknown,
	} {
		if got := directoryTone(state); got != want {
			t.Errorf("a directory that is %s is %s", state, got)
		}
	}
}

func TestACodeIsSpoken(t *testing.T) {
	for code, want := range map[string]string{"": "", "ok": "Ok", "must_change": "Must change", "écarté": "Écarté", "\xff": "\uFFFD"} {
		if got := spoken(code); got != want {
			t.Errorf("%q is spoken %q", code, got)
		}
	}
}

func TestHowFarOffATimeIs(t *testing.T) {
	for away, want := range map[time.Duration]string{
		0: "just now", -59 * time.Second: "just now", time.Second: "in less than a minute", -time.Minute: "1 minute ago",
		119 * time.Minute: "in 119 minutes", -2 * time.Hour: "2 hours ago", 47 * time.Hour: "in 47 hours", 48*time.Hour - 1: "in 47 hours",
		-48 * time.Hour: "2 days ago", 119 * day24: "in 119 days", 120 * day24: "in 4 months", -729 * day24: "24 months ago", 731 * day24: "in 2 years",
	} {
		if got := relative(now.Add(away), now); got != want {
			t.Errorf("%s is %q, not %q", away, got, want)
		}
	}
}

func TestDaysUntilExpiryAreCountedNow(t *testing.T) {
	stale := 40
	for name, tt := range map[string]struct {
		away time.Duration
		days int
		word string
		tone tone
	}{
		"far":                        {36*day24 + time.Hour, 36, "in 36 days", toneQuiet},
		"a week":                     {7*day24 + time.Hour, 7, "in 7 days", toneWarning},
		"more than a week":           {8 * day24, 8, "in 8 days", toneQuiet},
		"within the day":             {5 * time.Hour, 0, "in 5 hours", toneWarning},
		"this instant":               {0, 0, "just now", toneWarning},
		"past, by the day's first":   {-time.Second, -1, "just now", toneCritical},
		"past, by days":              {-75 * time.Hour, -4, "3 days ago", toneCritical},
		"in years, told as the date": {3 * 365 * day24, 1095, "in 3 years", toneQuiet},
	} {
		t.Run(name, func(t *testing.T) {
			at := now.Add(tt.away)
			got := expiryOf(row{Status: &estate.Status{Expiry: &at, ExpiryDays: &stale}}, now)
			if got.Days != tt.days || got.Word != tt.word || got.Tone != tt.tone {
				t.Errorf("it is %d days, %q, %s", got.Days, got.Word, got.Tone)
			}
		})
	}
	if got := expiryOf(row{Status: &estate.Status{}}, now); got.At.Known || got.Word != "no date known" {
		t.Errorf("no date is %+v", got)
	}
}

func TestTheGuard(t *testing.T) {
	two, five := 2, 5
	later, past := now.Add(time.Hour), now.Add(-time.Hour)
	for name, tt := range map[string]struct {
		status       estate.Status
		word, detail string
		tone         tone
	}{
		"free":                      {estate.Status{AttemptsLeft: &five}, "free", "", toneQuiet},
		"waits for a person":        {estate.Status{Held: true, Refused: 2, AttemptsLeft: &five}, "waits for a person", "2 refused logins, 5 left before a lock", toneCritical},
		"holds back until a time":   {estate.Status{Held: true, HeldUntil: &later, Refused: 1}, "holds back", "1 refused login", toneWarning},
		"a hold that is over":       {estate.Status{Held: true, HeldUntil: &past, Refused: 1}, "1 refused login", "", toneWarning},
		"an end without a hold":     {estate.Status{HeldUntil: &later}, "free", "", toneQuiet},
		"others are refused":        {estate.Status{Foreign: &two, AttemptsLeft: &two}, "2 refused to others", "2 left before a lock", toneWarning},
		"over, and nothing counted": {estate.Status{Held: true, HeldUntil: &past}, "free", "", toneQuiet},
	} {
		t.Run(name, func(t *testing.T) {
			got := guardOf(row{Status: &tt.status}, now)
			if got.Word != tt.word || got.Detail != tt.detail || got.Tone != tt.tone {
				t.Errorf("it %q, %q, %s", got.Word, got.Detail, got.Tone)
			}
			if got.Until.Known != (name == "holds back until a time") {
				t.Errorf("until %+v", got.Until)
			}
		})
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 10000: "10,000", 1234567: "1,234,567", -1000: "-1,000", -999: "-999"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
}
